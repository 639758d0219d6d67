"""The processes of a cluster that may be hurt: three JobManagers and three TaskManagers, all children of ours."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import sysconfig
from pathlib import Path
from typing import Self

from cluster.config import ClusterConfig, load
from runtime.process import Child

CONFIGURATION = """
high-availability: sqlite
high-availability.storageDir: {folder}/ha
taskmanager.numberOfTaskSlots: 2
restart-strategy: fixed-delay
restart-strategy.fixed-delay.attempts: 1000000
restart-strategy.fixed-delay.delay: 0 s
"""
ROLES = ("jobmanager",) * 3 + ("taskmanager",) * 3
TEXT_BYTES = 20_000_000


class Victims:
    """A cluster in a folder.

    Args:
        folder: For configuration, storage and logs; must be empty.

    Attributes:
        children: Name -> process, the living and the dead.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / "flink-conf.yaml"
        self._file.write_text(CONFIGURATION.format(folder=folder), encoding="utf-8")
        self.children: dict[str, Child] = {}

    def configuration(self) -> ClusterConfig:
        """What all processes read."""
        return load(self._file)[0]

    def text(self) -> Path:
        """A listing of files with at least 20 MB of real text."""
        listing = self._folder / "files.txt"
        if not listing.exists():
            total, chosen = 0, []
            for path in sorted(Path(sysconfig.get_path("stdlib")).rglob("*.py")):
                if total >= TEXT_BYTES:
                    break
                total += path.stat().st_size
                chosen.append(str(path))
            listing.write_text("\n".join(chosen), encoding="utf-8")
        return listing

    async def __aenter__(self) -> Self:
        for number, role in enumerate(ROLES):
            self.start(f"{role}-{number}")
        return self

    async def __aexit__(self, *_: object) -> None:
        for child in self.children.values():
            child.send_signal(signal.SIGCONT)
        await asyncio.gather(*(child.end(3.0) for child in self.children.values() if child.status is None))

    def start(self, name: str) -> None:
        """Start a process, or another one in place of a dead one."""
        role = name.split("-")[0]
        with open(self._folder / f"{name}.log", "ab") as log:
            self.children[name] = Child(
                [sys.executable, "-m", "cluster", role, "--verbose", "--config", str(self._file)],
                lambda _: None,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
                stdout=log.fileno(),
                stderr=log.fileno(),
            )

    def slots_of(self, name: str) -> list[int]:
        """Process ids of a TaskManager's slot processes."""
        pid = self.children[name].pid
        try:
            return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            return []

    def logs(self) -> str:
        """The last lines of every process."""
        return "\n".join(
            f"--- {log.name}\n{log.read_text(errors='replace')[-3000:]}" for log in sorted(self._folder.glob("*.log"))
        )
