"""`checked`: what a job's state machine says of itself, and what it may do about an event, looked at with each event.

Judges of one job under one leader are asked before and after each event that it takes: `Reports`, `Returns`, `Promise`,
`Pace`, `Limits` and `Whole`. What breaks is kept in the record, since the actor in which it shows would only be
restarted. SHELL: methods are wrapped for the length of a `with`.
Deliberately not here: what can be seen from outside (`cluster.simulation.invariants`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any, Protocol

from cluster.leader.job_master import JobMaster
from cluster.model import execution_events as ev
from cluster.model.execution import Execution
from cluster.model.execution_invariants import check_execution
from cluster.model.slots import SlotPool
from cluster.simulation import wrapping
from cluster.simulation.limits import Limits
from cluster.simulation.pace import Pace
from cluster.simulation.promises import Promise
from cluster.simulation.reports import Reports
from cluster.simulation.returns import Returns
from cluster.simulation.whole import Whole
from runtime.sim.campaign import Record


class _JobJudge(Protocol):
    """Looks at one job under one leader."""

    def before(self, event: ev.Event) -> None:
        """An event comes."""
        ...

    def after(self, event: ev.Event, effects: list[Any], now: float) -> None:
        """It has been taken."""
        ...


@contextlib.contextmanager
def checked(record: Record, *, spoils: bool = False) -> Iterator[None]:
    """Look at the state machines of jobs and slots with each event that they take, until this ends.

    Args:
        record: Is told, and raises.
        spoils: Whether bytes may be gone for other reasons.
    """
    handle = Execution.handle
    judges: dict[Execution, list[_JobJudge]] = {}
    changes = {name: getattr(SlotPool, name) for name in ("register", "lose", "declare", "release", "suspect", "trust")}

    def handled(self: Execution, event: ev.Event, now: float) -> Any:
        for judge in judges[self]:
            judge.before(event)
        effects = handle(self, event, now)
        _hold(record, lambda: check_execution(self))
        for judge in judges[self]:
            judge.after(event, effects, now)
        return effects

    def begins(original: wrapping.Asks, master: JobMaster) -> Any:
        job, execution = master._record, master._execution
        judges[execution] = [
            Reports(execution, record, spoils=spoils),
            Returns(execution, record),
            Promise(execution, job, record),
            Pace(execution, job, record),
            Limits(execution, record),
            Whole(execution, record),
        ]
        return original(master)

    def watched(name: str) -> Any:
        def change(self: SlotPool, *args: Any, **options: Any) -> Any:
            done = changes[name](self, *args, **options)
            _hold(record, self.check)
            holders = [holder for one in self._task_managers.values() for holder in one.slots]
            doubled = [one for one in done or () if holders.count((one.job_id, one.task_id)) > 1]
            record.require(not doubled, "I12", f"a slot is given to who has one: {doubled}")
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
