"""Any order of cuts, reconnections, expiries and answers, of any number of candidates: one leads at a time."""

from __future__ import annotations

import os
from collections import Counter

import pytest

from tests.cluster.model.fake_ensemble import TIMEOUT_S, World

SEEDS = int(os.environ.get("LATCH_SEEDS", "120"))
STEPS = 300
NEAR_THE_END = 2**31 - 6
"""So that the sequence numbers wrap in the middle of the story."""


def play(seed: int, *, challenges: bool = False) -> World:
    """A story of one seed."""
    world = World(seed, count=2 + seed % 4, first=NEAR_THE_END if seed % 2 else 0)
    chance = world.random
    for _ in range(STEPS):
        one = chance.choice(world.clients)
        what = chance.random()
        if what < 0.25:
            world.serve(one)
        elif what < 0.50:
            world.answer(one)
        elif what < 0.60:
            for _ in range(12):
                world.serve(one)
                world.answer(one)
        elif what < 0.72:
            world.now += chance.choice((0.05, 0.3, 1.0))
        elif what < 0.76:
            world.now += TIMEOUT_S * chance.choice((0.3, 0.5, 1.1))
        elif what < 0.80:
            world.cut(one)
        elif what < 0.82:
            one.silent = one.connected
        elif what < 0.90:
            world.connect(one)
        elif what < 0.94:
            world.expire()
        elif what < 0.95 and challenges:
            world.perform(one, one.latch.challenge(world.record.epoch))
        elif what < 0.955:
            world.perform(one, one.latch.resign())
            world.perform(one, one.latch.stand())
        for each in world.clients:
            if chance.random() < 0.03:  # rarely: a loop may be busy, or its process frozen
                world.perform(each, each.latch.tick(world.now))
        if not challenges:
            assert len(world.holders()) <= 1, f"seed {seed}: two act at {world.now}"
    return world


def settle(world: World) -> None:
    """All is well for a while."""
    for _ in range(60):
        world.now += 0.2
        world.expire()
        for one in world.clients:
            if one.silent:
                world.cut(one)
        order = list(world.clients)
        world.random.shuffle(order)
        for one in order:
            world.connect(one)
            for _ in range(20):
                world.serve(one)
                world.answer(one)
            world.perform(one, one.latch.tick(world.now))


@pytest.mark.parametrize("challenges", [False, True])
def test_one_at_a_time_and_at_last_one(challenges: bool) -> None:
    """I1, I2, I8; CURATOR-653: whatever the order, nobody acts beside a holder, epochs rise, and in the end one leads.

    With challenges a deposed leader may not know it yet; its writes are refused, which other tests show.
    """
    seen: Counter[str] = Counter()
    for seed in range(SEEDS):
        world = play(seed, challenges=challenges)
        seen += world.seen
        settle(world)
        assert len(world.holders()) == 1, f"seed {seed}: nobody leads"
        assert len(world.nodes) == len(world.clients), f"seed {seed}: nodes are left behind"
        assert challenges or not world.late_grants, f"seed {seed}: a grant was told after a later one"

    assert seen["expired unawares"]
    states = ("suspended", "resumed", "revoked", "lost without a word", "another session beside the old one")
    for state in (*states, "granted first", "granted lease-expired"):
        assert seen[state], f"never seen: {state}"
    assert bool(seen["granted challenged"]) == challenges
