"""The rows of the latch's table for who holds the office, and for what becomes of its session."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.model.latch import RETRY_S, Place
from cluster.model.latch_effects import (
    Create,
    Granted,
    OfficeRecord,
    Probe,
    Remove,
    Resumed,
    Revoked,
    Survey,
    Suspended,
    Vacancy,
    View,
    Watch,
)
from cluster.model.tenure import CLOCK_SKEW, MARGIN, PROBES_PER_TIMEOUT
from tests.cluster.model.latches import (
    ASKED_AT,
    OTHER,
    OURS,
    SESSION,
    TIMEOUT_S,
    holding,
    kinds,
    place,
    queued,
    seeking,
    view,
)

# --- the session ------------------------------------------------------------------------------------------------------


def test_a_session_that_is_shorter_on_another_member_ends_an_office_sooner() -> None:
    """Members may differ in what they allow, as while they are reconfigured one by one: the shortest counts."""
    latch = holding(proven_at=10.0)
    latch.suspended()
    latch.connected_as(SESSION, TIMEOUT_S / 4, 10.5)
    latch.proven(latch.generation, 10.6, 10.7)
    assert latch.holds(5, 10.8)
    over_at = 10.6 + TIMEOUT_S / 4 * (1 - CLOCK_SKEW - MARGIN)
    assert not latch.holds(5, over_at)
    assert latch.wake_at <= 10.6 + TIMEOUT_S / 4 / PROBES_PER_TIMEOUT
    assert kinds(latch.tick(over_at))[:2] == [Revoked, Remove]


def test_a_session_that_is_longer_on_another_member_may_end_as_soon_as_before() -> None:
    """What the former member has yet to tell sets the former time again: a real ensemble ended 40 s after 5.6 s."""
    latch = holding(proven_at=10.0)
    latch.suspended()
    latch.connected_as(SESSION, 10 * TIMEOUT_S, 10.5)
    latch.proven(latch.generation, 10.6, 10.7)
    over_at = 10.6 + TIMEOUT_S * (1 - CLOCK_SKEW - MARGIN)
    assert latch.holds(5, over_at - 0.01)
    assert not latch.holds(5, over_at)
    assert latch.tenure is not None
    assert latch.tenure.acts_until == 10.5 + TIMEOUT_S * (1 - CLOCK_SKEW)

    latch.lost()
    latch.connected_as(SESSION + 1, 10 * TIMEOUT_S, 20.0)
    assert latch.heard.timeout_s == 10 * TIMEOUT_S, "another session is another matter"


# --- holding ----------------------------------------------------------------------------------------------------------


def test_a_holder_probes_and_holds_on() -> None:
    """Each probe that goes through moves the deadline: counted from when it was sent."""
    latch = holding(proven_at=10.0)
    step_s = TIMEOUT_S / PROBES_PER_TIMEOUT
    assert latch.wake_at == 10.0 + step_s

    for due in (10.0 + step_s, 10.0 + 2 * step_s, 10.0 + 3 * step_s):
        assert latch.tick(due) == [Probe(latch.generation, OURS, 5, 10)]
        assert latch.proven(latch.generation, due, due + 0.5) == []
    known_for_certain = 10.0  # by what was sent a quarter of the timeout after its answer
    acts_until = known_for_certain + TIMEOUT_S * (1 - CLOCK_SKEW)
    assert latch.holds(5, acts_until - 0.001)
    assert not latch.holds(5, acts_until)
    assert not latch.holds(4, due)
    assert latch.tick(acts_until) == [Probe(latch.generation, OURS, 5, 10)]
    assert latch.wake_at == due + TIMEOUT_S * (1 - CLOCK_SKEW - MARGIN)


def test_a_refused_probe_ends_the_office() -> None:
    """Our node or the record is not what it was: another may lead. The node is given up, and a new one made."""
    latch = holding()
    latch.gone(OURS)

    assert latch.refused(latch.generation) == [Revoked(5), Remove(OURS, 5, 10), Survey(latch.generation)]
    assert kinds(latch.surveyed(latch.generation, view(OURS))) == [Remove, Create]
    assert place(latch) is Place.SEEKING


def test_a_failed_probe_is_made_again() -> None:
    """Nothing is known, so nothing has changed, until the deadline."""
    latch = holding()
    latch.gone(OURS)

    assert latch.failed(latch.generation, 10.5) == []
    assert latch.holds(5, 10.5)
    assert kinds(latch.tick(10.5 + RETRY_S)) == [Probe]


def test_news_of_other_nodes_do_not_concern_a_holder() -> None:
    """Only its own node matters."""
    latch = holding()

    assert latch.gone(OTHER) == []
    assert latch.challenge(5) == []
    assert latch.gone(OURS) == [Probe(latch.generation, OURS, 5, 10)]


def test_resigning_gives_the_office_back() -> None:
    """The record says so, and whoever is next need not guess; it does not stand again."""
    latch = holding()

    assert latch.resign() == [Revoked(5), Remove(OURS, 5, 10)]
    assert place(latch) is Place.OUT
    assert latch.gone(OURS) == []
    assert not latch.holds(5, 10.1)


def test_resigning_without_a_connection_is_made_up_for() -> None:
    """In the same session the node is removed as soon as there is a connection, and the record says that it is free."""
    latch = holding()
    latch.suspended()

    assert latch.resign() == [Revoked(5)]
    assert latch.connected_as(SESSION, TIMEOUT_S, ASKED_AT) == [Survey(latch.generation)]
    assert latch.surveyed(latch.generation, view(OURS, record=OfficeRecord(5, OURS, 10))) == [Remove(OURS, 5, 10)]
    assert place(latch) is Place.OUT


def test_a_resignation_without_an_answer_is_repeated_in_full() -> None:
    """The connection broke while the node was removed: the next try, too, gives back the office, not the node only."""
    latch = holding()

    assert latch.resign() == [Revoked(5), Remove(OURS, 5, 10)]
    latch.suspended()
    latch.connected_as(SESSION, TIMEOUT_S, ASKED_AT)
    seen = view(OURS, OTHER, record=OfficeRecord(5, OURS, 10))
    assert latch.surveyed(latch.generation, seen) == [Remove(OURS, 5, 10)]
    assert latch.not_done(20.0) == []
    assert latch.tick(20.05) == []
    assert latch.tick(20.1) == [Survey(latch.generation)]
    assert latch.surveyed(latch.generation, seen) == [Remove(OURS, 5, 10)]


# --- the session ------------------------------------------------------------------------------------------------------


def test_suspended_is_not_lost() -> None:
    """FLINK-10052: the office is kept over a lost connection, and used again when a probe has gone through."""
    latch = holding(proven_at=10.0)

    assert latch.suspended() == [Suspended()]
    assert latch.suspended() == []
    assert not latch.holds(5, 10.1)
    assert latch.connected_as(SESSION, TIMEOUT_S, ASKED_AT) == [Watch(OURS), Probe(latch.generation, OURS, 5, 10)]
    assert not latch.holds(5, 10.2)
    assert latch.proven(latch.generation, 10.2, 10.3) == [Resumed()]
    assert latch.holds(5, 10.3)
    assert latch.suspended() == [Suspended()]


def test_a_lost_session_ends_the_office() -> None:
    """Its nodes are gone with it."""
    latch = holding()
    latch.suspended()

    assert latch.lost() == [Revoked(5)]
    assert place(latch) is Place.SEEKING
    assert latch.connected_as(SESSION + 1, TIMEOUT_S, ASKED_AT) == [Survey(latch.generation)]


def test_the_deadline_ends_the_office_without_a_word_from_the_ensemble() -> None:
    """Nobody tells a client that is cut off that its session has expired. Its node is not used again, if it lives."""
    latch = holding(proven_at=10.0)
    latch.suspended()
    deadline = 10.0 + TIMEOUT_S * (1 - CLOCK_SKEW - MARGIN)
    assert latch.wake_at == deadline

    assert latch.tick(deadline - 0.001) == []
    assert latch.tick(deadline) == [Revoked(5)]
    latch.connected_as(SESSION, TIMEOUT_S, ASKED_AT)
    effects = latch.surveyed(latch.generation, view(OURS, record=OfficeRecord(5, OURS, 10)))
    assert effects == [Remove(OURS, 5, 10), Create(latch.generation)]


def test_what_was_under_way_when_the_connection_broke_is_looked_up() -> None:
    """A take whose answer was lost: if the record names us the office is ours, after a probe."""
    latch = queued()
    latch.gone(OTHER)
    latch.surveyed(latch.generation, view(OURS, record=OfficeRecord(4, OTHER, 9)))
    latch.suspended()
    assert place(latch) is Place.SEEKING
    latch.connected_as(SESSION, TIMEOUT_S, ASKED_AT)

    effects = latch.surveyed(latch.generation, view(OURS, record=OfficeRecord(5, OURS, 10)))
    assert effects == [Watch(OURS), Probe(latch.generation, OURS, 5, 10)]
    assert not latch.holds(5, 10.0)
    assert latch.wake_at == float("inf")
    assert latch.proven(latch.generation, 10.0, 10.1) == [Granted(5, Vacancy.LEASE_EXPIRED)]


def test_nodes_of_ours_that_are_too_many_are_removed() -> None:
    """Two creations of which the first answer was lost: one node stays, the older one."""
    latch = seeking()
    younger = OURS[:-1] + "9"

    effects = latch.surveyed(latch.generation, view(OURS, younger, OTHER, record=OfficeRecord(4, OTHER, 9)))

    assert effects[0] == Remove(younger)
    assert latch.name == OURS


@pytest.mark.parametrize("event", [
    lambda latch, old: latch.created(old, "me-latch-0000000077"),
    lambda latch, old: latch.surveyed(old, View(OfficeRecord(), ())),
    lambda latch, old: latch.taken(old, 3, 1.0, 1.1),
    lambda latch, old: latch.proven(old, 1e9, 1e9),
    lambda latch, old: latch.refused(old),
    lambda latch, old: latch.failed(old, 1.0),
], ids=["created", "surveyed", "taken", "proven", "refused", "failed"])  # fmt: skip
@pytest.mark.parametrize("make", [queued, holding])
def test_answers_to_earlier_steps_are_dropped(make: Any, event: Any) -> None:
    """CURATOR-498: an answer of an earlier generation changes nothing."""
    latch = make()
    before = (latch.place, latch.name, latch.generation, latch.wake_at, latch.tenure and latch.tenure.deadline)

    assert event(latch, latch.generation - 1) == []
    assert before == (latch.place, latch.name, latch.generation, latch.wake_at, latch.tenure and latch.tenure.deadline)
