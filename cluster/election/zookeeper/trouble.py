"""What went wrong with ZooKeeper, in words for people. Pure but for kazoo's names of errors.

Deliberately not here: what is done about it.
"""

from __future__ import annotations

from kazoo.exceptions import NoAuthError

from cluster.election.driver import ElectionUnavailable
from cluster.election.zookeeper.client import NotConnected, Unanswered
from cluster.election.zookeeper.settings import ZookeeperSettings
from cluster.election.zookeeper.transaction import Refused

AUTHORIZATION_KEY = "high-availability.zookeeper.client.authorization"


def explained(what: str, error: Exception, settings: ZookeeperSettings) -> ElectionUnavailable:
    """An error to be shown.

    Args:
        what: Was to be done.
        error: Why.
        settings: Say where.
    """
    place = f"ZooKeeper at {settings.hosts}"
    cause = error.error if isinstance(error, Refused) else error
    match cause:
        case ElectionUnavailable():
            return cause
        case NoAuthError():
            node = f"{settings.root.rstrip('/')}/{settings.cluster_id}"
            return ElectionUnavailable(f"{place} refuses access to {node}: wrong credentials in {AUTHORIZATION_KEY}?")
        case NotConnected():
            return ElectionUnavailable(f"{what}: there is no connection to {place}")
        case Unanswered():
            return ElectionUnavailable(f"{what}: {place} did not answer; it is not known whether it has taken effect")
        case _:
            return ElectionUnavailable(f"{what}: {place} says {cause!r}")
