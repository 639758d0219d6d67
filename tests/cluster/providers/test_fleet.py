"""How many TaskManagers are started, and when."""

from __future__ import annotations

import pytest

from cluster.providers.fleet import Decision, Fleet

NOBODY: frozenset[str] = frozenset()


def test_missing_slots_are_rounded_up_to_task_managers() -> None:
    """Five missing slots are three TaskManagers of two slots; none missing are none."""
    fleet = Fleet(2, 300.0)
    assert fleet.require(0.0, 1, 5, NOBODY)
    assert fleet.decide(0.0) == Decision(3, None)
    fleet.require(0.0, 1, 0, NOBODY)
    assert fleet.decide(0.0) == Decision(0, None)


def test_a_number_is_kept_alive() -> None:
    """A configured number is there also when no job needs it; more are started when jobs need more."""
    fleet = Fleet(1, 300.0, keep=2)
    fleet.require(0.0, 1, 0, NOBODY)
    assert fleet.decide(0.0).start == 2
    fleet.require(0.0, 1, 0, frozenset({"a"}))
    assert fleet.decide(0.0).start == 1
    fleet.require(0.0, 1, 3, frozenset({"a"}))
    assert fleet.decide(0.0).start == 3


def test_what_is_on_its_way_counts() -> None:
    """The same need told again starts no more; a registration takes one off the way."""
    fleet = Fleet(1, 300.0)
    fleet.require(0.0, 1, 2, NOBODY)
    for name in ("a", "b"):
        fleet.started(0.0, name)
    fleet.require(1.0, 1, 2, NOBODY)
    assert fleet.decide(1.0).start == 0
    fleet.require(2.0, 1, 1, frozenset({"a"}))
    assert fleet.decide(2.0).start == 0
    fleet.require(3.0, 1, 2, frozenset({"a"}))
    assert fleet.decide(3.0).start == 1


def test_one_that_never_registers_is_overdue() -> None:
    """After the start timeout it is given up, and another is started in its place."""
    fleet = Fleet(1, 10.0)
    fleet.require(0.0, 1, 1, NOBODY)
    fleet.started(0.0, "a")
    assert fleet.decide(4.0) == Decision(0, 6.0)
    assert fleet.overdue(10.0) == ["a"]
    fleet.ended(10.0, "a")
    assert fleet.decide(11.0).start == 1


def test_early_ends_are_answered_ever_more_slowly() -> None:
    """A TaskManager that cannot start is not started without end at full speed; one that registers resets that."""
    fleet = Fleet(1, 300.0)
    fleet.require(0.0, 1, 1, NOBODY)
    now, pauses = 0.0, []
    for _ in range(8):
        fleet.started(now, "a")
        fleet.ended(now, "a")
        decision = fleet.decide(now)
        assert decision.start == 0
        assert decision.again_in_s is not None
        pauses.append(round(decision.again_in_s, 3))
        now += decision.again_in_s
        assert fleet.decide(now).start == 1
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.0, 3.0, 3.0, 3.0]

    fleet.started(now, "b")
    fleet.require(now, 1, 0, frozenset({"b"}))
    fleet.require(now, 1, 1, frozenset())
    fleet.started(now, "c")
    fleet.ended(now, "c")
    assert fleet.decide(now).again_in_s == pytest.approx(0.2)


def test_a_storm_of_failures_is_tried_one_by_one() -> None:
    """`resourcemanager.start-worker`: beyond the rate of a minute, one at a time, one in the retry interval."""
    fleet = Fleet(1, 300.0, failures_per_min=4.0, retry_s=3.0)
    fleet.require(0.0, 1, 5, NOBODY)
    assert fleet.decide(0.0).start == 5
    for name in "abcde":
        fleet.started(0.0, name)
    for name in "abcde":
        fleet.ended(0.1, name)
    assert fleet.decide(0.1) == Decision(0, 3.0)
    assert fleet.decide(3.1).start == 1
    fleet.started(3.1, "f")
    assert fleet.decide(3.1).start == 0
    fleet.ended(3.2, "f")
    assert fleet.decide(6.0).start == 0
    assert fleet.decide(6.2).start == 1
    assert fleet.decide(64.0).start == 5, "a minute later it is no storm any more"


def test_a_registered_one_that_ends_is_replaced_at_once() -> None:
    """The death of a TaskManager that did its work is no reason to wait."""
    fleet = Fleet(1, 300.0)
    fleet.require(0.0, 1, 1, NOBODY)
    fleet.started(0.0, "a")
    fleet.require(1.0, 1, 0, frozenset({"a"}))
    fleet.ended(2.0, "a")
    fleet.require(2.0, 1, 1, NOBODY)
    assert fleet.decide(2.0).start == 1


def test_a_new_leader_waits_for_those_of_the_old_one() -> None:
    """After a change of leaders the TaskManagers that live have a moment to register."""
    fleet = Fleet(1, 300.0, grace_s=1.0)
    fleet.require(5.0, 2, 3, NOBODY)
    assert fleet.decide(5.0) == Decision(0, 1.0)
    fleet.require(5.5, 2, 1, frozenset({"old-1", "old-2"}))
    assert fleet.decide(6.0).start == 1


def test_a_former_leaders_need_is_ignored() -> None:
    """A lower epoch changes nothing."""
    fleet = Fleet(1, 300.0)
    fleet.require(0.0, 2, 0, NOBODY)
    assert not fleet.require(0.0, 1, 9, NOBODY)
    assert fleet.decide(9.0).start == 0
