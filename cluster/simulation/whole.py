"""`Whole`: what a leader writes of a job, and goes on from, has something of each task; with each event (I12). Pure.

A checkpoint has of each task a state or a result. A new leader goes on from all of it: what had finished stays so. Fed
by `cluster.simulation.checked`. Deliberately not here: whether states are right, and a checkpoint's bytes are there
(`cluster.simulation.ledger`, `kept`).
"""

from __future__ import annotations

from typing import Any

from cluster.model import execution_events as ev
from cluster.model.checkpoints import StoreCheckpoint
from cluster.model.execution import Execution
from cluster.model.vertex import TaskState
from runtime.sim.campaign import Record


class Whole:
    """That of one job under one leader.

    Args:
        execution: The job's.
        record: Is told, and raises.
    """

    def __init__(self, execution: Execution, record: Record) -> None:
        self._execution = execution
        self._record = record

    def before(self, event: ev.Event) -> None:
        """An event comes, whatever it is."""

    def after(self, event: ev.Event, effects: list[Any], now: float) -> None:
        """It has been taken."""
        one = self._execution
        for effect in effects:
            if isinstance(effect, StoreCheckpoint):
                made = effect.checkpoint
                lacks = {*one.vertices.ids} - made.states.keys() - made.results.keys()
                self._record.require(not lacks, "I12", f"checkpoint {made.checkpoint_id} has nothing of {lacks}")
        restored = event.restored if isinstance(event, ev.Start) else None
        for task_id, result in restored.results.items() if restored is not None else ():
            vertex = one.vertices.find(task_id)
            stays = vertex is not None and vertex.state is TaskState.FINISHED and vertex.result == result
            self._record.require(stays, "I12", f"{task_id} had finished in the checkpoint, and has not now")
