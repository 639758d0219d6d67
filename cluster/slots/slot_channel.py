"""One end of the link between a TaskManager and a slot process: a socket, and messages. Shell of `slot_link`.

It reads and writes the socket itself instead of through a transport: whoever sees a process exit must first read what
that process had still sent (`drain`), in the same callback. Deliberately not here: what messages mean.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable

from cluster.slots.slot_link import FromSlot, LinkDecoder, LinkError, LinkMessage, ToSlot, encode

_READ_BYTES = 256 * 1024
_MAX_UNSENT_BYTES = 128 * 1024 * 1024


class SlotChannel:
    """Sends and receives messages over one socket.

    Args:
        sock: A connected stream socket; the channel owns it from now on.
        received: Called for each message.
        lost: Called once, when the other end is closed or speaks no sense; never after `close`.
        loop: The loop that watches the socket.
    """

    def __init__(
        self,
        sock: socket.socket,
        received: Callable[[LinkMessage], None],
        lost: Callable[[Exception | None], None],
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        sock.setblocking(False)
        self._sock = sock
        self._received = received
        self._lost = lost
        self._loop = loop
        self._decoder = LinkDecoder()
        self._unsent = bytearray()
        self._closed = False
        self._drained: asyncio.Event | None = None
        loop.add_reader(sock, self._readable)

    @property
    def unsent_bytes(self) -> int:
        """How much the other end has not taken yet."""
        return len(self._unsent)

    def send(self, message: ToSlot | FromSlot) -> None:
        """Send without waiting; nothing happens after the link is closed or lost.

        Raises:
            LinkError: If the message is too long for the link.
        """
        frame = encode(message)
        if self._closed:
            return
        if len(self._unsent) + len(frame) > _MAX_UNSENT_BYTES:
            self._end(LinkError(f"the other end of the link has not read {len(self._unsent)} bytes"))
            return
        waiting = bool(self._unsent)
        self._unsent += frame
        if not waiting:
            self._write()
            if self._unsent:
                self._loop.add_writer(self._sock, self._writable)

    async def flush(self) -> None:
        """Wait until everything is handed to the kernel, or the link is gone."""
        if self._unsent and not self._closed:
            self._drained = asyncio.Event()
            await self._drained.wait()

    def drain(self) -> None:
        """Read what is there already, at once; for when the process at the other end has exited."""
        while not self._closed and self._read_once():
            pass

    def close(self) -> None:
        """Stop watching and close the socket. `lost` is not called."""
        if self._closed:
            return
        self._closed = True
        self._loop.remove_reader(self._sock)
        if self._unsent:
            self._loop.remove_writer(self._sock)
            self._unsent.clear()
        self._sock.close()
        if self._drained is not None:
            self._drained.set()

    def _readable(self) -> None:
        self._read_once()

    def _read_once(self) -> bool:
        try:
            data = self._sock.recv(_READ_BYTES)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError as error:
            self._end(error)
            return False
        if not data:
            self._end(None)
            return False
        try:
            messages = self._decoder.feed(data)
        except LinkError as error:
            self._end(error)
            return False
        for message in messages:
            if self._closed:
                break
            self._received(message)
        return True

    def _writable(self) -> None:
        self._write()
        if not self._unsent:
            self._loop.remove_writer(self._sock)
            if self._drained is not None:
                self._drained.set()

    def _write(self) -> None:
        try:
            del self._unsent[: self._sock.send(self._unsent)]
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            # The other end is gone. What it had sent before is still to be read; reading then comes to the end.
            self._unsent.clear()

    def _end(self, error: Exception | None) -> None:
        self.close()
        self._lost(error)
