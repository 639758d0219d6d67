"""The process that watches: an actor system with some watchers, which tells the harness what it hears and when.

The moments are taken here, on the clock that all processes of the machine share. Deliberately not here: what was done
to the subject; the harness knows.
"""

from __future__ import annotations

import asyncio
import gc
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from actors import Actor, ActorRef, Props, Terminated
from benchmarks.detection.programs.lines import clock_s, say
from benchmarks.detection.programs.orders import orders
from benchmarks.detection.programs.settings import run, settings_of
from benchmarks.detection.programs.subject import CROWD, AskRefs
from benchmarks.detection.programs.tap import Tap
from runtime import ActorSystem
from runtime.remote.events import NodeSuspected, NodeTrusted
from runtime.transport.tcp import TcpTransport

TOLD_WITHIN_S = 0.05  # a line costs time, and wakes the harness: none is said between an end and the handler
CHUNK = 1000  # references in one message, and watches before the subject is heard of again


class Ends:
    """The ends of connections, until there is time to tell of them.

    Attributes:
        names: What the harness calls the node at an address.
    """

    def __init__(self) -> None:
        self.names: dict[str, str] = {}
        self._untold: list[tuple[str, float, str]] = []

    def note(self, host: str, port: int, t: float, detail: str) -> None:
        """A connection that was dialled has ended."""
        name = self.names.get(f"actor://subject@{host}:{port}")
        if name is not None:
            self._untold.append((name, t, detail))
            if len(self._untold) == 1:
                asyncio.get_running_loop().call_later(TOLD_WITHIN_S, self.tell)

    def tell(self) -> None:
        """Tell the harness."""
        untold, self._untold = self._untold, []
        for name, t, detail in untold:
            say("signal", id=name, t=t, detail=detail)


@dataclass(slots=True)
class Subject:
    """One watched process.

    Attributes:
        name: What the harness calls it.
        ends: Of its connections, which are told before its death.
        awaited: Notices that have not come.
        first_t: When the first handler was entered.
    """

    name: str
    ends: Ends
    awaited: int = 0
    first_t: float = 0.0

    def heard(self, now: float, notice: Terminated) -> None:
        """One of the watchers was told."""
        if self.awaited <= 0:
            return say("extra", id=self.name, t=now, cause=notice.cause.value)
        self.first_t = self.first_t or now
        self.awaited -= 1
        if self.awaited == 0:
            self.ends.tell()
            cause, detail = notice.cause.value, notice.detail
            say("dead", id=self.name, t=self.first_t, all_t=now, cause=cause, detail=detail)
        return None


@dataclass(frozen=True, slots=True)
class Take:
    """Tells a watcher to watch these for that subject.

    Attributes:
        subject: Which.
        refs: The watched actors.
    """

    subject: Subject
    refs: list[ActorRef[Any]]


class Watcher(Actor[Take | Terminated]):
    """Watches, and notes when it hears of a death."""

    def __init__(self) -> None:
        self.subjects: dict[ActorRef[Any], Subject] = {}

    def receive(self, message: Take | Terminated) -> None:
        """Handle one message."""
        if isinstance(message, Terminated):
            now = clock_s()
            self.subjects[message.ref].heard(now, message)
            return
        for ref in message.refs:
            self.subjects[ref] = message.subject
            self.context.watch(ref)
        self.reply(True)


class Watch:
    """What this process does for the harness.

    Args:
        system: Its actor system.
        tap: Between it and the network.
        watchers: The watching actors.
        ends: Of connections.
    """

    def __init__(self, system: ActorSystem, tap: Tap, watchers: list[ActorRef[Any]], ends: Ends) -> None:
        self._system = system
        self._tap = tap
        self._watchers = watchers
        self._ends = ends

    async def begin(self, name: str, address: str, watched: int) -> None:
        """Watch each actor of a subject; if there are fewer than watchers, several watch the same one."""
        self._ends.names[address] = name
        subject = Subject(name, self._ends)
        if watched >= CROWD:
            gc.disable()
        parent = await self._system.resolve(f"{address}/user/subjects", timeout=20.0)
        for first in range(0, watched, CHUNK):
            refs = await parent.ask(AskRefs(first, CHUNK), timeout=20.0)
            for watcher, share in self._shared(refs, watched):
                subject.awaited += len(share)
                await watcher.ask(Take(subject, share), timeout=20.0)
            await parent.ask(AskRefs(0, 0), timeout=20.0)  # asked after, so answered after the watches
        gc.freeze()
        gc.enable()
        say("watching", id=name, notices=subject.awaited)

    def _shared(self, refs: list[ActorRef[Any]], watched: int) -> Iterator[tuple[ActorRef[Any], list[ActorRef[Any]]]]:
        count = len(self._watchers)
        for number, watcher in enumerate(self._watchers):
            share = refs[number::count] if watched >= count else [refs[number % len(refs)]]
            if share:
                yield watcher, share

    def usage(self) -> None:
        """What it has cost so far."""
        used = resource.getrusage(resource.RUSAGE_SELF)
        tap = self._tap
        say("usage", t=clock_s(), cpu_s=used.ru_utime + used.ru_stime, bytes_in=tap.bytes_in, bytes_out=tap.bytes_out)


async def main() -> None:
    """Watch as told."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))  # each link has some sockets
    following = orders()
    order = await anext(following)
    try:
        settings = settings_of(order)
    except ValueError as error:
        say("unsupported", do="start", detail=str(error))
        return
    ends = Ends()
    tap = Tap(TcpTransport(), ends.note)
    if order.get("carriage") == "udp" and not tap.takes_datagrams:
        say("unsupported", do="start", detail="the transport takes no datagrams")
        return
    async with ActorSystem("watcher", settings, transport=tap) as system:
        watchers: list[ActorRef[Any]] = [system.spawn(Props(Watcher)) for _ in range(order.get("watchers", 1))]
        watch = Watch(system, tap, watchers, ends)

        def suspected(event: NodeSuspected) -> None:
            say("suspect", id=ends.names.get(str(event.address), ""), t=clock_s(), detail=event.detail)

        def trusted(event: NodeTrusted) -> None:
            say("trust", id=ends.names.get(str(event.address), ""), t=clock_s())

        system.event_stream.subscribe(suspected, NodeSuspected)
        system.event_stream.subscribe(trusted, NodeTrusted)
        say("ready", address=str(system.address))
        async for order in following:
            match order["do"]:
                case "watch":
                    await watch.begin(order["id"], order["address"], order.get("watched", 1))
                case "stall":
                    time.sleep(order["seconds"])  # noqa: ASYNC251 - that is the failure
                    say("stalled", t=clock_s())
                case "usage":
                    watch.usage()
                case "end":
                    break
                case other:
                    say("unsupported", do=other, detail="no such order")


if __name__ == "__main__":
    run(main, sys.argv[1] if len(sys.argv) > 1 else "uvloop")
