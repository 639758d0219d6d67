"""A state that contradicts itself is told by `check`, of each machine that is a part of others."""

from __future__ import annotations

from typing import Any

import pytest

from runtime.protocol.arrivals import Arrivals, Room
from runtime.protocol.carriage import Carriage
from runtime.protocol.delivery import SystemSender
from runtime.protocol.silence import Silence
from runtime.protocol.standing import VerdictSettings


def sender() -> SystemSender[str]:
    made: SystemSender[str] = SystemSender(2)
    made.bind(7)
    made.number("one")
    return made


def arrivals(news: int = 1) -> Arrivals[str]:
    made: Arrivals[str] = Arrivals(7, Room(news, 9))
    for _ in range(news):
        made.hold(5, "news", 4)
    return made


@pytest.mark.parametrize(
    ("machine", "damage", "text"),
    [
        (sender(), {"_last": 2}, r"of 2 messages .* \[1\]"),
        (sender(), {"_capacity": 0}, "not acknowledged"),
        (arrivals(), {"read": 5}, r"wait for messages \[5\], and 5 are read"),
        (arrivals(), {"lost": -1}, "-1 lost"),
        (arrivals(), {"_held_bytes": 5}, "1 news wait, 5 bytes"),
        (arrivals(), {"_room": Room(0, 9)}, "1 news wait"),
        (arrivals(2), {"_room": Room(2, 7)}, "2 news wait, 8 bytes"),
        (Carriage(wants_datagrams=True), {"has_given_up": True, "prefers_datagrams": True}, "preferred"),
        (Carriage(wants_datagrams=False), {"has_given_up": True}, "never wanted"),
        (Silence(VerdictSettings()), {"_handshakes": 4}, "4 handshakes"),
        (Silence(VerdictSettings()), {"last_dial": "phi"}, "marked: False"),
        (Silence(VerdictSettings()), {"_was_repeated": True}, "again: True"),
        (Silence(VerdictSettings()), {"_hoped_at": 5.0}, "hope since 5"),
    ],
)
def test_a_damaged_state_is_told(machine: Any, damage: dict[str, Any], text: str) -> None:
    """Well before, and not with something that no event leads to."""
    machine.check()
    for name, value in damage.items():
        setattr(machine, name, value)
    with pytest.raises(AssertionError, match=text):
        machine.check()
