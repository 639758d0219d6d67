"""Failures of attempts that did not come to run: was it the checkpoint, which cannot be read any more? Pure.

Bytes may rot while their leader leads. It would run the tasks from the same checkpoint again until the restart strategy
gives the job up, though an older one is whole, from which the next leader would go on. So who failed before it ran, and
had a state to be restored, waits until the store has looked at its checkpoints. Used by `cluster.model.execution`.
Deliberately not here: looking (`cluster.store.checkpoints`).
"""

from __future__ import annotations

from dataclasses import replace

from cluster.model import execution_effects as do
from cluster.model.failures import Failure


class Doubt:
    """The failures of one job about whose cause the store is asked."""

    __slots__ = ("_asked", "_failures")

    def __init__(self) -> None:
        self._failures: list[Failure] = []
        self._asked = False

    def __bool__(self) -> bool:
        return bool(self._failures)

    def add(self, failure: Failure) -> tuple[str, ...]:
        """Another one; the tasks that wait for it to be settled."""
        self._failures.append(failure)
        return failure.task_ids

    def ask(self) -> list[do.Effect]:
        """Look at the checkpoints, unless that is being done; not while one is being stored and others deleted."""
        if self._asked or not self._failures:
            return []
        self._asked = True
        return [do.FindCheckpoint()]

    def settled(self, now: float) -> list[Failure]:
        """The store has answered: what waited for that fails now."""
        failures, self._failures, self._asked = self._failures, [], False
        return [replace(failure, at=now) for failure in failures]
