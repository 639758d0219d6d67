"""Jobs in Flink's JSON: lists, details, exceptions, checkpoints, results. Pure: plain data in, plain data out.

From what the leader answers to `ListJobs`, `GetJob` and `GetResult`. Under `deathwatch` stands that answer itself, for
our own commands; a client of Flink ignores it. Deliberately not here: the cluster (`cluster.rest.cluster_views`).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from cluster.rest.cluster_views import UNKNOWN, milliseconds

TASK_STATES = (
    *("CREATED", "SCHEDULED", "DEPLOYING", "INITIALIZING", "RUNNING", "FINISHED", "CANCELING", "CANCELED", "FAILED"),
    "RECONCILING",
)
JOB_STATES = (
    *("INITIALIZING", "CREATED", "RUNNING", "FAILING", "FAILED", "CANCELLING", "CANCELED", "FINISHED", "RESTARTING"),
    *("SUSPENDED", "RECONCILING"),
)
APPLICATION_STATES = {"FINISHED": "SUCCEEDED", "CANCELED": "CANCELED", "FAILED": "FAILED"}
DEFAULT_MAX_EXCEPTIONS = 20

Plain = Mapping[str, Any]


def is_ended(job: Plain) -> bool:
    """Whether no leader will run it again."""
    return job["status"] in APPLICATION_STATES


def job_ids(jobs: Sequence[Plain]) -> dict[str, Any]:
    """`/jobs`."""
    return {"jobs": [{"id": job["id"], "status": job["status"]} for job in jobs]}


def jobs_overview(jobs: Sequence[Plain], details: Mapping[str, Plain], now: float) -> dict[str, Any]:
    """`/jobs/overview`.

    Args:
        jobs: The answer to `ListJobs`.
        details: The answers to `GetJob`, by id, as far as there are any.
        now: Wall time.
    """
    return {"jobs": [_overview(job, details.get(job["id"], {}), now) for job in jobs]}


def job(details: Plain, now: float) -> dict[str, Any]:
    """`/jobs/:id`, from the answer to `GetJob`."""
    by_name: dict[str, list[Plain]] = {}
    for one in details.get("tasks", ()):
        by_name.setdefault(str(one["name"]), []).append(one)
    vertices = [_vertex(name, tasks, details, now) for name, tasks in by_name.items()]
    return {
        "jid": details["id"],
        "name": details["name"],
        "isStoppable": False,
        "state": details["status"],
        **_times(details, now),
        "maxParallelism": UNKNOWN,
        "now": milliseconds(now),
        "timestamps": {**dict.fromkeys(JOB_STATES, 0), "CREATED": milliseconds(details.get("start_time"))},
        "vertices": vertices,
        "status-counts": _counts(Counter(vertex["status"] for vertex in vertices)),
        "plan": {
            "jid": details["id"],
            "name": details["name"],
            "nodes": [
                {"id": one["id"], "parallelism": one["parallelism"], "description": one["name"], "inputs": []}
                for one in vertices
            ],
        },
        "deathwatch": dict(details),
    }


def job_config(details: Plain) -> dict[str, Any]:
    """`/jobs/:id/config`."""
    strategy = details.get("restart_strategy") or {}
    words = ", ".join(f"{key}={value}" for key, value in strategy.items() if key != "type")
    return {
        "jid": details["id"],
        "name": details["name"],
        "execution-config": {
            "execution-mode": "PIPELINED",
            "restart-strategy": f"{strategy.get('type', 'unknown')}{f' ({words})' if words else ''}",
            "job-parallelism": max((one["parallelism"] for one in details.get("tasks", ())), default=1),
            "object-reuse-mode": False,
            "user-config": {},
        },
    }


def exceptions(details: Plain, limit: int = DEFAULT_MAX_EXCEPTIONS) -> dict[str, Any]:
    """`/jobs/:id/exceptions`, the newest first, at most `limit`."""
    history = details.get("exceptions") or {}
    known: Sequence[Plain] = history.get("entries", ())
    entries = known[:limit]
    truncated = bool(history.get("truncated")) or len(entries) < len(known)
    newest = entries[0] if entries else None
    if newest is None and details.get("reason"):
        newest = {"reason": details["reason"], "timestamp": details.get("end_time")}
    return {
        "root-exception": newest["reason"] if newest is not None else None,
        "timestamp": milliseconds(newest["timestamp"]) if newest is not None else None,
        "all-exceptions": [
            {
                "exception": one["reason"],
                "task": ", ".join(one["tasks"]) or None,
                "location": one["task_manager"] or None,
                "timestamp": milliseconds(one["timestamp"]),
                "taskManagerId": one["task_manager"] or None,
            }
            for one in entries
        ],
        "truncated": truncated,
        "exceptionHistory": {"entries": [_history_entry(one) for one in entries], "truncated": truncated},
    }


def execution_result(job_id: str, outcome: Plain, details: Plain, results: Plain) -> dict[str, Any]:
    """`/jobs/:id/execution-result`; what the tasks returned stands under `results`.

    Args:
        job_id: Of the job.
        outcome: The answer to `GetResult`.
        details: The answer to `GetJob`.
        results: What each finished task returned.
    """
    own = {"status": outcome["status"], "error": outcome["error"]}
    if outcome["status"] not in (*APPLICATION_STATES, "RECOVERY_FAILED"):
        return {"status": {"id": "IN_PROGRESS"}, "job-execution-result": None, "deathwatch": own}
    result: dict[str, Any] = {
        "id": job_id,
        "application-status": APPLICATION_STATES.get(outcome["status"], "UNKNOWN"),
        "net-runtime": max(0, milliseconds((details.get("end_time") or 0.0) - (details.get("start_time") or 0.0))),
        "accumulator-results": {},
        "results": dict(results),
        "job-status": outcome["status"],
    }
    if outcome["error"]:
        result["failure-cause"] = {"class": "JobFailed", "stack-trace": outcome["error"]}
    return {"status": {"id": "COMPLETED"}, "job-execution-result": result, "deathwatch": own}


def _overview(job: Plain, details: Plain, now: float) -> dict[str, Any]:
    tasks: Sequence[Plain] = details.get("tasks", ())
    counts = _counts(Counter(str(one["state"]) for one in tasks))
    changes = [one["since"] for one in tasks if one.get("since")]
    return {
        "jid": job["id"],
        "name": job["name"],
        "state": job["status"],
        **_times(job, now),
        "last-modification": milliseconds(max(changes, default=job.get("end_time") or job.get("start_time"))),
        "tasks": {"total": len(tasks), **{state.lower(): count for state, count in counts.items()}},
        "deathwatch": dict(job),
    }


def _times(job: Plain, now: float) -> dict[str, int]:
    start, end = job.get("start_time") or None, job.get("end_time") or None
    return {
        "start-time": milliseconds(start),
        "end-time": milliseconds(end),
        "duration": milliseconds((end or now) - start) if start is not None else 0,
    }


def _vertex(name: str, tasks: Sequence[Plain], job: Plain, now: float) -> dict[str, Any]:
    started, ended = job.get("start_time"), job.get("end_time")
    return {
        "id": hashlib.sha256(name.encode()).hexdigest()[:32],
        "name": name,
        "maxParallelism": UNKNOWN,
        "parallelism": len(tasks),
        "status": _together([str(one["state"]) for one in tasks]),
        **_times({"start_time": started, "end_time": ended}, now),
        "tasks": _counts(Counter(str(one["state"]) for one in tasks)),
        "metrics": {"read-bytes": 0, "write-bytes": 0, "read-records": 0, "write-records": 0},
    }


def _together(states: Sequence[str]) -> str:
    """The state of a vertex, which is that of its least advanced instance; one that failed counts most."""
    for state in ("FAILED", "CANCELING", "CREATED", "SCHEDULED", "DEPLOYING", "RUNNING", "CANCELED"):
        if state in states:
            return state
    return "FINISHED"


def _counts(found: Mapping[str, int]) -> dict[str, int]:
    return {state: found.get(state, 0) for state in TASK_STATES}


def _history_entry(one: Plain) -> dict[str, Any]:
    first, _, _ = str(one["reason"]).partition("\n")
    return {
        "exceptionName": first.partition(":")[0][:200],
        "stacktrace": one["reason"],
        "timestamp": milliseconds(one["timestamp"]),
        "taskName": ", ".join(one["tasks"]) or None,
        "location": one["task_manager"] or None,
        "endpoint": one["task_manager"] or None,
        "taskManagerId": one["task_manager"] or None,
        "failureLabels": {},
        "concurrentExceptions": [],
    }
