"""What only the simulated network can do: cut, freeze, kill in the middle, replay."""

from __future__ import annotations

import asyncio
import random

import pytest

from runtime.sim.links import Loss, Shape
from runtime.sim.loop import SimLoop
from runtime.sim.network import SimNetwork, SimTransport
from runtime.transport.base import Connection


class Log:
    """A handler that writes down what it was told, and when."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.connection: Connection

    def connection_made(self, connection: Connection) -> None:
        self.connection = connection
        self.note("made")

    def data_received(self, data: bytes) -> None:
        self.note(data.decode())

    def connection_lost(self, error: BaseException | None) -> None:
        self.note(f"lost {type(error).__name__}")

    def pause_writing(self) -> None:
        self.note("pause")

    def resume_writing(self) -> None:
        self.note("resume")

    def note(self, text: str) -> None:
        self.lines.append(f"{asyncio.get_running_loop().time():.6f} {text}")

    def texts(self) -> list[str]:
        """What happened, without the times."""
        return [line.split(" ", 1)[1] for line in self.lines]


class Three:
    """A network with a server that listens at ("server", 1) and a client."""

    def __init__(self, seed: int = 1) -> None:
        self.network = SimNetwork(asyncio.get_running_loop(), random.Random(seed), split_probability=0.0)
        self.client: SimTransport = self.network.transport("client")
        self.accepted: list[Log] = []

    async def start_server(self) -> None:
        """Listen; again after a kill."""
        await self.network.transport("server").listen("server", 1, self.accept)

    def accept(self) -> Log:
        """One more connection at the server."""
        self.accepted.append(Log())
        return self.accepted[-1]

    async def connect(self, timeout_s: float = 5.0) -> tuple[Log, Log]:
        """The client's and the server's end of a new connection."""
        handler = Log()
        await self.client.connect("server", 1, handler, timeout_s)
        return handler, self.accepted[-1]


@pytest.fixture
async def three() -> Three:
    """A network with a living server."""
    world = Three()
    await world.start_server()
    return world


async def test_a_cut_link_is_silent_and_heals(three: Three) -> None:
    """Bytes over a cut link are not lost but late: they arrive after the healing, and no error is seen."""
    client, server = await three.connect()
    three.network.cut("client", "server")
    client.connection.write(b"late")
    await asyncio.sleep(1.0)
    assert server.texts() == ["made"]
    three.network.heal("client", "server")
    await asyncio.sleep(1.0)
    assert server.texts() == ["made", "late"]
    assert client.texts() == ["made"]


async def test_a_one_way_cut_loses_one_direction(three: Three) -> None:
    """What the client sends does not arrive, what the server sends does."""
    client, server = await three.connect()
    three.network.cut("client", "server", one_way=True)
    client.connection.write(b"up")
    server.connection.write(b"down")
    await asyncio.sleep(1.0)
    assert server.texts() == ["made"]
    assert client.texts() == ["made", "down"]


async def test_a_dial_over_a_cut_link_times_out_or_comes_through_late(three: Three) -> None:
    """Nobody refuses: a short time-out ends in `TimeoutError`, a long one outlives the cut."""
    loop = asyncio.get_running_loop()
    three.network.cut("client", "server")
    with pytest.raises(TimeoutError, match=r"server:1 did not answer within 0\.5 s"):
        await three.connect(0.5)
    assert loop.time() == 0.5
    loop.call_later(2.0, three.network.heal, "client", "server")
    await three.connect(10.0)
    assert 3.0 < loop.time() < 4.0


@pytest.mark.parametrize("way", [("client", "server"), ("server", "client")])
@pytest.mark.parametrize("listens", [True, False])
async def test_a_lost_syn_is_sent_again_as_linux_does(three: Three, way: tuple[str, str], *, listens: bool) -> None:
    """After 1 s, 2 s later and 4 s later, and so is one whose answer is lost, of which nobody who listens hears."""
    loop = asyncio.get_running_loop()
    three.network.shape(*way, Shape(loss=Loss(1.0)), one_way=True)
    loop.call_later(3.5, three.network.shape, *way, Shape())
    if not listens:
        three.network.kill("server")
        with pytest.raises(ConnectionRefusedError):
            await three.connect(10.0)
    else:
        await three.connect(10.0)
        assert len(three.accepted) == 1
    assert 7.0 < loop.time() < 7.01


async def test_a_process_killed_during_a_cut_is_found_out_after_it(three: Three) -> None:
    """Its end of stream is retransmitted by the kernel that survives it; until then there is nothing to see."""
    client, _ = await three.connect()
    three.network.cut("client", "server")
    three.network.kill("server")
    await asyncio.sleep(1.0)
    assert client.texts() == ["made"]
    three.network.heal("client", "server")
    await asyncio.sleep(1.0)
    assert client.texts() == ["made", "lost NoneType"]


@pytest.mark.parametrize(("healed_s", "arrives_s"), [(0.1, 0.2), (0.3, 0.4), (0.5, 0.8), (1.0, 1.6)])
async def test_what_a_cut_held_up_is_sent_again_as_linux_does(three: Three, healed_s: float, arrives_s: float) -> None:
    """A probe after 0.2 s, the first retransmission 0.2 s later, then twice as long each time."""
    handler, accepted = await three.connect()
    loop = asyncio.get_running_loop()
    three.network.cut("client", "server")
    began = loop.time()
    handler.connection.write(b"late")
    await asyncio.sleep(healed_s)
    three.network.heal("client", "server")
    await asyncio.sleep(5.0)
    when, text = accepted.lines[-1].split(" ", 1)
    assert text == "late"
    assert float(when) - began == pytest.approx(arrives_s, abs=0.001)


async def test_a_killed_process_hears_nothing_and_its_last_words_arrive(three: Three) -> None:
    """What was written before SIGKILL comes before the end of the stream; the dead handler is not called again."""
    client, server = await three.connect()
    server.connection.write(b"last words")
    three.network.kill("server")
    client.connection.write(b"too late")
    await asyncio.sleep(1.0)
    assert client.texts() == ["made", "last words", "lost NoneType"]
    assert server.texts() == ["made"]


async def test_a_dying_listener_may_still_accept(three: Three) -> None:
    """A dial that comes before the kernel has closed the listening socket is accepted, reset, never served."""
    three.network.kill("server", listeners_linger_s=0.01)
    client = Log()
    await three.client.connect("server", 1, client, 1.0)
    await asyncio.sleep(0.1)
    assert client.texts() == ["made", "lost ConnectionResetError"]
    assert three.accepted == []
    with pytest.raises(ConnectionRefusedError):
        await three.connect()


async def test_unread_data_at_a_kill_is_a_reset(three: Three) -> None:
    """A process killed with data in its receive buffer resets the connection, as the kernel does."""
    client, server = await three.connect()
    three.network.freeze("server")
    client.connection.write(b"unread")
    await asyncio.sleep(1.0)
    three.network.kill("server")
    await asyncio.sleep(1.0)
    assert client.texts() == ["made", "lost ConnectionResetError"]
    assert server.texts() == ["made"]


async def test_a_frozen_process_is_silent_but_its_kernel_answers(three: Three) -> None:
    """Dials succeed and data is taken; nothing is handled before the thaw, then all of it in order."""
    three.network.freeze("server")
    client, server = await three.connect()
    client.connection.write(b"one")
    client.connection.write(b"two")
    await asyncio.sleep(10.0)
    assert server.texts() == []
    three.network.thaw("server")
    await asyncio.sleep(1.0)
    assert server.texts() == ["made", "one", "two"]


async def test_a_frozen_peer_fills_the_send_buffer(three: Three) -> None:
    """Writing to a process that reads nothing pauses the writer until it reads again."""
    client, _ = await three.connect()
    three.network.freeze("server")
    while "pause" not in client.texts():
        client.connection.write(b"z" * 65_536)
    await asyncio.sleep(10.0)
    assert "resume" not in client.texts()
    three.network.thaw("server")
    await asyncio.sleep(1.0)
    assert client.texts() == ["made", "pause", "resume"]


async def test_a_restarted_process_knows_nothing_of_the_old_connections(three: Three) -> None:
    """The address is the same, the process another: old connections end, new ones reach the new one."""
    old, _ = await three.connect()
    three.network.kill("server")
    with pytest.raises(ConnectionRefusedError):
        await three.connect()
    await three.start_server()
    new, server = await three.connect()
    new.connection.write(b"hello")
    await asyncio.sleep(1.0)
    assert old.texts() == ["made", "lost NoneType"]
    assert server.texts() == ["made", "hello"]


async def test_the_transport_of_a_dead_process_is_dead(three: Three) -> None:
    """Code that outlives its killed process neither listens nor dials; its writes go nowhere, and it hears nothing."""
    dead = three.network.transport("server")
    client, server = await three.connect()
    three.network.kill("server")
    server.connection.write(b"ghost")
    with pytest.raises(OSError, match="dead"):
        await dead.listen("server", 2, three.accept)
    with pytest.raises(OSError, match="dead"):
        await dead.connect("server", 1, Log(), 1.0)
    server.connection.close()
    await asyncio.sleep(1.0)
    assert client.texts() == ["made", "lost NoneType"]
    assert server.texts() == ["made"]


async def test_a_lost_reset_leaves_the_peer_half_open_until_it_writes(three: Three) -> None:
    """A reset is sent once: if it is lost, the peer learns of it only by the answer to its own data."""
    client, server = await three.connect()
    three.network.cut("client", "server")
    client.connection.abort()
    await asyncio.sleep(1.0)
    three.network.heal("client", "server")
    await asyncio.sleep(100.0)
    assert server.texts() == ["made"]
    server.connection.write(b"anyone?")
    await asyncio.sleep(1.0)
    assert server.texts() == ["made", "lost ConnectionResetError"]


def chatter(seed: int, loop_seed: int | None) -> list[str]:
    """A conversation with kills and cuts; what both ends saw, with times."""

    async def main() -> list[str]:
        world = Three(seed)
        await world.start_server()
        client, server = await world.connect()
        for number in range(20):
            client.connection.write(f"c{number}".encode())
            server.connection.write(f"s{number}".encode())
            await asyncio.sleep(0.0002)
        world.network.kill("server")
        await asyncio.sleep(1.0)
        return [*client.lines, *server.lines]

    with asyncio.Runner(loop_factory=lambda: SimLoop(loop_seed)) as runner:
        return runner.run(main())


def test_a_seed_is_a_run_of_the_network_too() -> None:
    """The same seeds give the same events at the same times; another seed other times, but never another order."""
    assert chatter(1, None) == chatter(1, None)
    assert chatter(1, 5) == chatter(1, 5)
    assert chatter(1, None) != chatter(2, None)
    for loop_seed in range(10):
        spoken = [line.split(" ")[1] for line in chatter(1, loop_seed)]
        heard = [word for word in spoken if word.startswith("c")]
        assert len(heard) >= 15  # the rest was on its way when the server was killed
        assert heard == [f"c{number}" for number in range(len(heard))]
        assert [word for word in spoken if word.startswith("s")] == [f"s{number}" for number in range(20)]
