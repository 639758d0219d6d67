"""A job's checkpoints in Flink's JSON. Pure: plain data in, plain data out.

From the `checkpoints` of the answer to `GetJob`: the leader remembers the newest one and the one that was restored, so
the history has at most one entry. Deliberately not here: the rest of a job (`cluster.rest.job_views`).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cluster.rest.cluster_views import UNKNOWN, milliseconds

Plain = Mapping[str, Any]


def checkpoints(details: Plain) -> dict[str, Any]:
    """`/jobs/:id/checkpoints`."""
    known: Plain = details.get("checkpoints") or {}
    latest, restored, lost = known.get("latest"), known.get("restored"), known.get("last_failure")
    completed, failed = int(known.get("completed") or 0), int(known.get("failed") or 0)
    running = int(known.get("in_progress") is not None)
    newest = None if latest is None else _completed(latest)
    return {
        "counts": {
            "restored": int(restored is not None),
            "total": completed + failed + running,
            "in_progress": running,
            "completed": completed,
            "failed": failed,
        },
        "summary": _summary(latest),
        "latest": {
            "completed": newest,
            "savepoint": None,
            "failed": None if lost is None else _failed(lost),
            "restored": None if restored is None else _restored(restored),
        },
        "history": [] if newest is None else [newest],
    }


def checkpoint_config(details: Plain, timeout_s: float, min_pause_s: float) -> dict[str, Any] | None:
    """`/jobs/:id/checkpoints/config`; `None` if the job has no checkpoints."""
    interval_s = (details.get("checkpoints") or {}).get("interval_s")
    if interval_s is None:
        return None
    return {
        "mode": "exactly_once",
        "interval": milliseconds(interval_s),
        "timeout": milliseconds(timeout_s),
        "min_pause": milliseconds(min_pause_s),
        "max_concurrent": 1,
        "externalization": {"enabled": False, "delete_on_cancellation": True},
    }


def _completed(one: Plain) -> dict[str, Any]:
    done = milliseconds(one.get("completed_at"))
    duration = milliseconds(one.get("duration_s"))
    return {
        "@class": "completed",
        "id": one["id"],
        "status": "COMPLETED",
        "is_savepoint": False,
        "checkpoint_type": "CHECKPOINT",
        "trigger_timestamp": done - duration,
        "latest_ack_timestamp": done,
        "state_size": one["state_bytes"],
        "checkpointed_size": one["state_bytes"],
        "end_to_end_duration": duration,
        "alignment_buffered": 0,
        "processed_data": 0,
        "persisted_data": 0,
        "num_subtasks": one["tasks"] + one["finished_tasks"],
        "num_acknowledged_subtasks": one["tasks"] + one["finished_tasks"],
        "tasks": {},
        "external_path": None,
        "discarded": False,
    }


def _failed(one: Plain) -> dict[str, Any]:
    return {
        "@class": "failed",
        "id": one["id"],
        "status": "FAILED",
        "is_savepoint": False,
        "checkpoint_type": "CHECKPOINT",
        "failure_timestamp": milliseconds(one["at"]),
        "failure_message": one["reason"],
    }


def _restored(one: Plain) -> dict[str, Any]:
    return {
        "id": one["id"],
        "restore_timestamp": milliseconds(one.get("completed_at")),
        "is_savepoint": False,
        "external_path": None,
    }


def _summary(latest: Plain | None) -> dict[str, Any]:
    """Minimum, maximum and mean over what is remembered: the newest one."""
    size = UNKNOWN if latest is None else latest["state_bytes"]
    duration = UNKNOWN if latest is None else milliseconds(latest.get("duration_s"))

    def of(value: int) -> dict[str, int]:
        return {"min": value, "max": value, "avg": value}

    return {
        "checkpointed_size": of(size),
        "state_size": of(size),
        "end_to_end_duration": of(duration),
        "alignment_buffered": of(0),
        "processed_data": of(0),
        "persisted_data": of(0),
    }
