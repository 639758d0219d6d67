"""A cluster in Flink's JSON: overview, TaskManagers, configuration. Pure: plain data in, plain data out.

Field names are Flink's (REST of about 1.17); what only we know stands beside them under names of our own. A number that
nobody knows is -1. Deliberately not here: jobs (`cluster.rest.job_views`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

UNKNOWN = -1
SECRET_WORDS = ("password", "secret", "token", "credential", "auth", "fs.azure.account.key", "apikey", "access-key")
MASK = "******"

_RESOURCE = {
    "cpuCores": UNKNOWN,
    "taskHeapMemory": UNKNOWN,
    "taskOffHeapMemory": UNKNOWN,
    "managedMemory": UNKNOWN,
    "networkMemory": UNKNOWN,
    "extendedResources": {},
}
_HARDWARE = {"cpuCores": UNKNOWN, "physicalMemory": UNKNOWN, "freeMemory": UNKNOWN, "managedMemory": UNKNOWN}
_MEMORY = {
    "frameworkHeap": UNKNOWN,
    "taskHeap": UNKNOWN,
    "frameworkOffHeap": UNKNOWN,
    "taskOffHeap": UNKNOWN,
    "networkMemory": UNKNOWN,
    "managedMemory": UNKNOWN,
    "jvmMetaspace": UNKNOWN,
    "jvmOverhead": UNKNOWN,
    "totalFlinkMemory": UNKNOWN,
    "totalProcessMemory": UNKNOWN,
}


def milliseconds(seconds: float | None) -> int:
    """A time or a duration as Flink has it; -1 if it is not known."""
    return UNKNOWN if seconds is None else round(seconds * 1000)


def overview(cluster: Mapping[str, Any], version: str) -> dict[str, Any]:
    """`/overview`, from the answer to `GetCluster`."""
    states = Counter(str(job["status"]) for job in cluster["jobs"])
    ended = states["FINISHED"] + states["CANCELED"] + states["FAILED"]
    return {
        "taskmanagers": len(cluster["task_managers"]),
        "slots-total": cluster["slots_total"],
        "slots-available": cluster["slots_free"],
        "taskmanagers-blocked": 0,
        "slots-free-and-blocked": 0,
        "jobs-running": sum(states.values()) - ended - states["RECOVERY_FAILED"],
        "jobs-finished": states["FINISHED"],
        "jobs-cancelled": states["CANCELED"],
        "jobs-failed": states["FAILED"] + states["RECOVERY_FAILED"],
        "flink-version": version,
        "flink-commit": "",
        "epoch": cluster["epoch"],
        "slots-missing": cluster["slots_missing"],
        "provider-starts": cluster["provider_starts"],
        "provider-trouble": cluster["provider_trouble"],
    }


def ui_config(version: str, refresh_s: float, offset_s: float, zone: str, *, cancel: bool) -> dict[str, Any]:
    """`/config`. Jobs are not submitted as jar files here, so Flink's page for that is off."""
    return {
        "refresh-interval": milliseconds(refresh_s),
        "timezone-name": zone,
        "timezone-offset": milliseconds(offset_s),
        "flink-version": version,
        "flink-revision": "",
        "features": {"web-submit": False, "web-cancel": cancel, "web-history": False},
    }


def settings(known: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    """`/jobmanager/config`; secrets are masked."""
    return [{"key": key, "value": MASK if _is_secret(key) else value} for key, value in known]


def task_managers(members: Sequence[Mapping[str, Any]], now: float) -> dict[str, Any]:
    """`/taskmanagers`, from the TaskManagers of `GetCluster`.

    Args:
        members: As they are described.
        now: Wall time.
    """
    return {"taskmanagers": [_task_manager(one, now) for one in members]}


def task_manager(member: Mapping[str, Any], now: float) -> dict[str, Any]:
    """`/taskmanagers/:id`."""
    allocated = [{"jobId": job_id, "resource": dict(_RESOURCE)} for job_id, _ in member["tasks"]]
    return {
        **_task_manager(member, now),
        "allocatedSlots": allocated,
        "metrics": {},
        "tasks": [{"jobId": job_id, "task": task_id} for job_id, task_id in member["tasks"]],
    }


def _task_manager(member: Mapping[str, Any], now: float) -> dict[str, Any]:
    age_s = member.get("heartbeat_age_s")
    return {
        "id": member["id"],
        "path": member["path"],
        "dataPort": UNKNOWN,
        "jmxPort": UNKNOWN,
        # Flink's name; what it holds, there as here, is the time of the last heartbeat.
        "timeSinceLastHeartbeat": milliseconds(now - age_s if age_s is not None else member["registered_at"]),
        "slotsNumber": member["slots"],
        "freeSlots": member["free_slots"],
        "totalResource": dict(_RESOURCE),
        "freeResource": dict(_RESOURCE),
        "hardware": dict(_HARDWARE),
        "memoryConfiguration": dict(_MEMORY),
        "blocked": False,
        "pid": member["pid"],
        "registeredAt": milliseconds(member["registered_at"]),
        "heartbeatAgeSeconds": age_s,
        "suspicion": member.get("suspicion"),
        "suspected": member["suspected"],
    }


def _is_secret(key: str) -> bool:
    return any(word in key.lower() for word in SECRET_WORDS)
