"""Defects of mature recipes (Curator, kazoo, Flink, etcd), each as a story that ends well here.

Each fails when its safeguard is taken out, which was tried. What needs a real ensemble is in `tests/integration`.
"""

from __future__ import annotations

from itertools import permutations

import pytest

from cluster.model.latch import Latch, Place
from cluster.model.latch_effects import Create, Granted, OfficeRecord, Probe, Remove, Revoked, Survey, Take, Vacancy
from cluster.model.leader_sight import LeaderSight, Show
from cluster.model.tenure import CLOCK_SKEW, MARGIN
from tests.cluster.model.fake_ensemble import TIMEOUT_S as WORLD_TIMEOUT_S
from tests.cluster.model.fake_ensemble import World
from tests.cluster.model.latches import ASKED_AT, OTHER, OURS, SESSION, TIMEOUT_S, holding, queued, seeking, view


def test_curator_696_an_old_node_of_ours_is_not_ours() -> None:
    """CURATOR-696, CURATOR-620: after a long outage the old node is still there, but belongs to the old session.

    The ensemble is about to delete it. Who takes it for its own leads, and so does the next one a moment later.
    """
    latch = holding()
    latch.suspended()
    latch.connected_as(SESSION + 1, TIMEOUT_S, ASKED_AT)

    old = view(OURS, record=OfficeRecord(5, OURS, 10), owner=SESSION)
    assert latch.surveyed(latch.generation, old) == [Remove(OURS), Create(latch.generation)]
    assert latch.place is Place.SEEKING
    assert latch.proven(latch.generation, 50.0, 50.1) == []


def test_curator_696_also_without_the_leadership() -> None:
    """CURATOR-696: an old node that is first in the queue does not take the office either."""
    latch = queued()
    latch.lost()
    latch.connected_as(SESSION + 1, TIMEOUT_S, ASKED_AT)

    assert latch.surveyed(latch.generation, view(OURS, owner=SESSION)) == [Remove(OURS), Create(latch.generation)]


@pytest.mark.parametrize("noticed_s", [0.1, 3.0, 6.0])
def test_curator_460_the_deadline_counts_from_the_last_answered_probe(noticed_s: float) -> None:
    """CURATOR-460: the ensemble's clock has run since our last sign of life, not since we noticed the silence."""
    latch = holding(proven_at=10.0)
    latch.gone(OURS)
    latch.proven(latch.generation, 11.0, 14.0)  # sent at 11, answered at 14
    latch.gone(OURS)  # another is sent, and never answered
    latch.tick(11.0 + noticed_s)
    latch.suspended()

    deadline = 11.0 + TIMEOUT_S * (1 - CLOCK_SKEW - MARGIN)
    assert latch.wake_at == deadline
    assert deadline < 11.0 + TIMEOUT_S
    assert latch.tick(deadline) == [Revoked(5)]


def test_curator_498_a_very_old_creation_does_not_replace_the_node() -> None:
    """CURATOR-498: the answer to an earlier creation, which comes late, must not become the current node's name."""
    latch = seeking()
    latch.surveyed(latch.generation, view())
    creation = latch.generation
    latch.suspended()
    latch.connected_as(SESSION, TIMEOUT_S, ASKED_AT)
    latch.surveyed(latch.generation, view(OURS, record=OfficeRecord()))
    latch.taken(latch.generation, 1, 10.0, 10.1)

    assert latch.created(creation, "me-latch-0000000001") == []
    assert latch.name == OURS
    assert latch.resign() == [Revoked(1), Remove(OURS, 1, 1)]


def test_curator_504_news_of_a_former_neighbour_are_dropped() -> None:
    """CURATOR-504, CURATOR-644: a watch that fires after a reset is of a queue in which we are not any more."""
    latch = queued()
    latch.lost()
    latch.connected_as(SESSION + 1, TIMEOUT_S, ASKED_AT)
    step = latch.generation

    assert latch.gone(OTHER) == []
    assert latch.gone(OURS) == []
    assert latch.generation == step


def test_curator_645_two_candidates_do_not_chase_each_other() -> None:
    """CURATOR-645: when both are reset at once, a bounded number of steps ends with one leader and one that waits."""
    world = World(1, count=2)
    for one in world.clients:
        world.connect(one)
    steps = 0
    while any(one.requests or one.answers for one in world.clients):
        for one in world.clients:
            world.serve(one)
            world.answer(one)
        steps += 1
        assert steps < 20

    assert len(world.holders()) == 1
    assert {one.latch.place for one in world.clients} == {Place.HOLDING, Place.QUEUED}


def test_curator_220_another_session_is_a_lost_session_said_or_not() -> None:
    """CURATOR-220: SUSPENDED, then CONNECTED, although the session had expired in between: compare the ids."""
    latch = holding()
    latch.suspended()

    assert latch.connected_as(SESSION + 1, TIMEOUT_S, ASKED_AT) == [Revoked(5), Survey(latch.generation)]
    assert not latch.holds(5, 10.1)


@pytest.mark.parametrize("order", list(permutations(range(3))), ids=str)
def test_curator_653_any_order_of_reconnections(order: tuple[int, ...]) -> None:
    """CURATOR-653: three candidates come back after an outage in any order: one leads, under one higher epoch."""
    world = World(7, count=3)
    for one in world.clients:
        world.connect(one)
    for _ in range(30):
        for one in world.clients:
            world.serve(one)
            world.answer(one)
    before = world.record.epoch
    for one in world.clients:
        world.cut(one)
    world.now += WORLD_TIMEOUT_S
    for one in world.clients:
        world.perform(one, one.latch.tick(world.now))
    world.expire()

    for number in order:
        world.connect(world.clients[number])
        for _ in range(10):
            world.serve(world.clients[number])
            world.answer(world.clients[number])
            assert len(world.holders()) <= 1

    assert world.holders() == [order[0]]
    assert world.record.epoch == before + 1


def test_etcd_an_office_is_looked_at_again_after_waiting() -> None:
    """Etcd's lock bug: whoever got the answer late, for instance because it was frozen, looks again before it acts."""
    latch = queued()
    latch.gone(OTHER)
    latch.surveyed(latch.generation, view(OURS))
    late = 10.0 + TIMEOUT_S

    effects = latch.taken(latch.generation, 10, 10.0, late)

    assert effects[-1] == Probe(latch.generation, OURS, 5, 10)
    assert not latch.holds(5, late)
    assert latch.refused(latch.generation)[0] == Remove(OURS, 5, 10)


def test_a_frozen_leader_does_not_act_on_waking_up() -> None:
    """B.4: after a freeze nothing has been told yet, and the deadline forbids to act all the same."""
    latch = holding(proven_at=10.0)

    assert not latch.holds(5, 10.0 + TIMEOUT_S)
    assert latch.tick(10.0 + TIMEOUT_S)[0] == Revoked(5)


def test_kazoo_a_node_whose_creation_was_not_answered_is_found() -> None:
    """A create may succeed and its answer be lost: the nonce in the name tells our node from others."""
    latch = Latch("me")
    latch.stand()
    latch.connected_as(SESSION, TIMEOUT_S, ASKED_AT)
    latch.surveyed(latch.generation, view())
    latch.suspended()
    latch.connected_as(SESSION, TIMEOUT_S, ASKED_AT)

    latch.surveyed(latch.generation, view(OTHER, OURS))

    assert (latch.name, latch.place) == (OURS, Place.QUEUED)


def test_our_own_ghost_does_not_stand_in_our_way() -> None:
    """A node of ours that another session of ours left is removed, and the office behind it taken."""
    latch = seeking()
    ghost = "me-latch-0000000001"
    ours_and_ghost = view(OURS, ghost, record=OfficeRecord(4, ghost, 9))
    owned = {OURS: SESSION, ghost: SESSION - 1}

    effects = latch.surveyed(latch.generation, type(ours_and_ghost)(ours_and_ghost.record, ours_and_ghost.queue, owned))

    assert effects[0] == Remove(ghost)
    assert latch.place is Place.TAKING
    assert latch.taken(latch.generation, 10, 1.0, 1.1)[-1] == Granted(5, Vacancy.LEASE_EXPIRED)


def test_zookeeper_4646_an_epoch_is_not_given_out_twice_by_an_ensemble_that_forgets() -> None:
    """ZOOKEEPER-4646, -4785: members that are killed at the wrong moment may lose what was acknowledged.

    The record is of an earlier epoch again. Who has heard of a later one takes a higher one still.
    """
    latch = queued()
    latch.heard_of(7)
    latch.heard_of(0)
    latch.gone(OTHER)

    assert latch.surveyed(latch.generation, view(OURS, record=OfficeRecord(4, OTHER, 9)))[-1] == Take(
        latch.generation, OURS, 8, 9
    )
    assert latch.taken(latch.generation, 10, 1.0, 1.1)[-1] == Granted(8, Vacancy.LEASE_EXPIRED)


def test_zookeeper_4646_an_epoch_of_ours_that_nobody_has_seen_is_not_taken_again() -> None:
    """Its record is lost before it was published. The process has led under it, and would not under the same again."""
    latch = holding()
    latch.refused(latch.generation)
    latch.surveyed(latch.generation, view())
    latch.created(latch.generation, "me-latch-0000000001")
    forgotten = view("me-latch-0000000001", record=OfficeRecord())

    assert latch.surveyed(latch.generation, forgotten)[-1] == Take(latch.generation, "me-latch-0000000001", 6, 0)


# --- followers --------------------------------------------------------------------------------------------------------


def test_flink_10052_a_short_break_changes_no_leader() -> None:
    """FLINK-10052: a follower that loses its connection for a moment goes on with the leader that it knows."""
    sight = LeaderSight(8.0)
    assert sight.seen("a") == [Show("a")]

    assert sight.suspended(10.0) == []
    assert sight.tick(17.9) == []
    assert sight.seen("a") == []
    assert sight.tick(30.0) == []


def test_flink_18677_a_leader_known_from_long_ago_is_not_trusted() -> None:
    """FLINK-18677: who has not seen the election for the time of a session does not know who leads."""
    sight = LeaderSight(8.0)
    sight.seen("a")
    sight.suspended(10.0)
    assert sight.suspended(17.0) == []
    assert sight.distrust_at == 18.0

    assert sight.tick(18.0) == [Show(None)]
    assert sight.seen("a") == [Show("a")]


def test_who_knows_no_leader_has_nothing_to_distrust() -> None:
    """Nobody is shown already."""
    sight = LeaderSight(8.0)

    assert sight.suspended(10.0) == []
    assert sight.tick(1e9) == []
