"""The processes of a cluster that may be hurt, all children of ours: JobManagers, TaskManagers, and an ensemble.

Deliberately not here: what is done to them (`nemesis`), and what must come of it (`benchmarks.ledger`).
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Self

from benchmarks.detection.trials.network import Place
from benchmarks.ensemble import Ensemble, Member
from benchmarks.failover.divided import Network
from benchmarks.failover.variants import Variant
from benchmarks.soak.schedule import JMS, TMS
from cluster.config import ClusterConfig, load
from runtime.process import Child


class Victims:
    """A cluster in a folder.

    Args:
        folder: For configuration, storage and logs; must be empty.
        variant: How it is set up.
        ensemble: If it needs one.
        network: If JobManagers and TaskManagers are to live where they can be cut off.

    Attributes:
        children: Name, as in schedules -> process, the living and the dead.
        ensemble: See above.
        network: See above.
        thaws: When which process was thawed, by its number.
    """

    def __init__(
        self, folder: Path, variant: Variant, ensemble: Ensemble | None = None, network: Network | None = None
    ) -> None:
        self._folder = folder
        self._file = folder / "flink-conf.yaml"
        host = network.host if network is not None else "127.0.0.1"
        hosts = ensemble.hosts if ensemble is not None else ""
        self._file.write_text(variant.configuration(str(folder), hosts, "soak", host), encoding="utf-8")
        self.children: dict[str, Child] = {}
        self.ensemble = ensemble
        self.network = network
        self.thaws: dict[int, list[float]] = {}
        self.ledger = folder / "ledger"
        self.ledger.mkdir()
        self._names = [*JMS, *TMS]

    def configuration(self) -> ClusterConfig:
        """What all processes read."""
        return load(self._file)[0]

    async def __aenter__(self) -> Self:
        for name in self._names:
            self.start(name)
        return self

    async def __aexit__(self, *_: object) -> None:
        for child in self.children.values():
            child.send_signal(signal.SIGCONT)
        await asyncio.gather(*(child.end(3.0) for child in self.children.values() if child.status is None))

    def start(self, name: str) -> None:
        """Start a process, or another one in place of a dead one."""
        role = "jobmanager" if name in JMS else "taskmanager"
        argv = [sys.executable, "-m", "cluster", role, "--config", str(self._file)]
        if self.network is not None:
            place = self.place(name)
            key = "jobmanager.rpc.address" if role == "jobmanager" else "taskmanager.host"
            argv = place.argv([*argv, "-D", f"{key}={place.host}"])
        with open(self._folder / f"{name}.log", "ab") as log:
            self.children[name] = Child(
                argv,
                lambda _: None,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
                stdout=log.fileno(),
                stderr=log.fileno(),
            )

    @property
    def divided(self) -> Network:
        """The network, where there is one. Raises `RuntimeError` else."""
        if self.network is None:
            raise RuntimeError("these processes live on one host: nothing can be cut")
        return self.network

    def place(self, name: str) -> Place:
        """Where a process lives; see `divided`."""
        return self.divided.places[self._names.index(name)]

    def member(self, name: str) -> Member:
        """A member of the ensemble by its name in schedules. Raises `RuntimeError` if there is none."""
        if self.ensemble is None:
            raise RuntimeError("there is no ensemble")
        return self.ensemble.members[int(name.removeprefix("zk")) - 1]

    def slots_of(self, name: str) -> list[int]:
        """Process ids of a TaskManager's slot processes."""
        pid = self.children[name].pid
        try:
            return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            return []

    def logs(self, most: int = 3000) -> str:
        """The last lines of every process."""
        return "\n".join(
            f"--- {log.name}\n{log.read_text(errors='replace')[-most:]}" for log in sorted(self._folder.glob("*.log"))
        )
