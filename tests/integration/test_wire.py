"""A program that was written after docs/wire.md alone takes part."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import struct
import sys
from pathlib import Path
from typing import Any

import msgpack
import pytest

from actors import Actor, ActorRef, Terminated
from runtime import ActorSystem, FailureDetectorSettings, RemoteSettings, Settings
from runtime.remote.events import NodeTerminated

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]
PATIENCE_S = 60.0


class Echo(Actor[Any]):
    """Answers what it is told."""

    def receive(self, message: Any) -> None:
        self.reply(message)


class Guard(Actor[Any]):
    """Watches the reference that it is sent, and reports its death to the sender."""

    def __init__(self) -> None:
        self.client: ActorRef[Any] | None = None

    def receive(self, message: Any) -> None:
        match message:
            case [ActorRef() as subject]:
                self.client = self.sender
                self.context.watch(subject)
            case Terminated() if self.client is not None:
                self.client.tell([str(message.ref), message.existence_confirmed, message.cause.value, message.detail])


async def test_a_program_that_takes_answers_needs_no_door_of_its_own() -> None:
    """As in docs/wire.md, it asks and is answered on connections that it has dialled, and on no others."""
    async with ActorSystem("near", Settings(remote=RemoteSettings())) as system:
        echo, target = system.spawn(Echo, "echo"), str(system.address)
        own, ask = "actor://nowhere@127.0.0.1:9", "actor://nowhere@127.0.0.1:9/temp/$3#3"
        reader, writer = await asyncio.open_connection(system.address.host, system.address.port)

        def say(*items: Any) -> None:
            body = msgpack.packb(items)
            writer.write(struct.pack(">I", len(body)) + body)

        async def hear() -> Any:
            (size,) = struct.unpack(">I", await reader.readexactly(4))
            return msgpack.unpackb(await reader.readexactly(size))

        async with asyncio.timeout(PATIENCE_S):
            say("deathwatch", "hello", 2, own, 4711, target, "ordinary", None, ["answers"])
            assert (await hear())[:4] == ["deathwatch", "welcome", 2, target]
            say(8, 0, 0)
            say(1, [0, str(echo.path.at(system.address))], ask, "one")
            assert await hear() == [11, ask, 0, "one"]
            say(1, 0, ask, {"two": b"x" * 50_000})
            assert await hear() == [11, ask, 0, {"two": b"x" * 50_000}]
            say(10)
            assert await reader.read() == b""
        writer.close()


@pytest.mark.parametrize("secret", ["", "between us"])
async def test_a_program_written_from_the_page_talks_to_us(secret: str) -> None:
    """D62, R1, R9: handshake, ask, watch, being watched, deaths in order, heartbeats, goodbye, as in docs/wire.md.

    Also what is lost and sent again, on the same connection and on the next; and all of it with a secret.
    """
    ended: list[NodeTerminated] = []
    often = dataclasses.replace(FailureDetectorSettings.wan(), heartbeat_interval_s=0.1)
    settings = Settings(remote=RemoteSettings(failure_detector=often, secret=secret or None))
    async with ActorSystem("near", settings) as system:
        system.event_stream.subscribe(ended.append, NodeTerminated)
        echo = system.spawn(Echo, "echo")
        system.spawn(Guard, "guard")
        script = Path(__file__).with_name("stranger.py")
        process = await asyncio.create_subprocess_exec(
            sys.executable, str(script), str(system.address), secret, stdout=asyncio.subprocess.PIPE
        )
        async with asyncio.timeout(PATIENCE_S):
            output, _ = await process.communicate()
            assert process.returncode == 0
            while not ended:  # noqa: ASYNC110 - its goodbye is read
                await asyncio.sleep(0.001)
    told = json.loads(output)
    here = str(echo.path.at(system.address))
    mine = told["told of mine"][0]
    assert told == {
        "identity": ["/identity", 9, here],
        "answer": [mine.replace("/user/mine#5", "/temp/ask#1"), here, ["hello", 1.5, None, {"a": 1}]],
        "watched": ["/watch", mine, f"{system.address}/user/guard#{told['watched'][2].partition('#')[2]}"],
        "suspicion": [],
        "told of mine": [mine, True, "failed", "so"],
        "missed": True,
        "nobody": ["/death", f"{system.address}/user/nobody#77", False, False, *told["nobody"][4:]],
        "reply": 5,
        "again": "again",
        "read": True,
        "answers before the death": list(range(100)),
        "death": ["/death", here, True, False, "stopped", ""],
        "acknowledged": True,
    }
    assert told["nobody"][4] == "never-existed"
    assert [event.cause.value for event in ended] == ["node-shutdown"]
