"""What every transport promises: the same tests for the simulated network and for TCP on both real loops."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from runtime.transport.tls import TlsTransport

HOST = "127.0.0.1"


async def pair(world: Any, recorder: Any, **options: Any) -> tuple[Any, Any, Any]:
    """A listener, the client's handler and the server's, connected."""
    listener = await world.server.listen(HOST, 0, lambda: world.accept(**options))
    client = recorder()
    await world.client.connect(HOST, listener.port, client, 5.0)
    server = await world.accepted.get()
    await server.until("made")
    return listener, client, server


async def shut(listener: Any, *handlers: Any) -> None:
    """Leave nothing behind."""
    await listener.close()
    for handler in handlers:
        if handler.connection is not None:
            handler.connection.abort()
            await handler.until("lost")


async def test_bytes_arrive_in_order_in_both_directions(world: Any, recorder: Any) -> None:
    """What is written is read at the other end, whole and in order, however it is cut on the way."""
    listener, client, server = await pair(world, recorder, greeting=b"hello ", echo=True)
    sent = b"".join(number.to_bytes(4, "big") for number in range(20_000))
    for start in range(0, len(sent), 777):
        client.connection.write(sent[start : start + 777])
    assert await client.until_bytes(6 + len(sent)) == b"hello " + sent
    assert bytes(server.data) == sent
    await shut(listener, client, server)


async def test_connection_made_comes_first_and_before_connect_returns(world: Any, recorder: Any) -> None:
    """A server that speaks first is heard after `connection_made`; both ends know a peer."""
    listener = await world.server.listen(HOST, 0, lambda: world.accept(greeting=b"first"))
    client = recorder()
    connection = await world.client.connect(HOST, listener.port, client, 5.0)
    assert client.calls[0] == "made"
    assert connection is client.connection
    assert connection.peer == (HOST, listener.port)
    assert await client.until_bytes(5) == b"first"
    server = await world.accepted.get()
    assert server.connection.peer[1] > 0
    await shut(listener, client, server)


async def test_close_delivers_what_was_written_and_then_the_end(world: Any, recorder: Any) -> None:
    """`close` flushes: the peer reads everything and then sees the end of the stream, and both ends are told once."""
    listener, client, server = await pair(world, recorder)
    client.connection.write(b"x" * 100_000)
    client.connection.close()
    assert client.connection.is_closing
    client.connection.write(b"ignored")
    await server.until("lost")
    await client.until("lost")
    assert bytes(server.data) == b"x" * 100_000
    assert server.error is None
    assert client.error is None
    assert server.connection.is_closing
    server.connection.write(b"into the void")
    server.connection.close()
    client.connection.abort()
    await asyncio.sleep(0)
    assert server.calls.count("lost") == client.calls.count("lost") == 1
    await listener.close()


async def test_who_closes_with_something_unread_resets(world: Any, recorder: Any) -> None:
    """As Linux does: what had left comes first, and then an error, not the end of the stream."""
    if isinstance(world.server, TlsTransport):
        pytest.skip("TLS reads what comes before its handler does")
    listener, client, server = await pair(world, recorder)
    client.connection.pause_reading()
    server.connection.write(b"never read")
    await asyncio.sleep(0.1)
    client.connection.write(b"last words")
    client.connection.close()
    await server.until("lost")
    await client.until("lost")
    assert bytes(server.data) == b"last words"
    assert isinstance(server.error, ConnectionResetError)
    assert client.error is None
    await listener.close()


async def test_abort_is_a_reset_for_the_peer(world: Any, recorder: Any) -> None:
    """`abort` ends the connection at once: an error at the other end, none at this one."""
    listener, client, server = await pair(world, recorder)
    client.connection.abort()
    assert client.connection.is_closing
    await server.until("lost")
    await client.until("lost")
    assert isinstance(server.error, ConnectionResetError)
    assert client.error is None
    await listener.close()


async def test_a_dial_cancelled_when_it_was_just_connected_ends_the_connection(world: Any, recorder: Any) -> None:
    """Whoever cancels `connect` after `connection_made` hears of the end once, may go on writing, and leaks nothing."""
    listener = await world.server.listen(HOST, 0, world.accept)

    class Impatient(recorder):  # type: ignore[misc]
        def connection_made(self, connection: Any) -> None:
            super().connection_made(connection)
            asyncio.get_running_loop().call_soon(dial.cancel)

    client = Impatient()
    dial = asyncio.ensure_future(world.client.connect(HOST, listener.port, client, 5.0))
    await asyncio.wait([dial])
    if dial.cancelled():
        client.connection.write(b"ignored")
    else:  # this loop had already handed it over
        client.connection.close()
    await client.until("lost")
    client.connection.write(b"ignored")
    client.connection.abort()
    server = await world.accepted.get()
    await server.until("lost")
    assert client.calls == ["made", "lost"]
    await listener.close()


async def test_nobody_there_is_refused(world: Any, recorder: Any) -> None:
    """A dial to a port where nobody listens any more is refused at once, naming the address."""
    listener = await world.server.listen(HOST, 0, world.accept)
    await listener.close()
    with pytest.raises(ConnectionRefusedError, match=f"{HOST}:{listener.port}"):
        await world.client.connect(HOST, listener.port, recorder(), 30.0)


async def test_a_port_in_use_is_an_error_that_names_it(world: Any) -> None:
    """Listening twice at one address fails with a text for people; after `close` the port is free again."""
    listener = await world.server.listen(HOST, 0, world.accept)
    assert listener.port > 0
    assert listener.host == HOST
    with pytest.raises(OSError, match=f"cannot listen on {HOST}:{listener.port}: the port is in use"):
        await world.client.listen(HOST, listener.port, world.accept)
    await listener.close()
    again = await world.client.listen(HOST, listener.port, world.accept)
    await again.close()


async def test_a_closed_listener_leaves_open_connections_alone(world: Any, recorder: Any) -> None:
    """Only new connections are turned away."""
    listener, client, server = await pair(world, recorder, echo=True)
    await listener.close()
    client.connection.write(b"still here")
    assert await client.until_bytes(10) == b"still here"
    await shut(listener, client, server)


async def test_a_full_send_buffer_pauses_the_writer_and_an_empty_one_resumes_it(world: Any, recorder: Any) -> None:
    """Writing without an end calls `pause_writing`; once the peer has read, `resume_writing`. Nothing is lost."""
    listener, client, server = await pair(world, recorder)
    total = 0
    while not client.paused:
        client.connection.write(b"y" * 65_536)
        total += 65_536
    await client.until("resume")
    assert len(await server.until_bytes(total)) == total
    assert client.calls.count("pause") == 1
    await shut(listener, client, server)


async def until_refused(world: Any, recorder: Any, port: int) -> None:
    """Dial until refused: a dead process's listening socket may be closed last, and until then a dial is reset."""
    while True:
        late = recorder()
        try:
            await world.client.connect(HOST, port, late, 5.0)
        except ConnectionRefusedError:
            return
        except ConnectionResetError:
            continue
        await late.until("lost")


async def test_a_killed_process_ends_its_connections_and_refuses_dials(world: Any, recorder: Any) -> None:
    """SIGKILL of the peer: `connection_lost` here, then a refused dial, and a new process at the address is reached."""
    port = await world.start_echo()
    client = recorder()
    connection = await world.client.connect(HOST, port, client, 5.0)
    connection.write(b"ping")
    await client.until_bytes(4)
    world.kill_echo()
    await client.until("lost")
    assert client.error is None or isinstance(client.error, ConnectionResetError)
    await until_refused(world, recorder, port)
    assert await world.start_echo(port) == port
    second = recorder()
    await world.client.connect(HOST, port, second, 5.0)
    second.connection.write(b"pong")
    assert await second.until_bytes(4) == b"pong"
    second.connection.close()
    await second.until("lost")


async def test_an_error_in_a_handler_ends_its_connection(world: Any, recorder: Any) -> None:
    """A handler that raises loses its connection with that error, and the loop's exception handler hears of it."""
    heard: list[Any] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: heard.append(context.get("exception")))
    listener, client, server = await pair(world, recorder)

    class Clumsy(recorder):  # type: ignore[misc]
        def data_received(self, data: bytes) -> None:
            raise LookupError("clumsy")

    clumsy = Clumsy()
    connection = await world.client.connect(HOST, listener.port, clumsy, 5.0)
    other = await world.accepted.get()
    await other.until("made")
    other.connection.write(b"!")
    await clumsy.until("lost")
    assert isinstance(clumsy.error, LookupError)
    assert connection.is_closing
    await other.until("lost")
    assert [type(error) for error in heard] == [LookupError]
    await shut(listener, client, server)


async def test_who_pauses_reading_is_brought_nothing_until_he_resumes(world: Any, recorder: Any) -> None:
    """Data and the end of the stream wait, the writer is paused at last, and all of it comes in order afterwards."""
    listener, client, server = await pair(world, recorder)
    server.connection.pause_reading()
    server.connection.pause_reading()
    total = 0
    while not client.paused:
        client.connection.write(b"z" * 65_536)
        total += 65_536
        await asyncio.sleep(0)
    assert bytes(server.data) == b""
    client.connection.close()
    for _ in range(100):
        await asyncio.sleep(0)
    assert "lost" not in server.calls
    server.connection.resume_reading()
    server.connection.resume_reading()
    assert len(await server.until_bytes(total)) == total
    await server.until("lost")
    await client.until("lost")
    assert server.error is None
    server.connection.pause_reading()
    server.connection.resume_reading()
    await listener.close()


async def test_reading_may_be_paused_and_resumed_from_within(world: Any, recorder: Any) -> None:
    """A handler that pauses in `data_received` and resumes a little later loses nothing and nothing is out of order."""

    class Hesitant(recorder):  # type: ignore[misc]
        def data_received(self, data: bytes) -> None:
            assert not self.hesitates
            super().data_received(data)
            self.hesitates = True
            self.connection.pause_reading()
            asyncio.get_running_loop().call_soon(self.go_on)

        def go_on(self) -> None:
            self.hesitates = False
            self.connection.resume_reading()

    Hesitant.hesitates = False
    listener = await world.server.listen(HOST, 0, lambda: world.accept(echo=True))
    client = Hesitant()
    connection = await world.client.connect(HOST, listener.port, client, 5.0)
    sent = b"".join(number.to_bytes(4, "big") for number in range(50_000))
    for start in range(0, len(sent), 1777):
        connection.write(sent[start : start + 1777])
    assert await client.until_bytes(len(sent)) == sent
    server = await world.accepted.get()
    await shut(listener, client, server)


async def test_what_nobody_acknowledges_is_noticed(world: Any, recorder: Any) -> None:
    """Something on the way has forgotten the connection: it stays open, and who sends knows for how long it is mute."""
    listener, client, server = await pair(world, recorder)
    client.connection.write(b"arrives")
    await server.until_bytes(7)
    assert client.connection.unacknowledged_s == server.connection.unacknowledged_s == 0.0
    world.swallow(client, server)
    client.connection.write(b"does not")
    while client.connection.unacknowledged_s < 0.3:  # noqa: ASYNC110 # the kernel tells nobody
        await asyncio.sleep(0.05)
    assert server.connection.unacknowledged_s == 0.0, "it has sent nothing"
    assert "lost" not in client.calls + server.calls
    assert bytes(server.data) == b"arrives"
    await shut(listener, client, server)
    assert client.connection.unacknowledged_s == 0.0, "it is over"


async def test_who_reads_slowly_acknowledges(world: Any, recorder: Any) -> None:
    """A full window is not a lost segment: the other machine answers, whatever its process does."""
    listener, client, server = await pair(world, recorder)
    server.connection.pause_reading()
    while not client.paused:
        client.connection.write(b"x" * 65536)
        await asyncio.sleep(0)
    for _ in range(20):
        await asyncio.sleep(0.05)
        assert client.connection.unacknowledged_s == 0.0
    server.connection.resume_reading()
    await shut(listener, client, server)
