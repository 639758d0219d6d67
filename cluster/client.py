"""`ClusterClient`: talks to the leader, whoever that is at the moment, and goes on through failovers.

It finds the leader through the election backend. A request that a dying leader does not answer is made again to the
next one; each is harmless to repeat (a submission carries the job's id). Deliberately not here: commands and their
output (`cluster.cli`).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Any, Self, TypeVar

from actors import ActorPath, ActorRef, AskTimeout, Request
from cluster.backends import follower_driver
from cluster.config import ClusterConfig
from cluster.election.driver import ElectionDriver, LeaderInfo
from cluster.election.protocol import GetElection
from cluster.model.job import JobStatus
from cluster.protocol import CancelJob, GetCluster, GetJob, GetResult, GetTaskResult, ListJobs, RetryJob, SubmitJob
from cluster.remoting import system_settings
from runtime import ActorSystem

R = TypeVar("R")

POLL_RESULT_S = 0.1
PATIENCE_S = 1.0
"""Without an answer for so long, whoever waits is told so."""


class NoLeader(Exception):
    """Nobody leads, and nobody did in the time given."""


class RequestRefused(Exception):
    """The leader answered that it cannot do it."""


class JobNotFound(RequestRefused):
    """The leader knows no such job."""


class ClusterClient:
    """A connection to a cluster.

    Use it as `async with ClusterClient(config) as client`. Times are seconds; every request raises `NoLeader` when
    nobody leads in time, `TimeoutError` when the leader does not answer in time, `RequestRefused` when it says no.

    Args:
        config: Says where the election is.
        system: An actor system to use, with the driver; by default ones of its own.
        driver: See there.
        waiting: Called with a text for people when a leader or its answer is waited for, once until one comes; and with
            the reason when the election backend fails. By default only the log hears of the latter.
    """

    def __init__(
        self,
        config: ClusterConfig,
        system: ActorSystem | None = None,
        driver: ElectionDriver | None = None,
        waiting: Callable[[str], None] | None = None,
    ) -> None:
        self._config = config
        self._system = system or ActorSystem("client", system_settings(config, config.taskmanager_host, 0))
        self._owns_system = system is None
        self._driver = driver
        self._leader: LeaderInfo | None = None
        self._changed = asyncio.Event()
        self._waiting = waiting
        self._said = self._trouble = ""

    async def __aenter__(self) -> Self:
        if self._owns_system:
            await self._system.start()
        try:
            self._driver = self._driver or follower_driver(self._config, self._system)
            await self._driver.start(self)
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of everything."""
        if self._driver is not None:
            await self._driver.close()
        if self._owns_system:
            await self._system.terminate()

    # --- requests -----------------------------------------------------------------------------------------------------

    async def submit(self, job_id: str, record: bytes) -> None:
        """Submit a job; the same id may be submitted again and is accepted once."""
        await self.request(SubmitJob(job_id, record))

    async def jobs(self) -> list[dict[str, Any]]:
        """All jobs."""
        answer: list[dict[str, Any]] = await self.request(ListJobs())
        return answer

    async def job(self, job_id: str) -> dict[str, Any]:
        """Details of one job."""
        answer: dict[str, Any] = await self.request(GetJob(job_id))
        return answer

    async def cancel(self, job_id: str) -> str:
        """Cancel a job; returns its status."""
        answer: dict[str, Any] = await self.request(CancelJob(job_id))
        return str(answer.get("status"))

    async def retry(self, job_id: str) -> str:
        """Recover a job again that was set aside; returns its status."""
        answer: dict[str, Any] = await self.request(RetryJob(job_id))
        return str(answer.get("status"))

    async def cluster(self) -> dict[str, Any]:
        """Leader, TaskManagers, timeline of failovers."""
        answer: dict[str, Any] = await self.request(GetCluster())
        return answer

    async def election(self) -> dict[str, Any]:
        """The leader's view of the election."""
        answer: dict[str, Any] = await self.request(GetElection(), to_contender=True)
        return answer

    async def result(self, job_id: str, told: Callable[[str, str], None] | None = None) -> dict[str, Any]:
        """Wait for the end of a job, through any number of failovers: `{"status", "results", "error"}`.

        Args:
            job_id: Of the job.
            told: Called with status and reason whenever one of them changes.
        """
        before = ("", "")
        while True:
            with contextlib.suppress(NoLeader, TimeoutError):
                answer: dict[str, Any] = await self.request(GetResult(job_id))
                if JobStatus(answer["status"]).is_globally_terminal or answer["status"] == "RECOVERY_FAILED":
                    parts = {task: await self.request(GetTaskResult(job_id, task)) for task in answer.pop("finished")}
                    return {**answer, "results": {task: part["result"] for task, part in parts.items()}}
                now = (str(answer["status"]), str(answer["error"]))
                if told is not None and now != before:
                    told(*now)
                before = now
            await asyncio.sleep(POLL_RESULT_S)

    async def request(self, request: Request[R], *, to_contender: bool = False, timeout_s: float | None = None) -> R:
        """Ask the leader, and its successors, until one answers.

        Args:
            request: Must be harmless to repeat.
            to_contender: Ask the leader's contender instead of its Dispatcher.
            timeout_s: In all; by default the configuration's `client.timeout`.
        """
        limit_s = self._config.client_timeout_s if timeout_s is None else timeout_s
        saying = asyncio.get_running_loop().call_later(PATIENCE_S, self._say_who_is_awaited, limit_s)
        try:
            async with asyncio.timeout(limit_s):
                while True:
                    leader = await self._find()
                    text = leader.contender if to_contender else leader.address
                    ref = self._system.ref_for(ActorPath.parse(text))
                    with contextlib.suppress(AskTimeout):
                        answer = await self._ask_while_it_leads(leader, ref, request)
                        if answer is not None:
                            self._said = ""
                            _check(answer)
                            return answer
        except TimeoutError:
            if self._leader is None:
                why = f": {self._trouble}" if self._trouble else ""
                raise NoLeader(f"nobody has led the cluster for {limit_s:g} s{why}") from None
            raise TimeoutError(
                f"the leader {self._leader.candidate} has not answered {type(request).__name__} in {limit_s:g} s"
            ) from None
        finally:
            saying.cancel()

    async def _ask_while_it_leads(self, leader: LeaderInfo, ref: ActorRef[Any], request: Request[R]) -> R | None:
        """The answer, or `None` as soon as another leads."""
        asking = asyncio.ensure_future(ref.ask(request, timeout=self._config.ask_timeout_s))
        try:
            while self._leader == leader:
                self._changed.clear()
                changed = asyncio.ensure_future(self._changed.wait())
                done, _ = await asyncio.wait([asking, changed], return_when=asyncio.FIRST_COMPLETED)
                changed.cancel()
                if asking in done:
                    return asking.result()
            return None
        finally:
            asking.cancel()

    async def _find(self) -> LeaderInfo:
        while self._leader is None:
            self._changed.clear()
            await self._changed.wait()
        return self._leader

    def _say_who_is_awaited(self, limit_s: float) -> None:
        leader = self._leader
        what = "no leader yet" if leader is None else f"the leader {leader.candidate} has not answered yet"
        text = f"{what}, waiting for up to {limit_s:g} s"
        if self._waiting is not None and text != self._said:
            self._waiting(text)
        self._said = text

    # --- the driver's listener ----------------------------------------------------------------------------------------

    def granted(self, epoch: int) -> None:
        """Cannot happen to one who does not stand."""

    def revoked(self) -> None:
        """Cannot happen to one who does not stand."""

    def suspended(self) -> None:
        """Cannot happen to one who does not stand."""

    def resumed(self) -> None:
        """Cannot happen to one who does not stand."""

    def leader_changed(self, info: LeaderInfo | None) -> None:
        """See `ElectionListener`."""
        self._leader = info
        if info is not None:
            self._trouble = ""
        self._changed.set()

    def failed(self, error: Exception) -> None:
        """See `ElectionListener`."""
        self._trouble = str(error)
        if self._waiting is not None:
            self._waiting(f"the election backend failed: {error}")
        else:
            self._system.log.warning("the election backend failed", error=str(error))


def _check(answer: Any) -> None:
    if isinstance(answer, dict) and answer.get("not_found"):
        raise JobNotFound(str(answer["error"]))
    if isinstance(answer, dict) and answer.get("error") and "finished" not in answer:
        raise RequestRefused(str(answer["error"]))
