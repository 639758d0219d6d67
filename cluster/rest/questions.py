"""What the HTTP interface asks the leader, and what it makes of a no. SHELL around the gate.

A no of the leader becomes a `Refusal` with Flink's status: 404 for a job that nobody knows, 409 for cancelling one that
has ended. Deliberately not here: paths and JSON (`cluster.rest.api`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from actors import Request
from cluster.election.protocol import GetElection
from cluster.model.job_record import JobRecord
from cluster.protocol import CancelJob, GetCluster, GetJob, GetResult, GetTaskResult, ListJobs, RetryJob, SubmitJob
from cluster.rest.answers import Refusal
from cluster.rest.gate import CONTENDER, LeaderGate, Unavailable
from cluster.steward import STEWARD, ShutDownCluster

AT_A_TIME = 16
"""Jobs that are asked for their details at a time, for one request."""


class Questions:
    """Asks whoever leads, in the name of one JobManager.

    Args:
        gate: The way to the leader.
        candidate: Id of this JobManager.
    """

    def __init__(self, gate: LeaderGate, candidate: str) -> None:
        self._gate = gate
        self._candidate = candidate

    # --- the cluster --------------------------------------------------------------------------------------------------

    def need_leader(self) -> None:
        """Raise `Unavailable` while nobody leads."""
        if self._gate.leader is None:
            raise self._gate.nobody()

    def own_view(self) -> dict[str, Any]:
        """What this JobManager knows by itself."""
        leader = self._gate.leader
        shown = leader and {"candidate": leader.candidate, "epoch": leader.epoch, "address": leader.address}
        return {"answered_by": self._candidate, "leader": shown}

    @property
    def leads(self) -> bool:
        """Whether this JobManager is the confirmed leader."""
        leader = self._gate.leader
        return leader is not None and leader.candidate == self._candidate

    async def cluster(self) -> dict[str, Any]:
        """The answer to `GetCluster`."""
        answer: dict[str, Any] = await self._gate.ask(GetCluster())
        return answer

    async def high_availability(self) -> dict[str, Any]:
        """Leader, epoch, standbys, TaskManagers and failovers."""
        election, cluster = await asyncio.gather(self._gate.ask(GetElection(), of=CONTENDER), self.cluster())
        return {
            "leader": election["leader"],
            "epoch": cluster["epoch"],
            "standbys": election["standbys"],
            "task_managers": cluster["task_managers"],
            **{part: cluster[part] for part in ("slots_missing", "provider_starts", "provider_trouble")},
            "failovers": cluster["timeline"],
        }

    async def shut_down(self) -> None:
        """Let the leader end the whole cluster."""
        answer = await self._gate.ask(ShutDownCluster("DELETE /cluster was asked for"), of=STEWARD)
        if answer.get("error"):
            raise Unavailable(str(answer["error"]))

    # --- jobs ---------------------------------------------------------------------------------------------------------

    async def jobs(self) -> list[dict[str, Any]]:
        """The answer to `ListJobs`."""
        answer: list[dict[str, Any]] = await self._gate.ask(ListJobs())
        return answer

    async def details(self, job_id: str) -> dict[str, Any]:
        """The answer to `GetJob`."""
        answer = await self._gate.ask(GetJob(job_id))
        if answer.get("not_found"):
            raise Refusal(404, str(answer["error"]))
        return dict(answer)

    async def details_of(self, job_ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """The answers to `GetJob` by id, a few at a time; of those that are known."""
        turn = asyncio.Semaphore(AT_A_TIME)

        async def one(job_id: str) -> dict[str, Any]:
            async with turn:
                answer: dict[str, Any] = await self._gate.ask(GetJob(job_id))
                return answer

        answers = await asyncio.gather(*(one(job_id) for job_id in job_ids))
        return {job_id: found for job_id, found in zip(job_ids, answers, strict=True) if not found.get("not_found")}

    async def outcome(self, job_id: str) -> dict[str, Any]:
        """The answer to `GetResult`."""
        answer = await self._gate.ask(GetResult(job_id))
        if answer.get("not_found"):
            raise Refusal(404, str(answer["error"]))
        return dict(answer)

    async def results(self, job_id: str, outcome: Mapping[str, Any]) -> dict[str, Any]:
        """What each finished task returned; one by one, as each fits into a frame."""
        results = {}
        for task_id in outcome["finished"]:
            results[task_id] = (await self._gate.ask(GetTaskResult(job_id, task_id))).get("result")
        return results

    async def submit(self, record: JobRecord, data: bytes) -> None:
        """Have a job stored and run; one that is known by that id already is not run again.

        Args:
            record: The job.
            data: The same as it is stored.
        """
        answer = await self._gate.ask(SubmitJob(record.job_id, data))
        if answer.get("error"):
            raise Refusal(500 if answer.get("unstored") else 409 if answer.get("taken") else 400, str(answer["error"]))

    async def cancel(self, job_id: str) -> str:
        """Cancel a job; its status."""
        return await self._change(CancelJob(job_id))

    async def retry(self, job_id: str) -> str:
        """Recover a job again that was set aside; its status."""
        return await self._change(RetryJob(job_id))

    async def _change(self, request: Request[Any]) -> str:
        answer = await self._gate.ask(request)
        if answer.get("not_found"):
            raise Refusal(404, str(answer["error"]))
        if answer.get("error"):
            raise Refusal(500 if answer.get("unstored") else 409, str(answer["error"]))
        return str(answer["status"])
