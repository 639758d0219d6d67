"""A simulated connection: two ends, and a one-way pipe from each to the other, with TCP's behaviour where it matters.

Shell of no core; driven by `runtime.sim.network`, which knows the links and the processes. What is modelled: order,
latency, a bounded send buffer, retransmission over a cut link (as Linux does: after 0.2 s, 0.2 s later again, then
doubling), end of stream and reset, and a reset as the answer to data for an end that is gone. Loss is a stall
(`runtime.sim.links`). Deliberately not modelled: acknowledgements and bandwidth.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from runtime.sim.links import FIRST_RETRANSMISSION_S, LAST_RETRANSMISSION_S
from runtime.sim.process import PROCESS
from runtime.transport.base import ConnectionHandler

SEND_BUFFER_BYTES = 256 * 1024


class Process(Protocol):
    """The process that an end of a connection belongs to."""

    host: str
    alive: bool
    reached: dict[str, float]

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

    def delay_s(self, source: str, target: str) -> float | None:
        """Seconds for the next piece of a stream; `None` if it is lost this time."""
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


class SimConnection:
    """One end of a simulated connection; see `runtime.transport.base.Connection`."""

    def __init__(self, wire: Wire, process: Process, peer: tuple[str, int], handler: ConnectionHandler) -> None:
        self.peer = peer
        self.process = process
        self.out: Pipe
        self.unread = 0
        self.is_gone: bool = False
        self._handler: ConnectionHandler | None = handler  # none when it is over: one end keeps the other
        self._wire = wire
        self._closing = False
        self._is_reading = True
        self._unread: deque[Callable[[], None]] = deque()

    def begin(self) -> None:
        """Tell the handler that it has begun."""
        if self._handler is not None:
            self._handler.connection_made(self)

    def write(self, data: bytes) -> None:
        """See `Connection.write`."""
        if data and not self._closing and self.process.alive:
            if PROCESS.get() is self.process:
                self.out.send(bytes(data))
            else:
                self.process.run(partial(self.out.send, bytes(data)))

    def want(self, *, more: bool) -> None:
        """Tell the handler whether the send buffer has room."""
        if self._handler is not None:
            (self._handler.resume_writing if more else self._handler.pause_writing)()

    def pause_reading(self) -> None:
        """See `Connection.pause_reading`."""
        self._is_reading = False

    def resume_reading(self) -> None:
        """See `Connection.resume_reading`."""
        self._is_reading = True
        self._wire.at(self._wire.now(), lambda: self.process.run(self._catch_up))

    def arrive(self, action: Callable[[], None]) -> None:
        """Do what something that has arrived leads to: now, or when it is read."""
        if self._is_reading and not self._unread:
            action()
        else:
            self._unread.append(action)

    def _catch_up(self) -> None:
        while self._is_reading and self._unread:
            self._unread.popleft()()

    def close(self) -> None:
        """See `Connection.close`."""
        if not self._closing:
            self._closing = True
            if self.process.alive:
                self.process.run(self.out.finish)
            self._wire.at(self._wire.now(), self.end, None)

    def abort(self) -> None:
        """See `Connection.abort`."""
        if not self.is_gone:
            self._closing = True
            self.out.reset()
            self._wire.at(self._wire.now(), self.end, None)

    @property
    def is_closing(self) -> bool:
        """See `Connection.is_closing`."""
        return self._closing

    def receive(self, data: bytes) -> None:
        """Hand bytes to the handler."""
        if self._closing or self._handler is None:
            return
        try:
            self._handler.data_received(data)
        except Exception as error:
            self._wire.failed(error)
            self._closing = True
            self.out.reset()
            self.end(error)

    def end(self, error: BaseException | None) -> None:
        """Tell the handler that it is over, once. What was still buffered is dropped by the caller or was sent."""
        if not self.is_gone:
            self.is_gone = self._closing = True
            self.out.forget_flow()
            handler, self._handler = self._handler, None
            if handler is not None:
                handler.connection_lost(error)


class Pipe:
    """One direction: from `source`, in order, to `target`."""

    def __init__(self, wire: Wire, source: SimConnection, target: SimConnection) -> None:
        self._wire = wire
        self._source = source
        self._target = target
        self._arrival = wire.now()
        self._unsent: deque[bytes | None] = deque()
        self._buffered_bytes = 0
        self._paused = False
        self._retransmission_s = FIRST_RETRANSMISSION_S
        self._has_probed = False
        self._is_severed = self._is_swallowed = False
        self._way = source.process.host, target.process.host

    def open(self, opened: Callable[[SimConnection], None], delay_s: float) -> None:
        """Answer a dial: the first packet, before any bytes, which takes so long."""
        self._arrive_in(delay_s, self._opens, opened)

    def send(self, data: bytes) -> None:
        """Send bytes."""
        self._buffered_bytes += len(data)
        self._unsent.append(data)
        if len(self._unsent) == 1:
            self._transmit()
        if self._buffered_bytes > SEND_BUFFER_BYTES and not self._paused:
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

    def forget_flow(self) -> None:
        """The source is gone: it wants no more `resume_writing`."""
        self._paused = False

    def _enqueue(self, item: bytes | None) -> None:
        self._unsent.append(item)
        if len(self._unsent) == 1:
            self._transmit()

    def _transmit(self) -> None:
        wire, unsent = self._wire, self._unsent
        source, target = self._way
        while unsent:
            delay_s = None if wire.is_cut(source, target) else wire.delay_s(source, target)
            if delay_s is None:
                wire.at(wire.now() + self._retransmission_s, self._transmit)
                if self._has_probed:  # a tail loss probe comes first, and its time-out is not doubled
                    self._retransmission_s = min(self._retransmission_s * 2, LAST_RETRANSMISSION_S)
                self._has_probed = True
                return
            self._retransmission_s, self._has_probed = FIRST_RETRANSMISSION_S, False
            item = unsent.popleft()
            if item is None:
                self._arrive_in(delay_s, self._end_arrives)
            else:
                for piece in wire.split(item):
                    self._arrive_in(delay_s, self._data_arrives, piece)

    def _arrive_later(self, action: Callable[..., None], *args: Any) -> None:
        self._arrive_in(self._wire.segment_s(*self._way), action, *args)

    def _arrive_in(self, delay_s: float, action: Callable[..., None], *args: Any) -> None:
        arrival = self._wire.now() + delay_s
        if arrival > self._arrival:
            self._arrival = arrival
        self._wire.at(self._arrival, action, *args)

    def _opens(self, opened: Callable[[SimConnection], None]) -> None:
        opened(self._target)

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
        if process.frozen or target._unread or not target._is_reading:
            process.run(partial(target.arrive, partial(self._read, data)))
        else:
            process.call(self._read, data)

    def _read(self, data: bytes) -> None:
        self._target.unread -= 1
        self._target.receive(data)
        self._buffered_bytes -= len(data)
        if self._paused and self._buffered_bytes <= SEND_BUFFER_BYTES // 4:
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
