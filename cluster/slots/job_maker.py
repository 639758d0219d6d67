"""`python -m cluster.slots.job_maker`: a process that runs a job's code once, and says what the job is. SHELL.

For submissions over HTTP: reads the file or the module's name and the arguments from stdin, writes the job's record, or
why there is none, to stdout; both as MessagePack. What user code prints goes to stderr. Deliberately not here: running
tasks (`cluster.slots.slot_process`).
"""

from __future__ import annotations

import os
import sys
from typing import Any

import msgpack

from cluster.model.job_record import JobRecord
from cluster.model.job_source import JobSource
from cluster.slots.user_code import UserCodeError, load_job


def make_record(source: JobSource, job_id: str, submitted_at: float) -> bytes:
    """Run the user's code and describe its job, as it is stored.

    Args:
        source: Where the code is.
        job_id: The job's.
        submitted_at: Wall time.

    Raises:
        UserCodeError: If there is no job to be had from it; the text says why.
    """
    record = JobRecord.of(load_job(source), job_id, source, submitted_at)
    try:
        return record.to_bytes()
    except (TypeError, ValueError, OverflowError) as error:
        raise UserCodeError(f"{source}: a task's config holds what MessagePack cannot carry: {error}") from error


def answer(order: dict[str, Any]) -> dict[str, Any]:
    """The record, or why there is none."""
    try:
        source = JobSource(
            module=order.get("module", ""),
            file_name=order.get("fileName") or "job.py" if "file" in order else "",
            code=order.get("file", "").encode(),
            entry=order.get("entry", "job"),
            arguments=order.get("arguments", {}),
        )
        return {"record": make_record(source, order["jobid"], order["submitted_at"])}
    except (UserCodeError, ValueError) as error:
        return {"error": str(error)}


def main() -> None:
    """Serve one order. Ends by `os._exit`: what user code has left running must not keep the process."""
    out = os.dup(1)
    os.dup2(2, 1)
    with os.fdopen(out, "wb") as file:
        file.write(msgpack.packb(answer(msgpack.unpackb(sys.stdin.buffer.read()))))
    os._exit(0)


if __name__ == "__main__":
    main()
