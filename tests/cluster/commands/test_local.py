"""Local mode: a whole cluster on one loop, here on virtual time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from cluster.commands.jobs import UsageError, finish, make_record
from cluster.config import ClusterConfig, load
from cluster.election.protocol import GetElection
from cluster.local import local_cluster, run_local
from cluster.model.job_record import JobRecord
from cluster.slots.user_code import UserCodeError
from tests.cluster.commands.jobs import COUNTER, FAILING


@pytest.fixture
def config() -> ClusterConfig:
    return load()[0]


def written(folder: Path, text: str) -> str:
    file = folder / "job.py"
    file.write_text(text, encoding="utf-8")
    return str(file)


async def until(ask: Callable[[], Awaitable[Any]], holds: Callable[[Any], bool]) -> Any:
    """Ask, on virtual time, until the answer is as it shall be."""
    async with asyncio.timeout(60):
        while not holds(answer := await ask()):  # noqa: ASYNC110 - any answer of any part
            await asyncio.sleep(0.05)
    return answer


async def test_a_job_is_run_and_its_results_are_printed(
    config: ClusterConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Local mode needs no configuration, no server and no directory; stdout is the results as JSON and nothing else."""
    code = await run_local(config, written(tmp_path, COUNTER), ["limit=7"], jobmanagers=2)

    assert code == 0
    assert json.loads(capsys.readouterr().out) == {"count[0]": 7, "count[1]": 7}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["job.py"]  # noqa: ASYNC240 - a test's own directory


async def test_a_failed_job_is_exit_code_1(
    config: ClusterConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A job that fails says why on stderr, and prints no results."""
    code = await run_local(config, written(tmp_path, FAILING), [], jobmanagers=1)

    printed = capsys.readouterr()
    assert code == 1
    assert printed.out == ""
    assert "nothing to count" in printed.err


async def test_a_job_goes_on_under_the_next_leader(config: ClusterConfig, tmp_path: Path) -> None:
    """S4, S26: when the leader goes, the same job goes on from its checkpoint, and the client's wait goes on too."""
    record = make_record(written(tmp_path, COUNTER), ["limit=500"])
    async with local_cluster(load(None, ["taskmanager.numberOfTaskSlots=2"])[0], jobmanagers=2) as cluster:
        await cluster.client.submit(record.job_id, record.to_bytes())
        waiting = asyncio.ensure_future(cluster.client.result(record.job_id))
        await until(lambda: cluster.client.job(record.job_id), lambda job: job["checkpoints"]["completed"] >= 3)
        assert not waiting.done()
        first = cluster.election.epoch
        await cluster.jobmanagers[0].stop()
        outcome = await waiting
        timeline = (await cluster.client.cluster())["timeline"]

    assert outcome["status"] == "FINISHED"
    assert outcome["results"] == {"count[0]": 500, "count[1]": 500}
    assert cluster.election.epoch == first + 1
    assert [failover["kind"] for failover in timeline] == ["leader"]


async def test_a_submission_repeated_is_one_job(config: ClusterConfig, tmp_path: Path) -> None:
    """S11: the same job id is accepted once, also by the next leader and after the job's end."""
    record = make_record(written(tmp_path, COUNTER), ["limit=1"])
    async with local_cluster(load(None, ["taskmanager.numberOfTaskSlots=2"])[0], jobmanagers=2) as cluster:
        for _ in range(2):
            await cluster.client.submit(record.job_id, record.to_bytes())
        await cluster.client.result(record.job_id)
        await cluster.jobmanagers[0].stop()
        await cluster.client.submit(record.job_id, record.to_bytes())
        jobs = await cluster.client.jobs()

    assert [(job["id"], job["status"]) for job in jobs] == [(record.job_id, "FINISHED")]


async def test_what_a_job_waits_for_is_said(
    config: ClusterConfig, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A job without enough slots waits, and whoever waits for it is told for what; once."""
    record = make_record(written(tmp_path, COUNTER), ["limit=1"])
    async with local_cluster(config, taskmanagers=0) as cluster:
        await cluster.client.submit(record.job_id, record.to_bytes())
        waiting = asyncio.ensure_future(finish(cluster.client, record))
        await asyncio.sleep(30)  # for so long nobody repeats it
        assert not waiting.done()
        await cluster.client.cancel(record.job_id)
        assert await waiting == 1

    said = capsys.readouterr().err
    assert said.count("waits for 2 free slots, for count[0], count[1]") == 1
    assert "CANCELED" in said


async def test_the_election_is_shown(config: ClusterConfig) -> None:
    """Who leads and who stands by can be asked for."""
    async with local_cluster(config, jobmanagers=3) as cluster:
        await cluster.client.jobs()
        election = await until(
            lambda: cluster.client.request(GetElection(), to_contender=True), lambda shown: len(shown["standbys"]) == 2
        )

    assert election["leader"]["candidate"] == "jobmanager-1"
    assert election["standbys"] == ["jobmanager-2", "jobmanager-3"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import nothing_like_this", "nothing_like_this"),
        ("x = 1", "no 'job'"),
        ("raise RuntimeError('at import')", "at import"),
        ("def job(arguments): return 5", "'int'"),
        ("def job(arguments): return arguments['missing']", "missing"),
        ("this is not python", "not python"),
        (
            "from cluster import *\nclass T(Task):\n  async def run(self, c): pass\n"
            "job = Job('x', [TaskSpec('t', T, config={'a': object()})])",
            "MessagePack",
        ),
    ],
)
def test_a_bad_job_file_is_refused_before_anything_is_sent(tmp_path: Path, text: str, words: str) -> None:
    """A file that does not import, has no job, raises, or makes something else is one clear error with its reason."""
    with pytest.raises(UserCodeError) as refused:
        make_record(written(tmp_path, text), [])
    assert words in str(refused.value)


def test_a_word_without_a_value_is_a_usage_error(tmp_path: Path) -> None:
    """Arguments of a job are key=value."""
    with pytest.raises(UsageError, match="limit"):
        make_record(written(tmp_path, COUNTER), ["limit"])


def test_every_record_has_an_id_of_its_own(tmp_path: Path) -> None:
    """Two runs of the same file are two jobs."""
    file = written(tmp_path, COUNTER)
    records: list[JobRecord] = [make_record(file, ["a=1"]) for _ in range(2)]
    assert records[0].job_id != records[1].job_id
    assert records[0].job_id.isalnum()
