"""`ActorRef`: equal by path and uid, and nothing but a handle."""

from __future__ import annotations

import weakref

import pytest

from actors import ActorRef, Address
from tests.actors.refs import Nowhere, ref


def test_references_are_equal_by_path_and_uid() -> None:
    """A14: two references to one incarnation are equal and hash alike, whatever stands behind them."""
    one, same, next_life = ref("a", 1), ref("a", 1), ref("a", 2)

    assert one == same
    assert hash(one) == hash(same)
    assert one != next_life
    assert one != ref("b", 1)
    assert one != ref("a", 1, Address("test", "127.0.0.1", 1))
    assert {one: "x"}[same] == "x"
    assert one != str(one)


def test_a_reference_says_where_it_points() -> None:
    """`str(ref.path)` is actor://system/user/a#uid; name is the last element."""
    there = ref("a", 7, Address("test", "10.0.0.1", 2552))

    assert str(ref("a", 7).path) == "actor://test/user/a#7"
    assert str(there) == str(there.path) == "actor://test@10.0.0.1:2552/user/a#7"
    assert repr(there) == "ActorRef('actor://test@10.0.0.1:2552/user/a#7')"
    assert there.name == "a"


def test_tell_goes_to_the_sink_with_its_sender() -> None:
    """A told message and its sender reach the sink as they are."""
    sink, sender = Nowhere(), ref("sender")
    target = ref("a", sink=sink)

    target.tell("one")
    target.tell("two", sender)

    assert sink.told == [("one", None), ("two", sender)]


def test_forward_keeps_the_sender_of_the_message_being_handled() -> None:
    """A forwarded message carries the sender of the one that is being handled."""
    sink = Nowhere()
    sink.sender = ref("original")

    ref("a", sink=sink).forward("message")

    assert sink.told == [("message", sink.sender)]


async def test_ask_goes_to_the_system_with_its_timeout() -> None:
    """An ask is made by the system behind the sink, in seconds, 5 by default."""
    sink = Nowhere()
    target: ActorRef[str] = ref("a", sink=sink)

    assert await target.ask("q", timeout=1.5) == "answer to q"  # type: ignore[arg-type]
    await target.ask("r")  # type: ignore[arg-type]
    assert sink.asked == [(target, "q", 1.5), (target, "r", 5.0)]


def test_a_reference_can_be_referenced_weakly_and_not_extended() -> None:
    """References have no dict of their own, but weak references to them work."""
    target = ref("a")

    assert weakref.ref(target)() is target
    with pytest.raises(AttributeError):
        target.colour = "red"  # type: ignore[attr-defined]
