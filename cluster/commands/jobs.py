"""What the commands about jobs do: make, submit, wait, list, show, cancel. Each returns its exit code.

Shell around the clients of `cluster.commands.connection`; prints data on stdout and talk on stderr. Deliberately not
here: parsing the command line (`cluster.cli`), and making a job from a file (`cluster.slots.user_code`).
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
import uuid
from collections.abc import Sequence

from cluster.client import NoLeader, RequestRefused
from cluster.commands.connection import Client, connect
from cluster.commands.output import as_json, election_rows, job_details, job_rows, no_slots_because, waiting_for
from cluster.config import ClusterConfig
from cluster.model.job_record import JobRecord
from cluster.node import FAILED, OK, say
from cluster.slots.job_maker import make_record as describe
from cluster.slots.user_code import read_source

LOOK_S = 1.0
"""Between two looks at what a job waits for."""
SLOTS = ("slots_missing", "provider_starts", "provider_trouble")
"""What `deathwatch ha --json` says of the slots that jobs wait for."""


class UsageError(Exception):
    """The command line cannot be understood."""


def read_arguments(words: Sequence[str]) -> dict[str, str]:
    """`key=value` words as a dict.

    Raises:
        UsageError: If a word is something else.
    """
    arguments: dict[str, str] = {}
    for word in words:
        key, separator, value = word.partition("=")
        if not separator or not key:
            raise UsageError(f"{word!r} is not key=value")
        arguments[key] = value
    return arguments


def make_record(target: str, words: Sequence[str]) -> JobRecord:
    """Run the user's file and describe its job for submission, under a new id.

    Raises:
        UserCodeError: If there is no job to be had from it; the text says why.
        UsageError: If a word is not `key=value`.
    """
    source = read_source(target, read_arguments(words))
    return JobRecord.from_bytes(describe(source, uuid.uuid4().hex, time.time()))


def print_data(text: str) -> None:
    """Data for stdout."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


async def run_job(config: ClusterConfig, target: str, words: Sequence[str], *, detached: bool) -> int:
    """Submit a job; wait for its end and print its results, or print its id."""
    record = make_record(target, words)
    async with connect(config) as client:
        await client.submit(record.job_id, record.to_bytes())
        if detached:
            print_data(record.job_id)
            return OK
        say(f"job {record.job_id} is submitted; it goes on when this command is interrupted")
        return await finish(client, record)


async def finish(client: Client, record: JobRecord) -> int:
    """Wait for a job's end, saying how it gets on; print its results, or say how it failed."""

    def told(status: str, why: str) -> None:
        say(f"job {record.name} is {status}{f': {why}' if why else ''}")

    watching = asyncio.ensure_future(_say_what_it_waits_for(client, record))
    try:
        outcome = await client.result(record.job_id, told)
    finally:
        watching.cancel()
    if outcome["status"] == "FINISHED":
        print_data(as_json(outcome["results"]))
        return OK
    told(outcome["status"], outcome["error"] or "no reason was given")
    return FAILED


async def _say_what_it_waits_for(client: Client, record: JobRecord) -> None:
    """Say what is missing when the same is missing at two looks; once, until it changes."""
    before = said = ("", False)
    while True:
        await asyncio.sleep(LOOK_S)
        with contextlib.suppress(NoLeader, RequestRefused, TimeoutError):
            details = await client.job(record.job_id)
            if not details.get("waiting_for"):
                before = ("", False)
                continue
            what, why = waiting_for(details), no_slots_because(await client.cluster())
            now = (what, bool(why))
            if now == before != said:
                say(f"job {record.name} {what}{why}")
                said = now
            before = now


async def list_jobs(config: ClusterConfig, *, as_data: bool) -> int:
    """Print all jobs."""
    async with connect(config) as client:
        jobs = await client.jobs()
    print_data(as_json(jobs) if as_data else job_rows(jobs))
    return OK


async def show_job(config: ClusterConfig, job_id: str, *, as_data: bool) -> int:
    """Print one job."""
    async with connect(config) as client:
        details = await client.job(job_id)
        cluster = await client.cluster() if details.get("waiting_for") and not as_data else None
    print_data(as_json(details) if as_data else job_details(details, cluster))
    return OK


async def cancel_job(config: ClusterConfig, job_id: str) -> int:
    """Cancel one job."""
    async with connect(config) as client:
        print_data(await client.cancel(job_id))
    return OK


async def retry_job(config: ClusterConfig, job_id: str) -> int:
    """Recover a job again that was set aside."""
    async with connect(config) as client:
        print_data(await client.retry(job_id))
    return OK


async def show_election(config: ClusterConfig, *, as_data: bool) -> int:
    """Print who leads, who stands by, and the last failovers."""
    async with connect(config) as client:
        election, cluster = await client.election(), await client.cluster()
    data = {**election, **{part: cluster.get(part) for part in ("task_managers", *SLOTS, "timeline")}}
    print_data(as_json(data) if as_data else election_rows(election, cluster))
    return OK
