"""A job is described in one message, however many tasks it has and whatever they say."""

from __future__ import annotations

from typing import Any

import pytest

from actors import ActorRef
from actors.address import Address
from cluster.model.job import JobStatus
from cluster.model.job_book import JobBook
from cluster.model.job_description import describe_job
from cluster.model.job_record import JobRecord, TaskRecord
from cluster.model.job_result import JobResult
from cluster.model.job_shortening import TASKS_NAMED, shortened
from cluster.model.job_source import JobSource
from cluster.model.restart import FixedDelay
from runtime.protocol.codec import Codec
from tests.cluster.model.stories import Story

MOST_BYTES = 200_000
TASKS = 400


def described(**replaced: Any) -> dict[str, Any]:
    record = JobRecord("j", "counting", JobSource(module="m"), (TaskRecord("a", TASKS, {}),), submitted_at=5.0)
    story = Story(TASKS)
    return {**describe_job(record, story.execution, FixedDelay(3, 1.0), None, {}, 0.0), **replaced}


def with_progress(word: Any) -> dict[str, Any]:
    whole = described()
    return {**whole, "tasks": [{**task, "progress": word} for task in whole["tasks"]]}


def failures(reason: str) -> dict[str, Any]:
    one = {"timestamp": 1.0, "reason": reason, "tasks": [f"a[{n}]" for n in range(TASKS)] * 10, "task_manager": ""}
    return {"entries": [one] * 16, "truncated": False, "count": 16}


def no_reference(text: str) -> ActorRef[Any]:
    raise ValueError(text)


def test_what_fits_is_whole() -> None:
    """Nothing is left out, and nothing says so."""
    whole = with_progress({"done": 1})
    assert shortened(whole, MOST_BYTES) == whole


@pytest.mark.parametrize(
    ("details", "left_out", "tasks"),
    [
        (with_progress("x" * 1000), ["progress"], TASKS),
        (with_progress([1] * 2000), ["progress"], TASKS),
        (described(exceptions=failures("no slot")), ["progress", "names"], TASKS),
        (described(exceptions=failures("x" * 20_000), reason="y" * 200_000), ["progress", "names"], TASKS),
        (described(tasks=[{"id": "x" * 1000}] * TASKS), ["progress", "names", "tasks"], TASKS // 4),
        (described(waiting_for=["x" * 1000] * TASKS), ["progress", "names", "tasks"], TASKS // 4),
    ],
    ids=["progress", "values", "names", "reasons", "tasks", "waiting"],
)
def test_what_is_missed_least_is_left_out_first(details: dict[str, Any], left_out: list[str], tasks: int) -> None:
    """An answer that is too long was never sent: whoever asked was told that the leader does not answer."""
    short = shortened(details, MOST_BYTES)
    assert (short["left_out"], len(short["tasks"])) == (left_out, tasks)
    assert len(Codec(Address("a", "h", 1), no_reference).encode(short)) <= MOST_BYTES + 100
    if "names" in left_out:
        assert all(len(one["tasks"]) <= TASKS_NAMED for one in short["exceptions"]["entries"])


def test_a_message_has_a_limited_number_of_values() -> None:
    """Of a few bytes each."""
    short = shortened(with_progress([1] * 2000), 100 * MOST_BYTES)
    assert short["left_out"] == ["progress"]


def test_a_list_of_failed_jobs_is_short() -> None:
    """A thousand of them with a traceback each were more than a message may be, and no list came any more."""
    book, reason = JobBook(), "Traceback\n" + "x" * 20_000 + "\nValueError: y"
    entry = book.ended(JobResult("j", "counting", JobStatus.FAILED, reason=reason))
    listed = entry.summary()["reason"]
    assert len(listed) < 1200
    assert listed.startswith("Traceback")
    assert listed.endswith("ValueError: y")
    assert (entry.details()["reason"], entry.outcome()["error"]) == (reason, reason)
