"""How jobs look in Flink's JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cluster.rest import job_views


class Counted(list[Any]):
    """Tasks that know how often they were gone through."""

    times = 0

    def __iter__(self) -> Iterator[Any]:
        self.times += 1
        return super().__iter__()


def test_a_job_of_many_tasks_is_gone_through_once() -> None:
    """A leader that is asked for one with 32768 of them, each with a name of its own, has its loop for other things."""
    tasks = Counted({"name": f"task-{number % 50}", "state": "RUNNING"} for number in range(100))
    shown = job_views.job({"id": "j", "name": "many", "status": "RUNNING", "tasks": tasks}, now=10.0)
    assert [(one["name"], one["parallelism"]) for one in shown["vertices"]] == [(f"task-{n}", 2) for n in range(50)]
    assert tasks.times == 1
