"""What commands print: results as JSON, lists as columns. Pure; texts in, texts out.

Deliberately not here: where it goes, which is stdout for data and stderr for talk (`cluster.cli`).
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any


def as_json(value: Any) -> str:
    """JSON for programs, indented for people too. Bytes become base64, keys become texts."""
    return json.dumps(plain(value), indent=2, ensure_ascii=False, sort_keys=False)


def columns(rows: Sequence[Sequence[str]]) -> str:
    """Rows of equal length as left-aligned columns, two blanks apart."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def clock_time(seconds: float | None) -> str:
    """Wall time, given in seconds since 1970, as local `2026-11-22 20:15:03`; `-` if it is not known."""
    return datetime.fromtimestamp(seconds).astimezone().strftime("%Y-%m-%d %H:%M:%S") if seconds else "-"


def job_rows(jobs: Sequence[Mapping[str, Any]]) -> str:
    """The list of jobs."""
    rows = [["ID", "STATUS", "RESTARTS", "STARTED", "NAME"]]
    for job in jobs:
        started = clock_time(job.get("start_time"))
        rows.append([str(job["id"]), str(job["status"]), str(job.get("restarts", 0)), started, str(job["name"])])
    return columns(rows)


def job_details(job: Mapping[str, Any], cluster: Mapping[str, Any] | None = None) -> str:
    """One job: its tasks, what it waits for, its failures and checkpoints.

    Args:
        job: As it is described.
        cluster: So is this; says why there are no slots, if that matters and is known.
    """
    parts = [job_rows([job])]
    rows = [["TASK", "STATE", "ATTEMPT", "TASKMANAGER", "PROGRESS"]]
    for task in job.get("tasks", ()):
        progress = "" if task.get("progress") is None else json.dumps(plain(task["progress"]), ensure_ascii=False)
        known = (task["id"], task["state"], task["attempt"], task.get("task_manager") or "-", progress)
        rows.append([str(one) for one in known])
    parts.append(columns(rows))
    if job.get("waiting_for"):
        parts.append(waiting_for(job) + no_slots_because(cluster or {}))
    if job.get("left_out"):
        parts.append(f"too long to be shown whole; left out: {', '.join(job['left_out'])}")
    if job.get("reason"):
        parts.append(f"because {job['reason']}")
    failures = (job.get("exceptions") or {}).get("entries", ())
    parts += [f"{clock_time(one['timestamp'])}  {', '.join(one['tasks'])}: {one['reason']}" for one in failures]
    checkpoints = job.get("checkpoints") or {}
    counts = f"{checkpoints.get('completed', 0)} completed, {checkpoints.get('failed', 0)} failed"
    if checkpoints.get("last_failure"):
        counts += f", the last one because {checkpoints['last_failure']['reason']}"
    parts.append(f"checkpoints: {counts}" if checkpoints.get("interval_s") else "checkpoints: off")
    for number, reason in (checkpoints.get("skipped") or {}).items():
        parts.append(f"checkpoint {number} cannot be read, another one was used: {reason}")
    return "\n\n".join(parts)


def waiting_for(job: Mapping[str, Any]) -> str:
    """What a job that does not get on waits for."""
    tasks = [str(task) for task in job.get("waiting_for", ())]
    return f"waits for {len(tasks)} free slot{'s' if len(tasks) != 1 else ''}, for {', '.join(tasks)}"


def no_slots_because(cluster: Mapping[str, Any]) -> str:
    """Why there are not more slots, as an appendix to what waits for some; empty if that is not known."""
    if cluster.get("provider_trouble"):
        return f"; {cluster['provider_trouble']}"
    if cluster.get("provider_starts") is False:
        return "; nobody but you can start a TaskManager (resourcemanager.provider is none)"
    return ""


def election_rows(election: Mapping[str, Any], cluster: Mapping[str, Any]) -> str:
    """Leader, standbys, TaskManagers and the timeline of failovers."""
    leader = election.get("leader") or {}
    rows = [["leader", f"{leader.get('candidate', '-')}, epoch {leader.get('epoch', '-')}"]]
    rows += [["standby", str(standby)] for standby in election.get("standbys", ())]
    for one in cluster.get("task_managers", ()):
        slots = f"{one['slots'] - one['free_slots']} of {one['slots']} slots used"
        suspicion = ", suspected to be dead" if one.get("suspected") else ""
        rows.append(["taskmanager", f"{one['id']}, pid {one['pid']}, {slots}{suspicion}"])
    if cluster.get("slots_missing"):
        rows.append(["slots", f"{cluster['slots_missing']} are missing{no_slots_because(cluster)}"])
    elif cluster.get("provider_trouble"):
        rows.append(["provider", str(cluster["provider_trouble"])])
    return f"{columns(rows)}\n\n{timeline_rows(cluster.get('timeline', ()))}"


def timeline_rows(timeline: Sequence[Mapping[str, Any]]) -> str:
    """Failovers, the newest last; times after the verdict in milliseconds."""
    if not timeline:
        return "no failovers yet"
    rows = [["FAILOVER OF", "KNOWN AT", "ELECTED", "CONFIRMED", "RECOVERED", "TASKMANAGERS", "RUNNING", "EVIDENCE"]]
    steps = ("elected_at", "confirmed_at", "recovered_at", "task_managers_at", "running_at")
    for one in timeline:
        origin = one.get("convicted_at") or one.get("elected_at")
        evidence = " ".join(str(one[part]) for part in ("cause", "detail") if one.get(part))
        times = [_after(origin, one.get(what)) for what in steps]
        rows.append([f"{one['kind']} {one['subject']}", clock_time(origin), *times, evidence])
    return columns(rows)


def _after(origin: float | None, at: float | None) -> str:
    return "-" if origin is None or at is None else f"+{(at - origin) * 1000:.0f} ms"


def plain(value: Any) -> Any:
    """A MessagePack value as one of JSON: keys become texts, bytes base64; a number that JSON lacks becomes a text."""
    if isinstance(value, Mapping):
        return {str(key): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
