"""Resident and own memory of a cluster's processes that do nothing but count. SHELL of psutil."""

from __future__ import annotations

from typing import Any

from benchmarks.failover.processes import Processes

MIB = 1024 * 1024


async def memory_of(processes: Processes, variant: str) -> list[dict[str, Any]]:
    """A line for each role: the most that any process of it has, in MiB."""
    import psutil

    election = await processes.election()
    leader = int(str(election["candidate"]).partition("@")[0].rpartition("-")[2])
    workers = {one["pid"] for one in (await processes.cluster())["task_managers"]}
    busy = {line[-1].pid for line in processes.ledger(10_000).values()}
    roles: dict[str, list[Any]] = {"JobManager, leader": [], "JobManager, standby": [], "TaskManager": []}
    slots: dict[str, list[Any]] = {"slot with a task": [], "slot ahead of need": []}
    for pid in processes.children:
        process = psutil.Process(pid)
        if pid in workers:
            roles["TaskManager"].append(process)
            for child in process.children():
                slots["slot with a task" if child.pid in busy else "slot ahead of need"].append(child)
        else:
            roles["JobManager, leader" if pid == leader else "JobManager, standby"].append(process)
    lines = []
    for role, members in {**roles, **slots}.items():
        sizes = [one.memory_full_info() for one in members]
        lines.append(
            {
                "kind": "memory",
                "variant": variant,
                "role": role,
                "count": len(sizes),
                "rss_mib": round(max((size.rss for size in sizes), default=0) / MIB, 1),
                "uss_mib": round(max((size.uss for size in sizes), default=0) / MIB, 1),
                "pss_mib": round(max((size.pss for size in sizes), default=0) / MIB, 1),
            }
        )
    return lines
