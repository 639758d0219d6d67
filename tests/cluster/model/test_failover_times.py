"""How long the steps of a failover took, and when one is over."""

from __future__ import annotations

import pytest

from cluster.model.failover_times import BOUNDS_S, FailoverTimes, Histogram, is_over, step_times
from cluster.model.timeline import FailoverRecord


def leader(**times: float | list[str]) -> FailoverRecord:
    return FailoverRecord("leader", "jm-1", 2, "process-dead", "refused", **times)  # type: ignore[arg-type]


FULL = {
    "suspected_at": 10.0,
    "convicted_at": 10.5,
    "elected_at": 11.5,
    "confirmed_at": 11.75,
    "recovered_at": 12.0,
    "task_managers_at": 13.0,
    "running_at": 15.0,
}


def test_each_step_has_its_time() -> None:
    """Jobs are read while the leader is confirmed and TaskManagers come; the others are one after the other."""
    times = step_times(leader(**FULL))
    assert times == {
        "detection": 0.5,
        "election": 1.0,
        "confirmation": 0.25,
        "recovery": 0.5,
        "registration": 1.25,
        "restart": 2.0,
        "total": 5.0,
    }


def test_what_is_not_known_is_left_out() -> None:
    """Without a first sign the total is from the verdict; without any of the two, from the election.

    Tasks are started when the last of what they need is there.
    """
    known = {name: at for name, at in FULL.items() if name not in ("suspected_at", "task_managers_at")}
    times = step_times(leader(**known))
    assert (times.keys() & {"detection", "registration"}, times["restart"], times["total"]) == (set(), 3.0, 4.5)
    assert step_times(leader(elected_at=1.0, confirmed_at=3.0)) == {"confirmation": 2.0, "total": 2.0}
    assert step_times(leader(**FULL | {"recovered_at": 14.0}))["restart"] == 1.0
    assert step_times(leader()) == {}


def test_a_clock_that_was_set_back() -> None:
    """Wall time is for people: a step is never shorter than nothing."""
    assert step_times(leader(convicted_at=5.0, elected_at=4.0, running_at=3.0)) == {
        "election": 0.0,
        "restart": 0.0,
        "total": 0.0,
    }


def test_when_a_failover_is_over() -> None:
    """Nothing waits any more; a leader without jobs is done when it is confirmed, a TaskManager at once."""
    assert not is_over(leader(recovered_at=1.0, waiting=["j"]))
    assert not is_over(leader(recovered_at=1.0))
    assert is_over(leader(confirmed_at=1.0))
    assert is_over(leader(running_at=1.0))
    assert is_over(FailoverRecord("task-manager", "tm", 1, "stopped", ""))


@pytest.mark.parametrize(("seconds", "bucket"), [(0.0, 0), (0.005, 0), (0.0051, 1), (300.0, 13), (301.0, 14)])
def test_a_bound_belongs_to_its_bucket(seconds: float, bucket: int) -> None:
    """As Prometheus has it: `le` is less or equal."""
    histogram = Histogram()
    histogram.add(seconds)
    assert histogram.counts.index(1) == bucket
    found = histogram.cumulative()
    assert [count for _, count in found] == [0] * bucket + [1] * (len(BOUNDS_S) + 1 - bucket)
    assert found[-1] == ("+Inf", 1)


def test_histograms_are_by_kind_and_step() -> None:
    """Two failovers of one kind are counted together."""
    times = FailoverTimes()
    times.add(leader(**FULL))
    times.add(leader(convicted_at=0.0, elected_at=1.0))
    assert times.by_step["leader", "election"].total_s == 2.0
    assert sum(times.by_step["leader", "total"].counts) == 1
