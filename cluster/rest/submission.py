"""Reads a submission: from the body of `POST /jobs` to the record of a job. SHELL.

Two forms: `application/msgpack`, the record as our own commands make it; and `application/json`, a job's file or module
with its arguments, which a process of its own turns into the record (`cluster.slots.job_maker`), since the leader runs
no code of users. The job's id is the client's, or follows from its `Idempotency-Key`: whoever does not know whether a
submission has arrived repeats it, and the job runs once. Nothing is pickled. Deliberately not here: accepting the job,
which the leader does when it is stored.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import sys
import uuid
from typing import Any

import msgpack
from starlette.requests import Request

from cluster.model.job_record import JobRecord, UnreadableJob
from cluster.rest.answers import Refusal

JOB_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,127}")
KEY = re.compile(r"[!-~]{1,255}")
MAKE_S = 20.0
"""A file that takes longer to say what its job is has no job to be had."""
MAKERS = 2
"""Files that are run at a time, in one JobManager."""
FIELDS = {"jobid": str, "file": str, "fileName": str, "module": str, "entry": str, "arguments": dict}


class Submissions:
    """Reads what is posted to one JobManager."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(MAKERS)

    async def read(self, request: Request, now: float) -> tuple[JobRecord, bytes]:
        """The job that is submitted, and the same as it is stored.

        Args:
            request: `POST /jobs`.
            now: Wall time.

        Raises:
            Refusal: If it cannot be read, or there is no job in it; the text says why.
        """
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind not in ("application/msgpack", "application/json"):
            raise Refusal(415, f"Content-Type: {kind!r} is not accepted; application/json and application/msgpack are")
        body = await request.body()
        data = body if kind == "application/msgpack" else await self._make(_order(request, body), now)
        try:
            record = JobRecord.from_bytes(data)
        except UnreadableJob as error:
            raise Refusal(400, str(error)) from None
        if not JOB_ID.fullmatch(record.job_id):
            raise Refusal(400, f"{record.job_id!r} cannot be a job's id")
        return record, data

    async def _make(self, order: dict[str, Any], now: float) -> bytes:
        """Let another process run the user's code and describe the job."""
        try:
            packed = msgpack.packb({**order, "submitted_at": now})
        except UnicodeEncodeError as error:
            raise Refusal(400, f"the body holds what is no text: {error}") from None
        async with self._turn:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "cluster.slots.job_maker"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            try:
                async with asyncio.timeout(MAKE_S):
                    out, _ = await process.communicate(packed)
            except TimeoutError:
                raise Refusal(400, f"the job's code has not said in {MAKE_S:g} s what its job is") from None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
        try:
            answer = msgpack.unpackb(out)
        except (ValueError, msgpack.UnpackException):
            raise Refusal(400, f"the job's code ended its process with status {process.returncode}") from None
        if "error" in answer:
            raise Refusal(400, str(answer["error"]))
        return bytes(answer["record"])


def _order(request: Request, body: bytes) -> dict[str, Any]:
    try:
        order = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise Refusal(400, f"the body is not JSON: {error}") from None
    if not isinstance(order, dict):
        raise Refusal(400, "the body must be a JSON object")
    for name, value in order.items():
        if name not in FIELDS or not isinstance(value, FIELDS[name]):
            accepted = ", ".join(f"{known} ({kind.__name__})" for known, kind in FIELDS.items())
            raise Refusal(400, f"{name}: {value!r} is not accepted; known are {accepted}")
    if ("file" in order) == ("module" in order):
        raise Refusal(400, "a job comes from a file or from a module, exactly one of them")
    if any(not isinstance(value, str) for value in order.get("arguments", {}).values()):
        raise Refusal(400, "arguments: every value must be a text")
    order["jobid"] = _job_id(request, order)
    return order


def _job_id(request: Request, order: dict[str, Any]) -> str:
    key = request.headers.get("idempotency-key")
    if "jobid" in order:
        return str(order["jobid"])
    if key is None:
        return uuid.uuid4().hex
    if not KEY.fullmatch(key):
        raise Refusal(400, "Idempotency-Key: accepted are 1 to 255 visible characters")
    return hashlib.sha256(key.encode()).hexdigest()[:32]
