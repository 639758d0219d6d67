"""Safeguards of remoting that `deathwatch` and its sister scenarios miss: of connections, and what waits for them."""

from __future__ import annotations

from typing import Any

from runtime.protocol import beats
from runtime.protocol.arrivals import Arrivals
from runtime.protocol.delivery import SystemSender
from runtime.protocol.handshake import Lane
from runtime.protocol.standing import Standing
from runtime.protocol.verdict import Verdict
from runtime.remote.alarms import Alarms
from runtime.remote.anteroom import Anteroom
from runtime.remote.association import Association
from runtime.remote.backlog import Backlog
from runtime.remote.dialling import Dialling, Dials
from runtime.remote.doorstep import Doorstep
from runtime.remote.farewell import Farewell
from runtime.remote.inbound import InboundLink
from runtime.remote.inlet import Inlet
from runtime.remote.letters import Letters
from runtime.remote.outbox import Outbox
from runtime.remote.patience import Patience
from runtime.remote.pouring import Pourer
from runtime.remote.reader import Reader
from runtime.remote.side_channel import SideChannel
from runtime.remote.way_back import WayBack
from tests.simulation.ablation import Ablation, wrapped


def _forgotten(association: Association, now: float) -> bool:
    association._upkeep.renew()
    return association._upkeep.rest(now) is not None and not association._doorstep


def _patient(patience: Patience) -> None:
    patience._outbox.bury_messages()


def _read_on(original: Any, inlet: Inlet) -> None:
    """The connections of a convict stay open, and what they bring is taken."""
    inlet._links = {}
    original(inlet)


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


def _number_on(original: Any, letters: Letters, uid: int) -> None:
    """Who is new at an address is told to go on where its predecessor was."""
    before = letters._sent.letters
    original(letters, uid)
    letters.before = before or letters.before


def _unsealed(datagram: bytes, key: bytes) -> beats.Beat:
    return beats.read(datagram[beats._HEAD.size : -beats._TAG_BYTES])


async def _unsaid(farewell: Farewell) -> None:
    """Who leaves says goodbye at once."""


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


def _written_at_once(pourer: Pourer, frame: bytes) -> None:
    pourer._link.write(frame)


ABLATIONS = [
    Ablation("a convict's connections are read on", [wrapped(Inlet, "drop", _read_on)], 1003, "D6 D3 D8", "deathwatch"),
    Ablation(
        "system messages are not sent again",
        [(Letters, "again", lambda _: b"")],
        1001,
        "D4 D5",
        "resets",
        ("deathwatch", 54),
    ),
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
    Ablation("who leaves waits for nothing", [(Farewell, "flush", _unsaid)], 1000, "D3", "comings"),
    Ablation("as much waits as comes", [wrapped(Backlog, "add", _as_many_as_come)], 1001, "D8", "floods"),
    Ablation("who waits in vain is asked about", [(Doorstep, "settle", _introduced_again)], 1000, "D8", "impostors"),
    Ablation("a later watch has no key", [wrapped(SideChannel, "admit", _kept_key)], 1003, "D8", "deathwatch"),
    Ablation("who is reached is lost patience with", [(Patience, "end", lambda _: None)], 1000, "D8", "deathwatch"),
    Ablation("any number of deaths may wait", [(Arrivals, "lacks_room", lambda *_: False)], 1001, "D8", "impostors"),
    Ablation("nobody is given up", [wrapped(SystemSender, "number", _without_end)], 1008, "D8", "floods"),
    Ablation("any number of one host may knock", [(Anteroom, "arrived", lambda *_: None)], 1001, "D8", "floods"),
    Ablation("any number may knock", [(Anteroom, "make_room", lambda _: None)], 1005, "D8", "floods"),
    Ablation("a frame overtakes what is half written", [(Pourer, "put", _written_at_once)], 1006, "D8", "narrows"),
    Ablation("who is held is read on", [(Reader, "_throttle", lambda _: None)], 1006, "D8", "narrows"),
    Ablation(
        "who reads no answers is read on", [(InboundLink, "pause_writing", lambda _: None)], 1002, "D8", "narrows"
    ),
    Ablation("answers take a full connection", [(WayBack, "pause", lambda _: None)], 1014, "D8", "partings"),
    Ablation("the dead are forgotten as the idle are", [(Association, "tend", _forgotten)], 1000, "D8", "partings"),
    Ablation("strangers are dialled for ever", [(Patience, "_give_up", _patient)], 1012, "D8", "partings"),
    Ablation(
        "who leaves keeps its port for datagrams", [(SideChannel, "close", lambda _: None)], 1006, "D66", "deathwatch"
    ),
]
