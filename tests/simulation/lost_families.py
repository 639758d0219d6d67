"""Safeguards of supervision, mailbox, stash, asks and timers that `families` misses when they are taken out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.signals import Resume
from actors.supervision import AllForOneStrategy, ChildStats, Directive, OneForOneStrategy
from actors.watching import WatchBook
from runtime import effects, incoming, stashing
from runtime.ask import Asker
from runtime.deadlines import _Queue
from runtime.lanes import Lanes
from runtime.timers import CellTimers, TimerTick
from tests.simulation.ablation import Ablation, Patch, wrapped


def _one_less(original: Any, stats: ChildStats, limit: int | None, window_s: float | None, now: float) -> bool:
    allowed: bool = original(stats, limit and limit - 1, window_s, now)
    return allowed


def _for_life(original: Any, stats: ChildStats, limit: int | None, window_s: float | None, now: float) -> bool:
    allowed: bool = original(stats, limit, None, now)
    return allowed


def _told_nobody(original: Any, book: WatchBook) -> list[Any]:
    original(book)
    return []


def _shown_anyway(original: Any, book: WatchBook, notice: Any) -> bool:
    original(book, notice)
    return True


def _unheard(original: Any, asker: Asker) -> None:
    asker._watchers = None
    original(asker)


def _of_any_generation(timers: CellTimers, tick: TimerTick) -> Any:
    return tick.message if tick.key in timers._running else None


def _first_fitting(original: Any, strategy: OneForOneStrategy, error: BaseException) -> Directive:
    rules = strategy._rules
    verdict: Directive = original(strategy, error)
    return verdict if rules is None else next((to for cls, to in rules.items() if isinstance(error, cls)), verdict)


def _nobody_is_to_blame(cause: BaseException | None) -> Resume:
    return Resume(None)


def _lost(name: str, patch: Patch, seed: int, rules: str) -> Ablation:
    return Ablation(name, [patch], seed, rules, "families")


_nothing: Callable[..., None] = lambda *_: None  # noqa: E731

ABLATIONS = [
    _lost("a child has one restart less", wrapped(ChildStats, "may_restart", _one_less), 0, "S5"),
    _lost("restarts are counted for life", wrapped(ChildStats, "may_restart", _for_life), 2, "S5 S21"),
    _lost("one for all", (AllForOneStrategy, "_affected", lambda _, failed, __: (failed,)), 1, "S5 S60"),
    _lost("the first class that fits decides", wrapped(OneForOneStrategy, "decide", _first_fitting), 0, "S5 S21"),
    _lost("who has failed judges", (incoming, "defers_failures", lambda _: False), 6, "S54"),
    _lost("who is to blame hears no verdict", (effects, "Resume", _nobody_is_to_blame), 0, "S33 S49"),
    _lost("kept children are resumed, not restarted", (effects, "Recreate", _nobody_is_to_blame), 0, "S2 S50"),
    _lost("timers and tasks outlive their instance", (effects, "cancel_what_the_instance_started", _nothing), 2, "A1"),
    _lost("the stash waits behind a restart", (effects, "unstash_all", _nothing), 3, "S49"),
    _lost("a message is stashed twice", (stashing, "Stashed", lambda message: message), 1, "A6"),
    _lost("what is left of the dead is lost", (Lanes, "drop", _nothing), 1, "D61 S61"),
    _lost("who stops goes on being a watcher", wrapped(WatchBook, "unwatch_all", _told_nobody), 0, "D8"),
    _lost("a notice is shown after unwatch", wrapped(WatchBook, "take", _shown_anyway), 0, "D1"),
    _lost("the end of an ask is told nobody", wrapped(Asker, "end", _unheard), 6, "D14"),
    _lost("an ask that is over waits for its time", (_Queue, "cancel", _nothing), 0, "D8"),
    _lost("a tick of a timer that was replaced is shown", (CellTimers, "take", _of_any_generation), 0, "A1"),
]
