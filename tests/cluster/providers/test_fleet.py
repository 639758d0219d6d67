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
    assert fleet.decide(4.0) == Decision(0, 10.0)
    assert fleet.overdue(10.0) == ["a"]
    fleet.ended(10.0, "a")
    assert fleet.decide(11.0).start == 1


def test_it_is_overdue_in_the_moment_that_was_said() -> None:
    """Else it is asked again in the same moment, and again: 16.385 - 14.385 is less than 2 in floating point."""
    fleet = Fleet(1, 2.0)
    fleet.require(14.385, 1, 1, NOBODY)
    fleet.started(14.385, "a")
    at = fleet.decide(14.385).again_at
    assert at is not None
    assert fleet.overdue(at) == ["a"]


def test_who_stood_still_gives_everybody_another_moment() -> None:
    """Whoever was started may have been taken by another leader meanwhile, of whom nobody has heard here yet."""
    fleet = Fleet(1, 10.0, grace_s=1.0)
    fleet.require(0.0, 1, 1, NOBODY)
    fleet.started(0.0, "a")
    assert fleet.overdue(30.0) == []
    assert fleet.decide(30.0).again_at == 31.0
    assert fleet.overdue(31.0) == ["a"]


def test_who_leads_no_more_ends_nobody() -> None:
    """What is on its way then is taken by the next leader."""
    fleet = Fleet(1, 10.0)
    fleet.require(0.0, 1, 1, NOBODY)
    fleet.started(0.0, "a")
    fleet.stand_down(1)
    assert fleet.overdue(10.0) == []
    assert fleet.decide(10.0) == Decision(0, None)
    assert not fleet.ended(11.0, "a")


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
        assert decision.again_at is not None
        pauses.append(round(decision.again_at - now, 3))
        now = decision.again_at
        assert fleet.decide(now).start == 1
    assert pauses == [0.2, 0.4, 0.8, 1.6, 3.0, 3.0, 3.0, 3.0]

    fleet.started(now, "b")
    fleet.require(now, 1, 0, frozenset({"b"}))
    fleet.require(now, 1, 1, frozenset())
    fleet.started(now, "c")
    fleet.ended(now, "c")
    assert fleet.decide(now).again_at == pytest.approx(now + 0.2)


def test_a_storm_of_failures_is_tried_one_by_one() -> None:
    """`resourcemanager.start-worker`: beyond the rate of a minute, one at a time, one in the retry interval."""
    fleet = Fleet(1, 300.0, failures_per_min=4.0, retry_s=3.0)
    fleet.require(0.0, 1, 5, NOBODY)
    assert fleet.decide(0.0).start == 5
    for name in "abcde":
        fleet.started(0.0, name)
    for name in "abcde":
        fleet.ended(0.1, name)
    assert fleet.decide(0.1) == Decision(0, pytest.approx(3.1))
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
    assert fleet.decide(5.0) == Decision(0, 6.0)
    fleet.require(5.5, 2, 1, frozenset({"old-1", "old-2"}))
    assert fleet.decide(6.0).start == 1


def test_a_former_leaders_need_is_ignored() -> None:
    """A lower epoch changes nothing."""
    fleet = Fleet(1, 300.0)
    fleet.require(0.0, 2, 0, NOBODY)
    assert not fleet.require(0.0, 1, 9, NOBODY)
    assert fleet.decide(9.0).start == 0


# --- deaths -----------------------------------------------------------------------------------------------------------


def grown(count: int, **settings: float) -> Fleet:
    """A fleet whose TaskManagers `a`, `b` ... were started for jobs, long ago, and have slots to spare now."""
    fleet = Fleet(1, 300.0, **settings)
    names = "abcdefghijklmnop"[:count]
    fleet.require(0.0, 1, count, NOBODY)
    for name in names:
        fleet.started(0.0, name)
    fleet.require(1.0, 1, 0, frozenset(names))
    assert fleet.decide(99.0).start == 0
    return fleet


def test_a_death_is_made_good_although_there_are_slots_to_spare() -> None:
    """Issue 5: the work moves at once, and a replacement is made behind it, once, up to the size that there was."""
    fleet = grown(3)
    fleet.lost(100.0, 1, "b")
    assert fleet.require(100.0, 1, 0, frozenset("ac"))
    assert fleet.decide(100.0).start == 1
    fleet.started(100.0, "d")
    assert fleet.decide(100.0).start == 0
    fleet.require(101.0, 1, 0, frozenset("acd"))
    assert fleet.decide(101.0) == Decision(0, None)


def test_a_death_without_spare_slots_is_made_good_once() -> None:
    """The slots that its tasks wait for are those of its replacement: one is started, not two."""
    fleet = grown(2)
    fleet.lost(100.0, 1, "a")
    fleet.require(100.0, 1, 1, frozenset("b"))
    assert fleet.decide(100.0).start == 1


def test_who_leaves_in_good_order_is_not_replaced() -> None:
    """Somebody wanted fewer: only slots that jobs wait for bring another."""
    fleet = grown(3)
    fleet.require(100.0, 1, 0, frozenset("ab"))
    assert fleet.decide(100.0).start == 0
    fleet.lost(101.0, 1, "a")
    fleet.require(101.0, 1, 0, frozenset("b"))
    assert fleet.decide(101.0).start == 1


def test_two_that_leave_at_once_give_up_both_places() -> None:
    """However many are missing when the provider is told next."""
    fleet = grown(3)
    fleet.require(100.0, 1, 0, frozenset("a"))
    assert fleet.decide(100.0).start == 0
    fleet.lost(101.0, 1, "a")
    fleet.require(101.0, 1, 0, NOBODY)
    assert fleet.decide(101.0).start == 1


def test_who_comes_back_by_other_means_does_not_make_the_fleet_grow() -> None:
    """A TaskManager that systemd starts again whenever it dies costs one replacement, and not one each time."""
    fleet = Fleet(1, 300.0)
    fleet.require(0.0, 1, 0, frozenset({"by-hand", "other"}))
    present, started = {"by-hand", "other"}, 0
    for number in range(20):
        now = 100.0 * number
        fleet.lost(now, 1, "by-hand")
        present.discard("by-hand")
        fleet.require(now, 1, 0, frozenset(present))
        for _ in range(fleet.decide(now).start):
            started += 1
            fleet.started(now, f"ours-{started}")
        present.add("by-hand")
        fleet.require(now + 1, 1, 0, frozenset(present))
        present |= {f"ours-{one}" for one in range(1, started + 1)}
        fleet.require(now + 2, 1, 0, frozenset(present))
    assert started == 1


def test_one_that_is_started_by_hand_takes_a_place_of_its_own() -> None:
    """The size is what it was before the death, by whatever means it had come about."""
    fleet = grown(1)
    fleet.require(50.0, 1, 0, frozenset({"a", "by-hand"}))
    fleet.lost(100.0, 1, "by-hand")
    fleet.require(100.0, 1, 0, frozenset("a"))
    assert fleet.decide(100.0).start == 1


def test_young_deaths_are_a_storm_too() -> None:
    """What registers and dies at once is not started without end at full speed."""
    fleet = Fleet(1, 300.0, failures_per_min=4.0, retry_s=3.0)
    fleet.require(0.0, 1, 1, NOBODY)
    now, starts = 0.0, []
    while now < 60.0:
        decision = fleet.decide(now)
        if not decision.start:
            assert decision.again_at is not None
            now = decision.again_at
            continue
        starts.append(now)
        name = f"tm-{len(starts)}"
        fleet.started(now, name)
        fleet.require(now + 0.1, 1, 0, frozenset({name}))
        now += 0.2
        fleet.lost(now, 1, name)
        fleet.ended(now, name)
        fleet.require(now, 1, 1, NOBODY)
    assert len(starts) < 5 + 60 / 3
    assert "more than 4 TaskManagers have failed within a minute: it died soon after" in fleet.trouble(59.9)


def test_the_end_of_the_process_may_be_known_before_the_verdict() -> None:
    """The provider hears of its child's end before or after DeathWatch: it is one death."""
    for known_first in (True, False):
        fleet = grown(2)
        if known_first:
            assert not fleet.ended(100.0, "a")
        fleet.lost(100.0, 1, "a")
        if not known_first:
            assert not fleet.ended(100.0, "a")
        fleet.require(100.0, 1, 0, frozenset("b"))
        fleet.started(100.0, "c")
        fleet.require(101.0, 1, 0, frozenset("bc"))
        assert fleet.decide(101.0).start == 0


def test_the_next_leader_makes_good_what_died_with_the_former() -> None:
    """TaskManagers of the former leader are there under their paths, until each is back or dead."""
    fleet = Fleet(1, 300.0, grace_s=1.0)
    fleet.require(5.0, 2, 0, frozenset({"path-a", "path-b"}))
    fleet.require(5.1, 2, 0, frozenset({"a", "path-b"}))
    fleet.lost(5.2, 2, "path-b")
    fleet.require(5.2, 2, 0, frozenset({"a"}))
    assert fleet.decide(5.2) == Decision(0, pytest.approx(6.0))
    assert fleet.decide(6.0).start == 1


def test_a_leader_that_leads_no_more_starts_nothing() -> None:
    """What it needed is its successor's business, whose provider this may not be."""
    fleet = Fleet(1, 300.0, keep=3)
    fleet.require(0.0, 1, 5, NOBODY)
    fleet.stand_down(0)
    assert fleet.decide(0.0).start == 5
    fleet.stand_down(1)
    assert fleet.decide(9.0) == Decision(0, None)
    fleet.require(10.0, 3, 1, NOBODY)
    assert fleet.decide(11.0).start == 3


def test_people_are_told_what_is_wrong() -> None:
    """How many have failed in a row, how the last did, and when the next is tried; nothing when nothing is needed."""
    fleet = Fleet(1, 300.0)
    fleet.require(0.0, 1, 1, NOBODY)
    assert fleet.trouble(0.0) == ""
    fleet.started(0.0, "a")
    assert fleet.ended(1.0, "a", "exit status 1")
    ended = "the TaskManager that was started has ended before it registered: exit status 1"
    assert fleet.trouble(1.1) == f"{ended}; the next one is started in 0.1 s"
    fleet.started(2.0, "b")
    fleet.ended(2.5, "b", "killed by SIGKILL")
    assert fleet.trouble(9.0) == "2 TaskManagers in a row have ended before they registered: killed by SIGKILL"
    fleet.require(9.0, 1, 0, NOBODY)
    assert fleet.trouble(9.0) == ""
    fleet.started(9.0, "c")
    fleet.require(9.0, 1, 0, frozenset("c"))
    fleet.require(9.0, 1, 1, frozenset("c"))
    assert fleet.trouble(9.0) == ""
