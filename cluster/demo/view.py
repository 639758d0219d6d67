"""What the demo knows of the job and the cluster at the moment, from the answers to `GetJob` and `GetCluster`. Pure.

Deliberately not here: asking (`cluster.demo.run`), and showing (`cluster.demo.screen`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class TaskView:
    """One task.

    Attributes:
        state: Flink's word.
        attempt: Of its execution.
        task_manager: Resource id of where it runs, or empty.
        done_bytes: Of its share, by its last word.
        total_bytes: Its share.
    """

    state: str = "CREATED"
    attempt: int = 0
    task_manager: str = ""
    done_bytes: int = 0
    total_bytes: int = 0


@dataclass(slots=True)
class View:
    """Everything that is shown, and that decides when to kill.

    Attributes:
        status: Of the job.
        checkpoint: Number of the newest complete checkpoint, 0 for none.
        tasks: By id.
        leader: Resource id of the leading JobManager, or empty.
        epoch: Of that leader.
        task_managers: Resource ids of those that are registered.
    """

    status: str = "-"
    checkpoint: int = 0
    tasks: dict[str, TaskView] = field(default_factory=dict)
    leader: str = ""
    epoch: int = 0
    task_managers: list[str] = field(default_factory=list)

    @property
    def progress(self) -> float:
        """How much of the text is counted, 0 to 1. Falls when tasks start again from their checkpoint."""
        total = sum(task.total_bytes for task in self.tasks.values())
        return sum(task.done_bytes for task in self.tasks.values()) / total if total else 0.0

    @property
    def is_running(self) -> bool:
        """Whether the job runs with all its tasks, and each has said how far it is."""
        tasks = self.tasks.values()
        return self.status == "RUNNING" and all(task.state == "RUNNING" and task.total_bytes for task in tasks)

    @property
    def busiest(self) -> str:
        """The TaskManager with the most tasks."""
        places = [task.task_manager for task in self.tasks.values() if task.task_manager]
        return max(sorted(set(places)), key=places.count, default="")

    def saw_job(self, job: Mapping[str, Any]) -> None:
        """Take the answer to `GetJob`. A task that has not spoken yet is where it was last."""
        self.status = str(job.get("status", "-"))
        latest = (job.get("checkpoints") or {}).get("latest")
        self.checkpoint = max(self.checkpoint, latest["id"] if latest else 0)
        for one in job.get("tasks", ()):
            task = self.tasks.setdefault(one["id"], TaskView())
            task.state, task.attempt = one["state"], one["attempt"]
            task.task_manager = str(one.get("task_manager") or "").partition("#")[0]
            progress = one.get("progress") or {}
            task.done_bytes = progress.get("done_bytes", task.done_bytes)
            task.total_bytes = progress.get("total_bytes", task.total_bytes)

    def saw_cluster(self, cluster: Mapping[str, Any], candidate: str) -> None:
        """Take the answer to `GetCluster`, and the leader's id as the election has it."""
        self.leader = candidate.partition("@")[0]
        self.epoch = cluster["epoch"]
        self.task_managers = sorted(one["id"] for one in cluster["task_managers"])
