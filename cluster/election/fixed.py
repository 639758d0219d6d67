"""`FixedLeader`: without high availability there is one JobManager at a configured address; others ask it who leads.

An `ElectionDriver` for TaskManagers and clients only: it never leads and keeps no values. It asks again and again
rather than DeathWatching, so that a JobManager that was started anew at the same address is found without any ado. The
JobManager itself uses an election of its own process (`cluster.election.memory`).
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from actors import ActorPath, AskTimeout
from cluster.election.driver import ElectionListener, ElectionUnavailable, LeaderInfo, Succession
from cluster.election.protocol import LeaderIs, WhoLeads


class FixedLeader:
    """Follows the JobManager at one address.

    Args:
        system: The actor system of this process, with remoting.
        contender: Text of the JobManager's contender, without uid.
        poll_s: Between two questions, and the longest wait for an answer.
        patience: Questions without an answer after which nobody leads.
    """

    def __init__(self, system: Any, contender: str, poll_s: float = 0.5, patience: int = 3) -> None:
        self.succession = Succession.FIRST
        self._system = system
        self._contender = ActorPath.parse(contender)
        self._poll_s = poll_s
        self._patience = patience
        self._listener: ElectionListener | None = None
        self._task: asyncio.Task[None] | None = None
        self._info: LeaderInfo | None = None

    @property
    def pointers(self) -> FixedLeader:
        """The fenced values: there are none here."""
        return self

    async def start(self, listener: ElectionListener) -> None:
        """See `ElectionDriver`."""
        self._listener = listener
        self._task = asyncio.get_running_loop().create_task(self._follow(), name="follow the fixed leader")

    async def stand(self, candidate: str) -> None:
        """Not here."""
        raise ElectionUnavailable(f"{candidate} cannot stand: without high availability there is no election")

    def holds(self, epoch: int) -> bool:
        """Never."""
        return False

    async def publish(self, info: LeaderInfo) -> bool:
        """Not here."""
        return False

    async def challenge(self, epoch: int) -> None:
        """Nothing: there is nobody else."""

    async def resign(self) -> None:
        """Nothing: it never stands."""

    async def close(self) -> None:
        """See `ElectionDriver`."""
        self._listener = None
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def abandon(self) -> None:
        """See `ElectionDriver`."""
        await self.close()

    async def put(self, key: str, value: bytes, epoch: int) -> None:
        """Not here."""
        raise ElectionUnavailable(f"{key} cannot be kept: only the JobManager keeps values")

    async def delete(self, key: str, epoch: int) -> bool:
        """Not here."""
        raise ElectionUnavailable(f"{key} cannot be deleted: only the JobManager keeps values")

    async def get(self, key: str) -> bytes | None:
        """Nothing."""
        return None

    async def list(self, prefix: str) -> dict[str, bytes]:
        """Nothing."""
        return {}

    async def _follow(self) -> None:
        silent = 0
        while True:
            info = await self._ask()
            silent = 0 if info is not None else silent + 1
            if info is not None:
                self._show(info.info)
                await asyncio.sleep(self._poll_s if info.info is not None else self._poll_s / 10)
            elif silent >= self._patience:
                self._show(None)

    async def _ask(self) -> LeaderIs | None:
        try:
            answer = await self._system.ref_for(self._contender).ask(WhoLeads(), timeout=self._poll_s)
        except AskTimeout:
            return None
        return answer if isinstance(answer, LeaderIs) else None

    def _show(self, info: LeaderInfo | None) -> None:
        if info != self._info:
            self._info = info
            if self._listener is not None:
                self._listener.leader_changed(info)
