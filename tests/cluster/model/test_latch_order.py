"""The order of latch nodes, by their numbers, over the end of the counter's range."""

from __future__ import annotations

import random

import pytest

from cluster.model.latch_order import in_order, is_latch, prefix_of, sequence_of


def node(sequence: int, nonce: str = "x") -> str:
    """A node's name as ZooKeeper makes it: ten digits, and a sign if it must be."""
    return f"{prefix_of(nonce)}{sequence:010d}"


def test_the_number_counts_and_not_the_name() -> None:
    """The order is that of the numbers, whatever the names begin with."""
    assert in_order([node(10, "a"), node(9, "z"), node(11, "m")]) == [node(9, "z"), node(10, "a"), node(11, "m")]


def test_after_the_greatest_number_comes_the_least() -> None:
    """Kazoo's recipes compare text: after 2147483647 comes -2147483648, which is younger and not older."""
    names = [node(2147483646), node(2147483647), node(-2147483648), node(-2147483647)]
    shuffled = list(names)
    random.Random(1).shuffle(shuffled)

    assert in_order(shuffled) == names
    assert sorted(names) != names


def test_from_minus_one_to_zero() -> None:
    """The other end of the negative numbers is no end."""
    assert in_order([node(0), node(-1)]) == [node(-1), node(0)]


@pytest.mark.parametrize("name", ["", "x-latch-", "x-latch-12", "lock-0000000001", "-latch-0000000001"])
def test_strange_nodes_are_not_in_the_queue(name: str) -> None:
    """What others put there does not disturb the order."""
    assert not is_latch(name)
    assert in_order([name, node(1)]) == [node(1)]
    with pytest.raises(ValueError, match="not a latch node"):
        sequence_of(name)
