"""A one-way pipe between the two ends of a simulated connection, with TCP's behaviour where it matters.

Shell of no core; driven by `runtime.sim.network`, which knows the links and the processes. What is modelled: order,
latency, a bounded send buffer, retransmission over a cut link (as Linux does: after 0.2 s, 0.2 s later again, then
doubling), end of stream and reset, and a reset as the answer to data for an end that is gone. Loss is a stall
(`runtime.sim.links`). Deliberately not modelled: acknowledgements, except for how long none comes, and bandwidth.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from runtime.sim.links import FIRST_RETRANSMISSION_S, LAST_RETRANSMISSION_S


class Process(Protocol):
    """The process that an end of a connection belongs to."""

    host: str
    alive: bool
    reached: dict[str, float]
    send_buffer_bytes: int

    frozen: bool

    def run(self, action: Callable[[], None]) -> None:
        """Now; or when it is thawed; or never, if it is dead."""

    def call(self, function: Callable[..., Any], *args: Any, **options: Any) -> Any:
        """Now."""


class Wire(Protocol):
    """What a pipe needs of the network."""

    def is_cut(self, source: str, target: str) -> bool:
        """Whether nothing sent by `source` reaches `target`."""
        ...

    def delay_s(self, way: tuple[str, str]) -> float | None:
        """Seconds for the next piece of a stream on the way from one host to another; `None` if it does not arrive."""
        ...

    def segment_s(self, source: str, target: str) -> float:
        """Seconds for one packet, with those that it has to be sent again."""
        ...

    def split(self, data: bytes) -> list[bytes]:
        """The pieces in which these bytes arrive."""
        ...

    def at(self, when: float, action: Callable[..., None], *args: Any) -> None:
        """Do that at a time of the loop's clock; actions of one object at the same time keep their order."""

    def now(self) -> float:
        """The loop's clock, in seconds."""
        ...

    def failed(self, error: Exception) -> None:
        """A handler has raised."""


class End(Protocol):
    """One end of a connection; see `runtime.sim.connection`.

    Attributes:
        process: Whose it is.
        out: The way from here to the other end.
        unread: How many pieces its kernel has taken and its process has not.
        is_gone: Whether it is over.
    """

    process: Process
    out: Pipe
    unread: int
    is_gone: bool

    @property
    def is_closing(self) -> bool:
        """Whether it is closed, or over."""
        ...

    @property
    def holds_back(self) -> bool:
        """Whether what arrives has to wait until it is read."""
        ...

    def want(self, *, more: bool) -> None:
        """Tell the handler whether the send buffer has room."""

    def arrive(self, action: Callable[[], None]) -> None:
        """Do what something that has arrived leads to: now, or when it is read."""

    def receive(self, data: bytes) -> None:
        """Hand bytes to the handler."""

    def end(self, error: BaseException | None) -> None:
        """Tell the handler that it is over, once."""


class Pipe:
    """One direction: from `source`, in order, to `target`."""

    def __init__(self, wire: Wire, source: End, target: End) -> None:
        self._wire = wire
        self._source = source
        self._target = target
        self._arrival = wire.now()
        self._unsent: deque[bytes | None] = deque()
        self._buffered_bytes = 0
        self._room_bytes = source.process.send_buffer_bytes
        self._paused = False
        self._retransmission_s = FIRST_RETRANSMISSION_S
        self._has_probed = False
        self._is_severed = self._is_swallowed = False
        self._unacknowledged_at: float | None = None
        self._again_s = 0.0
        self._way = source.process.host, target.process.host

    def open(self, opened: Callable[[], None], delay_s: float) -> None:
        """Answer a dial: the first packet, before any bytes, which takes so long."""
        self._arrive_in(delay_s, self._opens, opened)

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self._buffered_bytes += len(data)
        self._unsent.append(data)
        if self._is_swallowed and self._unacknowledged_at is None:
            self._unacknowledged_at = self._wire.now()
        if len(self._unsent) == 1:
            self._transmit()
        if self._buffered_bytes > self._room_bytes and not self._paused:
            self._paused = True
            self._source.want(more=False)

    def finish(self) -> None:
        """Send the end of the stream, behind the bytes; it is retransmitted like them."""
        self._enqueue(None)

    def reset(self) -> None:
        """Send a reset, once, and drop what has not left. Over a cut link it is lost: the other side hears nothing."""
        self._unsent.clear()
        if not self._wire.is_cut(*self._way):
            self._arrive_later(self._reset_arrives)

    def forget(self) -> None:
        """The machine of the source is gone: nothing more leaves it."""
        self._unsent.clear()

    def sever(self, peer: str) -> None:
        """Somebody on the way resets the connection, if it leads to that host: nothing more of it arrives."""
        target = self._target
        if target.process.host == peer and not target.is_gone and not self._is_severed:
            self._is_severed = True
            self._unsent.clear()
            self._wire.at(self._wire.now(), self._reset_arrives)

    def swallow(self, peer: str) -> None:
        """Somebody on the way has forgotten the connection, if it leads to that host: all of it is dropped."""
        if self._target.process.host == peer:
            self._is_severed = self._is_swallowed = True
            if self._unsent or self._arrival > self._wire.now():
                self._unacknowledged_at = self._wire.now()

    def is_held_up(self, peer: str, before: float = math.inf) -> bool:
        """Whether it leads to that host, and something waits to be sent again, since before that time."""
        since = math.inf if self._unacknowledged_at is None else self._unacknowledged_at
        return self._target.process.host == peer and since < before and not self._is_swallowed

    @property
    def unacknowledged_s(self) -> float:
        """For how long nothing has arrived, as of when it was last sent again."""
        if self._unacknowledged_at is None:
            return 0.0
        if not self._is_swallowed:
            return self._again_s
        # What is swallowed is not sent again in simulation; it would have been, each time after twice as long.
        times = int(math.log2((self._wire.now() - self._unacknowledged_at) / FIRST_RETRANSMISSION_S + 1.0))
        return FIRST_RETRANSMISSION_S * (2.0**times - 1.0)

    def forget_flow(self) -> None:
        """The source is gone: it wants no more `resume_writing`."""
        self._paused = False

    def _enqueue(self, item: bytes | None) -> None:
        self._unsent.append(item)
        if len(self._unsent) == 1:
            self._transmit()

    def _transmit(self) -> None:
        wire, unsent = self._wire, self._unsent
        now = wire.now()
        while unsent:
            delay_s = wire.delay_s(self._way)
            if delay_s is None:
                wire.at(now + self._retransmission_s, self._transmit)
                if self._has_probed:  # a tail loss probe comes first, and its time-out is not doubled
                    self._retransmission_s = min(self._retransmission_s * 2, LAST_RETRANSMISSION_S)
                self._has_probed = True
                if self._unacknowledged_at is None:
                    self._unacknowledged_at = now
                self._again_s = now - self._unacknowledged_at
                return
            self._retransmission_s, self._has_probed = FIRST_RETRANSMISSION_S, False
            if not self._is_swallowed:
                self._unacknowledged_at = None
            item = unsent.popleft()
            if now + delay_s > self._arrival:
                self._arrival = now + delay_s
            if item is None:
                wire.at(self._arrival, self._end_arrives)
            else:
                for piece in wire.split(item):
                    wire.at(self._arrival, self._data_arrives, piece)

    def _arrive_later(self, action: Callable[..., None], *args: Any) -> None:
        self._arrive_in(self._wire.segment_s(*self._way), action, *args)

    def _arrive_in(self, delay_s: float, action: Callable[..., None], *args: Any) -> None:
        arrival = self._wire.now() + delay_s
        if arrival > self._arrival:
            self._arrival = arrival
        self._wire.at(self._arrival, action, *args)

    def _opens(self, opened: Callable[[], None]) -> None:
        opened()

    def _data_arrives(self, data: bytes) -> None:
        target = self._target
        if self._is_severed:
            return
        if target.is_gone or not target.process.alive:
            target.out.reset()
            return
        target.unread += 1
        process = target.process
        process.reached[self._way[0]] = self._wire.now()
        if process.frozen or target.holds_back:
            process.run(partial(target.arrive, partial(self._read, data)))
        else:
            process.call(self._read, data)

    def _read(self, data: bytes) -> None:
        self._target.unread -= 1
        self._target.receive(data)
        self._buffered_bytes -= len(data)
        if self._paused and self._buffered_bytes <= self._room_bytes // 4:
            self._paused = False
            self._source.process.run(partial(self._source.want, more=True))

    def _end_arrives(self) -> None:
        if not self._is_severed:
            self._ends(None)

    def _reset_arrives(self) -> None:
        if self._is_swallowed:
            return
        self._ends(ConnectionResetError(104, "Connection reset by peer"))

    def _ends(self, error: BaseException | None) -> None:
        target = self._target
        target.process.run(lambda: target.arrive(lambda: self._ended(error)))

    def _ended(self, error: BaseException | None) -> None:
        if not self._target.is_gone and not self._target.is_closing:
            self._target.out.finish()
            self._target.end(error)
