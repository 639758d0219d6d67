"""What monitoring costs: one watcher of many nodes, left alone; its time on the processor and its bytes. SHELL.

The nodes are actor systems in one other process, each with connections of its own; only the watcher's share is counted.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass

from benchmarks.detection.programs.settings import PROFILES
from benchmarks.detection.trials.conversation import Event, Program
from benchmarks.detection.trials.peers import Peer


@dataclass(frozen=True, slots=True)
class Overhead:
    """The cost of watching so many nodes.

    Attributes:
        links: Nodes that are watched.
        profile: Of the heartbeats.
        carriage: `tcp` or `udp`.
        interval_s: Between two heartbeats of a link.
        seconds: How long that was measured.
        cpu_share: Of one core, of the watching process: it sends a heartbeat, reads the answer, and judges.
        bytes_per_beat: Sent and received for each heartbeat, without headers of the network; 0 where it is not counted.
        mistakes: Suspicions and convictions meanwhile; there should be none.
    """

    links: int
    profile: str
    carriage: str
    interval_s: float
    seconds: float
    cpu_share: float
    bytes_per_beat: float
    mistakes: int


async def measure(
    peer: Peer, links: int, seconds: float, profile: str = "wan", carriage: str = "tcp", loop: str = "uvloop"
) -> Overhead:
    """Watch that many nodes for so long.

    Raises:
        ProgramFailed: If a process does not do as it is told.
        Unsupported: If the peer cannot do that.
    """
    mistakes: list[Event] = []

    def told(event: Event) -> None:
        if event["event"] in ("suspect", "dead"):
            mistakes.append(event)

    crowd = Program([sys.executable, "-m", "benchmarks.detection.programs.crowd", loop])
    watcher = Program(list(peer.watcher), told)
    try:
        start = {"host": "127.0.0.1", "profile": profile, "carriage": carriage}
        await watcher.ask("start", "ready", **start)
        ready = await crowd.ask("start", "ready", 120.0, count=links, **start)
        for number, address in enumerate(ready["addresses"]):
            await watcher.ask("watch", "watching", id=f"n{number}", address=address, watched=1)
        interval_s = PROFILES[profile]().heartbeat_interval_s
        await asyncio.sleep(3 * interval_s)
        before = await watcher.ask("usage", "usage")
        await asyncio.sleep(seconds)
        after = await watcher.ask("usage", "usage")
    finally:
        watcher.end()
        crowd.end()
    took_s = after["t"] - before["t"]
    moved = sum(after.get(name, 0) - before.get(name, 0) for name in ("bytes_in", "bytes_out"))
    beats = links * took_s / interval_s
    share = (after["cpu_s"] - before["cpu_s"]) / took_s
    return Overhead(links, profile, carriage, interval_s, took_s, share, moved / beats, len(mistakes))
