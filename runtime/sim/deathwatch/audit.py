"""`Audit`: the nodes' own books in the scenario `deathwatch`, compared with what is so. SHELL: reads, changes nothing.

D8 no machine contradicts itself or another (`ledgers`), at any time; and when all is well again, nothing is left
behind: whoever watches is registered on both sides, and nobody else; nothing waits to be sent or acknowledged; each
connection is somebody's; who is watched is trusted. D9 each word between two nodes that have lived all the time was
heard, or is a dead letter, or was reported as lost. D10 is in `timers`. What is read is private to the product: these
are books that nobody else has to know. Deliberately not here: what people see (`judge`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from actors import DeathCause
from actors.ref import ActorRef
from runtime.protocol.evidence import Ground
from runtime.protocol.standing import Standing
from runtime.remote.events import NodeTerminated, QuarantinedBy
from runtime.sim.campaign import Record
from runtime.sim.clocks import Clock
from runtime.sim.deathwatch import ledgers, timers
from runtime.sim.deathwatch.dials import Dials
from runtime.sim.deathwatch.excuses import CALM_S
from runtime.sim.deathwatch.truth import Being, Key, Life, Truth, key_of
from runtime.sim.leavings import leavings

MOST_KEPT_S = 20.0 + 12.0
"""Messages are given up after 20 s, by a node that may stand still for 10."""
_SILENCE = Ground.SILENCE  # at hand: an enumeration is asked through its metaclass
HEEDED_S = 12.0
"""From such a word to its consequence: what has come may be read first, after a standstill."""


class Audit:
    """Looks into the books.

    Args:
        truth: What is so.
        record: Is told, and raises.
        is_calm: Whether nothing has come between two lives for long.

    Attributes:
        dead: Words that became dead letters, by the nodes of author and recipient.
        lost: Messages of which it was reported that they did not come, likewise.
        dials: Who dials whom.
    """

    def __init__(self, truth: Truth, record: Record, is_calm: Callable[[Life, Life], bool]) -> None:
        self.dead: Counter[tuple[str, str]] = Counter()
        self.lost: Counter[tuple[str, str]] = Counter()
        self.dials = Dials(record)
        self._truth = truth
        self._record = record
        self._is_calm = is_calm
        self._waiting: dict[tuple[int, str], tuple[int, float]] = {}
        self._refused: list[tuple[Life, int, float]] = []

    def look(self, node: str, systems: Mapping[str, Any]) -> None:
        """No machine contradicts itself, and nobody suspects for its silence who has long since answered."""
        system = systems[node]
        for peer, association in _associations(system).items():
            verdict, other = association.verdict, self._truth.lives.get(peer.system)
            letters, arrivals = association._outbox._letters._sender, association._inlet._arrivals
            machines = (verdict, verdict._silence, association._upkeep._blockage, letters, arrivals)
            self.consistent(node, peer.system, *machines)
            self._given_up(node, peer.system, association._outbox)
            if wrong := ledgers.of_inquiry(association):
                self._record.require(False, "D8", f"{node} {wrong}: {peer.system}")
            if _SILENCE in verdict.suspicion.grounds and other is not None and other.gone_at is None:
                is_answered = other.uid == verdict.uid and self._is_calm(self._truth.lives[node], other)
                self._record.require(not is_answered, "D8", f"{node} suspects {other.node}, which answers")
        self._heeded(node)
        for being, cell in self._cells({node: system}):
            if cell.book is not None:
                self.consistent(node, being.path.name, cell.book)

    def consistent(self, node: str, whom: str, *machines: Any) -> None:
        """No machine of a node, about somebody, contradicts itself."""
        for machine in machines:
            try:
                machine.check()
            except AssertionError as error:
                self._record.require(False, "D8", f"{node}: {type(machine).__name__} of {whom}: {error}")

    def wait(self, loop: Any) -> None:
        """D10: what everybody waits for may yet come."""
        timers.look(loop, timers.OF_REMOTING, lambda text: self._record.require(False, "D10", text))

    def compare(self, node: str, systems: Mapping[str, Any]) -> None:
        """A node's books do not contradict each other, nor those of others and its kernel's about the same."""
        held = systems[node].remote.transport._holdings.connections
        ledgers.look(systems[node], lambda text: self._record.require(False, "D8", f"{node} {text}"))
        ledgers.connections(held, lambda text: self._record.require(False, "D8", f"{node} {text}"))
        self._given_way(node, systems[node])
        for other in systems:
            if other != node:
                ledgers.compare(node, other, systems, lambda text: self._record.require(False, "D8", text))

    def refused(self, life: Life, system: Any, event: QuarantinedBy) -> None:
        """A node is told by another that it was convicted there."""
        verdict = _associations(system)[event.address].verdict
        if verdict.uid and verdict.standing not in (Standing.CONDEMNED, Standing.DEAD) and not life.is_leaving:
            self._refused.append((life, verdict.uid, self._record.now()))

    def convicted(self, node: str, system: Any, event: NodeTerminated) -> None:
        """A node has convicted an incarnation of another: it keeps nothing more for it."""
        outbox = _associations(system)[event.address]._outbox
        kept = outbox._letters.unacked
        # What names no incarnation is for the next, or for whoever is watched there since nobody was found.
        if event.uid and event.cause is not DeathCause.NEW_INCARNATION:
            kept += len(outbox._backlog)
        text = f"{node} keeps {kept} messages for {event.address.system}, which it has convicted"
        self._record.require(not kept, "D8", text)

    def left(self, node: str, system: Any) -> None:
        """A node has ended in good order: it holds no connection any more."""
        left = list(leavings(system.remote.transport, system.loop))
        self._record.require(not left, "D66", f"{node} has ended, and has left {', '.join(left)}")

    def close(self, systems: Mapping[str, Any]) -> None:
        """All was well for long enough: nothing is left behind."""
        for node in systems:
            self.compare(node, systems)
        for node, system in systems.items():
            for other in systems:
                if other != node and not self._is_disturbed(node, other) and not self._are_estranged(node, other):
                    self._registered(node, system, other)
                    self._sent(node, system, other)
                    if not self._has_lost_touch(node, system, other):
                        self._accounted(node, other)
        for being, cell in self._cells(systems):
            self._watched(being, cell, systems)

    # --- inside -------------------------------------------------------------------------------------------------------

    def _given_up(self, node: str, peer: str, outbox: Any) -> None:
        """R10: messages for whom nobody reaches do not wait for ever."""
        backlog = outbox._backlog
        if outbox.ordinary is not None or not len(backlog):
            if self._waiting:
                self._waiting.pop((self._truth.lives[node].uid, peer), None)
            return
        key = self._truth.lives[node].uid, peer
        now, (taken, since) = self._record.now(), self._waiting.get(key, (-1, 0.0))
        if taken != backlog.taken:
            self._waiting[key] = backlog.taken, now
        else:
            text = f"{node} keeps {len(backlog)} messages for {peer}, which it does not reach for {now - since:.1f} s"
            self._record.require(now - since < MOST_KEPT_S, "D8", text)

    def _given_way(self, node: str, system: Any) -> None:
        """Nobody gives datagrams up that have always got through."""
        weather = self._truth.weather
        for address, monitor in system.remote._watcher._monitors.items():
            if monitor.carriage.has_given_up:
                other, since = address.system, _began_at(system, monitor) - CALM_S
                is_calm = not (any(weather.between(node, other, since)) or weather.is_rippled(node, other, since))
                self._record.require(not is_calm, "D8", f"{node} sends no datagrams to {other}, which get through")

    def _heeded(self, node: str) -> None:
        """Whoever has heard that it was convicted convicts, too: the two never speak again."""
        mine = [entry for entry in self._refused if entry[0].node == node]
        for life, uid, at in mine:
            if life.gone_at is None and self._record.now() - at < HEEDED_S:
                continue
            self._refused.remove((life, uid, at))
            is_heeded = life.gone_at is not None or life.is_leaving or uid in life.convicted
            self._record.require(is_heeded, "D8", f"{node} goes on with incarnation {uid}, which has convicted it")

    def _cells(self, systems: Mapping[str, Any]) -> list[tuple[Being, Any]]:
        found = []
        for node, system in systems.items():
            for being in self._truth.living(node):
                ref: ActorRef[Any] | None = system.find_local(being.path)
                if ref is not None:
                    found.append((being, ref.sink))
        return found

    def _are_estranged(self, one: str, other: str) -> bool:
        """Whether one of the two has ever convicted the other's present incarnation, or does not know whom."""
        lives = self._truth.lives
        return any(
            lives[b].uid in lives[a].convicted or b in lives[a].strangers for a, b in ((one, other), (other, one))
        )

    def _is_disturbed(self, one: str, other: str) -> bool:
        """Whether something between the two nodes may still be under way, or never come."""
        truth = self._truth
        held_up = truth.is_held_up(one, other) or truth.is_held_up(other, one)
        return held_up or truth.weather.has_forgotten(one, other)

    def _has_met(self, system: Any, other: str) -> bool:
        """Whether a node knows the present incarnation of another, or has been told that the last has died.

        If not, those may be on its books who watched before their host vanished: nobody looks after watchers.
        """
        known = (one.verdict.uid for at, one in _associations(system).items() if at.system == other)
        return self._truth.lives[other].uid in known or not self._truth.has_vanished(other, system.name)

    def _has_lost_touch(self, node: str, system: Any, other: str) -> bool:
        """Whether a connection broke, and there was no reason for another since: with that a loss is announced.

        What was forgotten since then may have been lost, if something has ever come between the two.
        """
        known = [one.verdict.standing for at, one in _associations(system).items() if at.system == other]
        if not known:
            return any(self._truth.weather.between(node, other))
        return any(standing is not Standing.TRUSTED for standing in known)

    def _watches(self, life: Life, other: Life) -> set[tuple[Key, Key]]:
        """Who of one node watches whom of another."""
        return {
            (key_of(being.path), key)
            for being in self._truth.beings.values()
            if being.life is life and being.gone_at is None
            for key in being.watching
            if key[0] == other.node
        }

    def watches(self, life: Life, other: Life) -> int:
        """How many watches of actors of one node on another there are."""
        return len(self._watches(life, other))

    def watchers(self, life: Life, other: Life) -> int:
        """The same as the other knows them: somebody may watch one actor by two references."""
        return len(self._watches(life, other))

    def _registered(self, node: str, system: Any, other: str) -> None:
        """The node's registry has what is so, and heartbeats go where somebody watches."""
        lives = self._truth.lives
        address = next((one for one in _associations(system) if one.system == other), None)
        there, here = system.remote.watch_counts().get(address, (0, 0))
        tables = [(there, self.watches(lives[node], lives[other]), "there")]
        if self._has_met(system, other):
            tables.append((here, self.watchers(lives[other], lives[node]), "from there"))
        for have, should, which in tables:
            text = f"{node} has {have} watches {which} registered with {other}, and there are {should}"
            self._record.require(have == should, "D8", text)
        is_monitored = address in system.remote.heartbeats()
        self._record.require(is_monitored == (there > 0), "D8", f"{node} sends heartbeats to {other}: {is_monitored}")

    def _sent(self, node: str, system: Any, other: str) -> None:
        """Nothing waits, and no connection is left that is of no use."""
        association = next((one for at, one in _associations(system).items() if at.system == other), None)
        if association is None:
            return
        verdict, inlet, outbox = association.verdict, association._inlet, association._outbox
        watched = verdict.is_watched
        complaints = {
            "has not sent everything": not outbox.is_done,
            # What nobody wants any more may wait until somebody speaks to the peer again.
            "holds news of deaths back": watched and len(inlet._arrivals) > 0,
            "lets somebody wait at its door": bool(association._doorstep),
            "watches for nobody": watched != any(system.remote.watch_counts().get(association.address, ())),
            "does not trust who is watched": watched and verdict.standing is not Standing.TRUSTED,
            "suspects who answers": bool(verdict.suspicion),
        }
        for complaint, is_so in complaints.items():
            self._record.require(not is_so, "D8", f"{node} {complaint}: {other}")
        links = [link for link in system.remote._inbound if link.host == other]
        stray = [link for link in links if link is not inlet._links.get(link.lane)]
        self._record.require(not stray, "D8", f"{node} keeps {len(stray)} connections of {other} that nobody reads")

    def _watched(self, being: Being, cell: Any, systems: Mapping[str, Any]) -> None:
        """An actor knows who watches it."""
        have = {key_of(ref.path) for ref in cell.book.watchers if len(ref.path.elements) == 2} if cell.book else set()
        me = key_of(being.path)
        should = {key_of(one.path) for one in self._truth.beings.values() if one.gone_at is None and me in one.watching}
        for key in have ^ should:
            if key[0] == me[0] or (not self._are_estranged(me[0], key[0]) and self._has_met(systems[me[0]], key[0])):
                self._record.require(False, "D8", f"{me[0]}/{me[1]} is watched by {key}: in its book {key in have}")

    def _accounted(self, node: str, other: str) -> None:
        """D9, from one node to another."""
        truth = self._truth
        if truth.lives[node].number > 1 or truth.lives[other].number > 1:
            return
        said = heard = 0
        for me in truth.beings.values():
            if me.life.node == node:
                said += sum(count for who, count in me.said.items() if truth.beings[who].life.node == other)
            elif me.life.node == other:
                heard += sum(count for who, (_, count) in me.heard.items() if truth.beings[who].life.node == node)
        dead, lost = self.dead[node, other], self.lost[node, other]
        text = f"{other} heard {heard} of {said} words of {node}; {dead} were dead letters, and {lost} reported as lost"
        self._record.require(said == heard + dead + lost, "D9", text)


def _associations(system: Any) -> dict[Any, Any]:
    found: dict[Any, Any] = system.remote._associations
    return found


def _began_at(system: Any, monitor: Any) -> float:
    """When watching began, by the world's clock."""
    return (system.remote.transport.process.clock or Clock()).when(monitor.since)
