"""`Returns`: what TaskManagers bring back of a job when the leader has changed goes on or is ended (I12). Pure.

Of all attempts of a task that were found the youngest goes on, unless the checkpoint knows of a younger one: by the
epoch of who began it, then by its number. What lives and does not go on is ended. Fed by `cluster.simulation.checked`.
Deliberately not here: who is waited for (`cluster.simulation.layers`).
"""

from __future__ import annotations

from typing import Any

from cluster.model import execution_effects as do
from cluster.model import execution_events as ev
from cluster.model.execution import Execution
from cluster.model.vertex import TaskState
from runtime.sim.campaign import Record


class Returns:
    """Those of one job under one leader.

    Args:
        execution: The job's.
        record: Is told, and raises.
    """

    def __init__(self, execution: Execution, record: Record) -> None:
        self._execution = execution
        self._record = record
        self._living: dict[tuple[str, str], int] = {}
        self._found: dict[tuple[str, str], tuple[int, int]] = {}
        self._wanted: dict[str, int] = {}

    def before(self, event: ev.Event) -> None:
        """An event comes: which tasks are waited for, and from which attempt on?"""
        waits = isinstance(event, ev.AllReturned) and self._execution._reunion is not None
        created = self._execution.vertices.in_state(TaskState.CREATED) if waits else []
        self._wanted = {one.task_id: one.attempt for one in created}

    def after(self, event: ev.Event, effects: list[Any], now: float) -> None:
        """It has been taken."""
        match event:
            case ev.TaskFound(task_id=task_id, attempt=attempt, task_manager=where, slot=slot):
                if slot >= 0:
                    self._living[task_id, where] = attempt
                self._found[task_id, where] = max(event.rank, self._found.get((task_id, where), event.rank))
            case ev.TaskManagerLost(task_manager=lost):
                for kept in (self._living, self._found):
                    for key in [key for key in kept if key[1] == lost]:
                        del kept[key]
        adopted = {}
        for effect in effects:
            if isinstance(effect, do.Disown | do.Adopt):
                self._living.pop((effect.task_id, effect.task_manager), None)
            if isinstance(effect, do.Adopt):
                adopted[effect.task_id] = effect.attempt
        if isinstance(event, ev.AllReturned) or self._execution.status.is_globally_terminal:
            text = f"{self._living} of {self._execution.status} go on, and nobody has them"
            self._record.require(not self._living, "I12", text)
        if isinstance(event, ev.AllReturned):
            self._adopts(adopted)

    def _adopts(self, adopted: dict[str, int]) -> None:
        for task_id, known in self._wanted.items():
            _, youngest = max((rank for (found, _), rank in self._found.items() if found == task_id), default=(0, 0))
            if youngest and youngest >= known:
                self._record.sometimes("an attempt of a former leader went on")
                text = f"attempt {youngest} of {task_id} was found, and {adopted.get(task_id)} goes on"
                self._record.require(adopted.get(task_id) == youngest, "I12", text)
