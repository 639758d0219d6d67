"""`Ledgers`: what the parts of a node, and two nodes, know of the same thing. SHELL: only reads. For `audit`.

A part of D8. The parts of one node that keep books of the same (who is watched, whose heartbeats are sent, which
connections there are and of whom) never differ, and nothing is beyond its bound; and what one node believes to have
sent and the other to have got can be true at one time: what is acknowledged has come, and what has come was sent.
Deliberately not here: what is so (`audit` compares with that), and timers (`timers`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from runtime.protocol.handshake import Lane
from runtime.protocol.standing import Standing
from runtime.remote.inbound import InboundLink
from runtime.remote.outbound import OutboundLink
from runtime.remote.reader import HELD_BYTES

Complain = Callable[[str], None]
_CONTROL, _CONDEMNED = Lane.CONTROL, Standing.CONDEMNED  # at hand: an enumeration is asked through its metaclass


def of_inquiry(association: Any) -> str:
    """What is wrong with how one node reaches another; empty if nothing is.

    Whoever or whatever waits for a connection has one, or a dial for it goes on.
    """
    verdict, outbox, waiting = association.verdict, association._outbox, association._doorstep._waiting
    if verdict.standing is _CONDEMNED or outbox._turn._is_planned or association._is_leaving:
        return ""
    if waiting and any(link._connection is None for link, _ in waiting):
        return "lets somebody wait at its door who has gone"
    if outbox.control is None and not association._dials._of[_CONTROL].is_going_on:
        if waiting:
            return "lets somebody wait at its door, and asks nobody"
        if not outbox.is_done:
            return "has something to say, and does not dial"
    settings, silence = verdict._settings, verdict._silence
    if silence._handshakes > settings.confirmations or silence._hopes > settings.confirmations:
        return "spares too often whoever is silent"
    return "dials too often in one inquiry" if verdict._inquiry._attempts > settings.redial_attempts else ""


def look(system: Any, complain: Complain) -> None:
    """The books of one node, at any time.

    Args:
        system: The node's.
        complain: Takes what is wrong.
    """
    remote = system.remote
    watcher, inbound, own = remote._watcher, remote._inbound, remote._associations
    monitors = watcher._monitors
    if monitors.keys() != watcher._registry._there.keys():
        complain("monitors others than it watches")
    if watcher._pulse._wheel._of.keys() != set(monitors.values()):
        complain("sends heartbeats to others than it monitors")
    for monitor in watcher._pulse._channel._watched.values():
        if monitors.get(monitor.address) is not monitor:
            complain(f"takes datagrams of {monitor.address.system}, which it does not monitor")
    if not remote._anteroom._links.keys() <= inbound.keys():
        complain("lets connections wait that are over")
    if len(own) > remote.settings.max_associations:
        complain(f"has {len(own)} associations")
    unfinished = [link for link in inbound if link.is_unfinished]
    if len(unfinished) > remote.settings.max_handshakes:
        complain(f"lets {len(unfinished)} connections wait, which is more than may")
    hosts = Counter(link.host for link in unfinished if _has_arrived(link))
    if max(hosts.values(), default=0) > remote.settings.max_handshakes_per_host:
        complain(f"lets more connections of one host wait than may: {hosts}")
    for address, association in own.items():
        outbox = association._outbox
        if outbox.control is not None and outbox.ordinary is not None and "give up" in association._alarms:
            complain(f"will lose its patience with {address.system}, which it reaches")
    for link in inbound:
        reader = link._reader
        if reader is not None and not link._is_over and link._callee._inlet._links.get(link.lane) is not link:
            complain(f"reads a connection of {link.host} that has no place")
    for address, association in own.items():
        if wrong := _of_peer(association, watcher._registry.cares(address)):
            complain(f"{wrong}: {address.system}")


def _has_arrived(link: Any) -> bool:
    """Whether it is known from where it comes: a connection is accepted first, and made in one of the next turns."""
    return bool(link.host)


def _of_peer(association: Any, is_cared_for: bool) -> str:
    """What is wrong with what one node knows of another; empty if nothing is."""
    verdict, inlet, outbox = association.verdict, association._inlet, association._outbox
    if association._is_leaving:
        return ""
    if verdict.is_watched != is_cared_for:
        return f"judges whoever is watched, watched: {is_cared_for}"
    uid, is_dead = verdict.uid, verdict.standing is Standing.DEAD
    is_known = uid and not is_dead and verdict.standing is not Standing.CONDEMNED
    for link in (outbox.control, outbox.ordinary):
        if link is not None:
            if is_dead:
                return "has a connection to whom it has convicted"
            if is_known and link.uid != uid:
                return "has a connection of another incarnation than it knows"
            if link._is_over:
                return "keeps a connection that is over"
    for link in inlet._links.values():
        if is_dead:
            return "reads a connection of whom it has convicted"
        if is_known and link._hello.uid != uid:
            return "reads a connection of another incarnation than it knows"
    return _of_outbox(outbox) or of_inlet(inlet)


def beyond(outbox: Any) -> str:
    """What is beyond its bound of what waits for a peer; empty if nothing is."""
    letters, backlog = outbox._letters, outbox._backlog
    if len(letters._sender) > letters._sender._capacity or len(backlog) > backlog._messages:
        return "keeps more than it may"
    if len(backlog) > 1 and backlog.size_bytes > backlog._most_bytes:
        return f"keeps {backlog.size_bytes} bytes, more than it may"
    return ""


def _of_outbox(outbox: Any) -> str:
    """Numbers and counts fit together, and nothing is beyond its bound."""
    letters, backlog = outbox._letters, outbox._backlog
    if outbox.control is not None and letters._sender.peer != outbox.control.uid:
        return "numbers its letters for another incarnation than it is connected to"
    if wrong := beyond(outbox):
        return wrong
    if not len(backlog) and backlog.size_bytes:
        return f"counts {backlog.size_bytes} bytes, and nothing waits"
    if not 0 <= backlog.given_up <= backlog._taken <= backlog.accepted:
        return f"counts {backlog.accepted} messages, {backlog._taken} taken and {backlog.given_up} given up"
    return ""


def of_inlet(inlet: Any) -> str:
    """Nothing waits for what has come; of news that are held back `Arrivals.check` asks."""
    arrivals, ordinary = inlet._arrivals, inlet._links.get(Lane.ORDINARY)
    after = 0 if ordinary is None else ordinary._reader._after
    if 0 < after <= arrivals.system.delivered:
        return f"reads no messages before letter {after}, which has come"
    return ""


def connections(held: Iterable[Any], complain: Complain) -> None:
    """What a node's kernel holds open for it, at any time: each connection is one that it knows and needs.

    Args:
        held: The connections.
        complain: Takes what is wrong.
    """
    for connection in held:
        link = connection._handler
        if connection._closing or getattr(link, "_connection", None) is not connection:
            continue
        if isinstance(link, InboundLink) and link._is_over:
            complain(f"keeps a connection of {link.host} open that is over")
        elif isinstance(link, OutboundLink):
            association: Any = link._caller
            outbox, dialling = association._outbox, association._dials._of[link.lane]
            if link not in (outbox.link(link.lane), dialling._link) and link not in outbox._parting:
                complain(f"keeps a connection to {association.address.system} open that nobody uses")
            kept = association._node._associations.get(association.address)
            if kept is not association and link is outbox.link(link.lane):
                complain(f"keeps a connection to {association.address.system} open, and does not look after it")


def overfull(held: Iterable[Any]) -> str:
    """Who is read though it should not be, at any time; empty if nobody is. Else what is kept of it has no bound.

    Whoever does not read what it is answered is not read, and while nothing may be taken only so much is.

    Args:
        held: The connections of a node.
    """
    for connection in held:
        link = connection._handler
        reader = getattr(link, "_reader", None)
        if reader is None or connection._closing or not connection._is_reading:
            continue
        if isinstance(link, InboundLink) and connection.out._paused:
            if link._way_back is None:
                return f"reads {link.host}, which does not read its answers"
            if link._way_back.is_free:
                return f"would answer {link.host} on a connection that is full"
        if (waiting := sum(map(len, reader._pending))) > HELD_BYTES:
            return f"reads more of {connection.peer[0]}, of which {waiting} bytes wait"
    return ""


def compare(one: str, other: str, systems: Mapping[str, Any], complain: Complain) -> None:
    """What one node has sent to another, by the books of both, at any time.

    Args:
        one: The node that sends.
        other: The node that gets.
        systems: Of both.
        complain: Takes what is wrong.
    """
    _keys(one, other, systems, complain)
    mine, theirs = _of(systems[one], other), _of(systems[other], one)
    if mine is None or theirs is None:
        return
    letters, backlog, arrivals = mine._outbox._letters, mine._outbox._backlog, theirs._inlet._arrivals
    sender = letters._sender
    if sender._peer != mine.verdict.uid or sender._peer != systems[other].uid or arrivals.uid != systems[one].uid:
        return
    last, got = letters.before + sender._last, arrivals.system.delivered
    if not last - len(sender._unacked) <= got <= last:
        complain(f"{other} has got {got} letters of {one}, which has sent {last} and awaits {len(sender)}")
    if arrivals.read > backlog._taken:
        complain(f"{other} has read {arrivals.read} messages of {one}, which has sent {backlog._taken}")
    if (arrivals._given_up or 0) > backlog.given_up:
        complain(f"{other} knows of {arrivals._given_up} messages that {one} gave up, and there are {backlog.given_up}")


def _keys(one: str, other: str, systems: Mapping[str, Any], complain: Complain) -> None:
    """Who has answered a heartbeat knows the key that came with it, with which the next datagrams are sealed."""
    watcher = systems[one].remote._watcher
    monitor = next((monitor for at, monitor in watcher._monitors.items() if at.system == other), None)
    channel = systems[other].remote._watcher._pulse._channel
    if (
        monitor is None
        or not monitor.key
        or not channel.port
        or monitor.number < 0
        or monitor.uid != systems[other].uid
    ):
        return
    known = channel._watching.get(systems[one].uid)
    if known is None or known.key != monitor.key:
        complain(f"{other} does not know the key of {one}, which it has answered")


def _of(system: Any, peer: str) -> Any:
    for address, association in system.remote._associations.items():
        if address.system == peer:
            return association
    return None
