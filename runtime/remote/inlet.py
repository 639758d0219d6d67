"""`Inlet`: what comes from one peer, over the connections of both lanes that it has dialled. SHELL of `Arrivals`.

At most one connection a lane is read; a newer one takes its place. Whether somebody may come in is decided in
`runtime.remote.association`; what is read goes where `runtime.remote.reception` says.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from runtime.protocol.arrivals import Arrivals, Room
from runtime.protocol.handshake import Lane
from runtime.protocol.past import Came
from runtime.protocol.standing import VerdictSettings
from runtime.remote.control import News
from runtime.remote.inbound import InboundLink
from runtime.remote.node import Node


class Inlet:
    """The connections on which one peer speaks to us.

    Args:
        node: Our system.
        messages_lost: Called with a number of messages that did not come.
        times: Of the judgement; what a condemned node gets, a connection that the peer has given up gets, too.
        came: What is remembered of the peer.
    """

    def __init__(self, node: Node, messages_lost: Callable[[int], None], times: VerdictSettings, came: Came) -> None:
        self._messages_lost = messages_lost
        self._node = node
        self._times = times
        self._links: dict[Lane, InboundLink] = {}
        self._room = Room(node.settings.system_queue_messages, node.settings.queue_bytes)
        self._arrivals: Arrivals[News] = Arrivals(came.uid, self._room, came)
        self._told = (0, 0)  # how far nothing will come any more, and how many of those were given up
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_empty(self) -> bool:
        """Whether all connections are read to their ends."""
        return not self._links

    @property
    def past(self) -> Came:
        """What is to be remembered of the peer."""
        return self._arrivals.past

    @property
    def is_open(self) -> bool:
        """Whether a connection has not ended yet."""
        return any(link.is_open for link in self._links.values())

    def admit(self, link: InboundLink, uid: int) -> None:
        """Read a new connection of incarnation `uid`; what is left on an older one is lost."""
        if self._arrivals.uid != uid:
            self.drop()
            self._arrivals = Arrivals(uid, self._room)
        elif self._arrivals.is_over:
            # Nobody was known to live there when the address was given up, and it is the one who had before (`Pasts`).
            self._arrivals = Arrivals(uid, self._room, self._arrivals.past)
        older = self._links.pop(link.lane, None)
        if older is not None:
            older.drop()
        self._links[link.lane] = link
        if link.lane is Lane.ORDINARY:
            self._settle()
        link.welcome(self._arrivals)

    def ended(self, link: InboundLink) -> bool:
        """A connection is read to its end; whether it was one of these."""
        if self._links.get(link.lane) is not link:
            return False
        del self._links[link.lane]
        if link.lane is Lane.ORDINARY:
            self._settle()
        return True

    def letters_came(self) -> None:
        """System messages were delivered, or a connection was closed: ordinary messages may wait for that."""
        ordinary, control = self._links.get(Lane.ORDINARY), self._links.get(Lane.CONTROL)
        if ordinary is not None:
            ordinary.letters_came(more_may_come=control is not None and control.is_open)

    def hold(self, uid: int, position: int, news: News, size_bytes: int) -> bool | None:
        """Whether ordinary messages of incarnation `uid` up to `position` are still to be read: then call `news`.

        `None` if they are, and nothing more may wait.
        """
        arrivals = self._arrivals
        if arrivals.uid != uid:
            return False
        return None if arrivals.lacks_room(position, size_bytes) else arrivals.hold(position, news, size_bytes)

    def will_not_come(self, position: int, given_up: int) -> None:
        """The peer has no connection any more that brings its ordinary messages up to this number.

        They may have come all the same, and are read first.
        """
        self._told = max(self._told, (position, given_up))
        if Lane.ORDINARY not in self._links:
            self._settle()
        elif self._timer is None and position > self._arrivals.read:
            self._wait(self._times.drain_s, stays=self._times.stays)

    def leave(self) -> None:
        """Say goodbye on all connections."""
        for link in self._links.values():
            link.leave()

    def drop(self) -> None:
        """Nothing more of this incarnation is read; the deaths that it told are told."""
        links, self._links = self._links, {}
        for link in links.values():
            link.drop()
        self._stop_timer()
        self._told = (0, 0)
        self._tell(self._arrivals.give_up())

    def _wait(self, wait_s: float, stays: int) -> None:
        due = self._node.loop.time() + wait_s
        self._timer = self._node.loop.call_at(due, self._lose_patience, due, stays)

    def _lose_patience(self, due: float, stays: int) -> None:
        self._timer = None
        if stays and self._node.loop.time() > due + self._times.late_s:
            self._wait(self._times.hold_s, stays - 1)  # we stood still ourselves: what came meanwhile is not read yet
            return
        link = self._links.get(Lane.ORDINARY)
        if link is not None and self._told[0] > self._arrivals.read:
            link.drop()
            del self._links[Lane.ORDINARY]
        self._settle()

    def _settle(self) -> None:
        self._stop_timer()
        before = self._arrivals.lost
        self._tell(self._arrivals.settle(*self._told))
        if self._arrivals.lost > before:
            self._messages_lost(self._arrivals.lost - before)

    def _tell(self, news: list[News]) -> None:
        for tell in news:
            tell()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
