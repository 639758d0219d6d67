"""The cluster as people and programs are shown it: plain data for `GetCluster`. Pure.

Deliberately not here: how it is printed (`cluster.commands.output`), one job (`cluster.model.job_description`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def describe_cluster(
    epoch: int,
    leader: str,
    timeline: Sequence[dict[str, Any]],
    jobs: Sequence[dict[str, Any]],
    resources: Mapping[str, Any],
) -> dict[str, Any]:
    """The whole cluster under one leader.

    Args:
        epoch: Of the leader.
        leader: Path of its Dispatcher.
        timeline: Its failovers.
        jobs: One summary for each.
        resources: TaskManagers and missing slots, as the ResourceManager describes them.
    """
    task_managers = resources["task_managers"]
    return {
        "epoch": epoch,
        "leader": leader,
        "timeline": timeline,
        "jobs": jobs,
        "slots_total": sum(one["slots"] for one in task_managers),
        "slots_free": sum(one["free_slots"] for one in task_managers),
        "slots_missing": resources["slots_missing"],
        "provider_starts": resources["provider_starts"],
        "provider_trouble": resources["provider_trouble"],
        "task_managers": task_managers,
    }
