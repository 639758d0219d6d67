"""A candidate in a process of its own: stands for election on ZooKeeper, and writes again and again while it leads.

Run as `python -m benchmarks.failover.candidate`, by `candidates`. Each line of its output is a moment, as JSON: what,
epoch, number, and the machine's monotonic time. With evidence it holds a connection to the leader, and challenges it
when that has ended and nobody listens any more. Deliberately not here: killing it, and judging its lines.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import time
from typing import Any

from cluster.election.driver import ElectionUnavailable, LeaderInfo, StaleEpoch
from cluster.election.zookeeper.driver import ZookeeperElectionDriver
from cluster.election.zookeeper.settings import ZookeeperSettings

DIAL_AGAIN_S = 0.0005
TRIES = 5


def say(what: str, epoch: int = 0, number: int = 0, text: str = "") -> None:
    """One line, at once."""
    os.write(1, (json.dumps([what, epoch, number, time.monotonic(), text]) + "\n").encode())


class Candidate:
    """An `ElectionListener` that acts.

    Args:
        options: Of the command line.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        settings = ZookeeperSettings(options.hosts, cluster_id=options.cluster, session_timeout_s=options.session)
        self._options = options
        self._driver = ZookeeperElectionDriver(settings)
        self._leads = 0
        self._random = random.Random(options.name)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._watching: asyncio.Task[Any] | None = None
        self._port = 0

    async def run(self) -> None:
        """Until it is killed."""
        server = await asyncio.start_server(_hold, "127.0.0.1", 0)
        self._port = int(server.sockets[0].getsockname()[1])
        await self._driver.start(self)
        await self._driver.stand(self._options.name)
        say("up")
        await asyncio.Event().wait()

    def granted(self, epoch: int) -> None:
        """Act."""
        say("granted", epoch, text=self._driver.succession.value)
        self._leads = epoch
        self._spawn(self._act(epoch))

    def revoked(self) -> None:
        """Stop."""
        say("revoked", self._leads)
        self._leads = 0

    def suspended(self) -> None:
        """Pause."""
        say("suspended", self._leads)

    def resumed(self) -> None:
        """Go on."""
        say("resumed", self._leads)

    def leader_changed(self, info: LeaderInfo | None) -> None:
        """Hold a connection to whoever leads."""
        say("leader", info.epoch if info is not None else 0, text=info.candidate if info is not None else "")
        if self._watching is not None:
            self._watching.cancel()
            self._watching = None
        if info is not None and info.candidate != self._options.name:
            if self._options.evidence:
                self._watching = self._spawn(self._watch(info))
            if self._random.random() < self._options.wrong:
                say("wrong", info.epoch)
                self._spawn(self._challenge(info.epoch))

    def failed(self, error: Exception) -> None:
        """Go on trying."""
        say("failed", text=str(error))

    async def _act(self, epoch: int) -> None:
        number = 0
        while self._leads == epoch:
            if self._driver.holds(epoch):
                await self._write(epoch, number)
                if number == 0:
                    await self._publish(epoch)
                number += 1
            await asyncio.sleep(self._options.period)

    async def _write(self, epoch: int, number: int) -> None:
        say("invoke", epoch, number)
        key = f"acts/{epoch:06}/{self._options.name}-{number:06}"
        try:
            await self._driver.pointers.put(key, b"", epoch)
            say("ok", epoch, number)
        except StaleEpoch:
            say("refused", epoch, number)
        except ElectionUnavailable:
            say("unknown", epoch, number)

    async def _publish(self, epoch: int) -> None:
        name = self._options.name
        try:
            await self._driver.publish(LeaderInfo(epoch, f"127.0.0.1:{self._port}", "", name))
        except ElectionUnavailable as error:
            say("unpublished", epoch, text=str(error))

    async def _watch(self, info: LeaderInfo) -> None:
        """The end of a stream, and then a refused dial: the process is gone for certain."""
        host, _, port = info.address.rpartition(":")
        for _ in range(TRIES):
            try:
                reader, writer = await asyncio.open_connection(host, int(port))
            except ConnectionRefusedError:
                say("convicted", info.epoch)
                await self._challenge(info.epoch)
                return
            except OSError:
                pass
            else:
                try:
                    await reader.read()
                except OSError:
                    pass
                finally:
                    writer.close()
            await asyncio.sleep(DIAL_AGAIN_S)

    async def _challenge(self, epoch: int) -> None:
        try:
            await self._driver.challenge(epoch)
        except ElectionUnavailable as error:
            say("unchallenged", epoch, text=str(error))

    def _spawn(self, work: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task


async def _hold(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    await reader.read()


def main(arguments: list[str]) -> None:
    """Run one."""
    parser = argparse.ArgumentParser()
    parser.add_argument("hosts")
    parser.add_argument("cluster")
    parser.add_argument("name")
    parser.add_argument("--session", type=float, default=2.0)
    parser.add_argument("--period", type=float, default=0.005)
    parser.add_argument("--evidence", action="store_true")
    parser.add_argument("--wrong", type=float, default=0.0)
    asyncio.run(Candidate(parser.parse_args(arguments)).run())


if __name__ == "__main__":
    main(sys.argv[1:])
