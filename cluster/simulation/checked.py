"""`checked`: what a job's state machine says of itself, and what it may do about a report, looked at with each event.

A report is about one attempt under one leader: one of an earlier attempt changes nothing of the task; and what its
restart strategy has promised is kept (I17, `cluster.simulation.promises`). What breaks is kept in the record, since the
actor in which it shows would only be restarted. SHELL: methods are wrapped for the length of a `with`.
Deliberately not here: what can be seen from outside (`cluster.simulation.invariants`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from cluster.leader.job_master import JobMaster
from cluster.model import execution_events as ev
from cluster.model.execution import Execution
from cluster.model.execution_invariants import check_execution
from cluster.model.slots import SlotPool
from cluster.simulation import wrapping
from cluster.simulation.limits import Limits
from cluster.simulation.pace import Pace
from cluster.simulation.promises import Promise
from cluster.simulation.returns import Returns
from runtime.sim.campaign import Record


@contextlib.contextmanager
def checked(record: Record, *, spoils: bool = False) -> Iterator[None]:
    """Look at the state machines of jobs and slots with each event that they take, until this ends.

    Args:
        record: Is told, and raises.
        spoils: Whether bytes may be gone for other reasons.
    """
    handle = Execution.handle
    begun: dict[Execution, tuple[Promise, Pace, Limits, Returns]] = {}
    changes = {name: getattr(SlotPool, name) for name in ("register", "lose", "declare", "release", "suspect", "trust")}

    def handled(self: Execution, event: ev.Event, now: float) -> Any:
        task = self.vertices.find(event.task_id) if isinstance(event, ev.TaskReported) else None
        stale = task is not None and isinstance(event, ev.TaskReported) and event.attempt != task.attempt
        before = (task.attempt, task.state, task.task_manager) if task is not None else None
        if isinstance(event, ev.TaskReported) and not spoils:
            gone = "is missing in sim://" in event.error
            record.require(not gone, "I12", f"{event.task_id} is to go on from what was deleted: {event.error}")
        promise, pace, limits, returns = begun[self]
        promise.before()
        limits.before(event)
        returns.before(event)
        effects = handle(self, event, now)
        after = (task.attempt, task.state, task.task_manager) if task is not None else None
        if stale:
            record.sometimes("a report of an earlier attempt came late")
            record.require(before == after, "I12", f"{event} has changed its task from {before} to {after}")
        _hold(record, lambda: check_execution(self))
        if isinstance(event, ev.CheckpointTick) and self.checkpoints is not None:
            pending, limit_s = self.checkpoints._pending, self.checkpoints._settings.timeout_s
            age_s = 0.0 if pending is None else now - pending.triggered_at
            record.require(age_s < limit_s, "I12", f"a checkpoint is {age_s:.3f} s old, and may be {limit_s:g} s")
        returns.after(event, effects)
        promise.after(event, effects, now)
        pace.after(event, effects, now)
        limits.after(event, effects, now)
        return effects

    def begins(original: wrapping.Asks, master: JobMaster) -> Any:
        job, execution = master._record, master._execution
        limits, returns = Limits(execution, record), Returns(execution, record)
        begun[execution] = Promise(execution, job, record), Pace(execution, job, record), limits, returns
        return original(master)

    def watched(name: str) -> Any:
        def change(self: SlotPool, *args: Any, **options: Any) -> Any:
            done = changes[name](self, *args, **options)
            _hold(record, self.check)
            return done

        return change

    Execution.handle = handled  # type: ignore[method-assign]
    for name in changes:
        setattr(SlotPool, name, watched(name))
    try:
        with wrapping.around([(JobMaster, "pre_start", begins)]):
            yield
    finally:
        Execution.handle = handle  # type: ignore[method-assign]
        for name, method in changes.items():
            setattr(SlotPool, name, method)


def _hold(record: Record, check: Any) -> None:
    try:
        check()
    except AssertionError as error:
        record.require(False, "I12", str(error))
