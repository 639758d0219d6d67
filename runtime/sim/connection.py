"""One end of a simulated connection, with TCP's behaviour where it matters to the process that holds it.

Shell of no core; driven by `runtime.sim.network`. Modelled: pausing, the order of what has arrived and is not read yet,
closing and aborting. Deliberately not here: how bytes get to the other end (`pipe`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from functools import partial

from runtime.sim.pipe import Pipe, Process, Wire
from runtime.sim.process import PROCESS
from runtime.transport.base import ConnectionHandler


class SimConnection:
    """One end of a simulated connection; see `runtime.transport.base.Connection`."""

    def __init__(self, wire: Wire, process: Process, peer: tuple[str, int], handler: ConnectionHandler) -> None:
        self.peer = peer
        self.process = process
        self.out: Pipe
        self.unread = 0
        self._has_begun = False
        self.is_gone: bool = False
        self._handler: ConnectionHandler | None = handler  # none when it is over: one end keeps the other
        self._wire = wire
        self._closing = False
        self._is_reading = True
        self._unread: deque[Callable[[], None]] = deque()

    def begin(self) -> None:
        """Tell the handler that it has begun."""
        self._has_begun = True
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

    @property
    def holds_back(self) -> bool:
        """Whether what arrives has to wait until it is read."""
        return bool(self._unread) or not self._is_reading

    def pause_reading(self) -> None:
        """See `Connection.pause_reading`."""
        self._is_reading = False

    def resume_reading(self) -> None:
        """See `Connection.resume_reading`."""
        self._is_reading = True
        self._wire.at(self._wire.now(), lambda: self.process.run(self._catch_up))

    def arrive(self, action: Callable[[], None]) -> None:
        """Do what something that has arrived leads to: now, or when it is read."""
        if self.holds_back:
            self._unread.append(action)
        else:
            action()

    def _catch_up(self) -> None:
        while self._is_reading and self._unread:
            self._unread.popleft()()

    def close(self) -> None:
        """See `Connection.close`."""
        if not self._closing:
            self._closing = True
            if self.process.alive:  # with something unread it is a reset, as at the death of the process
                self.process.run(self.out.reset if self.unread else self.out.finish)
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

    @property
    def is_in_use(self) -> bool:
        """Whether it has begun for its process, which has not ended it, nor heard of its end."""
        return self._has_begun and not self._closing

    @property
    def unacknowledged_s(self) -> float:
        """See `Connection.unacknowledged_s`."""
        return 0.0 if self.is_gone else self.out.unacknowledged_s

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
            if handler is not None:  # it has ended by itself perhaps, which the world does in nobody's name
                self.process.run(partial(handler.connection_lost, error))
