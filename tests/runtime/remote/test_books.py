"""The books of who watches whom across nodes, and what is known of their heartbeats. No loop, no network."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

from actors import DeathCause
from actors.address import Address
from actors.signals import AddressTerminated, Watch
from runtime import FailureDetectorSettings
from runtime.protocol import evidence as ev
from runtime.protocol.carriage import Carriage
from runtime.remote.judge import Judge
from runtime.remote.monitor import Monitor
from runtime.remote.registry import WatchRegistry
from tests.actors.refs import ref

THERE = Address("b", "b", 2)
DETECTOR = FailureDetectorSettings.default()


def make(peer: Any = None, since: float = 0.0) -> Monitor:
    return Monitor(THERE, peer, DETECTOR.make_detector(), Carriage(False), b"", since)


def test_a_fresh_watch_that_was_ended_meanwhile_does_not_begin_anew() -> None:
    """D74: the Watch still waits in a queue, its Unwatch behind it; nobody wants it, so nobody gets it."""
    registry = WatchRegistry()
    mine, kept, ended = ref("a"), ref("kept", address=THERE), ref("ended", address=THERE)
    for subject in (kept, ended):
        registry.add_there(mine, subject)
    registry.remove_there(mine, ended)
    fresh = [Watch(kept, mine), Watch(ended, mine), Watch(kept, mine)]
    signal = AddressTerminated(THERE, DeathCause.UNREACHABLE)
    assert registry.remove_node(signal, fresh) == []
    assert fresh == [Watch(kept, mine)]


def test_an_answer_to_an_earlier_heartbeat_is_no_news() -> None:
    """It comes a second time, or overtaken: silence counts from the latest. Another incarnation counts anew."""
    monitor = make()
    assert monitor.answered(1.0, 5, 1, 0.0)
    assert monitor.answered(2.0, 5, 2, 0.1)
    for number in (2, 1):
        assert not monitor.answered(9.0, 5, number, 0.7)
    assert (monitor.last, monitor.lag_s, monitor.interval_s) == (2.0, 0.1, 1.0)
    assert monitor.answered(9.5, 6, 1, 0.0)


def test_a_second_look_at_a_watch_that_was_ended_says_nothing() -> None:
    """Between two looks the node is unwatched and watched again: the old silence is no evidence against it."""
    told: list[Any] = []
    later: list[tuple[Any, tuple[Any, ...]]] = []
    clock = SimpleNamespace(
        time=lambda: 100.0,
        call_at=lambda due, turn, *args: later.append((turn, args)),
        call_soon=lambda turn, *args: later.append((turn, args)),
    )
    node: Any = SimpleNamespace(settings=SimpleNamespace(failure_detector=DETECTOR), loop=clock)
    monitors = {THERE: make(SimpleNamespace(report=told.append))}
    monitors[THERE].expect_from(1.0)
    judge = Judge(node, monitors)

    def look_twice(*, is_watched_anew: bool) -> None:
        judge.look_again(THERE)
        if is_watched_anew:
            monitors[THERE] = make(monitors[THERE].peer, 100.0)
        while later:
            turn, args = later.pop(0)
            turn(*args)

    look_twice(is_watched_anew=False)
    assert [type(one) for one in told] == [ev.Silent]
    look_twice(is_watched_anew=True)
    assert len(told) == 1


async def test_nothing_is_looked_at_again_behind_the_end() -> None:
    """D66: a second look that was planned is no timer that is left."""
    node: Any = SimpleNamespace(
        settings=SimpleNamespace(failure_detector=DETECTOR), loop=asyncio.get_running_loop(), peer=lambda _: None
    )
    told: list[Any] = []
    monitors = {THERE: make(SimpleNamespace(report=told.append))}
    monitors[THERE].expect_from(node.loop.time() - 100.0)
    judge = Judge(node, monitors)
    judge.look_again(THERE)
    (look,) = judge._again.values()
    judge.stop()
    assert look.cancelled()
    await asyncio.sleep(1.0)
    assert told == []
