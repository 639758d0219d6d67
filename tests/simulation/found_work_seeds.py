"""Seeds of the scenarios with jobs that have once shown a defect of the product, and how to have that defect back.

As `found_seeds`, which has those of actors and of the election.
"""

from __future__ import annotations

from cluster.leader import dispatcher
from cluster.taskmanager.task_manager import TaskManager
from tests.simulation.found_seeds import Pin


def _only_once(worker: TaskManager) -> None:
    """The timer of a lease is not started again when it came too early."""
    if worker._lease.until - worker._now() > 1e-6:
        _await_end_of_lease(worker)


_await_end_of_lease = TaskManager._await_end_of_lease

FOUND_AT_WORK = [
    Pin(
        "clients",
        8700034,
        "a leader that stood still past its session says from memory that there is no job which its successor accepted",
        (
            "5.949 stop-leader leader for=0.064",
            "6.658 freeze-leader leader for=2.967",
            "8.58 lag zk2 for=1.266",
        ),
        ((dispatcher, "_OfClients", ()),),
        "I16",
    ),
    Pin(
        "delays",
        8700032,
        "a timer comes a hair before the end of the lease, and nothing ends its tasks any more",
        ("0.879 delay leader tm3 for=4.942 mean=1.34", "1.131 kill-slot tm2 for=0.099"),
        ((TaskManager, "_await_end_of_lease", _only_once),),
        "I15",
    ),
]
