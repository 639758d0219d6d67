"""`RemoteProvider`: the remoting of one actor system, and what its parts know of each other. SHELL.

Listens, makes references to actors elsewhere, owns the associations, and ends everything. Deliberately not here: what
happens with any one peer (`association`), and when it is dead (`runtime.protocol.verdict`).
"""

from __future__ import annotations

import asyncio
import functools
import random as random_module
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

from actors.address import ActorPath, Address
from actors.ref import ActorRef
from actors.signals import AddressTerminated, Watch
from runtime.dead import DeadSink
from runtime.dispatcher import Dispatcher
from runtime.protocol.codec import Codec, is_short
from runtime.protocol.evidence import Declared, Exited
from runtime.protocol.past import Pasts
from runtime.protocol.proof import NONCE_BYTES
from runtime.remote.anteroom import Anteroom
from runtime.remote.association import Association
from runtime.remote.directory import Directory
from runtime.remote.guard import Guards
from runtime.remote.inbound import InboundLink
from runtime.remote.reception import Reception
from runtime.remote.sink import RemoteAsker, RemoteSink
from runtime.remote.times import judgement_times, sweep_s
from runtime.remote.watcher import RemoteWatcher
from runtime.remote.way_back import WayBack
from runtime.repetition import Repetitions, as_fields
from runtime.settings import RemoteSettings
from runtime.transport.base import Listener, Transport

COMPLAINTS = 20
"""Lines of one kind about one peer that are logged before the log falls silent about them."""


class RemoteProvider:
    """Connects one system to others. Implements `runtime.remote.node.Node`.

    Args:
        system: The actor system.
        transport: What carries bytes.
        settings: Of the remoting.
    """

    def __init__(self, system: Any, transport: Transport, settings: RemoteSettings) -> None:
        self.settings = settings
        self.transport = transport
        self.uid: int = system.uid
        self.dispatcher: Dispatcher = system.dispatcher
        self.loop: asyncio.AbstractEventLoop = system.loop
        self.random: random_module.Random = system.random
        self.log = system.log
        self.secret = settings.secret.encode() if isinstance(settings.secret, str) else settings.secret
        self.own = Address(system.name, settings.host, settings.port)
        self.codec = Codec(self.own, self.resolve_text, max_values=settings.max_message_values)
        self._system = system
        self._reception = Reception(self)
        self._watcher = watcher = RemoteWatcher(self)
        # Whatever needs no decision goes where it belongs without a detour.
        self.begin_again, self.look_again, self.is_watched = watcher.begin_again, watcher.look_again, watcher.is_watched
        self.watch_sent, self.watch_received = watcher.watch_sent, watcher.watch_received
        self.death_sent, self.death_received = watcher.death_sent, watcher.death_received
        self._listener: Listener | None = None
        self._associations: dict[Address, Association] = {}
        # Those that are not used, as long as somebody has a reference to an actor there.
        self._resting: WeakValueDictionary[Address, Association] = WeakValueDictionary()
        self._pasts = Pasts(settings.max_associations)
        self._guards = Guards(self, system.dead_ref, self._associations.__contains__)
        self._sweep_timer: asyncio.TimerHandle | None = None
        self._inbound: dict[InboundLink, None] = {}
        self._anteroom = Anteroom(self)
        self._directory = Directory(self.own, system.ref_for, self._far)
        self._complaints = Repetitions(COMPLAINTS, system.settings.log_silence_s)
        self._times = judgement_times(settings)
        self._is_closed = False

    # --- for the system -----------------------------------------------------------------------------------------------

    async def start(self) -> Address:
        """Listen; returns the address at which the system can be reached.

        Raises:
            OSError: If it cannot listen there; the text says why.
        """
        self._listener = await self.transport.listen(self.settings.host, self.settings.port, self._accept)
        try:
            self.own = Address(self.own.system, self.settings.host, self._listener.port)
            self._directory = Directory(self.own, self._system.ref_for, self._far, self._system.find_temporary)
            self.codec = Codec(self.own, self._directory.resolve, max_values=self.settings.max_message_values)
            await self._watcher.open()
        except BaseException:  # nobody else knows of the listener yet
            await self.close()
            raise
        return self.own

    def ref_for(self, path: ActorPath) -> ActorRef[Any]:
        """A reference to an actor of another system; to nobody, if its path is too long to be written."""
        return self._far(path) if is_short(str(path)) else self._system.dead_ref(path)

    def _far(self, path: ActorPath) -> ActorRef[Any]:
        return RemoteSink(self._system, self, self._association(path.address), path)

    def resolve_text(self, text: str) -> ActorRef[Any]:
        """The reference that a text names: of an actor here, of nobody, or of an actor elsewhere.

        Raises:
            ValueError: If it is no path.
        """
        return self._directory.resolve(text)

    def process_exited(self, address: Address, detail: str) -> None:
        """The process of the node at `address` is known to have ended: its parent has its exit status.

        Args:
            address: The node.
            detail: For people, for example "killed by SIGKILL".
        """
        self.peer(address).report(Exited(detail))

    def declare_dead(self, address: Address, reason: str = "declared dead by an operator") -> None:
        """The node at `address` is dead, whatever it still says: its watchers get `Terminated` with `PROCESS_DEAD`.

        For people who know, and for agents that have switched a machine off. The incarnation that lives there is not
        listened to any more; one that starts later is another. Nothing happens where no node is known and nobody
        watches.

        Args:
            address: The node.
            reason: For people; becomes `Terminated.detail`.
        """
        self.peer(address).report(Declared(reason))

    def watch_counts(self) -> dict[Address, tuple[int, int]]:
        """For each node how many actors are watched there, and how many here from there."""
        return self._watcher.counts()

    def heartbeats(self) -> dict[Address, tuple[float, float, float, float | None]]:
        """See `RemoteWatcher.heartbeats`."""
        return self._watcher.heartbeats()

    async def goodbye(self) -> None:
        """All actors have stopped: send what must not be lost, then tell every peer (D66, R8). Takes a bounded time."""
        try:
            async with asyncio.timeout(self.settings.shutdown_flush_s):
                await asyncio.gather(*(association.flush() for association in self._associations.values()))
        except TimeoutError:
            self.log.info("not everything was acknowledged before the goodbye")
        try:
            async with asyncio.timeout(self.settings.shutdown_flush_s):
                while self._leave():  # noqa: ASYNC110 - a few turns, once in a lifetime
                    await asyncio.sleep(0.001)
        except TimeoutError:
            pass

    def _leave(self) -> bool:
        """Say goodbye to everybody who is connected and was not told yet. Returns whether any may not know.

        Others dial us meanwhile, also some whom we know, but with whom there is no connection yet.
        """
        connected = [association for association in self._associations.values() if association.is_open]
        for association in connected:
            association.leave()
        return any(association.is_open for association in connected)

    async def close(self) -> None:
        """Leave nothing behind: no connection, timer or task."""
        self._is_closed = True
        self._watcher.close()
        if self._sweep_timer is not None:
            self._sweep_timer.cancel()
        # One at rest may be asking who lives there just now.
        for association in (*self._associations.values(), *self._resting.values()):
            association.close()
        for link in list(self._inbound):
            link.drop()
        if self._listener is not None:
            await self._listener.close()
            self._listener = None

    # --- Node: for the parts of the remoting --------------------------------------------------------------------------

    def nonce(self) -> bytes:
        """See `Node.nonce`."""
        drawn: bytes = self._system.random.randbytes(NONCE_BYTES)
        return drawn

    def peer(self, address: Address) -> Association:
        """See `Node.peer`."""
        association = self._associations.get(address)
        if association is None:
            association = self._association(address)
            self.keep(association)
        return association

    def keep(self, peer: Association) -> None:
        """See `Node.keep`."""
        if self._is_closed or peer.address in self._associations:
            return
        self._associations[peer.address] = peer
        self._resting.pop(peer.address, None)
        if self._sweep_timer is None:
            self._sweep_timer = self.loop.call_later(sweep_s(self.settings), self._sweep)

    def complain(self, event: str, peer: str, **values: Any) -> None:
        """See `Node.complain`."""
        line = self._complaints.next((event, peer), self.loop.time())
        if line is not None:
            self.log.warning(event, peer=peer, **values, **as_fields(line))

    def publish(self, event: Any) -> None:
        """See `Node.publish`."""
        self._system.event_stream.publish(event)

    def dead_letter(self, message: Any, sender: ActorRef[Any] | None, recipient: ActorRef[Any]) -> None:
        """See `Node.dead_letter`."""
        self._system.dead_letter(message, sender, recipient)

    def beat_came(self, address: Address, uid: int, content: bytes) -> bytes | None:
        """See `Node.beat_came`."""
        return self._watcher.beat_came(address, uid, content)

    def node_ended(self, signal: AddressTerminated, fresh: list[Watch]) -> None:
        """See `Node.node_ended`."""
        self._guards.forget(signal.address)
        self._watcher.node_ended(signal, fresh)

    def askers(self, peer: Association, way_back: WayBack | None) -> Callable[[str, str], ActorRef[Any]]:
        """See `Node.askers`."""
        return functools.partial(RemoteAsker, self._system, self, peer, peer.address, way_back)

    def lasts(self, ref: ActorRef[Any]) -> bool:
        """See `Node.lasts`."""
        return not isinstance(ref.sink, DeadSink)

    # --- Door: for connections that arrive ----------------------------------------------------------------------------

    def callee(self, address: Address) -> Association | None:
        """See `Door.callee`."""
        if address not in self._associations and len(self._associations) >= self.settings.max_associations:
            return None
        return self.peer(address)

    def arrived(self, link: InboundLink) -> None:
        """See `Door.arrived`."""
        self._anteroom.arrived(link)

    def forget(self, link: InboundLink) -> None:
        """See `Door.forget`."""
        self._inbound.pop(link, None)
        self._anteroom.remove(link)

    def _accept(self) -> InboundLink:
        self._anteroom.make_room()
        link = InboundLink(self, self)
        if self._is_closed:  # it was accepted just before the listener was closed
            link.drop()
            return link
        self._inbound[link] = None
        self._anteroom.add(link)
        return link

    def _association(self, address: Address) -> Association:
        association = self._associations.get(address) or self._resting.get(address)
        if association is None:
            parts = (self._times, self._reception_for(address), self._pasts.recall(address))
            association = self._resting[address] = Association(self, address, *parts)
            if self._is_closed:  # somebody has a text left, and tells whom it names something
                association.close()
        return association

    def _reception_for(self, address: Address) -> Reception:
        return self._guards.of(address) if self.settings.untrusted else self._reception

    def _sweep(self) -> None:
        """See to all connections, and forget what was not needed for long."""
        now = self.loop.time()
        for association in list(self._associations.values()):
            if association.tend(now):
                self._pasts.keep(association.address, association.past)
                self._resting[association.address] = self._associations.pop(association.address)
        self._sweep_timer = None
        if self._associations:
            self._sweep_timer = self.loop.call_later(sweep_s(self.settings), self._sweep)
