"""Faults done to real clusters, one after another, and what the timeline and the ledger say of each. SHELL.

All moments are of this machine's clocks: the timeline's of its wall clock, the ledger's of its monotonic clock; both
are read just before the fault. Deliberately not here: what the faults are (`faults`), and numbers made of the samples.
"""

from __future__ import annotations

import asyncio
import random
import signal
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from benchmarks.ensemble import Ensemble
from benchmarks.failover.divided import Network
from benchmarks.failover.faults import Fault
from benchmarks.failover.processes import Processes
from benchmarks.failover.sample import Sample, steps_of
from benchmarks.failover.variants import Variant
from benchmarks.ledger import judge, lives_since, longest_silence_s

SETTLE_S = (0.7, 1.7)
"""Between two faults, at random: the phases of heartbeats and renewals must not line up with ours."""
WATCHED_S = 2.0
"""For so long after a fault that must change nothing."""
TAIL_BYTES = 500_000


class Trials:
    """One kind of fault, done to one cluster again and again.

    Args:
        directory: Empty.
        fault: What is done.
        variant: To which kind of cluster.
        rng: When, and to whom.
        ensemble: If the variant needs one.
        network: If the fault is a cut.
    """

    def __init__(
        self,
        directory: Path,
        fault: Fault,
        variant: Variant,
        rng: random.Random,
        ensemble: Ensemble | None = None,
        network: Network | None = None,
    ) -> None:
        self._fault, self._variant, self._rng = fault, variant, rng
        self._ensemble, self._network = ensemble, network
        places = [(place.argv([]), place.host) for place in network.places] if network is not None else None
        hosts = ensemble.hosts if ensemble is not None else ""
        host = network.host if network is not None else "127.0.0.1"
        self.processes = Processes(directory, variant, hosts, host, places)

    async def run(self, count: int) -> AsyncIterator[Sample]:
        """So many faults; the cluster must be running."""
        for _ in range(count):
            await self.processes.until(self.processes.runs)
            await asyncio.sleep(self._rng.uniform(*SETTLE_S))
            yield await self._one()

    async def _one(self) -> Sample:
        processes = self.processes
        election, cluster, job = await processes.election(), await processes.cluster(), await processes.job()
        known = {_identity(entry) for entry in cluster["timeline"]}
        candidate = str(election["candidate"])
        if self._fault.victim == "leader":
            pid, subject = int(candidate.partition("@")[0].rpartition("-")[2]), candidate
        else:
            victim = self._rng.choice([one for one in cluster["task_managers"] if one["tasks"]])
            pid, subject = victim["pid"], victim["id"]
        struck_at, struck = time.time(), time.monotonic()
        entry: dict[str, Any] = {}
        if self._fault.victim == "zookeeper":
            await self._hurt_ensemble()
        else:
            await self._strike(pid, candidate)
            entry = await self._failover(subject, known)
        ended = time.monotonic()
        await asyncio.sleep(0.2)  # so that each task has stepped after its silence
        ledger = processes.ledger(TAIL_BYTES)
        silences = [longest_silence_s(lines, struck, ended) for lines in ledger.values()]
        lives, after = lives_since(ledger, struck), await processes.job()
        same_leader = self._fault.victim != "leader"
        if self._fault.victim != "zookeeper":
            entry["gone_at"] = await self._mend(pid, candidate)
            await processes.whole()
        timeline = (await processes.cluster())["timeline"]
        news = [one for one in timeline if _identity(one) not in known]
        gaps = [one for one in silences if one is not None]
        return Sample(
            fault=self._fault.name,
            variant=self._variant.name,
            steps_ms=steps_of(entry, struck_at),
            cause=str(entry.get("cause", "")),
            gap_ms=round(max(gaps) * 1000, 3) if len(gaps) == len(silences) else None,
            lives=lives,
            attempts=after["restarts"] - (job["restarts"] if same_leader else 0),
            false_failovers=len(news) - (1 if entry else 0),
        )

    def judged(self) -> dict[str, Any]:
        """What the whole ledger shows, as a line of the results."""
        verdict = judge(self.processes.ledger())
        return {
            "kind": "ledger",
            "fault": self._fault.name,
            "variant": self._variant.name,
            "steps": verdict.steps,
            "lives": verdict.lives,
            "repeated": verdict.repeated,
            "defects": verdict.defects,
        }

    async def _strike(self, pid: int, candidate: str) -> None:
        if self._fault.is_cut:
            assert self._network is not None
            await self._network.cut(self._place(candidate))
        else:
            self.processes.children[pid].send_signal(self._fault.signal)

    async def _mend(self, pid: int, candidate: str) -> float | None:
        role = "jobmanager" if self._fault.victim == "leader" else "taskmanager"
        if self._fault.ends_process:
            return await self.processes.replace(pid, role)
        if self._fault.is_cut:
            assert self._network is not None
            await self._network.heal(self._place(candidate))
        else:
            self.processes.children[pid].send_signal(signal.SIGCONT)
        return None

    def _place(self, candidate: str) -> Any:
        assert self._network is not None
        host = candidate.partition("@")[2].partition(":")[0]
        return next(place for place in self._network.places if place.host == host)

    async def _hurt_ensemble(self) -> None:
        assert self._ensemble is not None
        member = await asyncio.to_thread(self._ensemble.leader)
        member.signal(self._fault.signal)
        await asyncio.sleep(self._fault.lasts_s)
        member.thaw()
        await asyncio.sleep(WATCHED_S)
        await asyncio.to_thread(self._ensemble.heal)

    async def _failover(self, subject: str, known: set[Any]) -> dict[str, Any]:
        """The fault's entry in the timeline, when all tasks run again."""
        found: list[dict[str, Any]] = []

        async def is_over() -> bool:
            timeline = (await self.processes.cluster())["timeline"]
            found[:] = [
                one
                for one in timeline
                if one["kind"] == self._fault.victim
                and one["subject"].startswith(subject)
                and _identity(one) not in known
            ]
            return bool(found) and found[-1]["running_at"] is not None and await self.processes.runs()

        await self.processes.until(is_over)
        return dict(found[-1])


def _identity(entry: dict[str, Any]) -> tuple[Any, ...]:
    return entry["kind"], entry["subject"], entry["epoch"], entry["convicted_at"], entry["elected_at"]
