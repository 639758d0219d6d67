"""The rows of the latch's table for who seeks the office or waits for it. The stories of tickets are beside this."""

from __future__ import annotations

import pytest

from cluster.model.latch import RETRY_S, Latch, Place
from cluster.model.latch_effects import (
    Ask,
    Create,
    Granted,
    OfficeRecord,
    Probe,
    Survey,
    Take,
    Vacancy,
    Watch,
)
from cluster.model.tenure import ASKS_PER_TIMEOUT
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

# --- seeking ----------------------------------------------------------------------------------------------------------


def test_who_does_not_stand_looks_at_nothing() -> None:
    """A follower has no business in the queue."""
    latch = Latch("me")

    assert latch.connected_as(SESSION, TIMEOUT_S, ASKED_AT) == []
    assert latch.challenge(3) == []
    assert latch.tick(1e9) == []
    assert place(latch) is Place.OUT


@pytest.mark.parametrize("order", ["stand first", "connect first"])
def test_a_candidate_looks_before_it_makes_a_node(order: str) -> None:
    """Its node may be there already: the answer to its creation can have been lost."""
    latch = Latch("me")
    events = [lambda: latch.stand(), lambda: latch.connected_as(SESSION, TIMEOUT_S, ASKED_AT)]
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
    assert latch.taken(latch.generation, 10, 10.0, 10.1)[-1] == Granted(5, Vacancy.CHALLENGED)


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
    assert latch.connected_as(SESSION, TIMEOUT_S, ASKED_AT) == [Survey(latch.generation)]
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


def test_who_waits_lets_the_ensemble_hear_of_it() -> None:
    """When it wins it has to know what the ensemble's leader has heard of it; and who has gone is missed."""
    latch = queued()
    latch.heard.answered(6.0, 6.1)
    ask_at = 6.1 + TIMEOUT_S / ASKS_PER_TIMEOUT

    assert latch.wake_at == ask_at
    assert latch.tick(ask_at - 0.1) == []
    assert latch.tick(ask_at) == [Ask(OTHER)]
    assert latch.tick(ask_at) == []
    assert latch.wake_at == ask_at + TIMEOUT_S / ASKS_PER_TIMEOUT
    assert latch.gone(OTHER) == [Survey(latch.generation)]


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
