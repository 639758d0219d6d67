"""What waits for messages that will not come is told: at once, or when the connection has had its time to end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from runtime.protocol.handshake import Lane
from runtime.protocol.past import Came
from runtime.protocol.standing import VerdictSettings
from runtime.remote.inlet import Inlet
from runtime.settings import RemoteSettings
from runtime.sim.process import SimProcess

UID = 7
DRAIN_S, HOLD_S = 5.0, 2.0
TIMES = VerdictSettings(drain_s=DRAIN_S, hold_s=HOLD_S)


class Hanging:
    """A connection for messages that brings nothing and does not end."""

    lane = Lane.ORDINARY
    is_open = True

    def __init__(self) -> None:
        self.is_dropped = False

    def welcome(self, _: Any) -> None:
        """Nothing follows."""

    def drop(self) -> None:
        """Let go of it."""
        self.is_dropped = True


class Told:
    """An inlet with a death that waits for three messages, and what came of it."""

    def __init__(self, link: Hanging | None, *, is_given_up_before: bool = False) -> None:
        node: Any = type("Node", (), {"loop": asyncio.get_running_loop(), "settings": RemoteSettings()})()
        self.lost: list[int] = []
        self.deaths: list[float] = []
        self.inlet = Inlet(node, self.lost.append, TIMES, Came(UID, 0, 0, 0))
        if is_given_up_before:
            self.inlet.drop()
        self.begun_at = node.loop.time()
        self.inlet.admit(Hanging(), UID)  # type: ignore[arg-type]
        if link is None:
            (first,) = self.inlet._links.values()
            self.inlet.ended(first)
        else:
            self.inlet.admit(link, UID)  # type: ignore[arg-type]
        assert self.inlet.hold(UID, 3, lambda: self.deaths.append(node.loop.time() - self.begun_at), 1)


async def test_where_nothing_is_read_a_death_waits_for_nothing() -> None:
    """D57: the peer says that its messages will not come, and no connection brings any."""
    told = Told(None)
    told.inlet.will_not_come(3, 0)
    assert told.deaths == [0.0]


async def test_a_death_does_not_wait_for_a_connection_that_hangs() -> None:
    """D57: they may have come all the same, so the connection has its time to end; then it is given up."""
    link = Hanging()
    told = Told(link)
    told.inlet.will_not_come(3, 0)
    await asyncio.sleep(DRAIN_S - 0.1)
    told.inlet.will_not_come(3, 0)  # to say so again and again puts nothing off
    assert (told.deaths, link.is_dropped) == ([], False)
    await asyncio.sleep(0.2)
    assert told.deaths == [pytest.approx(DRAIN_S)]
    assert link.is_dropped
    assert told.inlet.is_empty


async def test_a_connection_that_ends_in_its_time_is_not_given_up() -> None:
    """Whoever is read to the end has nothing more to say, and what waited is told then."""
    link = Hanging()
    told = Told(link)
    told.inlet.will_not_come(3, 0)
    await asyncio.sleep(1.0)
    told.inlet.ended(link)  # type: ignore[arg-type]
    assert told.deaths == [1.0]
    await asyncio.sleep(2 * DRAIN_S)
    assert (told.deaths, link.is_dropped) == ([1.0], False)


async def test_who_was_forgotten_and_given_up_unknown_comes_again() -> None:
    """D57: nobody was known at the address when it was given up; who is remembered speaks again, in the old order."""
    told = Told(None, is_given_up_before=True)
    assert told.deaths == []
    told.inlet.will_not_come(3, 0)
    assert told.deaths == [0.0]


async def test_who_stood_still_itself_waits_anew_for_a_connection() -> None:
    """D57: what came while our loop stood still is not read when its timers run."""
    link, us = Hanging(), SimProcess("us")
    told = us.call(Told, link)
    us.call(told.inlet.will_not_come, 3, 0)
    us.frozen = True
    await asyncio.sleep(DRAIN_S + 1.0)
    us.thaw()
    assert (told.deaths, link.is_dropped) == ([], False)
    await asyncio.sleep(HOLD_S + 0.1)
    assert told.deaths == [pytest.approx(DRAIN_S + 1.0 + HOLD_S)]
    assert link.is_dropped
