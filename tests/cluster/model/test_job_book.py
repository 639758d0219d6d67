"""The Dispatcher's list of jobs, results as they are stored, and jobs as they are shown."""

from __future__ import annotations

import contextlib

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.model import execution_events as ev
from cluster.model.job import JobStatus
from cluster.model.job_book import JobBook
from cluster.model.job_description import describe_job
from cluster.model.job_record import JobRecord, TaskRecord
from cluster.model.job_result import JobResult, UnreadableResult
from cluster.model.job_source import JobSource
from cluster.model.restart import FixedDelay
from cluster.model.vertex import TaskState
from tests.cluster.model.stories import Story

RECORD = JobRecord("j", "counting", JobSource(module="m"), (TaskRecord("a", 2, {}),), submitted_at=5.0)
RESULT = JobResult("j", "counting", JobStatus.FINISHED, {"a[0]": [1]}, "", 5.0, 9.0, 2, {"tasks": []})


def test_a_job_from_its_submission_to_its_result() -> None:
    """It shows where it stands; its end only when the result is stored."""
    book = JobBook()
    entry = book.run(RECORD, 5.0)
    book.progressed("j", JobStatus.RUNNING, "", 1)
    book.progressed("j", JobStatus.FINISHED, "", 1)
    assert (entry.status, entry.restarts) == (JobStatus.RUNNING, 1)
    assert entry.outcome() == {"status": "RUNNING", "finished": [], "error": ""}
    ended = book.ended(RESULT)
    assert ended.outcome() == {"status": "FINISHED", "finished": ["a[0]"], "error": ""}
    assert ended.task_result("a[0]") == {"result": [1]}
    assert ended.task_result("a[1]")["not_found"]
    assert ended.summary()["end_time"] == 9.0
    assert ended.details()["tasks"] == []
    book.progressed("j", JobStatus.RUNNING, "", 1)
    assert [one.status for one in book] == [JobStatus.FINISHED]


def test_a_job_that_is_set_aside_keeps_its_name() -> None:
    """What is known of an unreadable job is shown with the reason; what never was is not found."""
    book = JobBook()
    book.run(RECORD, 5.0)
    book.set_aside("j", "broken")
    book.set_aside("k", "lost")
    shown = {one.job_id: (one.name, one.status.value, one.reason) for one in book}
    assert shown == {"j": ("counting", "RECOVERY_FAILED", "broken"), "k": ("k", "RECOVERY_FAILED", "lost")}
    assert book.find("x") is None
    book.progressed("x", JobStatus.RUNNING, "", 0)


def test_a_result_comes_back() -> None:
    """What was stored is read back equal."""
    assert JobResult.from_bytes(RESULT.to_bytes()) == RESULT


PLAIN = msgpack.unpackb(RESULT.to_bytes())


@pytest.mark.parametrize(
    "data",
    [b"", b"\xc1", msgpack.packb(3), msgpack.packb({"version": 0}), msgpack.packb({**PLAIN, "status": "GONE"})],
)
def test_bytes_that_are_no_result_are_refused(data: bytes) -> None:
    """One kind of error for all of them."""
    with pytest.raises(UnreadableResult):
        JobResult.from_bytes(data)


@given(st.binary(max_size=100))
def test_garbage_never_raises_anything_else(data: bytes) -> None:
    """No bytes whatever make reading raise another exception."""
    with contextlib.suppress(UnreadableResult):
        JobResult.from_bytes(data)


def test_a_description_is_plain_and_tells_everything() -> None:
    """It crosses the wire, and has the tasks, what they wait for, the failures in wall time, and the checkpoints."""
    story = Story(tasks=2)
    story.start()
    story.offer(0)
    story.report(0, "RUNNING")
    story.now = 3.0
    story.report(0, "FAILED", error="boom")
    story.tell(ev.RestartDue(1))
    shown = describe_job(RECORD, story.execution, FixedDelay(3, 1.0), None, {"a[0]": 50}, 1000.0)
    assert msgpack.unpackb(msgpack.packb(shown)) == shown
    assert (shown["status"], shown["restarts"], shown["waiting_for"]) == ("RUNNING", 1, ["a[0]", "a[1]"])
    assert [(one["state"], one["attempt"], one["progress"]) for one in shown["tasks"]] == [
        (TaskState.SCHEDULED.value, 2, 50),
        (TaskState.SCHEDULED.value, 1, None),
    ]
    (entry,) = shown["exceptions"]["entries"]
    assert entry == {"timestamp": 1003.0, "reason": "boom", "tasks": ["a[0]"], "task_manager": "x"}
    assert shown["checkpoints"]["latest"] is None
