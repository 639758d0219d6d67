"""`tried`: what it says of a job that does not end well, and of words that it does not know."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest

from cluster.simulation.trial import tried
from cluster.slots.user_code import UserCodeError
from runtime.sim import World
from runtime.sim.schedule import parsed

JOB = "examples.word_count:job"


def arguments(folder: Path, rate_mb_per_s: float = 0.01) -> dict[str, str]:
    """A text of ten lines, and how fast it is read."""
    (folder / "text.txt").write_text("one and the other\n" * 10)
    return {"input": str(folder), "parallelism": "1", "mb_per_s": str(rate_mb_per_s)}


def test_a_job_has_its_results(tmp_path: Path) -> None:
    """Whoever dies meanwhile."""
    faults = parsed("2.0 kill tm1 for=1.0\n2.5 kill leader for=1.0")
    results = World.run(partial(tried, job=JOB, arguments=arguments(tmp_path), faults=faults))
    (counts,) = results.values()
    assert counts == {"one": 10, "and": 10, "the": 10, "other": 10}


@pytest.mark.parametrize(
    ("line", "text"),
    [("1.0 kil tm1 for=1.0", "kil"), ("1.0 kill tm3 for=1.0", "tm3"), ("1.0 cut tm1 for=1.0", "cut")],
)
def test_a_mistake_in_a_schedule_is_named(line: str, text: str, tmp_path: Path) -> None:
    """Before anything is started."""
    with pytest.raises(ValueError, match=text):
        World.run(partial(tried, job=JOB, arguments=arguments(tmp_path), faults=parsed(line)))


def test_a_job_that_cannot_be_read_is_named() -> None:
    """As on the command line."""
    with pytest.raises(UserCodeError, match="no_such_job does not exist"):
        World.run(partial(tried, job="examples.word_count:no_such_job", arguments={}, faults=[]))


def test_a_job_that_fails_has_failed(tmp_path: Path) -> None:
    """With why; here its text is not there."""
    words = {"input": str(tmp_path / "none.txt"), "parallelism": "1"}
    settings = ["restart-strategy=off"]
    with pytest.raises(AssertionError, match=r"the job ended as FAILED: .*none\.txt"):
        World.run(partial(tried, job=JOB, arguments=words, faults=[], settings=settings))


def test_a_job_that_does_not_end_is_given_up(tmp_path: Path) -> None:
    """A minute after all was healed."""
    with pytest.raises(AssertionError, match="the job has not ended 60 s after all was healed"):
        World.run(partial(tried, job=JOB, arguments=arguments(tmp_path, 1e-9), faults=[]))
