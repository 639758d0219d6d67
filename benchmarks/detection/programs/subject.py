"""The process that is watched: an actor system with the actors that are watched. It dies as it is told."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import gc
import os
import signal
import socket
import struct
import sys
from typing import Any

from actors import Actor, ActorRef, Directive, OneForOneStrategy, Props, message
from benchmarks.detection.programs.lines import clock_s, say
from benchmarks.detection.programs.orders import orders
from benchmarks.detection.programs.settings import run, settings_of
from runtime import ActorSystem

BALLAST: list[bytearray] = []
CROWD = 10_000
"""From so many actors on, looking through them for garbage would take longer than the silence that means death."""


@message(name="detection.ask-refs")
class AskRefs:
    """Asks for references to some of the watched actors.

    Attributes:
        first: Number of the first.
        count: How many.
    """

    first: int
    count: int


@message(name="detection.fail")
class Fail:
    """Tells a watched actor to raise."""


class Watched(Actor[Any]):
    """An actor that does nothing but live."""

    def receive(self, message: Any) -> None:
        """Handle one message."""
        if isinstance(message, Fail):
            say("doing", t=clock_s())
            raise RuntimeError("told to fail")
        self.reply(message)


class Parent(Actor[AskRefs]):
    """Has the watched actors as its children, and stops one that fails."""

    supervisor_strategy = OneForOneStrategy(decider={Exception: Directive.STOP})

    def __init__(self, count: int) -> None:
        self.refs: list[ActorRef[Any]] = []
        self.count = count

    def pre_start(self) -> None:
        """Start them."""
        self.refs = [self.context.spawn(Watched, name=f"w{number}") for number in range(self.count)]

    def receive(self, message: AskRefs) -> None:
        """Handle one message."""
        self.reply(self.refs[message.first : message.first + message.count])


async def main() -> None:
    """Live as told."""
    following = orders()
    order = await anext(following)
    BALLAST.append(bytearray(os.urandom(1)) * (order.get("mib", 0) << 20))
    if order.get("watched", 1) >= CROWD:
        gc.disable()
    try:
        settings = settings_of(order)
    except ValueError as error:
        say("unsupported", do="start", detail=str(error))
        return
    system = await bound(settings)
    try:
        parent: ActorRef[Any] = system.spawn(Props(Parent, order.get("watched", 1)), name="subjects")
        refs = await parent.ask(AskRefs(0, order.get("watched", 1)), timeout=60.0)
        await refs[-1].ask("are you all started?", timeout=60.0)  # else it is late when it is watched
        told_to_end = asyncio.Event()
        system.loop.add_signal_handler(signal.SIGTERM, told_to_end.set)
        say("ready", address=str(system.address), pid=os.getpid())
        listening = system.loop.create_task(obey(following, refs[0], told_to_end))
        await told_to_end.wait()
        listening.cancel()
    finally:
        await system.terminate()


async def bound(settings: Any) -> ActorSystem:
    """A system that listens; a port that a dying process still has is asked for again."""
    while True:
        system = ActorSystem("subject", settings)
        try:
            await system.start()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            await asyncio.sleep(0.001)
        else:
            return system


async def obey(following: Any, first: ActorRef[Any], told_to_end: asyncio.Event) -> None:
    """Follow the orders until there are no more."""
    async for order in following:
        match order["do"]:
            case "raise":
                first.tell(Fail())
            case "exit":
                say("doing", t=clock_s())
                os._exit(1)
            case "forget":
                forget_connections()
            case "stop":
                say("doing", t=clock_s())
                break
            case other:
                say("unsupported", do=other, detail="no such order")
    told_to_end.set()


def forget_connections() -> None:
    """End as if the machine had been switched off and on: each connection sends one reset, which a cut swallows."""
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(int(name))) as one:
            one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    say("doing", t=clock_s())
    os._exit(1)


if __name__ == "__main__":
    run(main, sys.argv[1] if len(sys.argv) > 1 else "uvloop")
