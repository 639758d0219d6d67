"""Safeguards of DeathWatch that `deathwatch` and its sister scenarios miss: who watches, is judged, and is told."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from actors.notices import DeathCause, Terminated
from actors.signals import SUSPEND
from actors.watching import WatchBook
from runtime import registry
from runtime.dead import nobody
from runtime.inside import SystemInside
from runtime.protocol import actions as do
from runtime.protocol import evidence as ev
from runtime.protocol.arrivals import Arrivals
from runtime.protocol.belief import Belief
from runtime.protocol.delivery import Receipt, SystemReceiver
from runtime.protocol.detectors import AkkaPhiAccrual
from runtime.protocol.graveyard import Graveyard
from runtime.protocol.handshake import Refusal
from runtime.protocol.silence import Silence
from runtime.protocol.verdict import Verdict
from runtime.registry import Registry
from runtime.remote import watcher
from runtime.remote.judge import Judge
from runtime.remote.monitor import Monitor
from runtime.remote.registry import WatchRegistry
from runtime.remote.watcher import RemoteWatcher
from tests.simulation.ablation import Ablation, wrapped


def _notice(notification: Any) -> Terminated:
    fields = (notification.existence_confirmed, notification.address_terminated, notification.cause)
    return Terminated(notification.subject, *fields, notification.detail)


def _minded(watcher: RemoteWatcher, address: Any) -> None:
    if not watcher._registry.watches(address):
        watcher._forget(address)
    if not watcher._registry.cares(address):
        watcher._node.peer(address).report(ev.Unwatched())


def _shown_to_anybody(original: Any, book: WatchBook, notification: Any) -> Any:
    """D15 is forgotten: who does not watch is told as well."""
    notice = original(book, notification)
    if notice is None and notification.subject.path.address.is_remote:  # a parent is told of its children anyway
        notice = _notice(notification)
        book._queue(notice)
    return notice


def _delivered_again(original: Any, receiver: SystemReceiver, sequence: int) -> Receipt:
    receipt: Receipt = original(receiver, sequence)
    return Receipt.DELIVER if receipt is Receipt.DUPLICATE else receipt


def _any_incarnation(original: Any, registry: Registry, path: Any) -> Any:
    return original(registry, type(path)(path.address, path.elements, 0))


def _convicted_by_end_of_file(verdict: Verdict, evidence: Any, now: float) -> Any:
    return verdict._condemn(DeathCause.PROCESS_DEAD, evidence.detail, now)


def _convicted_at_first_sight(verdict: Verdict, evidence: Any, now: float) -> Any:
    if not verdict.is_watched or verdict._silence.is_excused(now):
        return []
    return verdict._convict(DeathCause.UNREACHABLE, evidence.detail)


def _convicted_undialled(verdict: Verdict, why: str, now: float) -> Any:
    return verdict._convict(DeathCause.UNREACHABLE, why)


def _convicted_in_a_stall(verdict: Verdict, evidence: Any, now: float) -> Any:
    return verdict._convict(DeathCause.UNREACHABLE, evidence.detail) if verdict.is_watched else []


def _nobody_is_fresh(original: Any, registry: WatchRegistry, signal: Any, fresh: list[Any]) -> Any:
    fresh.clear()
    return original(registry, signal, fresh)


def _nobody_answers(system: Any, path: Any, *, answers: bool) -> Any:
    return nobody(system, path, answers=False)


def _never_late(original: Any, judge: Judge, *args: Any) -> None:
    original(judge, *args)
    judge._stall_s = float("inf")


def _unheeded(original: Any, verdict: Verdict, evidence: Any, now: float) -> Any:
    """Who is refused as convicted goes on with whoever has convicted it."""
    if evidence.reason is Refusal.QUARANTINED and evidence.uid in (0, verdict.uid):
        return []
    return original(verdict, evidence, now)


def _believed_at_the_door(original: Any, verdict: Verdict, evidence: Any, now: float) -> Any:
    """A greeting alone is the end of whoever was known, though it may be a late one."""
    if evidence.uid == verdict.uid or evidence.uid in verdict._dead:
        return original(verdict, evidence, now)
    return [*verdict._condemn(DeathCause.NEW_INCARNATION, "it greets", now, verdict._settings.hold_s), do.Hold()]


def _refused_is_dead(verdict: Verdict, evidence: Any, now: float) -> Any:
    return verdict._condemn(DeathCause.PROCESS_DEAD, evidence.detail, now)


def _unwarned(original: Any, judge: Judge, *args: Any) -> None:
    original(judge, *args)
    judge._settings = replace(judge._settings, suspect_at=1.0)


def _without_floor(original: Any, detector: AkkaPhiAccrual, *settings: Any) -> None:
    original(detector, *settings)
    detector._floor_s = 1e-9


def _judged_if_ever_heard(original: Any, judge: Judge, monitor: Monitor, now: float) -> None:
    """Who has never answered is never judged (D90)."""
    if monitor.last is not None:
        original(judge, monitor, now)


HOPELESS = (Silence, "hope_s", lambda *_: 0.0)


UNASKED = [wrapped(WatchBook, "notified", _shown_to_anybody)]


ABLATIONS = [
    Ablation("an unwatch on the way is ignored", UNASKED, 0, "D2 D1", "deathwatch"),
    Ablation("an unwatch does not reach the mailbox", [(WatchBook, "take", lambda *_: True)], 5, "D2", "deathwatch"),
    Ablation(
        "a Terminated is not deduplicated",
        [*UNASKED, wrapped(SystemReceiver, "receive", _delivered_again)],
        9,
        "D1",
        "deathwatch",
    ),
    Ablation(
        "the incarnation of an actor is ignored",
        [wrapped(Registry, "find_local", _any_incarnation)],
        0,
        "D4 D5 D6",
        "deathwatch",
    ),
    Ablation(
        "a convicted incarnation is forgotten", [(Graveyard, "__contains__", lambda *_: False)], 11, "D6", "deathwatch"
    ),
    Ablation(
        "the next incarnation is blamed",
        [wrapped(WatchRegistry, "remove_node", _nobody_is_fresh)],
        1,
        "D7",
        "deathwatch",
    ),
    Ablation("an end of file is death", [(Verdict, "_doubt", _convicted_by_end_of_file)], 3, "D7", "deathwatch"),
    Ablation("nobody is suspected in time", [wrapped(Judge, "__init__", _unwarned)], 1000, "D5", "deathwatch"),
    Ablation(
        "silence convicts at first sight",
        [(Verdict, "_silent", _convicted_at_first_sight)],
        1002,
        "D7",
        "silences",
        ("deathwatch", 293),
    ),
    Ablation(
        "our own stall is the silence of others",
        [wrapped(Judge, "__init__", _never_late), (Verdict, "_silent", _convicted_in_a_stall)],
        16,
        "D7",
        "deathwatch",
    ),
    Ablation(
        "a handshake is not heard",
        [(Silence, "shaken_hands", lambda *_, **__: False)],
        1060,
        "D7 D8",
        "silences",
        ("deathwatch", 107),
    ),
    Ablation(
        "silence convicts without a last dial",
        [(Verdict, "_dial_last", _convicted_undialled)],
        1002,
        "D7",
        "silences",
        ("deathwatch", 525),
    ),
    Ablation("whoever speaks again has no time to answer", [HOPELESS], 1037, "D7", "silences", ("deathwatch", 611485)),
    Ablation(
        "whoever spoke is not dialled again",
        [HOPELESS, (Silence, "dial_again", lambda _: False)],
        1003,
        "D7",
        "silences",
        ("deathwatch", 200702),
    ),
    Ablation("a death overtakes messages", [(Arrivals, "hold", lambda *_: False)], 0, "D3", "deathwatch"),
    Ablation("who stops goes on watching", [(WatchBook, "unwatch_all", lambda _: [])], 2, "D8", "deathwatch"),
    Ablation(
        "a registration outlives its subject",
        [(RemoteWatcher, "death_received", lambda _, signal, __: [signal])],
        0,
        "D8",
        "deathwatch",
    ),
    Ablation(
        "a refused dial is believed of who answers beside",
        [(Verdict, "_refused", _refused_is_dead)],
        5029,
        "D7",
        "strangers",
    ),
    Ablation("silence is not dialled", [(Silence, "may_be_saved", property(lambda _: False))], 5017, "D7", "strangers"),
    Ablation("who was convicted goes on", [wrapped(Verdict, "_turned_away", _unheeded)], 3, "D8", "deathwatch"),
    Ablation(
        "a greeting is the end of who was known",
        [wrapped(Verdict, "_compare", _believed_at_the_door)],
        1092,
        "D7",
        "comings",
    ),
    Ablation(
        "who has never answered is not judged",
        [wrapped(Judge, "_judge", _judged_if_ever_heard)],
        1004,
        "D4 D5",
        "floods",
    ),
    Ablation(
        "deviations have no floor", [wrapped(AkkaPhiAccrual, "__init__", _without_floor)], 9533012, "F1", "silences"
    ),
    Ablation(
        "a verdict is about whom one watches since",
        [(SystemInside, "is_watched", lambda *_: False)],
        1022,
        "D7 D8",
        "partings",
        ("names", 1000),
    ),
    Ablation(
        "a death ends a watch of the name here only",
        [(watcher, "Unwatch", lambda *_: SUSPEND)],
        1009,
        "D8",
        "names",
    ),
    Ablation(
        "who ends one of two watches ends the other",
        [(WatchRegistry, "others_there", lambda *_: [])],
        1001,
        "D5 D8",
        "names",
    ),
    Ablation(
        "a silence is minded that nobody waits to end", [(RemoteWatcher, "_tidy", _minded)], 1001, "D8", "partings"
    ),
    Ablation(
        "a late refusal is that of the living", [(Belief, "is_succeeded", lambda *_: False)], 1001, "D9", "partings"
    ),
    Ablation("a late answer is a new one", [(Belief, "_may_be_late", lambda *_: False)], 1004, "D7", "partings"),
    Ablation("the dead do not answer", [(registry, "nobody", _nobody_answers)], 0, "D4 D5", "deathwatch"),
]
