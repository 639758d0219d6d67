"""What a JobMaster says to itself: news of what goes on beside its mailbox. Pure data.

Deliberately not here: what others say to it (`cluster.leader.messages`, `cluster.protocol`).
"""

from __future__ import annotations

from dataclasses import dataclass

from cluster.model import execution_events as ev


@dataclass(frozen=True, slots=True)
class StoreAnswered:
    """What a store did, as an event of the job."""

    event: ev.Event


@dataclass(frozen=True, slots=True)
class StoreRefused:
    """A store raised.

    Attributes:
        event: What that is to the job, if it is anything to it.
    """

    error: BaseException
    event: ev.Event | None
