"""What the configuration's words about silence come to."""

from __future__ import annotations

import pytest

from cluster.config import load
from cluster.remoting import task_lease_s


@pytest.mark.parametrize(
    ("settings", "lease_s"),
    [
        ((), 2.8),
        (("failure-detector=lan",), 2.0),
        (("failure-detector=wan",), 5.6),
        (("jobmanager.failover.tasks=keep",), 10.0),
        (("taskmanager.task-lease=1 s", "jobmanager.failover.tasks=keep"), 1.0),
        (("taskmanager.slot.isolation=inline",), None),
        (("taskmanager.slot.isolation=inline", "taskmanager.task-lease=1 s"), 1.0),
    ],
)
def test_the_lease_of_tasks(settings: tuple[str, ...], lease_s: float | None) -> None:
    """A little shorter than the silence that is death, longer than a failover with `keep`, none for inline slots."""
    config, _ = load(None, settings)
    assert task_lease_s(config) == (lease_s if lease_s is None else pytest.approx(lease_s))
