"""The processes of the demo: JobManagers and TaskManagers on loopback, an election file, a storage directory. Shell.

Each process is a child of ours in a session of its own; nothing else is ever signalled, and leaving `async with` ends
all of them, however it is left. Deliberately not here: who is killed, and when (`cluster.demo.run`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Self

from runtime.process import Child, ExitStatus

_ROOT = Path(__file__).parents[2]
_GRACE_S = 3.0

CONFIGURATION = """\
high-availability: sqlite
high-availability.storageDir: {folder}/recovery
high-availability.cluster-id: demo
taskmanager.numberOfTaskSlots: {slots}
taskmanager.slot.warm-spares: {slots}
rest.port: -1
restart-strategy: fixed-delay
restart-strategy.fixed-delay.attempts: 10
restart-strategy.fixed-delay.delay: 0 s
"""


@dataclass(slots=True)
class Player:
    """One process of the cluster.

    Attributes:
        name: Its resource id.
        role: `jobmanager` or `taskmanager`.
        child: The process.
        log: Where its stderr goes.
        killed: Whether the demo killed it.
    """

    name: str
    role: str
    child: Child
    log: Path
    killed: bool = False

    @property
    def is_alive(self) -> bool:
        """Whether it still runs."""
        return self.child.status is None


class Stage:
    """A running cluster.

    Args:
        folder: For everything that it writes.
        jobmanagers: How many.
        taskmanagers: How many.
        slots: Of each TaskManager.

    Attributes:
        config: The configuration file.
        players: All processes, dead ones included.
    """

    def __init__(self, folder: Path, jobmanagers: int, taskmanagers: int, slots: int) -> None:
        self.config = folder / "flink-conf.yaml"
        self.players: list[Player] = []
        self._folder = folder
        self._slots = slots
        self._roles = ["jobmanager"] * jobmanagers + ["taskmanager"] * taskmanagers
        self._news = asyncio.Event()

    async def __aenter__(self) -> Self:
        self.config.write_text(CONFIGURATION.format(folder=self._folder, slots=self._slots), encoding="utf-8")
        try:
            for number, role in enumerate(self._roles, 1):
                first = self._roles.index(role)
                self._start(role, f"{role}-{number - first}")
        except BaseException:
            await self._end_all(0.0)
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, *_: object) -> None:
        await self._end_all(0.0 if kind is not None else _GRACE_S)

    def player(self, name: str) -> Player:
        """The process with that resource id."""
        return next(player for player in self.players if player.name == name)

    def kill(self, name: str) -> None:
        """SIGKILL."""
        player = self.player(name)
        player.killed = True
        player.child.send_signal(signal.SIGKILL)

    async def unexpected_end(self) -> Player:
        """Wait for a process that ends without having been killed: nothing good can come after that."""
        while True:
            self._news.clear()
            for player in self.players:
                if not player.is_alive and not player.killed:
                    return player
            await self._news.wait()

    def _start(self, role: str, name: str) -> None:
        log = self._folder / f"{name}.log"
        command = [
            sys.executable,
            "-m",
            "cluster",
            role,
            "--config",
            str(self.config),
            "-D",
            f"{role}.resource-id={name}",
        ]
        search = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        with open(log, "wb") as sink:
            child = Child(
                command,
                self._ended,
                env={**os.environ, "PYTHONPATH": search},
                stdout=_number(sink),
                stderr=_number(sink),
            )
        self.players.append(Player(name, role, child, log))

    def _ended(self, _: ExitStatus) -> None:
        self._news.set()

    async def _end_all(self, grace_s: float) -> None:
        """End the TaskManagers first, so that nobody mourns for them; if this is cancelled, all at once."""
        try:
            for role in ("taskmanager", "jobmanager"):
                ending = [
                    player.child.end(grace_s) for player in self.players if player.role == role and player.is_alive
                ]
                await asyncio.gather(*ending)
        finally:
            for player in self.players:
                player.child.send_signal(signal.SIGKILL)
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.gather(*(player.child.wait() for player in self.players))


def _number(file: IO[bytes]) -> int:
    return file.fileno()
