"""Links draw what they are told: delays of a distribution, loss in its share and in bursts, stalls of streams."""

from __future__ import annotations

import itertools
import random
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.sim.links import Gamma, Link, Loss, Shape, Uniform

MANY = 20_000


def link(shape: Shape) -> Link:
    return Link(shape, random.Random(1))


def test_a_gamma_delay_has_its_moments() -> None:
    """Never below the shortest; mean and deviation are those that were asked for."""
    chance = random.Random(2)
    delay = Gamma(low_s=0.135, mean_s=0.1417, deviation_s=0.0193)
    drawn = [delay.draw(chance) for _ in range(MANY)]
    assert min(drawn) >= 0.135
    assert statistics.mean(drawn) == pytest.approx(0.1417, rel=0.01)
    assert statistics.stdev(drawn) == pytest.approx(0.0193, rel=0.1)


@pytest.mark.parametrize("loss", [Loss(in_good=0.05), Loss(to_bad=0.01, to_good=0.2), Loss(0.01, 0.5, 0.05, 0.1)])
def test_datagrams_are_lost_in_their_share(loss: Loss) -> None:
    """In the long run the share that `Loss.share` says."""
    one = link(Shape(loss=loss))
    lost = sum(not one.datagram_s() for _ in range(MANY))
    assert lost / MANY == pytest.approx(loss.share, rel=0.15)


def test_loss_comes_in_bursts() -> None:
    """With a bad state, losses follow upon losses much more often than by their share."""
    one = link(Shape(loss=Loss(to_bad=0.01, to_good=0.2)))
    lost = [not one.datagram_s() for _ in range(MANY)]
    after_a_loss = [now for before, now in itertools.pairwise(lost) if before]
    assert statistics.mean(after_a_loss) > 10 * statistics.mean(lost)


@pytest.mark.parametrize("seed", range(5))
def test_a_burst_ends_with_its_shape(seed: int) -> None:
    """A link that was in its bad state when it was healed loses nothing any more, from the first packet on."""
    one = Link(Shape(loss=Loss(to_bad=1.0, to_good=0.01)), random.Random(seed))
    assert [one.datagram_s() for _ in range(3)] == [[], [], []]
    one.shape = Shape()
    assert all(one.datagram_s() for _ in range(100))
    assert one.delay_s() is not None
    assert one.segment_s() < 0.001


def test_datagrams_are_repeated() -> None:
    """A repeated datagram arrives twice, at two times of its own."""
    one = link(Shape(repeated=0.1))
    copies = [one.datagram_s() for _ in range(MANY)]
    assert sum(len(each) == 2 for each in copies) / MANY == pytest.approx(0.1, rel=0.1)
    assert all(len(set(each)) == len(each) for each in copies)


def test_a_lost_segment_stalls_its_stream() -> None:
    """The kernel sends again after 200, 400, 800 ms: a stream loses nothing, and is late."""
    one = link(Shape(Uniform(0.0, 0.0), Loss(in_good=0.5)))
    times = {round(one.segment_s(), 6) for _ in range(1_000)}
    assert {0.0, 0.2, 0.6, 1.4} <= times


@given(st.floats(0, 0.9), st.floats(0, 1), st.floats(0, 1), st.floats(0.01, 1), st.integers())
def test_a_segment_always_arrives(in_good: float, in_bad: float, to_bad: float, to_good: float, seed: int) -> None:
    """Whatever the loss, a segment arrives at a time that is finite, and not before the shortest delay."""
    one = Link(Shape(Uniform(0.001, 0.002), Loss(in_good, in_bad, to_bad, to_good)), random.Random(seed))
    assert 0.001 <= one.segment_s() < 2_000.0


@pytest.mark.parametrize("wrong", [{"in_good": 1.5}, {"to_bad": -0.1}, {"to_good": 0.0}])
def test_shares_are_shares(wrong: dict[str, float]) -> None:
    """What is no share is refused, by name."""
    with pytest.raises(ValueError, match=f"Loss.{next(iter(wrong))}"):
        Loss(**wrong)
