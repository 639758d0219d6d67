"""One round: a fresh cluster, a counting job, blows until the job has its result, and a look at every step. SHELL.

Deliberately not here: the command line (`__main__`), and what a defect is (`benchmarks.ledger`).
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.ensemble import Ensemble
from benchmarks.failover.divided import Network, divided
from benchmarks.failover.variants import Variant
from benchmarks.ledger import Verdict, judge, read
from benchmarks.soak.nemesis import Nemesis
from benchmarks.soak.schedule import JOB_MANAGERS, TASK_MANAGERS
from benchmarks.soak.victims import Victims
from cluster.client import ClusterClient, NoLeader, RequestRefused
from cluster.commands.jobs import make_record
from runtime.sim.schedule import Fault

JOB = Path(__file__).parents[1] / "counting.py"
TASKS = 4
PERIOD_S = 0.01
AFTER_S = 1.0
"""So long after the result the ledger is still looked at."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a round is made.

    Attributes:
        seed: That the schedule was drawn from, or a number of the round.
        variant: The kind of cluster.
        steps: Of each task.
        faults: The schedule.
        limit_s: After the last blow; a round that has no result then has failed.
        cuts: Whether processes live in namespaces and are cut off.
    """

    seed: int
    variant: Variant
    steps: int
    faults: Sequence[Fault]
    limit_s: float
    cuts: bool


@dataclass(slots=True)
class Outcome:
    """What came of a round.

    Attributes:
        plan: How it was made.
        status: Of the job.
        took_s: From the submission to the result.
        verdict: On the ledger.
        blows: What was done, how often.
        log: What was done, a line each.
        logs: The last lines of all processes.
    """

    plan: Plan
    status: str
    took_s: float
    verdict: Verdict
    blows: Counter[str]
    log: list[str]
    logs: str

    @property
    def is_good(self) -> bool:
        """Whether there is a result and no defect."""
        return self.status == "FINISHED" and not self.verdict.defects

    def __str__(self) -> str:
        verdict = self.verdict
        blows = ", ".join(f"{number} x {act}" for act, number in sorted(self.blows.items()))
        word = "good" if self.is_good else "WRONG"
        return (
            f"seed {self.plan.seed} ({self.plan.variant.name}): {word}, {self.status} after {self.took_s:.1f} s; "
            f" {verdict.steps} steps in {verdict.lives} lives, {verdict.repeated} repeated, "
            f"{verdict.thawed} just after a thaw, {len(verdict.defects)} defects; {self.blows.total()} blows: {blows}"
        )


def play(plan: Plan) -> Outcome:
    """One round."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="deathwatch-soak-")))
        network = stack.enter_context(divided(JOB_MANAGERS + TASK_MANAGERS)) if plan.cuts else None
        ensemble = None
        if plan.variant.needs_zookeeper:
            ensemble = Ensemble(folder / "zookeeper", host=network.host if network is not None else "127.0.0.1")
            stack.callback(ensemble.stop)
            ensemble.start()
        return asyncio.run(_play(plan, folder, ensemble, network))


async def _play(plan: Plan, folder: Path, ensemble: Ensemble | None, network: Network | None) -> Outcome:
    async with (
        Victims(folder, plan.variant, ensemble, network) as victims,
        ClusterClient(victims.configuration()) as client,
    ):

        async def leader_pid() -> int | None:
            with contextlib.suppress(NoLeader, RequestRefused, TimeoutError):
                async with asyncio.timeout(1.0):
                    candidate = str((await client.election())["candidate"])
                    return int(candidate.partition("@")[0].rpartition("-")[2])
            return None

        record = make_record(
            str(JOB),
            [
                *(f"ledger={victims.ledger}", f"tasks={TASKS}", f"limit={plan.steps}"),
                *(f"period_s={PERIOD_S}", "checkpoint_s=0.3"),
            ],
        )
        await client.submit(record.job_id, record.to_bytes())
        nemesis = Nemesis(victims, leader_pid)
        began = time.monotonic()
        waiting = asyncio.ensure_future(_result(client, record.job_id))
        await nemesis.perform(plan.faults)
        result_at = None
        try:
            async with asyncio.timeout(plan.limit_s):
                status, result_at = await waiting
        except TimeoutError:
            status = f"no result {plan.limit_s:g} s after the last blow"
        took_s = time.monotonic() - began
        await asyncio.sleep(AFTER_S)
        verdict = judge(read(victims.ledger), limit=plan.steps, result_at=result_at, thaws=victims.thaws)
        good = status == "FINISHED" and not verdict.defects
        return Outcome(plan, status, took_s, verdict, nemesis.blows, nemesis.log, "" if good else victims.logs())


async def _result(client: ClusterClient, job_id: str) -> tuple[str, float]:
    """The job's status at its end, and when it was known."""
    status = str((await client.result(job_id))["status"])
    return status, time.monotonic()
