"""What users write, and how it is stored."""

from __future__ import annotations

import contextlib
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster import FixedDelay, Job, Task, TaskContext, TaskSpec
from cluster.model.job import JobError, JobStatus
from cluster.model.job_record import JobRecord, TaskRecord, UnreadableJob
from cluster.model.job_source import JobSource


class Count(Task):
    async def run(self, context: TaskContext) -> Any:
        return context.index


class Idle(Task):
    pass


def specs(*names: str) -> list[TaskSpec]:
    return [TaskSpec(name, Count) for name in names]


make_job: Any = Job  # the mistakes below are those that a type checker would find, too
make_spec: Any = TaskSpec


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: make_job("x" * 1001, specs("a")), "a job's name must have at most 1000 characters, not 1001"),
        (lambda: make_job("", specs("a")), "a job's name must be a text that is not empty, not ''"),
        (lambda: make_job("  ", specs("a")), "a job's name"),
        (lambda: make_job(None, specs("a")), "a job's name"),
        (lambda: make_job("j", []), "job 'j' has no tasks"),
        (lambda: make_job("j", specs("a", "b", "a")), "job 'j' has two tasks called 'a'"),
        (lambda: make_job("j", [Count]), "each task must be a TaskSpec"),
        (lambda: make_job("j", [TaskSpec("a", Count, 32_769)]), "32769 instances of tasks; at most 32768"),
        (
            lambda: make_job("j", specs("a"), checkpoint_interval_s=0),
            "checkpoint_interval_s must be more than 0 seconds",
        ),
        (lambda: make_job("j", specs("a"), checkpoint_interval_s=-1.0), "checkpoint_interval_s must be more than 0"),
        (lambda: make_job("j", specs("a"), checkpoint_interval_s=float("inf")), "checkpoint_interval_s"),
        (lambda: make_job("j", specs("a"), checkpoint_interval_s="1 s"), "checkpoint_interval_s"),
        (lambda: make_job("j", specs("a"), restart_strategy="fixed-delay"), "restart_strategy must be FixedDelay"),
        (lambda: make_spec("", Count), "a task's name"),
        (lambda: make_spec("a[0]", Count), "must not contain any of"),
        (lambda: make_spec("a", Count()), "expected a class derived from cluster.Task"),
        (lambda: make_spec("a", dict), "expected a class derived from cluster.Task"),
        (lambda: make_spec("a", Idle), r"Idle has no run\(\)"),
        (lambda: make_spec("a", Count, parallelism=0), "parallelism must be a whole number of 1 or more, not 0"),
        (lambda: make_spec("a", Count, parallelism=1.5), "parallelism"),
        (lambda: make_spec("a", Count, parallelism=True), "parallelism"),
        (lambda: make_spec("a", Count, config=[1]), "config must be a mapping"),
    ],
)
def test_each_mistake_has_its_own_error(make: Any, text: str) -> None:
    """A job that cannot be run is refused where it is written, by name."""
    with pytest.raises(JobError, match=text):
        make()


def test_a_job_keeps_what_it_was_given() -> None:
    """The API of the contract: name, tasks, interval and strategy."""
    job = Job("j", [TaskSpec("a", Count, parallelism=4, config={"k": 1})], 0.5, FixedDelay(3, 1.0))
    assert (job.name, job.checkpoint_interval_s, job.restart_strategy) == ("j", 0.5, FixedDelay(3, 1.0))
    assert (job.task("a").parallelism, job.task("a").config) == (4, {"k": 1})
    with pytest.raises(KeyError):
        job.task("b")


def test_only_three_states_end_a_job_for_all_leaders() -> None:
    """2.10: SUSPENDED and RECOVERY_FAILED must never lead to cleaning."""
    terminal = {status for status in JobStatus if status.is_globally_terminal}
    assert terminal == {JobStatus.FINISHED, JobStatus.CANCELED, JobStatus.FAILED}


def test_the_record_of_a_job_needs_no_user_code() -> None:
    """What is stored names tasks, parallelism and configuration, and comes back equal."""
    job = Job("j", [TaskSpec("a", Count, 2, {"k": [1, "x"]}), TaskSpec("b", Count)], 0.5, FixedDelay(3, 1.0))
    source = JobSource(file_name="j.py", code=b"job = 1", arguments={"n": "3"})
    record = JobRecord.of(job, "id-1", source, submitted_at=12.5)
    assert record.tasks == (TaskRecord("a", 2, {"k": [1, "x"]}), TaskRecord("b", 1, {}))
    assert record.slots_needed == 3
    assert JobRecord.from_bytes(record.to_bytes()) == record


@given(st.text(min_size=1), st.binary(), st.dictionaries(st.text(), st.text()), st.none() | st.floats(0.001, 1e6))
def test_any_record_comes_back(name: str, code: bytes, arguments: dict[str, str], interval_s: float | None) -> None:
    """Writing and reading a record gives the same record."""
    source = JobSource(file_name=name, code=code, arguments=arguments)
    record = JobRecord("id", name, source, (TaskRecord(name, 1, arguments),), interval_s)
    assert JobRecord.from_bytes(record.to_bytes()) == record


GOOD = JobRecord("id", "n", JobSource(module="m"), (TaskRecord("a", 1, {}),)).to_bytes()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\xc1",
        GOOD[:-3],
        msgpack.packb([1, 2]),
        msgpack.packb({"version": 2}),
        msgpack.packb({"version": 1}),
        msgpack.packb({**msgpack.unpackb(GOOD), "tasks": []}),
        msgpack.packb({**msgpack.unpackb(GOOD), "tasks": [["a", 0, {}]]}),
        msgpack.packb({**msgpack.unpackb(GOOD), "source": 3}),
        msgpack.packb({**msgpack.unpackb(GOOD), "restart_strategy": {"type": "never"}}),
    ],
)
def test_bytes_that_are_no_record_are_refused(data: bytes) -> None:
    """An unreadable job is one kind of error, so that it can be set aside without stopping the others."""
    with pytest.raises(UnreadableJob):
        JobRecord.from_bytes(data)


@given(st.binary(max_size=200))
def test_garbage_never_raises_anything_else(data: bytes) -> None:
    """No bytes whatever make reading raise another exception."""
    with contextlib.suppress(UnreadableJob):
        JobRecord.from_bytes(data)


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        *(("tasks", [["a", count, {}]], "a parallelism of 1 or more") for count in (0, True, 1.5, "3", float("inf"))),
        ("tasks", [["a", 1, {}], ["a", 1, {}]], "two tasks of one name"),
        ("tasks", [["a", 10**9, {}]], "more than 32768 instances"),
        ("tasks", [["a", 30_000, {}], ["b", 3_000, {}]], "more than 32768 instances"),
        *(("checkpoint_interval_s", wrong, "more than 0 s") for wrong in (0, -1.0, float("nan"), float("inf"))),
        *(("submitted_at", wrong, "submitted at") for wrong in (float("nan"), float("inf"), 1e300, -1e12)),
        ("source", {"module": "m", "file_name": "", "code": 10**12, "entry": "e", "arguments": {}}, "not bytes"),
    ],
)
def test_a_record_that_no_job_would_make_is_refused(field: str, value: Any, text: str) -> None:
    """Whoever submits over HTTP makes it as they like: a leader that took it would break at it, and so the next."""
    plain = msgpack.unpackb(JobRecord.of(Job("j", specs("a")), "id", JobSource(module="m")).to_bytes())
    with pytest.raises(UnreadableJob, match=text):
        JobRecord.from_bytes(msgpack.packb({**plain, field: value}))


@pytest.mark.parametrize("arguments", [{}, {"module": "m", "file_name": "f.py"}, {"module": "m", "entry": ""}])
def test_a_source_is_a_file_or_a_module(arguments: dict[str, Any]) -> None:
    """A source is exactly one of the two, and names its job."""
    with pytest.raises(ValueError, match="job"):
        JobSource(**arguments)


def test_a_source_comes_back_from_the_wire() -> None:
    """What was sent with a deployment makes the same source."""
    source = JobSource(file_name="j.py", code=b"\x00", entry="make", arguments={"a": "b"})
    assert JobSource.from_wire(source.to_wire()) == source
    assert str(source) == "j.py:make"
    for garbage in (None, 3, {}, {"module": 1}):
        with pytest.raises(ValueError, match="source"):
            JobSource.from_wire(garbage)
