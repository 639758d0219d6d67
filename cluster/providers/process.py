"""`ProcessProvider`: starts TaskManagers as processes of this machine when some are missing. SHELL of `fleet`.

They outlive the JobManager that started them: the next leader takes them over. Whoever ends the cluster ends them too
(`deathwatch stop-cluster`, or the leader's word). Deliberately not here: how many (`cluster.providers.fleet`).
"""

from __future__ import annotations

import asyncio
import re
import signal
from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeAlias

from cluster.providers.fleet import Fleet
from runtime.process import Child, ExitStatus

_MADE = re.compile(r"taskmanager-[0-9a-f]{8}-[1-9][0-9]*")
"""How those are called that a provider has made, see `provider_name`; nobody else is, if not on purpose."""
ASK_AGAIN_S = 0.1
"""Between two questions whether its leader may act."""


class OwnChild(Protocol):
    """A process that was started here; `runtime.process.Child` is one."""

    @property
    def pid(self) -> int:
        """Its process number."""
        ...

    def send_signal(self, number: int) -> None:
        """Signal it; nothing happens if it has ended."""
        ...


StartChild: TypeAlias = Callable[[Sequence[str], Callable[[ExitStatus], None]], OwnChild]
"""Starts a process of that command line, and calls back once, on the loop, when it has ended."""


def start_child(command: Sequence[str], ended: Callable[[ExitStatus], None]) -> OwnChild:
    """Start a process of this machine; what it writes goes where this process writes its errors.

    Raises:
        OSError: If it cannot be started.
        RuntimeError: If this system has no pidfd.
    """
    return Child(command, ended, stdout=2)


def provider_name(uid: int) -> str:
    """The name of a provider, which its TaskManagers' resource ids begin with.

    Args:
        uid: Of its actor system.
    """
    return f"taskmanager-{uid & 0xFFFFFFFF:08x}"


def was_made(resource_id: str) -> bool:
    """Whether a TaskManager of that name was started by a provider, of any JobManager."""
    return _MADE.fullmatch(resource_id) is not None


class ProcessProvider:
    """A `TaskManagerProvider` of local processes.

    Args:
        command: Makes the command line of a TaskManager that is to be called by the given resource id.
        name: Prefix of resource ids; unique to this JobManager's incarnation.
        fleet: Decides.
        may_act: Whether what is done under an epoch may take effect now, see `cluster.leader.services.Office`.
        log: Where to say what was started and how it ended.
        start: Starts each.
    """

    can_start = True

    def __init__(
        self,
        command: Callable[[str], Sequence[str]],
        name: str,
        fleet: Fleet,
        may_act: Callable[[int], bool],
        log: Any,
        start: StartChild = start_child,
    ) -> None:
        self._start_child = start
        self._command = command
        self._name = name
        self._fleet = fleet
        self._may_act = may_act
        self._log = log
        self._loop = asyncio.get_running_loop()
        self._children: dict[str, OwnChild] = {}
        self._count = 0
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    @property
    def trouble(self) -> str:
        """See `TaskManagerProvider`."""
        return self._fleet.trouble(self._loop.time())

    def has_made(self, resource_id: str) -> bool:
        """See `TaskManagerProvider`. The names that providers give tell: other JobManagers' are in it, too."""
        return was_made(resource_id)

    def require(self, epoch: int, missing_slots: int, registered: frozenset[str]) -> None:
        """See `TaskManagerProvider`."""
        if self._fleet.require(self._loop.time(), epoch, missing_slots, registered):
            self._act()

    def stand_down(self, epoch: int) -> None:
        """See `TaskManagerProvider`."""
        self._fleet.stand_down(epoch)

    def lost(self, epoch: int, resource_id: str) -> None:
        """See `TaskManagerProvider`. One that this process did not start is left to notice by itself."""
        child = self._children.get(resource_id)
        if child is not None:
            child.send_signal(signal.SIGKILL)
        self._fleet.lost(self._loop.time(), epoch, resource_id)

    def close(self) -> None:
        """Start no more. Those that run go on."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()

    def _act(self) -> None:
        if self._closed:
            return
        now = self._loop.time()
        if not self._may_act(self._fleet.epoch):  # another may lead by now, and have taken who seems overdue here
            self._act_at(None if self._fleet.stands_down else now + ASK_AGAIN_S)
            return
        for resource_id in self._fleet.overdue(now):
            self._fleet.ended(now, resource_id, "it did not register in time")
            self._warn(resource_id)
            self._children[resource_id].send_signal(signal.SIGKILL)
        decision = self._fleet.decide(now)
        for _ in range(decision.start):
            self._start(now)
        self._act_at(decision.again_at if not decision.start else self._fleet.decide(now).again_at)

    def _act_at(self, at: float | None) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None if at is None else self._loop.call_at(at, self._act)

    def _start(self, now: float) -> None:
        self._count += 1
        resource_id = f"{self._name}-{self._count}"
        self._fleet.started(now, resource_id)
        try:
            self._children[resource_id] = self._start_child(
                self._command(resource_id), lambda status: self._ended(resource_id, status)
            )
        except (OSError, RuntimeError) as error:
            self._fleet.ended(now, resource_id, f"it cannot be started: {error}")
            self._warn(resource_id)
        else:
            self._log.info("TaskManager started", resource_id=resource_id, pid=self._children[resource_id].pid)

    def _ended(self, resource_id: str, status: ExitStatus) -> None:
        self._children.pop(resource_id, None)
        if self._fleet.ended(self._loop.time(), resource_id, str(status)):
            self._warn(resource_id)
        else:
            self._log.info("a TaskManager has ended", resource_id=resource_id, status=str(status))
        self._act()

    def _warn(self, resource_id: str) -> None:
        """One was not fit for use."""
        self._log.warning("starting a TaskManager has failed", resource_id=resource_id, why=self.trouble)
