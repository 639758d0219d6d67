"""`Subscriptions`: who hears of which events, by class, in the order of subscription. Pure.

Thousands of actors may subscribe, and all of them end when their system does, so nothing here looks at all of them for
one. Deliberately not here: telling them (`runtime.events`).
"""

from __future__ import annotations

from typing import Any


class Subscriptions:
    """Pairs of a subscriber and a class of events."""

    def __init__(self) -> None:
        # class -> key of the subscriber -> its number and itself
        self._of: dict[type, dict[Any, tuple[int, Any]]] = {}
        self._next = 0

    def __contains__(self, subscriber: Any) -> bool:
        """Whether it is subscribed to anything."""
        key = _key(subscriber)
        return any(key in table for table in self._of.values())

    def all(self) -> list[tuple[Any, type]]:
        """Every subscriber with each of its classes, in the order of subscription."""
        entries = [(*entry, cls) for cls, table in self._of.items() for entry in table.values()]
        return [(subscriber, cls) for _, subscriber, cls in sorted(entries, key=lambda entry: entry[0])]

    def add(self, subscriber: Any, event_class: type) -> bool:
        """Subscribe; returns whether that is news."""
        table, key = self._of.setdefault(event_class, {}), _key(subscriber)
        if key in table:
            return False
        table[key] = self._next, subscriber
        self._next += 1
        return True

    def strike_off(self, subscriber: Any, event_class: type | None = None) -> bool:
        """End a subscription, or all of one subscriber; returns whether there was any."""
        key, had_any = _key(subscriber), False
        for cls in list(self._of) if event_class is None else [event_class]:
            table = self._of.get(cls, {})
            had_any |= table.pop(key, None) is not None
            if not table:
                self._of.pop(cls, None)
        return had_any

    def takers(self, event: Any) -> list[Any]:
        """Who hears of an event: once for each subscription that it fits, in the order of subscription."""
        tables = [table for cls, table in self._of.items() if isinstance(event, cls)]
        if len(tables) == 1:  # the usual case
            return [subscriber for _, subscriber in tables[0].values()]
        entries = sorted((entry for table in tables for entry in table.values()), key=lambda entry: entry[0])
        return [subscriber for _, subscriber in entries]


class _Unhashable:
    """Stands for a subscriber that is known by equality alone."""

    __slots__ = ("_subscriber",)

    def __init__(self, subscriber: Any) -> None:
        self._subscriber = subscriber

    def __eq__(self, other: object) -> bool:
        return bool(self._subscriber == (other._subscriber if isinstance(other, _Unhashable) else other))

    def __hash__(self) -> int:
        return 0


def _key(subscriber: Any) -> Any:
    try:
        hash(subscriber)
    except TypeError:
        return _Unhashable(subscriber)
    return subscriber
