"""`TlsTransport`: mutual TLS over any transport, the simulated one too. SHELL of the standard library's `ssl`.

The handler hears of a connection as soon as it is open, so that whatever limits unfinished handshakes limits those of
TLS, too; what it writes waits until the other side has shown its certificate. What goes wrong is a `TlsError` in
`connection_lost`: evidence of a failed dial, never of a refused one. Deliberately not here: what the bytes mean.
"""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import Callable
from typing import Final

from runtime.security import TlsSettings
from runtime.transport.base import (
    Connection,
    ConnectionHandler,
    DatagramHandler,
    Datagrams,
    Listener,
    TlsError,
    Transport,
)

READ_BYTES = 256 * 1024
UNSENT_BYTES = 256 * 1024
"""What waits for the other side's certificate before the handler is told to pause."""
CLOSE_S = 5.0
"""For a handshake that is still to be made when the connection is to be closed."""
_VERSIONS: Final = {"1.2": ssl.TLSVersion.TLSv1_2, "1.3": ssl.TLSVersion.TLSv1_3}
_RECORDS: Final = range(20, 24)
"""With which bytes a record of TLS begins."""
_ALERT: Final = b"\x15\x03\x03\x00\x02\x02\x46"
"""Fatal: the version of the protocol."""


class TlsTransport:
    """Opens connections on which both sides have shown a certificate.

    Args:
        inner: What carries bytes.
        settings: The certificates.

    Raises:
        OSError: If a file cannot be read or used; the text names it.
    """

    def __init__(self, inner: Transport, settings: TlsSettings) -> None:
        self._inner = inner
        self._accepting = _context(settings, ssl.PROTOCOL_TLS_SERVER)
        self._accepting.num_tickets = 0
        self._dialling = _context(settings, ssl.PROTOCOL_TLS_CLIENT)
        self._dialling.check_hostname = settings.check_hostname

    async def datagrams(self, host: str, port: int, received: DatagramHandler) -> Datagrams:
        """See `Transport.datagrams`: as they are; what is in them is sealed with keys that travel on connections."""
        return await self._inner.datagrams(host, port, received)

    async def listen(self, host: str, port: int, accept: Callable[[], ConnectionHandler]) -> Listener:
        """See `Transport.listen`."""
        return await self._inner.listen(host, port, lambda: TlsConnection(self._accepting, accept()))

    async def connect(self, host: str, port: int, handler: ConnectionHandler, timeout_s: float) -> Connection:
        """See `Transport.connect`. Certificates are looked at afterwards."""
        connection = TlsConnection(self._dialling, handler, host)
        await self._inner.connect(host, port, connection, timeout_s)
        return connection


class TlsConnection:
    """One end of a connection: a handler for the transport below, a connection for the handler above.

    Args:
        context: Our certificate, and whose are accepted.
        handler: Who is above.
        dialled: The host that we dialled; `None` if we were.
    """

    def __init__(self, context: ssl.SSLContext, handler: ConnectionHandler, dialled: str | None = None) -> None:
        self.peer: tuple[str, int] = ("", 0)
        self._handler = handler
        self._has_dialled = dialled is not None
        self._came, self._leaves = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(
            self._came, self._leaves, server_side=dialled is None, server_hostname=dialled or None
        )
        self._inner: Connection | None = None
        self._unsent: list[bytes] = []
        self._first = b""
        self._unsent_bytes = 0
        self._is_holding = self._is_full = False
        self._is_proven = self._is_paused = self._is_closing = False
        self._failure: TlsError | None = None
        self._timer: asyncio.TimerHandle | None = None

    # --- for the transport below --------------------------------------------------------------------------------------

    def connection_made(self, connection: Connection) -> None:
        """Begin the handshake, if it is ours to begin."""
        self._inner = connection
        self.peer = connection.peer
        self._handler.connection_made(self)
        self._advance()

    def data_received(self, data: bytes) -> None:
        """Some of the stream of TLS."""
        self._first = self._first or data[:1]
        self._came.write(data)
        self._advance()

    def connection_lost(self, error: BaseException | None) -> None:
        """The last call; the handler hears why if it was a matter of TLS."""
        self._is_paused = False
        self._advance()
        self._inner = None
        self._stop_timer()
        if error is None and not self._is_proven and not self._is_closing and (self._has_dialled or self._first):
            self._failure = self._failure or TlsError("the peer closed the connection during the TLS handshake")
        self._handler.connection_lost(self._failure or error)

    def pause_writing(self) -> None:
        """See `ConnectionHandler.pause_writing`."""
        self._is_full = True
        if not self._is_holding:
            self._handler.pause_writing()

    def resume_writing(self) -> None:
        """See `ConnectionHandler.resume_writing`."""
        self._is_full = False
        if not self._is_holding:
            self._handler.resume_writing()

    # --- for the handler above ----------------------------------------------------------------------------------------

    def write(self, data: bytes) -> None:
        """See `Connection.write`."""
        if self.is_closing:
            return
        if not self._is_proven:
            self._unsent.append(data)
            self._unsent_bytes += len(data)
            if self._unsent_bytes > UNSENT_BYTES and not self._is_holding:
                self._is_holding = True
                self._handler.pause_writing()
        elif data:
            self._tls.write(data)
            self._send()

    def pause_reading(self) -> None:
        """See `Connection.pause_reading`."""
        self._is_paused = True
        if self._inner is not None:
            self._inner.pause_reading()

    def resume_reading(self) -> None:
        """See `Connection.resume_reading`."""
        if self._is_paused and self._inner is not None:
            self._is_paused = False
            asyncio.get_running_loop().call_soon(self._advance)  # what is read already; there may be no more
            self._inner.resume_reading()

    def close(self) -> None:
        """See `Connection.close`."""
        if self._is_closing or self._inner is None:
            return
        self._is_closing = True
        if self._is_proven:
            self._finish()
        else:
            self._timer = asyncio.get_running_loop().call_later(CLOSE_S, self.abort)

    def abort(self) -> None:
        """See `Connection.abort`."""
        self._is_closing = True
        self._stop_timer()
        if self._inner is not None:
            self._inner.abort()

    @property
    def is_closing(self) -> bool:
        """See `Connection.is_closing`."""
        return self._is_closing or self._inner is None or self._inner.is_closing

    @property
    def unacknowledged_s(self) -> float:
        """See `Connection.unacknowledged_s`."""
        return 0.0 if self._inner is None else self._inner.unacknowledged_s

    # --- TLS ----------------------------------------------------------------------------------------------------------

    def _advance(self) -> None:
        if self._failure is not None or self._inner is None:
            return
        try:
            if not self._is_proven:
                self._tls.do_handshake()
                self._prove()
            while not self._is_paused and not self._inner.is_closing:
                data = self._tls.read(READ_BYTES)
                if not data:
                    self._end_of_stream()
                    return
                self._handler.data_received(data)
                if self._inner is None:
                    return
        except ssl.SSLWantReadError:
            self._send()
        except ssl.SSLZeroReturnError:
            self._end_of_stream()
        except ssl.SSLError as error:
            self._failure = TlsError(self._say(error))
            self._is_closing = True
            if not self._leaves.pending and not self._is_proven:
                self._leaves.write(_ALERT)  # OpenSSL has no word for those who do not speak TLS, and they want to know
            self._send()
            self._inner.close()

    def _prove(self) -> None:
        """The other side has shown its certificate: what waited for that leaves."""
        self._is_proven = True
        unsent, self._unsent = self._unsent, []
        for data in filter(None, unsent):
            self._tls.write(data)
        self._send()
        if self._is_closing:
            self._finish()
        elif self._is_holding:
            self._is_holding = False
            if not self._is_full:
                self._handler.resume_writing()

    def _send(self) -> None:
        if self._inner is not None and self._leaves.pending:
            self._inner.write(self._leaves.read())

    def _finish(self) -> None:
        """Say that nothing follows, so that the end cannot be anybody else's doing."""
        self._stop_timer()
        with contextlib.suppress(ssl.SSLError):  # the peer's own last word is not waited for
            self._tls.unwrap()
        self._send()
        if self._inner is not None:
            self._inner.close()

    def _end_of_stream(self) -> None:
        """The peer reads no more either, so what is buffered for it is dropped."""
        self._is_closing = True
        if self._inner is not None:
            self._inner.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _say(self, error: ssl.SSLError) -> str:
        if self._first and self._first[0] not in _RECORDS:
            return "the peer does not speak TLS; are certificates configured there?"
        if isinstance(error, ssl.SSLCertVerificationError):
            return f"the peer's certificate is not accepted: {error.verify_message}"
        reason = (error.reason or str(error)).replace("_", " ").lower()
        if "certificate required" in reason or "peer did not return" in reason:
            return f"a certificate is missing: {reason}"
        if "alert" in reason:
            return f"the peer does not accept our certificate, or our TLS: {reason.partition('alert ')[2]}"
        return f"TLS failed: {reason}"


def _context(settings: TlsSettings, protocol: int) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = _VERSIONS[settings.minimum_version]
    context.check_hostname = False
    context.verify_mode = ssl.CERT_REQUIRED
    what = f"the certificate {settings.certificate} with the key {settings.key}"
    try:
        context.load_cert_chain(settings.certificate, settings.key, settings.key_password or "")
        what = f"the certificates of {settings.ca}"
        context.load_verify_locations(settings.ca)
    except (OSError, ValueError) as error:
        raise OSError(f"cannot use {what}: {getattr(error, 'strerror', None) or error}") from error
    return context
