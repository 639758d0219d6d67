"""Safeguards of DeathWatch and remoting that `deathwatch` and its sister scenarios miss when they are taken out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from actors.notices import DeathCause, Terminated
from actors.watching import WatchBook
from runtime import registry
from runtime.dead import nobody
from runtime.inside import SystemInside
from runtime.protocol import actions as do
from runtime.protocol import beats
from runtime.protocol import evidence as ev
from runtime.protocol.arrivals import Arrivals
from runtime.protocol.belief import Belief
from runtime.protocol.delivery import Receipt, SystemReceiver, SystemSender
from runtime.protocol.detectors import AkkaPhiAccrual
from runtime.protocol.graveyard import Graveyard
from runtime.protocol.handshake import Lane, Refusal
from runtime.protocol.silence import Silence
from runtime.protocol.standing import Standing
from runtime.protocol.verdict import Verdict
from runtime.registry import Registry
from runtime.remote.alarms import Alarms
from runtime.remote.anteroom import Anteroom
from runtime.remote.association import Association
from runtime.remote.backlog import Backlog
from runtime.remote.dialling import Dialling, Dials
from runtime.remote.doorstep import Doorstep
from runtime.remote.farewell import Farewell
from runtime.remote.inbound import InboundLink
from runtime.remote.inlet import Inlet
from runtime.remote.judge import Judge
from runtime.remote.letters import Letters
from runtime.remote.monitor import Monitor
from runtime.remote.outbox import Outbox
from runtime.remote.patience import Patience
from runtime.remote.pouring import Pourer
from runtime.remote.reader import Reader
from runtime.remote.registry import WatchRegistry
from runtime.remote.side_channel import SideChannel
from runtime.remote.watcher import RemoteWatcher
from runtime.remote.way_back import WayBack
from tests.simulation.ablation import Ablation, wrapped


def _notice(notification: Any) -> Terminated:
    fields = (notification.existence_confirmed, notification.address_terminated, notification.cause)
    return Terminated(notification.subject, *fields, notification.detail)


def _minded(watcher: RemoteWatcher, address: Any) -> None:
    if not watcher._registry.watches(address):
        watcher._forget(address)
    if not watcher._registry.cares(address):
        watcher._node.peer(address).report(ev.Unwatched())


def _forgotten(association: Association, now: float) -> bool:
    association._upkeep.renew()
    return association._upkeep.rest(now) is not None and not association._doorstep


def _patient(patience: Patience) -> None:
    patience._outbox.bury_messages()


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


def _read_on(original: Any, inlet: Inlet) -> None:
    """The connections of a convict stay open, and what they bring is taken."""
    inlet._links = {}
    original(inlet)


def _never_late(original: Any, judge: Judge, *args: Any) -> None:
    original(judge, *args)
    judge._stall_s = float("inf")


def _welcomed_with_a_timer(original: Any, link: InboundLink, arrivals: Any) -> None:
    """Who has said who it is is thrown out for not having said so."""
    timer, link._timer = link._timer, link._node.loop.call_later(0.0, int)
    original(link, arrivals)
    link._timer = timer


def _stopped_with_a_timer(original: Any, dialling: Dialling) -> None:
    """A dial that was planned and is not wanted any more is made all the same."""
    dialling._timer = None
    original(dialling)


class _Undialled:
    """A peer's dials, of which none begins of itself."""

    def __init__(self, dials: Dials) -> None:
        self._dials = dials

    def __getattr__(self, name: str) -> Any:
        return (lambda: None) if name == "later" else getattr(self._dials, name)


def _buried_for_good(original: Any, association: Association, *args: Any) -> None:
    """What is left for whoever lives at the address next waits until somebody has something else to say there."""
    dials, association._dials = association._dials, _Undialled(association._dials)  # type: ignore[assignment]
    original(association, *args)
    association._dials = dials


def _set_beside(original: Any, alarms: Alarms, name: str, *args: Any) -> None:
    """An alarm that takes the place of another goes off as well as that."""
    alarms._timers.pop(name, None)
    original(alarms, name, *args)


def _left_open(original: Any, outbox: Outbox, lane: Lane) -> None:
    """A connection in whose place is another stays open."""
    link: Any = outbox.link(lane)
    if link is not None:
        link.drop = lambda: None
    original(outbox, lane)
    if link is not None:
        del link.drop


def _introduced_again(doorstep: Doorstep, verdict: Verdict, introduce: Any) -> None:
    """Those at the door are introduced again, whoever has answered there."""
    if verdict.standing not in (Standing.DOUBTED, Standing.ABSENT, Standing.CONDEMNED):
        for link, uid in doorstep._take():
            introduce(link, uid)


def _kept_key(original: Any, channel: SideChannel, address: Any, uid: int, key: bytes) -> None:
    """The key of a later watch is not taken."""
    if uid not in channel._watching:
        original(channel, address, uid, key)


def _unheeded(original: Any, verdict: Verdict, evidence: Any, now: float) -> Any:
    """Who is refused as convicted goes on with whoever has convicted it."""
    if evidence.reason is Refusal.QUARANTINED and evidence.uid in (0, verdict.uid):
        return []
    return original(verdict, evidence, now)


def _number_on(original: Any, letters: Letters, uid: int) -> None:
    """Who is new at an address is told to go on where its predecessor was."""
    before = letters._sent.letters
    original(letters, uid)
    letters.before = before or letters.before


def _unsealed(datagram: bytes, key: bytes) -> beats.Beat:
    return beats.read(datagram[beats._HEAD.size : -beats._TAG_BYTES])


def _believed_at_the_door(original: Any, verdict: Verdict, evidence: Any, now: float) -> Any:
    """A greeting alone is the end of whoever was known, though it may be a late one."""
    if evidence.uid == verdict.uid or evidence.uid in verdict._dead:
        return original(verdict, evidence, now)
    return [*verdict._condemn(DeathCause.NEW_INCARNATION, "it greets", now, verdict._settings.hold_s), do.Hold()]


async def _unsaid(farewell: Farewell) -> None:
    """Who leaves says goodbye at once."""


def _refused_is_dead(verdict: Verdict, evidence: Any, now: float) -> Any:
    return verdict._condemn(DeathCause.PROCESS_DEAD, evidence.detail, now)


def _as_many_as_come(original: Any, backlog: Backlog, *added: Any) -> bool:
    """What waits for a peer has no bound."""
    bounds = backlog._messages, backlog._most_bytes
    backlog._messages = backlog._most_bytes = 1 << 40
    is_taken: bool = original(backlog, *added)
    backlog._messages, backlog._most_bytes = bounds
    return is_taken


def _without_end(original: Any, sender: SystemSender[Any], content: Any) -> Any:
    """Nobody is given up for what it does not acknowledge (R19)."""
    capacity, sender._capacity = sender._capacity, 1 << 40
    numbered = original(sender, content)
    sender._capacity = capacity
    return numbered


def _unwarned(original: Any, judge: Judge, *args: Any) -> None:
    original(judge, *args)
    judge._settings = replace(judge._settings, suspect_at=1.0)


def _without_floor(original: Any, detector: AkkaPhiAccrual, *settings: Any) -> None:
    original(detector, *settings)
    detector._floor_s = 1e-9


def _written_at_once(pourer: Pourer, frame: bytes) -> None:
    pourer._link.write(frame)


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
    Ablation("a convict's connections are read on", [wrapped(Inlet, "drop", _read_on)], 1003, "D6 D3 D8", "deathwatch"),
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
    Ablation(
        "system messages are not sent again",
        [(Letters, "again", lambda _: b"")],
        1001,
        "D4 D5",
        "resets",
        ("deathwatch", 54),
    ),
    Ablation("a death overtakes messages", [(Arrivals, "hold", lambda *_: False)], 0, "D3", "deathwatch"),
    Ablation("who stops goes on watching", [(WatchBook, "unwatch_all", lambda _: [])], 2, "D8", "deathwatch"),
    Ablation(
        "a registration outlives its subject",
        [(RemoteWatcher, "death_received", lambda *_: None)],
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
    Ablation("a seal is not looked at", [(beats, "unseal", _unsealed)], 5044, "D7 D5 D8", "strangers"),
    Ablation(
        "a handshake that was made is waited for",
        [wrapped(InboundLink, "welcome", _welcomed_with_a_timer)],
        1,
        "D10",
        "deathwatch",
    ),
    Ablation(
        "a dial that was given up is made", [wrapped(Dialling, "stop", _stopped_with_a_timer)], 32, "D10", "deathwatch"
    ),
    Ablation("who has gone waits to be let in", [(Anteroom, "remove", lambda *_: None)], 0, "D8", "deathwatch"),
    Ablation(
        "the next incarnation gets the numbers of the last",
        [wrapped(Letters, "bind", _number_on)],
        700059,
        "D8",
        "deathwatch",
    ),
    Ablation(
        "what was kept for the next incarnation stays",
        [wrapped(Association, "_bury", _buried_for_good)],
        22,
        "D8",
        "deathwatch",
    ),
    Ablation("an alarm is set beside another", [wrapped(Alarms, "set", _set_beside)], 8, "D10", "deathwatch"),
    Ablation("a connection is not ended", [wrapped(Outbox, "detach", _left_open)], 4, "D8", "deathwatch"),
    Ablation("who was convicted goes on", [wrapped(Verdict, "_turned_away", _unheeded)], 3, "D8", "deathwatch"),
    Ablation(
        "a greeting is the end of who was known",
        [wrapped(Verdict, "_compare", _believed_at_the_door)],
        1092,
        "D7",
        "comings",
    ),
    Ablation("who leaves waits for nothing", [(Farewell, "flush", _unsaid)], 1000, "D3", "comings"),
    Ablation("as much waits as comes", [wrapped(Backlog, "add", _as_many_as_come)], 1001, "D8", "floods"),
    Ablation("who waits in vain is asked about", [(Doorstep, "settle", _introduced_again)], 1000, "D8", "impostors"),
    Ablation("a later watch has no key", [wrapped(SideChannel, "admit", _kept_key)], 1003, "D8", "deathwatch"),
    Ablation("who is reached is lost patience with", [(Patience, "end", lambda _: None)], 1000, "D8", "deathwatch"),
    Ablation("any number of deaths may wait", [(Arrivals, "lacks_room", lambda *_: False)], 1001, "D8", "impostors"),
    Ablation("nobody is given up", [wrapped(SystemSender, "number", _without_end)], 1008, "D8", "floods"),
    Ablation("any number of one host may knock", [(Anteroom, "arrived", lambda *_: None)], 1001, "D8", "floods"),
    Ablation("any number may knock", [(Anteroom, "make_room", lambda _: None)], 1005, "D8", "floods"),
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
    Ablation("a frame overtakes what is half written", [(Pourer, "put", _written_at_once)], 1006, "D8", "narrows"),
    Ablation("who is held is read on", [(Reader, "_throttle", lambda _: None)], 1006, "D8", "narrows"),
    Ablation(
        "who reads no answers is read on", [(InboundLink, "pause_writing", lambda _: None)], 1002, "D8", "narrows"
    ),
    Ablation(
        "a verdict is about whom one watches since",
        [(SystemInside, "is_watched", lambda *_: False)],
        1022,
        "D7",
        "partings",
    ),
    Ablation("answers take a full connection", [(WayBack, "pause", lambda _: None)], 1014, "D8", "partings"),
    Ablation(
        "a silence is minded that nobody waits to end", [(RemoteWatcher, "_tidy", _minded)], 1001, "D8", "partings"
    ),
    Ablation("the dead are forgotten as the idle are", [(Association, "tend", _forgotten)], 1000, "D8", "partings"),
    Ablation("strangers are dialled for ever", [(Patience, "_give_up", _patient)], 1012, "D8", "partings"),
    Ablation(
        "a late refusal is that of the living", [(Belief, "is_succeeded", lambda *_: False)], 1001, "D9", "partings"
    ),
    Ablation("a late answer is a new one", [(Belief, "_may_be_late", lambda *_: False)], 1004, "D7", "partings"),
    Ablation("the dead do not answer", [(registry, "nobody", _nobody_answers)], 0, "D4 D5", "deathwatch"),
    Ablation(
        "who leaves keeps its port for datagrams", [(SideChannel, "close", lambda _: None)], 1006, "D66", "deathwatch"
    ),
]
