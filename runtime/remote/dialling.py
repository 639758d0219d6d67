"""`Dialling`: one dial at a time for a lane to an address, now, at a given time, or after a pause that doubles. SHELL.

`Dials` are those for both lanes. Whether and when to dial is decided by `runtime.remote.association` and
`runtime.protocol.verdict`; this owns the task and the timer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

from actors.address import Address
from runtime.protocol.evidence import DialFailed, DialRefused, Evidence, Introduced, Watched
from runtime.protocol.handshake import Dialler, Lane
from runtime.remote.node import Node
from runtime.remote.outbound import Caller, OutboundLink

_YOUNG_S = 1.0
"""So long a dial is as good as another one; then its first packet may be lost, and the next one is on its way."""
_TLS_S = 0.5
"""More for a handshake with certificates, which a busy machine does not do in the milliseconds of a redial."""


class Listening(Caller, Protocol):
    """Who dials, and hears when nobody could even be reached."""

    def unreached(self, evidence: DialRefused | DialFailed) -> None:
        """No connection came about."""


class Dialling:
    """Dials one address.

    Args:
        node: Our system.
        address: Whom to dial.
        lane: What for.
        caller: Who hears what comes of it.
    """

    def __init__(self, node: Node, address: Address, lane: Lane, caller: Listening) -> None:
        self._node = node
        self._address = address
        self._lane = lane
        self._caller = caller
        self._task: asyncio.Task[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._link: OutboundLink | None = None
        self._pause_s = 0.0
        self._answer_by = 0.0

    @property
    def is_going_on(self) -> bool:
        """Whether a dial is under way or planned."""
        return self._task is not None or self._timer is not None or self._link is not None

    @property
    def is_received(self) -> bool:
        """Whether somebody listens there, whose answer is on its way: that takes as long as the connection took."""
        return self._link is not None and self._task is None and self._node.loop.time() < self._answer_by

    @property
    def is_young(self) -> bool:
        """Whether a dial is under way that has just begun."""
        return self._link is not None and self._node.loop.time() < self._link.begun_at + _YOUNG_S

    def now(self) -> None:
        """Dial, unless that is going on."""
        if not self.is_going_on:
            self._dial(self._node.settings.connect_timeout_s)

    def at(self, when: float, timeout_s: float) -> None:
        """Dial at `when` and at no other time; give connection and handshake `timeout_s` each."""
        self.stop()
        self._timer = self._node.loop.call_at(when, self._dial, timeout_s)

    def later(self) -> None:
        """Dial after the next pause, unless a dial is going on."""
        if self.is_going_on:
            return
        settings = self._node.settings
        self._pause_s = min(max(self._pause_s * 2, settings.dial_backoff_s), settings.dial_backoff_max_s)
        self._timer = self._node.loop.call_later(self._pause_s, self._dial, settings.connect_timeout_s)

    def settled(self, link: OutboundLink) -> None:
        """The handshake on `link` is over, in whatever way."""
        if self._link is link:
            # Connected, so the task is ending by itself; cancelled in its last moment it would take the link along. And
            # it may not have heard of it yet: what was stopped finds a connection that was made and has broken since.
            self._link = self._task = None

    def succeeded(self) -> None:
        """There is a connection: no dial is needed, and pauses begin short again."""
        self.stop()
        self._pause_s = 0.0

    def stop(self) -> None:
        """No dial is going on any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._link is not None:
            self._link.drop()
            self._link = None

    def _dial(self, timeout_s: float) -> None:
        self._timer = None
        node = self._node
        dialler = Dialler(node.own, node.uid, self._address, self._lane, node.secret, node.nonce())
        extra_s = _TLS_S if self._node.settings.tls is not None else 0.0
        self._link = OutboundLink(self._node, self._caller, dialler, 2 * timeout_s + extra_s)
        self._task = self._node.loop.create_task(
            self._connect(self._link, timeout_s), name=f"dial {self._address} {self._lane.value}"
        )

    async def _connect(self, link: OutboundLink, timeout_s: float) -> None:
        host, port = self._address.host, self._address.port
        if host is None or port is None:
            raise AssertionError(f"{self._address} has no place on the network")
        evidence: DialRefused | DialFailed | None = None
        begun_at = link.begun_at = self._node.loop.time()  # what was sent in the turn that asked for it comes before
        try:
            await self._node.transport.connect(host, port, link, timeout_s)
        except ConnectionRefusedError as error:
            evidence = DialRefused(str(error), link.begun_at)
        except (OSError, ValueError) as error:
            # TimeoutError is an OSError; ValueError: a name that cannot be looked up.
            evidence = DialFailed(str(error))
        if self._task is asyncio.current_task():
            self._task = None
            now = self._node.loop.time()
            self._answer_by = now + 2 * (now - begun_at)
        if evidence is not None and self._link is link:
            self._link = None
            link.drop()
            self._caller.unreached(evidence)


class Dials:
    """Dials one address for both lanes.

    Args:
        node: Our system.
        address: Whom to dial.
        caller: Who hears what comes of it.
        lacks: Whether there shall be a connection of a lane, and is none.
    """

    def __init__(self, node: Node, address: Address, caller: Listening, lacks: Callable[[Lane], bool]) -> None:
        self._node = node
        self._of = {lane: Dialling(node, address, lane, caller) for lane in Lane}
        self._lacks = lacks

    def now(self) -> bool:
        """Dial for what is lacking; returns whether anything is."""
        lacking = [dialling for lane, dialling in self._of.items() if self._lacks(lane)]
        for dialling in lacking:
            dialling.now()
        return bool(lacking)

    def later(self) -> None:
        """Dial for what is lacking after the next pause, unless a dial is going on."""
        for lane, dialling in self._of.items():
            if self._lacks(lane):
                dialling.later()

    def renew(self, lane: Lane) -> None:
        """Dial for a connection in place of one that there is, unless that is going on."""
        self._of[lane].now()

    def ask(self, lane: Lane, when: float, timeout_s: float) -> None:
        """Dial at `when` to find out who is there.

        Where the control lane asks, no dial of the other goes on: what came of it would be taken for the answer, though
        it was begun before there was a question.
        """
        if lane is Lane.CONTROL:
            self._of[Lane.ORDINARY].stop()
        self._of[lane].at(when, timeout_s)

    def inquire(self, evidence: Evidence, lane: Lane, when: float, timeout_s: float) -> None:
        """The same, because of that evidence."""
        if isinstance(evidence, Watched):
            self.ask_patiently(lane)
        elif not (isinstance(evidence, Introduced) and self.is_received(lane)):
            # Else, on a slow link, quick dials in its place come to nothing, and the claimant would dial again.
            self.ask(lane, when, timeout_s)

    def ask_patiently(self, lane: Lane) -> None:
        """Dial at once, with the time of ordinary dials, unless a dial has just begun.

        Who asks again and again does not put off what waits for that one.
        """
        if not self._of[lane].is_young:
            self.ask(lane, self._node.loop.time(), self._node.settings.connect_timeout_s)

    def is_received(self, lane: Lane) -> bool:
        """Whether somebody listens there, whose answer to a dial for that lane is on its way."""
        return self._of[lane].is_received

    def settled(self, link: OutboundLink) -> None:
        """The handshake on `link` is over, in whatever way."""
        self._of[link.lane].settled(link)

    def succeeded(self, lane: Lane) -> None:
        """There is a connection of that lane."""
        self._of[lane].succeeded()

    def stop(self) -> None:
        """No dial is going on any more."""
        for dialling in self._of.values():
            dialling.stop()
