"""The course of the demo: start a cluster, submit the main job, kill twice, compare. Shell; everything meets here.

A TaskManager is killed when a good third of the text is counted and the leading JobManager at two thirds, each when all
tasks run and a new checkpoint is complete. Whatever happens, no process is left. Deliberately not here: recovery; the
cluster does that.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cluster.client import ClusterClient, NoLeader
from cluster.commands.jobs import make_record
from cluster.config import load
from cluster.demo.corpus import Corpus, NoText, choose
from cluster.demo.kills import Kill
from cluster.demo.report import Report
from cluster.demo.screen import Screen
from cluster.demo.stage import Stage
from cluster.demo.view import View
from cluster.node import FAILED, OK, SIGNALLED, say

TASKS = 4
JOB_S = 12.0
"""How long the job takes at least: the tasks are slowed down to this, so that both kills fall into the middle."""
KILL_AT = (("task-manager", 0.35), ("leader", 0.65))
PATIENCE_S = 90.0
"""Beyond the job's own time, something is wrong."""
_POLL_S = 0.05
_USAGE = 2


class Failure(Exception):
    """The demo did not come to its end; the text says why."""


async def run_demo(place: Path | None, *, as_data: bool) -> int:
    """Run the demo; returns the exit code, 0 only if the result is exact.

    Args:
        place: The text, a file or folder; by default the standard library's own sources.
        as_data: Print JSON instead of a table.
    """
    terminated: list[int] = []
    running = asyncio.current_task()

    def stop() -> None:
        terminated.append(signal.SIGTERM)
        if running is not None:
            running.cancel()

    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop)
    try:
        report = await _demo(choose(place))
    except NoText as error:
        say(str(error))
        return _USAGE
    except Failure as error:
        say(str(error))
        return FAILED
    except asyncio.CancelledError:
        if terminated:
            return SIGNALLED + terminated[0]
        raise
    finally:
        asyncio.get_running_loop().remove_signal_handler(signal.SIGTERM)
    report.print(as_data=as_data)
    return OK if report.is_exact and report.is_complete else FAILED


async def _demo(corpus: Corpus) -> Report:
    with Screen() as screen, tempfile.TemporaryDirectory(prefix="deathwatch-demo-") as name:
        folder = Path(name)
        corpus.write_list(folder / "files")
        screen.event(f"{len(corpus.files):,} files of {corpus.size_bytes / 1e6:.1f} MB: {corpus.name}")
        async with Stage(folder, jobmanagers=3, taskmanagers=2, slots=TASKS) as stage:
            config, _ = load(stage.config)
            async with ClusterClient(config) as client:
                story = asyncio.ensure_future(Story(stage, client, screen).tell(corpus))
                accident = asyncio.ensure_future(stage.unexpected_end())
                try:
                    patience_s = JOB_S + PATIENCE_S
                    await asyncio.wait({story, accident}, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
                    if not story.done():
                        raise _no_end(stage, accident, patience_s)
                    kills, counted, job_s = story.result()
                finally:
                    story.cancel()
                    accident.cancel()
                    await asyncio.wait({story, accident})
        screen.event("the processes are gone; counting plainly")
        plain = await asyncio.to_thread(corpus.count_plainly)
        return Report(corpus, counted, plain, kills, job_s)


def _no_end(stage: Stage, accident: asyncio.Future[Any], patience_s: float) -> Failure:
    if accident.done():
        player = accident.result()
        lines = player.log.read_text(encoding="utf-8", errors="replace").splitlines()[-5:]
        return Failure(f"{player.name} has ended by itself ({player.child.status}): " + " | ".join(lines))
    return Failure(f"the job has not ended after {patience_s:g} s; the cluster does not recover")


class Story:
    """One run of the job, with its kills.

    Args:
        stage: The processes.
        client: Connected to them.
        screen: Where to tell it.
    """

    def __init__(self, stage: Stage, client: ClusterClient, screen: Screen) -> None:
        self._stage = stage
        self._client = client
        self._screen = screen
        self._view = View()
        self._kills: list[Kill] = []
        self._checkpoint_at_kill = 0

    async def tell(self, corpus: Corpus) -> tuple[list[Kill], Counter[str], float]:
        """Submit, watch, kill; returns the kills, the counts and the seconds that the job took."""
        await self._until(lambda: len(self._view.task_managers) == 2)
        view = self._view
        self._screen.event(
            f"{view.leader} leads under epoch {view.epoch}; {' and '.join(view.task_managers)} registered"
        )
        mb_per_s = corpus.size_bytes / TASKS / JOB_S / 1e6
        words = [f"files={self._stage.config.with_name('files')}", f"mb_per_s={mb_per_s:.6f}", f"parallelism={TASKS}"]
        record = make_record(str(_job_file()), [*words, "checkpoint_s=0.5"])
        began = time.monotonic()
        await self._client.submit(record.job_id, record.to_bytes())
        self._screen.event(f"job {record.job_id} is submitted: {TASKS} tasks, a checkpoint each 0.5 s")
        result = asyncio.ensure_future(self._client.result(record.job_id))
        try:
            await self._watch(record.job_id, result)
            answer = await result
        finally:
            result.cancel()
        if answer["status"] != "FINISHED":
            raise Failure(f"the job is {answer['status']}: {answer['error']}")
        counted: Counter[str] = Counter()
        for counts in answer["results"].values():
            counted.update(counts)
        job_s = time.monotonic() - began
        await self._look()
        self._screen.event(f"the job is FINISHED after {job_s:.1f} s")
        return self._kills, counted, job_s

    async def _watch(self, job_id: str, result: asyncio.Future[Any]) -> None:
        while not result.done():
            with contextlib.suppress(NoLeader, TimeoutError):
                self._view.saw_job(await self._client.job(job_id))
                await self._look()
            self._screen.show(self._view, self._stage)
            self._kill_if_due()
            await asyncio.wait({result}, timeout=_POLL_S)

    async def _look(self) -> None:
        election = await self._client.election()
        cluster = await self._client.cluster()
        self._view.saw_cluster(cluster, str((election.get("leader") or {}).get("candidate", "")))
        for kill in self._kills:
            if kill.record is None or kill.record.get("running_at") is None:
                self._tell_of(kill, known=kill.record is not None, runs=kill.find(cluster["timeline"]))

    def _tell_of(self, kill: Kill, *, known: bool, runs: bool) -> None:
        if kill.record is not None and not known:
            self._screen.event(f"noticed after {kill.noticed_ms or 0:.0f} ms: {kill.evidence}", "yellow")
        if runs:
            leader = f" under {self._view.leader}, epoch {self._view.epoch}" if kill.kind == "leader" else ""
            self._screen.event(f"all tasks run again after {kill.after_ms('running_at'):.0f} ms{leader}", "bold green")

    def _kill_if_due(self) -> None:
        view = self._view
        if len(self._kills) == len(KILL_AT) or not view.is_running or view.checkpoint <= self._checkpoint_at_kill:
            return
        if any((kill.record or {}).get("running_at") is None for kill in self._kills):
            return
        kind, at = KILL_AT[len(self._kills)]
        name = view.leader if kind == "leader" else view.busiest
        if view.progress >= at and name:
            self._checkpoint_at_kill = view.checkpoint
            player = self._stage.player(name)
            self._kills.append(Kill(kind, name, player.child.pid, time.time(), view.progress))
            self._stage.kill(name)
            self._screen.event(f"SIGKILL to {name}, pid {player.child.pid}, at {view.progress:.0%}", "bold red")

    async def _until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            await self._look()
            self._screen.show(self._view, self._stage)
            await asyncio.sleep(_POLL_S)


def _job_file() -> Path:
    """The example, which lies beside this file in an installed package, and in `examples` in a checkout."""
    installed = Path(__file__).with_name("word_count.py")
    return installed if installed.exists() else Path(__file__).parents[2] / "examples" / "word_count.py"
