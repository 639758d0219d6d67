"""`Metrics`: from counters and a look at the cluster to the text of `/metrics`. Composition.

Deliberately not here: counting (`cluster.rest.counters`), and the form (`cluster.rest.exposition`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from cluster.rest.counters import Counters
from cluster.rest.exposition import exposition
from cluster.rest.gate import Office, Unavailable
from cluster.rest.questions import Questions
from runtime import ActorSystem


class Metrics:
    """Of one JobManager.

    Args:
        system: Its actor system.
        office: Shows who leads.
        questions: What the leader is asked, if that is this one.
        version: Of this program.
        clock: Seconds, finer than an actor's turn takes.
    """

    def __init__(
        self, system: ActorSystem, office: Office, questions: Questions, version: str, clock: Callable[[], float]
    ) -> None:
        self._counters = Counters(system, office, clock)
        self._system = system
        self._office = office
        self._questions = questions
        self._version = version

    def start(self) -> None:
        """Count from now on."""
        self._counters.start()

    def stop(self) -> None:
        """Count no more."""
        self._counters.stop()

    async def text(self, accept: str) -> tuple[bytes, str]:
        """What Prometheus reads, and its content type.

        Raises:
            ImportError: If `prometheus_client` is not installed.
        """
        self._counters.look_at_the_leader()
        self._counters.look_at_the_actors()
        cluster: dict[str, Any] | None = None
        if self._questions.leads:
            with contextlib.suppress(Unavailable):
                cluster = await self._questions.cluster()
        leader = self._office.leader
        epoch = leader.epoch if leader is not None else 0
        return exposition(self._counters, self._system.tree_data(), cluster, epoch, self._version, accept)
