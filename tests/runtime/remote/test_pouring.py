"""How what waits is written: in pieces, in turns, and not beyond what the connection takes."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runtime.remote.pouring import TURN_BYTES, Pourer
from tests.runtime.remote.nodes import Nodes, Say, probe, seen_from, until


class Link:
    """A connection that is full as soon as so many bytes were written since it was last emptied."""

    def __init__(self, room: int) -> None:
        self.room = room
        self.is_paused = False
        self.written: list[bytes] = []
        self._left = room

    def write(self, data: bytes) -> None:
        assert not self.is_paused
        self.written.append(data)
        self._left -= len(data)
        self.is_paused = self._left <= 0

    def empty(self) -> None:
        self._left = self.room
        self.is_paused = False


def poured(link: Any, pieces: list[bytes]) -> Pourer:
    waiting = [pieces]
    return Pourer(link, lambda: waiting.pop() if waiting else [])


@given(st.lists(st.sampled_from([1, 100, 131_072, 131_073, 500_000, 2_000_000]), max_size=6), st.integers(1, 10**6))
def test_everything_is_written_once_in_its_order(sizes: list[int], room: int) -> None:
    """However often the connection is full, nothing is written to a full one, and a turn ends after about a MiB."""
    pieces = [bytes([number]) * size for number, size in enumerate(sizes)]
    link = Link(room)
    pourer = poured(link, pieces)
    while True:
        before = sum(map(len, link.written))
        more = pourer.pour()
        assert sum(map(len, link.written)) - before < TURN_BYTES + 300_000
        if not more and not link.is_paused:
            break
        link.empty()
    assert b"".join(link.written) == b"".join(pieces)
    assert pourer.is_empty


def test_a_word_about_the_lane_does_not_come_into_the_middle_of_a_message() -> None:
    """What is put while a large message is half written comes behind it."""
    link = Link(1)
    pourer = poured(link, [b"x" * 300_000])
    pourer.pour()
    pourer.put(b"word")
    assert len(link.written) == 1
    while not pourer.is_empty:
        link.empty()
        pourer.pour()
    assert b"".join(link.written) == b"x" * 300_000 + b"word"


async def test_a_small_message_does_not_come_into_the_middle_of_a_large_one(nodes: Nodes) -> None:
    """While a large message is written in parts, another waits behind it, also if an answer could leave at once."""
    a, b = await nodes.start("a"), await nodes.start("b")
    at_a, at_b = probe(a), probe(b)
    far, back = seen_from(a, b, at_b.ref), seen_from(b, a, at_a.ref)
    far.tell(-1)
    assert await at_b.receive_one() == -1
    for number in range(3):
        far.tell(Say(b"x" * 5_000_000))
        back.tell(number)
        assert await at_a.receive_one() == number  # the peer was heard
        far.tell(number)
        assert (await at_b.receive_one()).text == b"x" * 5_000_000
        assert await at_b.receive_one() == number
    await until(lambda: a.remote.peer(b.address)._outbox.is_done)
