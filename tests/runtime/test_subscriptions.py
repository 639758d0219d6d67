"""Who hears of which events, without anybody who tells them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from runtime.subscriptions import Subscriptions


@dataclass
class Reader:
    """Known by equality alone."""

    name: str

    def __call__(self, event: Any) -> None:
        """Read."""


def test_events_come_in_the_order_of_subscription() -> None:
    """A11: whichever classes were asked for; and once for each."""
    subscriptions = Subscriptions()
    assert subscriptions.add("a", OSError)
    assert subscriptions.add("b", Exception)
    assert subscriptions.add("c", OSError)
    assert subscriptions.add("a", Exception)
    assert not subscriptions.add("a", Exception)
    assert subscriptions.takers(OSError()) == ["a", "b", "c", "a"]
    assert subscriptions.takers(ValueError()) == ["b", "a"]
    assert subscriptions.takers("no error") == []
    assert subscriptions.all() == [("a", OSError), ("b", Exception), ("c", OSError), ("a", Exception)]


def test_a_subscription_ends_alone_or_with_all() -> None:
    """A11: exactly the class, or everything."""
    subscriptions = Subscriptions()
    for cls in (OSError, Exception):
        subscriptions.add("a", cls)
    assert not subscriptions.strike_off("a", ValueError)
    assert subscriptions.strike_off("a", OSError)
    assert "a" in subscriptions
    assert subscriptions.strike_off("a")
    assert "a" not in subscriptions
    assert not subscriptions.strike_off("a")


def test_an_equal_subscriber_without_a_hash_is_the_same() -> None:
    """A11: a callable that is equal ends the subscription."""
    subscriptions = Subscriptions()
    assert subscriptions.add(Reader("a"), str)
    assert subscriptions.add(Reader("b"), str)
    assert not subscriptions.add(Reader("a"), str)
    assert subscriptions.strike_off(Reader("a"))
    assert subscriptions.takers("x") == [Reader("b")]


def test_nobody_is_looked_for_among_all() -> None:
    """A11: ten thousand subscribers that come and go do not hold up the loop for a minute."""
    compared = 0

    class Counted:
        def __eq__(self, other: object) -> bool:
            nonlocal compared
            compared += 1
            return self is other

        __hash__ = object.__hash__

    subscriptions, many = Subscriptions(), [Counted() for _ in range(200)]
    for one in many:
        subscriptions.add(one, str)
    for one in many:
        subscriptions.strike_off(one)
    assert compared < len(many)
