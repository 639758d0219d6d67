"""What a JobManager counts of itself for `/metrics`: events of its actor system, lateness of its loop. SHELL.

Lives from the start of HTTP to its end. Deliberately not here: what is known at the moment of a look, and the form in
which Prometheus reads it (`cluster.rest.exposition`).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import Any

from actors import DeadLetter
from cluster.leader.messages import FailoverEnded
from cluster.model.failover_times import FailoverTimes, Histogram
from cluster.rest.gate import Office
from runtime import ActorSystem
from runtime.events import ActorFailed
from runtime.remote.events import NodeSuspected, NodeTerminated
from runtime.sampling import Sampling

LOOK_S = 0.5
WORK_BOUNDS_S = (0.00001, 0.0001, 0.001, 0.01, 0.1, 1.0)
WAIT_BOUNDS_S = (0.0001, 0.001, 0.01, 0.1, 1.0, 10.0)
LAG_BOUNDS_S = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5)


class Counters:
    """Counts from `start` to `stop`.

    Args:
        system: Whose events are counted.
        office: Shows who leads.
        clock: Seconds, finer than an actor's turn takes.

    Attributes:
        dead_letters: Messages to nobody.
        restarts: Of actors, by the class of the exception.
        suspicions: Times that a node was suspected.
        deaths: Nodes that were convicted, by cause.
        leader_changes: Changes of the confirmed leader, as seen by this process.
        failovers: Times of the failovers that ended while this process led.
        lag: How late the loop ran what was due.
        work: How long actors held the loop for a message, by class, in the moments after looks.
        waits: How long a message waited in a mailbox, by class, at each look.
    """

    def __init__(self, system: ActorSystem, office: Office, clock: Callable[[], float]) -> None:
        self.dead_letters = 0
        self.suspicions = 0
        self.restarts: Counter[str] = Counter()
        self.deaths: Counter[str] = Counter()
        self.leader_changes = 0
        self.failovers = FailoverTimes()
        self.lag = Histogram(LAG_BOUNDS_S)
        self.work: dict[str, Histogram] = defaultdict(lambda: Histogram(WORK_BOUNDS_S))
        self.waits: dict[str, Histogram] = defaultdict(lambda: Histogram(WAIT_BOUNDS_S))
        self._sampling: Sampling | None = None
        self._clock = clock
        self._system = system
        self._office = office
        self._epoch = 0
        self._timer: Any = None

    def start(self) -> None:
        """Count from now on."""
        stream = self._system.event_stream
        for handler, event in self._handlers():
            stream.subscribe(handler, event)
        self._plan()

    def stop(self) -> None:
        """Count no more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._sampling is not None:
            self._sampling.stop()
        for handler, event in self._handlers():
            self._system.event_stream.unsubscribe(handler, event)

    def look_at_the_actors(self) -> None:
        """Begin to measure them for a moment; what is found is counted by the next look."""
        if self._sampling is None:
            self._sampling = Sampling(
                self._system,
                self._clock,
                worked=lambda name, seconds: self.work[name].add(seconds),
                waited=lambda name, seconds: self.waits[name].add(seconds),
            )
        self._sampling.look()

    def look_at_the_leader(self) -> None:
        """Count the leader if it is another than at the last look."""
        leader = self._office.leader
        if leader is not None and leader.epoch != self._epoch:
            self.leader_changes += 1
            self._epoch = leader.epoch

    def _handlers(self) -> list[tuple[Any, type]]:
        return [
            (self._dead_letter, DeadLetter),
            (self._actor_failed, ActorFailed),
            (self._suspected, NodeSuspected),
            (self._convicted, NodeTerminated),
            (self._failover, FailoverEnded),
        ]

    def _dead_letter(self, _: DeadLetter) -> None:
        self.dead_letters += 1

    def _actor_failed(self, event: ActorFailed) -> None:
        if event.restarted:
            self.restarts[type(event.error).__name__] += event.restarted

    def _suspected(self, _: NodeSuspected) -> None:
        self.suspicions += 1

    def _convicted(self, event: NodeTerminated) -> None:
        self.deaths[event.cause.value] += 1

    def _failover(self, event: FailoverEnded) -> None:
        self.failovers.add(event.record)

    def _plan(self) -> None:
        loop = self._system.loop
        due = loop.time() + LOOK_S
        self._timer = loop.call_at(due, self._look, due)

    def _look(self, due: float) -> None:
        self.lag.add(max(0.0, self._system.loop.time() - due))
        self.look_at_the_leader()
        self._plan()
