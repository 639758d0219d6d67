"""When a job's state is kept, and when a checkpoint counts: the coordinator of one job. Pure.

One checkpoint at a time goes through: id drawn, triggered, acknowledged by every running task, stored. Only a stored
one is ever restored from. A finished task needs no acknowledgement: its result is its state, and every later checkpoint
carries it, so that it is not run again after a failover. Shell: `cluster.leader.job_master`, with
`cluster.store.checkpoints`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from cluster.model.completed_checkpoint import CompletedCheckpoint, StateHandle

ASK_AGAIN_S = 10.0
"""Between two questions for the same state."""


@dataclass(frozen=True, slots=True)
class CheckpointSettings:
    """How a job's checkpoints are taken.

    Attributes:
        interval_s: Seconds from one trigger to the next, more than 0.
        timeout_s: Seconds after which an incomplete checkpoint is given up.
        min_pause_s: Least seconds between the end of one and the trigger of the next.
        tolerable_failures: How many may fail in a row before the job does.
    """

    interval_s: float
    timeout_s: float = 600.0
    min_pause_s: float = 0.0
    tolerable_failures: int = 0


@dataclass(frozen=True, slots=True)
class StoreCheckpoint:
    """Every task has acknowledged: store it, and report with `stored` or `store_failed`."""

    checkpoint: CompletedCheckpoint


@dataclass(frozen=True, slots=True)
class DiscardStates:
    """These states belong to no checkpoint that counts: delete them when convenient."""

    handles: tuple[StateHandle, ...]


@dataclass(frozen=True, slots=True)
class CheckpointLost:
    """A checkpoint came to nothing.

    Attributes:
        checkpoint_id: Its number, 0 if it never got one.
        reason: For people.
        intolerable: One too many in a row: the job must fail (a global failure, which counts).
    """

    checkpoint_id: int
    reason: str
    intolerable: bool = False


CheckpointEffect: TypeAlias = StoreCheckpoint | DiscardStates | CheckpointLost


@dataclass(slots=True)
class _Pending:
    checkpoint_id: int
    triggered_at: float
    asked_at: float
    attempts: dict[str, int]
    waiting: set[str]
    states: dict[str, StateHandle]
    results: dict[str, Any]


class CheckpointCoordinator:
    """The checkpoints of one job under one leader.

    Attributes:
        latest: The newest stored checkpoint, from which tasks are restored.
        completed_count: Stored under this leader.
        failed_count: Lost under this leader, for whatever reason.
        last_failure: Number of the one that was lost last, when, and why; `None` if none was.
    """

    __slots__ = (
        "_drawing",
        "_failures_in_a_row",
        "_last_end",
        "_last_trigger",
        "_lost_ids",
        "_pending",
        "_settings",
        "_storing",
        "completed_count",
        "failed_count",
        "last_failure",
        "latest",
    )

    def __init__(self, settings: CheckpointSettings, latest: CompletedCheckpoint | None = None) -> None:
        self.latest = latest
        self.completed_count = 0
        self.failed_count = 0
        self.last_failure: tuple[int, float, str] | None = None
        self._settings = settings
        self._drawing = False
        self._pending: _Pending | None = None
        self._storing: CompletedCheckpoint | None = None
        self._last_trigger = float("-inf")
        self._last_end = float("-inf")
        self._failures_in_a_row = 0
        self._lost_ids: set[int] = set()

    @property
    def in_progress(self) -> int | None:
        """Id of the checkpoint that is being acknowledged or stored."""
        if self._pending is not None:
            return self._pending.checkpoint_id
        return self._storing.checkpoint_id if self._storing is not None else None

    @property
    def is_storing(self) -> bool:
        """Whether a complete checkpoint is on its way into the store; older ones are deleted when it gets there."""
        return self._storing is not None

    def begin(self, now: float) -> bool:
        """Whether a checkpoint is due and begins now: its id must be drawn, and `trigger` or `draw_failed` follow.

        Whether all tasks are in a state for it is the caller's knowledge.
        """
        if self._drawing or self._pending is not None or self._storing is not None:
            return False
        if now - self._last_end < self._settings.min_pause_s:
            return False
        # A timer's tick may follow a late one a little too soon; it is the next checkpoint all the same.
        if now - self._last_trigger < self._settings.interval_s * 0.9:
            return False
        self._drawing = True
        self._last_trigger = now
        return True

    def skip(self) -> None:
        """The id came, but the tasks are in no state for a checkpoint any more."""
        self._drawing = False

    def draw_failed(self, reason: str, now: float) -> list[CheckpointEffect]:
        """No id could be had from the store."""
        self._drawing = False
        return [self._lost(0, f"no id could be drawn: {reason}", now, counts=True)]

    def trigger(
        self, checkpoint_id: int, now: float, running: Mapping[str, int], results: Mapping[str, Any]
    ) -> list[CheckpointEffect]:
        """The checkpoint begins: each running task must acknowledge it.

        Args:
            checkpoint_id: Higher than all before.
            now: Monotonic seconds.
            running: Attempt of each running task, by task id.
            results: Result of each finished task, by task id.
        """
        self._drawing = False
        self._pending = _Pending(checkpoint_id, now, now, dict(running), set(running), {}, dict(results))
        return self._complete(now)

    def acknowledged(
        self, task_id: str, attempt: int, checkpoint_id: int, handle: StateHandle, now: float
    ) -> list[CheckpointEffect]:
        """A task's state is written. A late one is not used; what belongs to a lost checkpoint is deleted."""
        pending = self._pending
        if pending is None or pending.checkpoint_id != checkpoint_id:
            return [DiscardStates((handle,))] if checkpoint_id in self._lost_ids else []
        if task_id not in pending.waiting or pending.attempts[task_id] != attempt:
            return []
        pending.waiting.discard(task_id)
        pending.states[task_id] = handle
        return self._complete(now)

    def unanswered(self, now: float) -> tuple[int, frozenset[str]]:
        """The number of a checkpoint, and the tasks that have to be asked for their state again; they count as asked.

        The question, or the answer, may have been lost with a connection.
        """
        pending = self._pending
        if pending is None or now - pending.asked_at < ASK_AGAIN_S:
            return 0, frozenset()
        pending.asked_at = now
        return pending.checkpoint_id, frozenset(pending.waiting)

    def declined(
        self, task_id: str, attempt: int, checkpoint_id: int, reason: str, now: float
    ) -> list[CheckpointEffect]:
        """A task could not give its state."""
        pending = self._pending
        if pending is None or pending.checkpoint_id != checkpoint_id or pending.attempts.get(task_id) != attempt:
            return []
        return self._abort(f"{task_id} declined it: {reason}", now, counts=True)

    def task_finished(self, task_id: str, result: Any, now: float) -> list[CheckpointEffect]:
        """A task ended well: if it has not acknowledged yet, its result takes the place of its state."""
        pending = self._pending
        if pending is None or task_id not in pending.waiting:
            return []
        pending.waiting.discard(task_id)
        pending.results[task_id] = result
        return self._complete(now)

    def abort(self, reason: str, now: float) -> list[CheckpointEffect]:
        """Something else ended it, such as a failed task; that does not count against the tolerated failures."""
        return self._abort(reason, now, counts=False)

    def expire(self, now: float) -> list[CheckpointEffect]:
        """Give up a checkpoint that has waited too long."""
        pending = self._pending
        if pending is None or now - pending.triggered_at < self._settings.timeout_s:
            return []
        missing = ", ".join(sorted(pending.waiting))
        return self._abort(f"not acknowledged within {self._settings.timeout_s:g} s by {missing}", now, counts=True)

    def stored(self, checkpoint_id: int, now: float, completed_at: float = 0.0) -> list[CheckpointEffect]:
        """It is in the store, and so it counts. `completed_at` is wall time, for people."""
        if self._storing is None or self._storing.checkpoint_id != checkpoint_id:
            return []
        self.latest, self._storing = replace(self._storing, completed_at=completed_at), None
        self.completed_count += 1
        self._failures_in_a_row = 0
        self._last_end = now
        return []

    def store_failed(self, checkpoint_id: int, reason: str, now: float) -> list[CheckpointEffect]:
        """It could not be stored. Its states stay: whether the pointer was written may be unknown."""
        if self._storing is None or self._storing.checkpoint_id != checkpoint_id:
            return []
        self._storing = None
        return [self._lost(checkpoint_id, f"it could not be stored: {reason}", now, counts=True)]

    def check(self) -> None:
        """The invariants, for tests."""
        if (self._drawing, self._pending is not None, self._storing is not None).count(True) > 1:
            raise AssertionError("more than one checkpoint at a time")
        if self._pending is not None:
            if not self._pending.waiting:
                raise AssertionError("a complete checkpoint is still pending")
            if self.latest is not None and self._pending.checkpoint_id <= self.latest.checkpoint_id:
                raise AssertionError("checkpoint ids do not rise")

    def _complete(self, now: float) -> list[CheckpointEffect]:
        pending = self._pending
        if pending is None or pending.waiting:
            return []
        self._pending = None
        self._storing = CompletedCheckpoint(
            checkpoint_id=pending.checkpoint_id,
            states=pending.states,
            results=pending.results,
            attempts=pending.attempts,
            duration_s=now - pending.triggered_at,
        )
        return [StoreCheckpoint(self._storing)]

    def _abort(self, reason: str, now: float, *, counts: bool) -> list[CheckpointEffect]:
        pending, self._pending = self._pending, None
        if pending is None:
            return []
        effects: list[CheckpointEffect] = [self._lost(pending.checkpoint_id, reason, now, counts=counts)]
        if pending.states:
            effects.append(DiscardStates(tuple(pending.states.values())))
        if pending.waiting:
            self._lost_ids = {number for number in self._lost_ids if number > pending.checkpoint_id - 16}
            self._lost_ids.add(pending.checkpoint_id)
        return effects

    def _lost(self, checkpoint_id: int, reason: str, now: float, *, counts: bool) -> CheckpointLost:
        self.failed_count += 1
        self.last_failure = (checkpoint_id, now, reason)
        self._last_end = now
        if counts:
            self._failures_in_a_row += 1
        intolerable = counts and self._failures_in_a_row > self._settings.tolerable_failures
        if intolerable:
            self._failures_in_a_row = 0
        return CheckpointLost(checkpoint_id, reason, intolerable)
