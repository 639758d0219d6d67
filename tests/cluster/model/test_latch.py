"""Each row of the latch's table: a place, an event, what is to be done. The stories of tickets are beside this."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.model.latch import RETRY_S, Latch, Place
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
    Take,
    Vacancy,
    View,
    Watch,
)
from cluster.model.tenure import CLOCK_SKEW, MARGIN, PROBES_PER_TIMEOUT
from tests.cluster.model.latches import OTHER, OURS, SESSION, TIMEOUT_S, holding, queued, seeking, view


def kinds(effects: list[Any]) -> list[type]:
    return [type(effect) for effect in effects]


def place(latch: Latch) -> Place:
    latch.check()
    return latch.place


# --- seeking ----------------------------------------------------------------------------------------------------------


def test_who_does_not_stand_looks_at_nothing() -> None:
    """A follower has no business in the queue."""
    latch = Latch("me")

    assert latch.connected_as(SESSION, TIMEOUT_S) == []
    assert latch.challenge(3) == []
    assert latch.tick(1e9) == []
    assert place(latch) is Place.OUT


@pytest.mark.parametrize("order", ["stand first", "connect first"])
def test_a_candidate_looks_before_it_makes_a_node(order: str) -> None:
    """Its node may be there already: the answer to its creation can have been lost."""
    latch = Latch("me")
    events = [lambda: latch.stand(), lambda: latch.connected_as(SESSION, TIMEOUT_S)]
    first, second = events if order == "stand first" else reversed(events)

    assert first() == []
    assert second() == [Survey(latch.generation)]
    assert latch.stand() == []
    assert latch.surveyed(latch.generation, view()) == [Create(latch.generation)]
    assert place(latch) is Place.SEEKING


def test_a_new_node_is_looked_at_before_it_counts() -> None:
    """Only a survey says who owns it and what comes before it."""
    latch = seeking()
    latch.surveyed(latch.generation, view())

    assert latch.created(latch.generation, OURS) == [Survey(latch.generation)]


@pytest.mark.parametrize(("record", "how"), [
    (OfficeRecord(), Vacancy.FIRST),
    (OfficeRecord(4, "", 9), Vacancy.RESIGNED),
    (OfficeRecord(4, "", 9, Vacancy.CHALLENGED), Vacancy.CHALLENGED),
    (OfficeRecord(4, "gone-latch-0000000000", 9), Vacancy.LEASE_EXPIRED),
])  # fmt: skip
def test_the_first_takes_a_free_office(record: OfficeRecord, how: Vacancy) -> None:
    """By compare-and-set of the record that it saw, under the next epoch."""
    latch = seeking()

    assert latch.surveyed(latch.generation, view(OURS, record=record)) == [
        Take(latch.generation, OURS, record.epoch + 1, record.version)
    ]
    assert place(latch) is Place.TAKING
    granted = latch.taken(latch.generation, record.version + 1, 10.0, 10.1)
    assert granted == [Watch(OURS), Granted(record.epoch + 1, how)]
    assert place(latch) is Place.HOLDING
    assert latch.holds(record.epoch + 1, 10.1)


def test_the_first_watches_the_holder() -> None:
    """While the holder's node is there, the office is not free."""
    latch = seeking()
    record = OfficeRecord(4, OTHER, 9)

    assert latch.surveyed(latch.generation, view(OTHER, OURS, record=record)) == [Watch(OURS), Watch(OTHER)]
    assert place(latch) is Place.QUEUED


def test_another_watches_only_the_one_before_it() -> None:
    """No herd: the death of the holder wakes one candidate; the holder itself may be anywhere in the queue."""
    latch = seeking()
    before, holder = "b-latch-0000000003", "c-latch-0000000007"

    effects = latch.surveyed(latch.generation, view(before, OURS, holder, record=OfficeRecord(4, holder, 9)))

    assert effects == [Watch(OURS), Watch(before)]


def test_the_second_waits_although_the_office_is_free() -> None:
    """The first of the queue takes it; there is no race between all."""
    latch = seeking()
    before = "b-latch-0000000003"

    assert latch.surveyed(latch.generation, view(before, OURS)) == [Watch(OURS), Watch(before)]


# --- queued -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [OTHER, OURS])
def test_a_death_before_us_and_our_own_are_looked_at(name: str) -> None:
    """Who watched node is gone, or our own: the queue is read again."""
    latch = queued()

    assert latch.gone(name) == [Survey(latch.generation)]


def test_a_node_of_ours_that_somebody_removed_is_made_again() -> None:
    """A candidate without a node is not in the queue."""
    latch = queued()
    latch.gone(OURS)

    assert kinds(latch.surveyed(latch.generation, view(OTHER))) == [Create]
    assert place(latch) is Place.SEEKING


def test_certain_knowledge_takes_over_at_once() -> None:
    """A challenge removes the holder's node and writes the record, whatever our place in the queue is.

    It is the only step: what it rests on was seen before, and is checked with it.
    """
    latch = seeking()
    latch.surveyed(latch.generation, view(OTHER, "b-latch-0000000003", OURS, record=OfficeRecord(4, OTHER, 9)))

    assert latch.challenge(4) == [Take(latch.generation, OURS, 5, 9, OTHER)]
    assert place(latch) is Place.TAKING
    assert latch.taken(latch.generation, 10, 20.0, 20.1)[-1] == Granted(5, Vacancy.CHALLENGED)


def test_a_challenge_by_what_is_not_so_any_more_looks_again() -> None:
    """Somebody has touched the record since: it is refused, and the knowledge is used with what is so now."""
    latch = queued()
    latch.challenge(4)

    assert latch.refused(latch.generation) == [Survey(latch.generation)]
    effects = latch.surveyed(latch.generation, view(OTHER, OURS, record=OfficeRecord(4, OTHER, 12)))
    assert effects == [Take(latch.generation, OURS, 5, 12, OTHER)]


def test_a_challenge_of_a_holder_that_was_not_seen_looks_first() -> None:
    """We saw the queue before this leader came, and have not heard of it yet."""
    latch = queued()

    assert latch.challenge(5) == [Survey(latch.generation)]
    effects = latch.surveyed(latch.generation, view(OTHER, OURS, record=OfficeRecord(5, OTHER, 10)))
    assert effects == [Take(latch.generation, OURS, 6, 10, OTHER)]


def test_a_challenge_without_a_connection_waits_for_one() -> None:
    """Nothing is sent that cannot be answered, and nothing is forgotten."""
    latch = queued()
    latch.suspended()

    assert latch.challenge(4) == []
    assert latch.connected_as(SESSION, TIMEOUT_S) == [Survey(latch.generation)]
    effects = latch.surveyed(latch.generation, view(OTHER, OURS, record=OfficeRecord(4, OTHER, 9)))
    assert effects == [Take(latch.generation, OURS, 5, 9, OTHER)]


def test_a_new_leader_is_looked_at_while_it_lives() -> None:
    """So that nothing needs to be read when it dies. Whoever leads, or makes its node, has no need of that."""
    latch = queued()

    assert latch.heard_of(4) == latch.heard_of(0) == []
    assert latch.heard_of(5) == [Survey(latch.generation)]
    latch.surveyed(latch.generation, view(OTHER, OURS, record=OfficeRecord(5, OTHER, 10)))
    assert latch.heard_of(5) == []
    assert latch.challenge(5) == [Take(latch.generation, OURS, 6, 10, OTHER)]
    assert holding().heard_of(7) == []
    assert seeking().heard_of(7) == []


def test_a_challenge_of_a_past_epoch_changes_nothing() -> None:
    """The knowledge is of another leader; it is not used later either."""
    latch = queued()
    latch.challenge(3)

    assert kinds(latch.surveyed(latch.generation, view(OTHER, OURS, record=OfficeRecord(4, OTHER, 9)))) == [Watch] * 2
    latch.gone(OTHER)
    assert kinds(latch.surveyed(latch.generation, view(OTHER, OURS, record=OfficeRecord(3, OTHER, 9)))) == [Watch] * 2


def test_a_challenge_before_the_node_is_made_is_kept() -> None:
    """Who knows before it is in the queue takes over as soon as it is."""
    latch = seeking()
    latch.challenge(4)
    latch.surveyed(latch.generation, view(OTHER, record=OfficeRecord(4, OTHER, 9)))
    latch.created(latch.generation, OURS)

    effects = latch.surveyed(latch.generation, view(OTHER, OURS, record=OfficeRecord(4, OTHER, 9)))
    assert effects == [Take(latch.generation, OURS, 5, 9, OTHER)]


def test_a_deposed_holder_keeps_what_it_knows_of_its_successor() -> None:
    """It leads by its own belief, hears that a later leader is dead, looks, and takes over from that one."""
    latch, again, record = holding(), "me-latch-0000000009", OfficeRecord(6, OTHER, 11)

    assert latch.challenge(5) == []
    assert kinds(latch.challenge(6)) == [Probe]
    assert kinds(latch.refused(latch.generation))[-1] is Survey
    assert kinds(latch.surveyed(latch.generation, view(OTHER, record=record)))[-1] is Create
    latch.created(latch.generation, again)
    effects = latch.surveyed(latch.generation, view(OTHER, again, record=record))
    assert effects == [Take(latch.generation, again, 7, 11, OTHER)]


def test_a_refused_take_is_followed_by_another_look() -> None:
    """Somebody else was first, or our node is gone."""
    latch = queued()
    latch.gone(OTHER)
    latch.surveyed(latch.generation, view(OURS, record=OfficeRecord(4, OTHER, 9)))

    assert latch.refused(latch.generation) == [Survey(latch.generation)]
    assert place(latch) is Place.SEEKING


def test_a_step_without_a_result_is_tried_again_later() -> None:
    """Not at once: whatever prevented it may last."""
    latch = queued()
    latch.gone(OTHER)

    assert latch.failed(latch.generation, 5.0) == []
    assert latch.wake_at == 5.0 + RETRY_S
    assert latch.tick(5.0) == []
    assert latch.tick(5.0 + RETRY_S) == [Survey(latch.generation)]


def test_a_take_without_a_result_is_looked_up() -> None:
    """Whether it has taken effect is seen by a survey, which counts only for who is not taking any more."""
    latch = queued()
    latch.gone(OTHER)
    assert kinds(latch.surveyed(latch.generation, view(OURS))) == [Take]

    assert latch.failed(latch.generation, 5.0) == []
    assert place(latch) is Place.SEEKING
    assert latch.tick(5.0 + RETRY_S) == [Survey(latch.generation)]
    assert kinds(latch.surveyed(latch.generation, view(OURS))) == [Take]


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
    assert latch.connected_as(SESSION, TIMEOUT_S) == [Survey(latch.generation)]
    assert latch.surveyed(latch.generation, view(OURS, record=OfficeRecord(5, OURS, 10))) == [Remove(OURS, 5, 10)]
    assert place(latch) is Place.OUT


def test_a_resignation_without_an_answer_is_repeated_in_full() -> None:
    """The connection broke while the node was removed: the next try, too, gives back the office, not the node only."""
    latch = holding()

    assert latch.resign() == [Revoked(5), Remove(OURS, 5, 10)]
    latch.suspended()
    latch.connected_as(SESSION, TIMEOUT_S)
    seen = view(OURS, OTHER, record=OfficeRecord(5, OURS, 10))
    assert latch.surveyed(latch.generation, seen) == [Remove(OURS, 5, 10)]
    assert latch.not_removed(20.0) == []
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
    assert latch.connected_as(SESSION, TIMEOUT_S) == [Watch(OURS), Probe(latch.generation, OURS, 5, 10)]
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
    assert latch.connected_as(SESSION + 1, TIMEOUT_S) == [Survey(latch.generation)]


def test_the_deadline_ends_the_office_without_a_word_from_the_ensemble() -> None:
    """Nobody tells a client that is cut off that its session has expired. Its node is not used again, if it lives."""
    latch = holding(proven_at=10.0)
    latch.suspended()
    deadline = 10.0 + TIMEOUT_S * (1 - CLOCK_SKEW - MARGIN)
    assert latch.wake_at == deadline

    assert latch.tick(deadline - 0.001) == []
    assert latch.tick(deadline) == [Revoked(5)]
    latch.connected_as(SESSION, TIMEOUT_S)
    effects = latch.surveyed(latch.generation, view(OURS, record=OfficeRecord(5, OURS, 10)))
    assert effects == [Remove(OURS, 5, 10), Create(latch.generation)]


def test_what_was_under_way_when_the_connection_broke_is_looked_up() -> None:
    """A take whose answer was lost: if the record names us the office is ours, after a probe."""
    latch = queued()
    latch.gone(OTHER)
    latch.surveyed(latch.generation, view(OURS, record=OfficeRecord(4, OTHER, 9)))
    latch.suspended()
    assert place(latch) is Place.SEEKING
    latch.connected_as(SESSION, TIMEOUT_S)

    effects = latch.surveyed(latch.generation, view(OURS, record=OfficeRecord(5, OURS, 10)))
    assert effects == [Watch(OURS), Probe(latch.generation, OURS, 5, 10)]
    assert not latch.holds(5, 20.0)
    assert latch.wake_at == float("inf")
    assert latch.proven(latch.generation, 20.0, 20.1) == [Granted(5, Vacancy.LEASE_EXPIRED)]


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
