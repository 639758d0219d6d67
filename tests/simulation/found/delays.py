"""Defects of the product that seeds of `delays` have shown, and how to have them back."""

from __future__ import annotations

from cluster.taskmanager.task_manager import TaskManager
from tests.simulation.pin import Pin


def _only_once(worker: TaskManager) -> None:
    """The timer of a lease is not started again when it came too early."""
    if worker._lease.until - worker._now() > 1e-6:
        _await_end_of_lease(worker)


_await_end_of_lease = TaskManager._await_end_of_lease


PINS = [
    Pin(
        "delays",
        8700053,
        "a timer comes a hair before the end of the lease, and nothing ends its tasks any more",
        ("0.879 delay leader tm3 for=4.942 mean=1.34", "1.131 kill-slot tm2 for=0.099"),
        ((TaskManager, "_await_end_of_lease", _only_once),),
        "I15",
    ),
]
