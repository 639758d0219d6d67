"""From a source to a `Job`: what people write, and what they get wrong."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from cluster.model.job_source import JobSource
from cluster.slots.user_code import UserCodeError, load_job, load_shipped_job, read_source

HEAD = """
from cluster.model.job import Job, Task, TaskSpec

class Idle(Task):
    async def run(self, context):
        return None
"""


def source(code: str, entry: str = "job", **arguments: str) -> JobSource:
    return JobSource(file_name="/somewhere/mine.py", code=(HEAD + code).encode(), entry=entry, arguments=arguments)


def complaint(of: JobSource) -> UserCodeError:
    with pytest.raises(UserCodeError) as error:
        load_job(of)
    return error.value


def test_a_job_by_name() -> None:
    """A file names its job `job`, or as the command says."""
    code = "job = Job('a', [TaskSpec('t', Idle)])\nother = Job('b', [TaskSpec('t', Idle)])"
    assert load_job(source(code)).name == "a"
    assert load_job(source(code, "other")).name == "b"


def test_a_function_gets_the_arguments() -> None:
    """A function `job(arguments)` gets the command's words as a dict of text."""
    made = load_job(source("def job(arguments): return Job(arguments['name'], [TaskSpec('t', Idle)])", name="n"))
    assert made.name == "n"


def test_the_file_is_a_module_of_its_own() -> None:
    """The code runs in a module that `sys.modules` knows, so that dataclasses and pickle find it; once per process."""
    code = "job = Job('a', [TaskSpec('t', Idle)])"
    first, second = load_job(source(code)), load_job(source(code))
    assert first is second
    assert sys.modules[first.task("t").task.__module__].__file__ == "/somewhere/mine.py"


def test_an_importable_module() -> None:
    """A job may also come from an installed module."""
    assert "has no 'job'" in str(complaint(JobSource(module="cluster.model.job")))


@pytest.mark.parametrize(
    ("code", "text", "recoverable"),
    [
        ("def broken(", "no valid Python", False),
        ("import no_such_module_anywhere", "No module named 'no_such_module_anywhere'", False),
        ("1 / 0", "ZeroDivisionError", True),
        ("raise SystemExit(3)", "SystemExit: 3", True),
        ("mine = Job('a', [TaskSpec('t', Idle)])", "has no 'job'; it has mine", False),
        ("job = 7", "gives 'int' where a Job is expected", False),
        ("job = Job", "gives 'type' where a Job is expected", False),
        ("job = Job('a', [])", "job 'a' has no tasks", False),
        ("def job(arguments): return None", "gives 'NoneType'", False),
        ("def job(arguments): return arguments['input']", "KeyError: 'input'", True),
    ],
)
def test_what_is_wrong_is_said(code: str, text: str, recoverable: bool) -> None:
    """A file that does not import, raises, or has no job gives one error that says so, and whether to try again."""
    error = complaint(source(code))
    assert text in str(error)
    assert "/somewhere/mine.py:job" in str(error)
    assert error.recoverable is recoverable


def test_the_traceback_shows_the_users_lines_only() -> None:
    """People see their own line, and none of the frames that called it."""
    text = str(complaint(source("def job(arguments):\n    raise OSError('disk')")))
    assert "raise OSError('disk')" in text
    assert "user_code.py" not in text


def test_a_huge_error_loses_its_middle() -> None:
    """An exception of megabytes does not travel through the cluster."""
    text = str(complaint(source("raise ValueError('x' * 5_000_000)")))
    assert len(text) < 21_000
    assert "characters are left out" in text


def test_a_file_that_failed_is_run_again() -> None:
    """A module that did not come up is not left behind as if it had."""
    flaky = source(
        "import sys\nsys.n = vars(sys).get('n', 0) + 1\nassert sys.n > 1\njob = Job('a', [TaskSpec('t', Idle)])"
    )
    assert "AssertionError" in str(complaint(flaky))
    assert load_job(flaky).name == "a"


def test_arguments_for_a_job_that_takes_none() -> None:
    """Words that nobody reads are an error, not silence."""
    assert "takes no arguments (n)" in str(complaint(source("job = Job('a', [TaskSpec('t', Idle)])", n="1")))


def test_what_is_no_unicode_in_a_complaint_is_written_out() -> None:
    """No message could carry it: nobody would hear that the job cannot be run."""
    text = str(complaint(source("from cluster.model.job import JobError\nraise JobError('of \\udc80')")))
    assert text.endswith("of \\udc80")


def test_a_shipped_source() -> None:
    """A deployment carries the source as plain values; anything else is said to be none."""
    made = load_shipped_job(source("job = Job('a', [TaskSpec('t', Idle)])").to_wire())
    assert made.name == "a"
    with pytest.raises(UserCodeError, match="this is not a job's source"):
        load_shipped_job({"module": "x"})


def test_reading_what_the_command_names(tmp_path: Path) -> None:
    """`FILE`, `FILE:NAME` and `package.module:NAME` are understood; a missing file is named."""
    file = tmp_path / "it.py"
    file.write_bytes(b"job = 1")
    assert read_source(str(file), {"a": "b"}) == JobSource(file_name=str(file), code=b"job = 1", arguments={"a": "b"})
    assert read_source(f"{file}:mine").entry == "mine"
    assert read_source("some.module:mine") == JobSource(module="some.module", entry="mine")
    with pytest.raises(UserCodeError, match=r"gone\.py cannot be read: No such file"):
        read_source(str(tmp_path / "gone.py"))
