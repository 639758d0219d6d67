"""Puts the parts of a JobManager or a TaskManager together, on any loop, in a process of its own or beside others.

Composition: configuration in, running actors out. Used by `cluster.node` (one part, one process), `cluster.local` (all
in one) and by tests. Deliberately not here: which election backend there is (`cluster.backends`); signals, exit codes
and the choice of the loop (`cluster.node`).
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
import time
from collections.abc import Callable
from typing import Any

from actors import Actor, ActorRef, Props
from cluster.backends import CONTENDER, JOBMANAGER
from cluster.config import ClusterConfig
from cluster.election.driver import ElectionDriver
from cluster.election.office import LeaderOffice
from cluster.election.protocol import WhoLeads
from cluster.election.service import Contender
from cluster.leader.dispatcher import Dispatcher
from cluster.leader.services import LeaderServices, LeaderSettings
from cluster.model.failover import FailoverStrategy
from cluster.providers.fleet import Fleet
from cluster.providers.none import NoProvider
from cluster.providers.process import ProcessProvider, StartChild, provider_name, start_child
from cluster.remoting import task_lease_s
from cluster.store.blobs import BlobStore
from cluster.store.checkpoints import CheckpointStore
from cluster.store.jobs import JobStore
from cluster.store.results import ResultStore
from cluster.taskmanager.inline_slot import InlineSlot
from cluster.taskmanager.leader_follower import LeaderFollower
from cluster.taskmanager.settings import TaskManagerSettings
from cluster.taskmanager.slot import SlotProcess
from cluster.taskmanager.task_manager import TaskManager
from runtime import ActorSystem, RemoteSettings, graceful_stop

TASKMANAGER = "taskmanager"
HANDOVER_S = 1.0
"""How long a leader that leaves waits for its actors before it gives the office back."""
ORDER_BYTES = 16 * 1024
"""An order to run a task is longer than its job's code by less."""


class JobManagerParts:
    """A JobManager's contender with all that it works with.

    Args:
        config: Of the process.
        system: A running actor system.
        driver: The election backend, not started yet.
        name: Of the contender.
        candidate: Id of this incarnation; made from the system's address by default.
        wall_time: Seconds since 1970, for people.

    Attributes:
        office: This process's leadership.
        contender: The actor, from `start` on.
        child: Starts the process of a TaskManager, where a provider makes them.
    """

    def __init__(
        self,
        config: ClusterConfig,
        system: ActorSystem,
        driver: ElectionDriver,
        name: str = CONTENDER,
        candidate: str | None = None,
        wall_time: Callable[[], float] = time.time,
    ) -> None:
        self._config = config
        self._system = system
        self._driver = driver
        self._name = name
        resource_id = config.jobmanager_resource_id or f"{JOBMANAGER}-{os.getpid()}"
        self.candidate = candidate or f"{resource_id}@{_place(system)}#{system.uid & 0xFFFFFFFF:08x}"
        self.office = LeaderOffice(driver, self._address_of, wall_time)
        self._wall_time = wall_time
        self.contender: ActorRef[Any] = system.dead_letters
        self.child: StartChild = start_child
        self._provider: NoProvider | ProcessProvider = NoProvider()

    async def start(self) -> None:
        """Connect to the election and stand.

        Raises:
            ElectionUnavailable: If the election backend cannot be used.
        """
        self._provider = self._make_provider()
        await self._driver.start(self.office)
        services = self._services()
        self.contender = self._system.spawn(
            Props(
                Contender,
                self.office,
                self._driver,
                self.candidate,
                lambda epoch: Props(Dispatcher, epoch, services),
                by_evidence=self._config.takes_over_by_evidence,
            ),
            self._name,
        )
        await self.contender.ask(WhoLeads())  # it has opened the office: a grant before that would be lost
        await self._driver.stand(self.candidate)

    async def stop(self) -> None:
        """Leave in good order: stop leading, then give the office back, so that the next one leads at once."""
        self._provider.close()
        self.office.leave()
        with contextlib.suppress(TimeoutError):
            # A handler that does not end must not keep the office: what it still does under its epoch is refused.
            if self.contender != self._system.dead_letters:
                await graceful_stop(self.contender, timeout=min(HANDOVER_S, self._config.shutdown_timeout_s))
        await self._driver.close()

    def _address_of(self, ref: ActorRef[Any]) -> str:
        return str(ref.path.at(self._system.address))

    def _services(self) -> LeaderServices:
        config, pointers = self._config, self._driver.pointers
        recovery = config.recovery
        blobs, states, results = (BlobStore(url, recovery.storage_timeout_s) for url in config.store_urls)
        return LeaderServices(
            office=self.office,
            jobs=JobStore(pointers, blobs),
            checkpoints=CheckpointStore(pointers, blobs, states, config.checkpoints_retained),
            results=ResultStore(pointers, results),
            pointers=pointers,
            provider=self._provider,
            clock=self._system.loop.time,
            wall_time=self._wall_time,
            random=random.Random(self._system.uid),
            settings=LeaderSettings(
                restart_strategy=config.restart_strategy,
                failover_strategy=FailoverStrategy(config.failover_strategy),
                checkpoint_interval_s=config.checkpoint_interval_s,
                checkpoint_timeout_s=config.checkpoint_timeout_s,
                checkpoint_min_pause_s=config.checkpoint_min_pause_s,
                checkpoint_failures_tolerated=config.checkpoint_failures_tolerated,
                slot_request_timeout_s=config.slot_request_timeout_s,
                attempts_history=config.attempts_history,
                cleanup=recovery.cleanup,
                retains_on_cancel=recovery.retains_on_cancel,
                retains_on_failure=recovery.retains_on_failure,
                keeps_tasks=recovery.keeps_tasks,
                idle_task_manager_s=recovery.worker_idle_s,
                task_managers_kept=config.taskmanagers,
                max_record_bytes=_frame_bytes(config) - ORDER_BYTES,
                ended_jobs_kept=recovery.ended_jobs_kept,
                ended_jobs_kept_s=recovery.ended_jobs_kept_s if recovery.forgets_results else None,
            ),
        )

    def _make_provider(self) -> NoProvider | ProcessProvider:
        config = self._config
        if config.provider == "none":
            return NoProvider()
        fleet = Fleet(
            config.slots,
            config.taskmanager_start_timeout_s,
            config.taskmanagers,
            failures_per_min=config.recovery.worker_failures_per_min,
            retry_s=config.recovery.worker_retry_s,
        )
        arguments = ["--config", config.source] if config.source else []
        arguments += [word for override in config.overrides for word in ("-D", override)]

        def command(resource_id: str) -> list[str]:
            own = ["-D", f"taskmanager.resource-id={resource_id}"]
            return [sys.executable, "-m", "cluster", "taskmanager", *arguments, *own]

        log = self._system.log.bind(part="provider")
        return ProcessProvider(command, provider_name(self._system.uid), fleet, self.office.may_act, log, self.child)


class TaskManagerParts:
    """A TaskManager with its connection to the election.

    Args:
        config: Of the process.
        system: A running actor system.
        driver: The election backend, not started yet.
        name: Of the actor.
        leave: Called with a reason when the process should end.
        start_again: Called with a reason when it should start again as a new incarnation; `leave` by default.
        verbose: Whether tasks log more than warnings.
        pid: Of the process, for people.
    """

    def __init__(
        self,
        config: ClusterConfig,
        system: ActorSystem,
        driver: ElectionDriver,
        leave: Callable[[str], None],
        name: str = "task-manager",
        *,
        start_again: Callable[[str], None] | None = None,
        verbose: bool = False,
        pid: int | None = None,
    ) -> None:
        self._pid = os.getpid() if pid is None else pid
        self._config = config
        self._system = system
        self._driver = driver
        self._leave = leave
        self._start_again = start_again or leave
        self._name = name
        self._verbose = verbose
        self.slot: Callable[[], Actor[Any]] = SlotProcess if config.slot_isolation == "process" else InlineSlot
        self.task_manager: ActorRef[Any] = system.dead_letters

    async def start(self) -> None:
        """Start the slots and follow the election.

        Raises:
            ElectionUnavailable: If the election backend cannot be used.
        """
        config = self._config
        settings = TaskManagerSettings(
            resource_id=config.taskmanager_resource_id or f"{TASKMANAGER}-{self._pid}-{self._name}",
            slots=config.slots,
            storage=config.state_url,
            warm_spares=config.slots if config.slot_warm_spares is None else config.slot_warm_spares,
            pid=self._pid,
            cancellation_timeout_s=config.cancellation_timeout_s,
            registration_initial_s=config.registration_initial_s,
            registration_max_s=config.registration_max_s,
            registration_refused_s=config.registration_refused_delay_s,
            registration_timeout_s=config.registration_timeout_s,
            max_result_bytes=_frame_bytes(config) // 2,
            keeps_tasks=config.recovery.keeps_tasks,
            lease_s=task_lease_s(config),
            verbose=self._verbose,
        )
        props = Props(TaskManager, settings, self.slot, self._leave, self._start_again)
        self.task_manager = self._system.spawn(props, self._name)
        await self._driver.start(LeaderFollower(self.task_manager, self._election_failed))

    async def stop(self) -> None:
        """End the tasks and let go of the election."""
        await self._driver.close()
        with contextlib.suppress(TimeoutError):
            if self.task_manager != self._system.dead_letters:
                await graceful_stop(self.task_manager, timeout=self._config.shutdown_timeout_s)

    def _election_failed(self, error: Exception) -> None:
        self._system.log.error("the election backend failed", error=str(error))


def _frame_bytes(config: ClusterConfig) -> int:
    return config.max_frame_bytes or RemoteSettings().max_frame_bytes


def _place(system: ActorSystem) -> str:
    address = system.address
    return f"{address.host}:{address.port}" if address.host else address.system
