"""Restarts that wait: for their delay and for the old attempts, and each task in one of them only."""

from __future__ import annotations

import pytest

from cluster.model.pending_restarts import PendingRestarts
from cluster.model.vertex import TaskState, Vertex
from cluster.model.vertices import Vertices


def ended(*indexes: int) -> Vertices:
    vertices = Vertices(Vertex("a", index, 3) for index in range(3))
    for one in vertices:
        one.schedule(0.0)
        one.move(TaskState.FAILED if one.index in indexes else TaskState.DEPLOYING, 0.0)
    return vertices


def names(ready: list[Vertex]) -> list[str]:
    return [one.task_id for one in ready]


def test_both_the_delay_and_the_old_attempts_are_waited_for() -> None:
    """4.1: the delay and the ending of old attempts run in parallel; the restart comes after both."""
    pending = PendingRestarts()
    number = pending.add(["a[0]", "a[1]"])
    assert pending.take_ready(ended(0, 1), ()) == []
    pending.delay_over(number)
    assert pending.take_ready(ended(0), ()) == []
    assert names(pending.take_ready(ended(0, 1), ())) == ["a[0]", "a[1]"]
    assert not pending
    pending.delay_over(number)


def test_a_task_waits_for_the_newest_restart_only() -> None:
    """A later restart takes its tasks out of an earlier one, which goes on with the rest."""
    pending = PendingRestarts()
    first = pending.add(["a[0]", "a[1]"])
    second = pending.add(["a[1]", "a[2]"])
    pending.delay_over(first)
    assert names(pending.take_ready(ended(0, 1, 2), ())) == ["a[0]"]
    assert "a[1]" in pending
    pending.delay_over(second)
    assert names(pending.take_ready(ended(0, 1, 2), ())) == ["a[1]", "a[2]"]


def test_a_restart_without_tasks_is_gone() -> None:
    """An earlier restart that has lost all its tasks to a later one waits for nothing."""
    pending = PendingRestarts()
    pending.add(["a[0]"])
    second = pending.add(["a[0]"])
    pending.delay_over(second)
    pending.take_ready(ended(0), ())
    assert not pending
    pending.add(["a[0]"])
    pending.clear()
    assert not pending


def test_a_task_in_two_restarts_is_an_error() -> None:
    """Two attempts of it would be made."""
    pending = PendingRestarts()
    pending.add(["a[0]"])
    pending.add(["a[1]"])
    pending.check()
    for restart in pending._restarts.values():
        restart.tasks.add("a[0]")
    with pytest.raises(AssertionError, match="two restarts"):
        pending.check()
