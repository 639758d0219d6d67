"""The judge of the scenario `deathwatch` tells what has waited in a mailbox from what a convicted node still brings."""

from __future__ import annotations

import pytest

from actors import DeathCause
from actors.address import ActorPath, Address
from runtime.settings import RemoteSettings
from runtime.sim.campaign import Record, Violation
from runtime.sim.deathwatch.judge import Judge
from runtime.sim.deathwatch.people import Word
from runtime.sim.deathwatch.truth import Truth
from runtime.sim.trace import Trace

AUTHOR, HEARER, NEWCOMER = 1, 2, 3
WORD = Word(AUTHOR, HEARER, 1)
SETTINGS = RemoteSettings()
"""A connection that carries nothing is replaced after 32.4 s; after 50 s if it has carried nothing for 8 s before."""


def path(node: str, name: str, uid: int) -> ActorPath:
    return ActorPath(Address(node, node, 2552), ("user", name), uid)


class Scene:
    """Somebody on `n2` hears somebody on `n1`, and `n2` convicts `n1` at 20 s."""

    def __init__(self) -> None:
        self.record = Record(Trace(), lambda: 20.0)
        self.truth = Truth()
        self.judge = Judge(self.truth, self.record, lambda: 20.0, SETTINGS)
        self.dead = self.truth.node_born("n1", 11, 0.0)
        self.life = self.truth.node_born("n2", 22, 0.0)
        self.truth.born(AUTHOR, self.dead, path("n1", "p1", 101))
        self.truth.born(HEARER, self.life, path("n2", "p1", 102))
        self.truth.node_gone("n1", 19.9)
        self.judge.convicted(self.life, "n1", 11, DeathCause.PROCESS_DEAD, 19.8)


def test_a_word_may_have_waited_for_who_sleeps() -> None:
    """What was in a mailbox when the node was convicted is taken by whoever wakes then, as seed 20164 has it."""
    scene = Scene()
    scene.judge.heard(HEARER, WORD)
    assert scene.record.reached["a word waited while its author's node was convicted"] == 1


def test_no_word_comes_behind_a_conviction() -> None:
    """Behind everything that had come by then, nothing of that incarnation is left."""
    scene = Scene()
    scene.judge.parted(HEARER, 11)
    with pytest.raises(Violation, match=r"D6: a word of n1\.1/p1"):
        scene.judge.heard(HEARER, WORD)


def test_who_is_born_after_a_conviction_hears_nothing_of_the_convict() -> None:
    """Its mailbox was never open for that incarnation."""
    scene = Scene()
    scene.truth.born(NEWCOMER, scene.life, path("n2", "p2", 103))
    with pytest.raises(Violation, match=r"D6: a word of n1\.1/p1"):
        scene.judge.heard(NEWCOMER, Word(AUTHOR, NEWCOMER, 1))


def test_the_next_incarnation_is_heard() -> None:
    """A conviction is of one incarnation: whoever lives at its address later may speak."""
    scene = Scene()
    scene.judge.parted(HEARER, 11)
    scene.truth.born(NEWCOMER, scene.truth.node_born("n1", 12, 20.0), path("n1", "p1", 104))
    scene.judge.heard(HEARER, Word(NEWCOMER, HEARER, 1))
    assert scene.truth.beings[HEARER].heard == {NEWCOMER: (1, 1)}


@pytest.mark.parametrize(
    ("now", "is_forgotten", "has_spoken", "is_late"),
    [
        (69, True, True, False),
        (71, True, True, True),
        (52, True, False, False),
        (53, True, False, True),
        (39, False, True, True),
    ],
)
def test_a_forgotten_connection_excuses_a_death_until_it_has_to_be_replaced(
    now: float, *, is_forgotten: bool, has_spoken: bool, is_late: bool
) -> None:
    """The subject has stopped at 20 s (D5); its last word of 12 s may be on a connection that carries nothing."""
    truth, clock = Truth(), [12.0]
    judge = Judge(truth, Record(Trace(), lambda: clock[0]), lambda: clock[0], SETTINGS)
    author = truth.born(AUTHOR, truth.node_born("n1", 11, 0.0), path("n1", "p1", 101))
    truth.born(HEARER, truth.node_born("n2", 22, 0.0), path("n2", "p1", 102))
    judge.watched(HEARER, author.path)
    if is_forgotten:
        truth.weather.begin("amnesia", ("n2", "n1"), 10.0).end = 10.0
    if has_spoken:
        judge.says(AUTHOR, HEARER)
    truth.gone(author, 20.0, in_order=True)
    clock[0] = now
    if is_late:
        with pytest.raises(Violation, match=rf"D5: n2.1/p1 was not told of .*, {now - 20:.1f} s after nothing stood"):
            judge.look()
    else:
        judge.look()
