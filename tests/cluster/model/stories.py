"""An execution that is told events one after the other, with its invariants checked after each: for the tests here."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cluster.model import execution_effects as do
from cluster.model import execution_events as ev
from cluster.model.checkpoints import CheckpointCoordinator, CheckpointSettings
from cluster.model.completed_checkpoint import CompletedCheckpoint
from cluster.model.execution import Execution
from cluster.model.execution_invariants import check_execution
from cluster.model.execution_settings import ExecutionSettings
from cluster.model.job import JobStatus
from cluster.model.restart import FixedDelay, RestartStrategy
from cluster.model.vertex import TaskState, Vertex
from cluster.model.vertices import Vertices


class Story:
    """An execution that is told events one after the other, with its invariants checked after each."""

    def __init__(
        self,
        tasks: int = 2,
        strategy: RestartStrategy | None = None,
        checkpoints: CheckpointSettings | None = None,
        **settings: Any,
    ) -> None:
        keeper = CheckpointCoordinator(checkpoints) if checkpoints is not None else None
        self.execution = Execution(
            Vertices(Vertex("a", index, tasks) for index in range(tasks)),
            (strategy or FixedDelay(3, 1.0)).judge(),
            lambda: 0.0,
            keeper,
            ExecutionSettings(**settings),
        )
        self.now = 0.0

    @property
    def status(self) -> JobStatus:
        return self.execution.status

    def state(self, index: int) -> TaskState:
        found = self.execution.vertices.find(f"a[{index}]")
        assert found is not None
        return found.state

    def tell(self, event: ev.Event, after_s: float = 0.0) -> list[do.Effect]:
        self.now += after_s
        effects = self.execution.handle(event, self.now)
        check_execution(self.execution)
        return effects

    def start(self, restored: CompletedCheckpoint | None = None) -> list[do.Effect]:
        return self.tell(ev.Start(restored))

    def offer(self, index: int, where: str = "x") -> list[do.Effect]:
        return self.tell(ev.SlotOffered(f"a[{index}]", where, index))

    def report(self, index: int, state: str, attempt: int = 1, **more: Any) -> list[do.Effect]:
        return self.tell(ev.TaskReported(f"a[{index}]", attempt, TaskState(state), **more))

    def running(self, restored: CompletedCheckpoint | None = None, where: str = "xy") -> Story:
        self.start(restored)
        for one in list(self.execution.vertices):
            if one.state is TaskState.SCHEDULED:
                self.offer(one.index, where[one.index % len(where)])
                self.report(one.index, "RUNNING", one.attempt)
        return self


def only(effects: Iterable[do.Effect], kind: type) -> list[Any]:
    return [effect for effect in effects if isinstance(effect, kind)]
