"""Safeguards of actors, and of what serves them, that `families` and its sisters miss when they are taken out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.children import Children
from actors.lifecycle import State
from actors.mailbox import BoundedLane, Waiting, _Exempt
from actors.notices import Identify, PoisonPill
from actors.ref import ActorRef
from actors.routing import RoundRobin
from actors.signals import Resume
from actors.supervision import AllForOneStrategy, Backoff, ChildStats, Directive, OneForOneStrategy
from actors.watching import WatchBook
from runtime import cell as cells
from runtime import context, effects, family, incoming, stashing
from runtime.ask import Asker
from runtime.blocking import BlockingPool
from runtime.cell import Cell
from runtime.dead import DeadLetterOffice
from runtime.deadlines import _Queue
from runtime.events import _StreamSink
from runtime.inside import SystemInside
from runtime.lanes import Lanes
from runtime.routing import PoolRouter, Router
from runtime.subscriptions import Subscriptions
from runtime.supervising import fail
from runtime.timers import CellTimers, TimerTick
from runtime.worker import Worker
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


def _lost(name: str, patch: Patch, seed: int, rules: str, scenario: str = "families") -> Ablation:
    return Ablation(name, [patch], seed, rules, scenario)


def _failed_all_the_same(cell: Any, error: BaseException | None) -> None:
    """Whoever is cut off so that it can stop has failed."""
    if error is not None:
        fail(cell, error)


def _behind_all(lanes: Lanes, deferred: list[Any]) -> None:
    """Signals that had to wait come behind those that have come since."""
    system: Any = lanes.system
    lanes.system = ([] if system is None else system if isinstance(system, list) else [system]) + deferred
    lanes._released = len(deferred)


def _born_free(original: Any, cell: Cell, host: Any, props: Any, path: Any, parent: Any, *_: int) -> None:
    """Who is born to somebody who is suspended works at once."""
    original(cell, host, props, path, parent)


def _without_bound(backoff: Backoff, restarts: int, draw: float) -> float:
    return float(backoff.min_s * 2.0 ** min(restarts, 1000) * (1.0 + draw * backoff.random_factor))


def _stashed_beside(book: WatchBook, message: Any, sender: Any) -> Any:
    """A notice that is put aside counts, though there is a registration made since (D19)."""
    notice = book._shown
    if notice is None or sender != notice.ref or message is not notice:
        return message
    book._shown = None
    book._queue(notice)
    return notice


def _by_nobody(ref: ActorRef[Any], message: Any) -> None:
    ref.sink.tell(message, None)


def _by_the_router(router: Router, message: Any, refs: Any) -> None:
    for ref in refs:
        ref.tell(message, router.ref)


def _unanswered(original: Any, office: DeadLetterOffice, message: Any, *sent: Any) -> None:
    if not isinstance(message, Identify):
        original(office, message, *sent)


def _of_its_parent(original: Any, cell: Any, *made: Any, **options: Any) -> None:
    original(cell, *made, **options)
    cell.variables = getattr(cell.parent.sink, "variables", None) or cell.variables


async def _without_result(original: Any, pool: BlockingPool, *work: Any) -> None:
    await original(pool, *work)


def _in_front(lane: BoundedLane, waiting: Waiting) -> None:
    lane._waiting.appendleft(waiting)


def _ends_nothing(subscriptions: Subscriptions, subscriber: Any, event_class: type | None = None) -> bool:
    return any(one == subscriber and event_class in (None, kind) for one, kind in subscriptions.all())


def _though_closed(original: Any, family: Children, name: str | None) -> str:
    """Who stops has children all the same."""
    was_closed, family.closed = family.closed, False
    try:
        chosen: str = original(family, name)
    finally:
        family.closed = was_closed
    return chosen


def _drop_any(lane: BoundedLane) -> None:
    """Whatever waits longest makes room for more, also the news of a death."""
    lane._dropped(lane._envelopes.popleft())


def _never_less(lane: BoundedLane) -> Any:
    """What is exempt from a mailbox's bound counts for ever."""
    envelope = lane._envelopes.popleft()
    return (getattr(envelope[0], "message", envelope[0]), envelope[1]) if type(envelope[0]) is _Exempt else envelope


def _as_any_other(lane: BoundedLane, envelope: Any) -> None:
    """A death that comes back from the stash takes the room of another message, and makes room for it."""
    lane._envelopes.appendleft(envelope)


def _ended_by_a_pill(router: PoolRouter, ref: ActorRef[Any]) -> None:
    """Also who is no child of the pool."""
    router.strike_off(ref)
    ref.tell(PoisonPill())


def _for_whoever_comes(original: Any, worker: Worker, *carried: Any) -> None:
    """Who has cancelled its own task may have meant whoever is carried next."""
    original(worker, *carried)
    worker._stray = False


def _ends_though_new(original: Any, worker: Worker) -> bool:
    original(worker)
    worker._was_cancelled = False
    return False


_nothing: Callable[..., None] = lambda *_: None  # noqa: E731

ABLATIONS = [
    _lost("a child has one restart less", wrapped(ChildStats, "may_restart", _one_less), 0, "S5"),
    _lost("restarts are counted for life", wrapped(ChildStats, "may_restart", _for_life), 2, "S5 S21"),
    _lost("one for all", (AllForOneStrategy, "_affected", lambda _, failed, __: (failed,)), 1, "S5 S60"),
    _lost("the first class that fits decides", wrapped(OneForOneStrategy, "decide", _first_fitting), 0, "S5 S21"),
    _lost("who has failed judges", (incoming, "defers_failures", lambda _: False), 6, "S54"),
    _lost("who is to blame hears no verdict", (family, "Resume", _nobody_is_to_blame), 0, "S33 S49"),
    _lost("kept children are resumed, not restarted", (family, "Recreate", _nobody_is_to_blame), 0, "S2 S50"),
    _lost("timers and tasks outlive their instance", (effects, "cancel_what_the_instance_started", _nothing), 2, "A1"),
    _lost("the stash waits behind a restart", (effects, "unstash_all", _nothing), 2, "S49"),
    _lost("a message is stashed twice", (stashing, "Stashed", lambda message: message), 1, "A6"),
    _lost("what is left of the dead is lost", (Lanes, "drop", _nothing), 1, "D61 S61"),
    _lost("who stops goes on being a watcher", wrapped(WatchBook, "unwatch_all", _told_nobody), 0, "D8"),
    _lost("a notice is shown after unwatch", wrapped(WatchBook, "take", _shown_anyway), 0, "D1"),
    _lost("the end of an ask is told nobody", wrapped(Asker, "end", _unheard), 6, "D14"),
    _lost("an ask that is over waits for its time", (_Queue, "cancel", _nothing), 0, "D8"),
    _lost("a tick of a timer that was replaced is shown", (CellTimers, "take", _of_any_generation), 0, "A1"),
    _lost("what is forwarded has no sender", (ActorRef, "forward", _by_nobody), 1, "A13"),
    _lost("what is routed comes from the router", (Router, "_pass_on", _by_the_router), 0, "A15"),
    _lost("a dead routee is not struck off", (Router, "strike_off", _nothing), 1, "A15"),
    _lost("a router takes the first", (RoundRobin, "choose", lambda _, __, crew: (crew.refs[0],)), 1, "A15"),
    _lost("nobody says that somebody is dead", wrapped(DeadLetterOffice, "take", _unanswered), 3, "A14"),
    _lost("children share variables with their parents", wrapped(Cell, "__init__", _of_its_parent), 0, "variables"),
    _lost("what a thread returns is lost", wrapped(BlockingPool, "run", _without_result), 0, "S1"),
    _lost("who gives up waiting for room is told of", (BoundedLane, "give_up", lambda _, __: True), 1, "D61"),
    _lost("who came last to wait for room is first", (BoundedLane, "wait", _in_front), 1, "D61"),
    _lost("dead subscribers stay", (_StreamSink, "signal", _nothing), 0, "A11"),
    _lost("a subscription cannot be ended", (Subscriptions, "strike_off", _ends_nothing), 0, "A11"),
    _lost("the delay of a backoff has no bound", (Backoff, "delay_s", _without_bound), 1061, "S79", "tumbles"),
    _lost("who is late to stop is not cut off", (SystemInside, "hurry", _nothing), 1001, "S60", "workshops"),
    _lost("who is cut off to stop has failed", (cells, "handler_ended", _failed_all_the_same), 1001, "S5", "workshops"),
    _lost("a notice is stashed beside another", (WatchBook, "put_back", _stashed_beside), 1002, "D19", "workshops"),
    _lost("who stops has children", wrapped(Children, "choose_name", _though_closed), 1000, "S67", "workshops"),
    _lost("who stops begins to watch", (context, "_STOPPING", State.TERMINATED + 1), 1001, "D47", "workshops"),
    _lost("room is made by a death", (BoundedLane, "_drop_oldest", _drop_any), 1000, "D61", "workshops"),
    _lost("what comes from the stash finds room", (BoundedLane, "appendleft", _as_any_other), 1000, "D61", "workshops"),
    _lost("a pool ends whom it dismisses", (PoolRouter, "remove", _ended_by_a_pill), 1000, "A15", "workshops"),
    _lost(
        "what is exempt from a bound counts for ever", (BoundedLane, "popleft", _never_less), 1000, "D61", "workshops"
    ),
    _lost("a router is restarted without routees", (Router, "post_restart", _nothing), 1000, "A15", "workshops"),
    _lost("who cancels itself cancels others", wrapped(Worker, "carry", _for_whoever_comes), 1009, "S60", "workshops"),
    _lost("signals that had to wait come last", (Lanes, "put_first", _behind_all), 1063, "S49", "tumbles"),
    _lost("who is born to the suspended works", wrapped(Cell, "__init__", _born_free), 1112, "S50", "tumbles"),
]
