"""The main program of a JobManager's or TaskManager's process: loop, sockets, signals, exit code.

Uses uvloop when it is installed. SIGTERM and SIGINT leave in good order, a second one at once. Whatever keeps a process
from starting is one line on stderr. Deliberately not here: what the process is made of (`cluster.assembly`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol, TypeVar

from actors import Props
from cluster.assembly import (
    TASKMANAGER,
    JobManagerParts,
    TaskManagerParts,
)
from cluster.backends import JOBMANAGER, candidate_driver, follower_driver
from cluster.config import ClusterConfig, ConfigError
from cluster.configuration import keys as keys
from cluster.configuration.advice import exposure
from cluster.configuration.keys import Key
from cluster.configuration.security import exposed
from cluster.election.driver import ElectionUnavailable
from cluster.providers.process import was_made
from cluster.remoting import system_settings
from cluster.rest.service import RestService
from cluster.steward import STEWARD, Steward
from cluster.storage_check import check_storage
from cluster.store.places import StorageError
from cluster.watchdog import Watchdog
from runtime import ActorSystem

T = TypeVar("T")

OK, FAILED = 0, 1
START_AGAIN = -1
"""Not an exit code: the process goes on as a new incarnation."""
ONE_PROCESS_ONLY = "'memory' is for one process (deathwatch local)"
SHORT_LIFE_S, REST_S = 10.0, 1.0
"""After an incarnation that has lived for less, the next one waits so long."""
UP = "is up at"
"""What a process says when it is, with its address behind it."""
HANGS_S = 60.0
"""Whose loop stands still for less does not hang."""
SIGNALLED = 128
"""A process that a signal ended has this and the signal's number as its exit code."""


class Parts(Protocol):
    """What runs in the process."""

    async def start(self) -> None:
        """Begin."""

    async def stop(self) -> None:
        """Leave in good order, also if it has not begun, or not wholly."""


class Leaving:
    """Waits for a reason to leave: a signal, the leader's word, the end of the actor system."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._code: asyncio.Future[int] = self._loop.create_future()
        self._signal = 0
        self._is_signalled = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            self._loop.add_signal_handler(number, self._signalled, number)

    def because(self, reason: str, code: int = OK) -> None:
        """Leave with an exit code; the first reason counts."""
        if not self._code.done():
            self._code.set_result(code)
            say(reason)

    async def wait(self, ended: Awaitable[None]) -> int:
        """The exit code, when there is a reason."""
        watching = asyncio.ensure_future(ended)
        reasons: list[asyncio.Future[Any]] = [self._code, watching]
        await asyncio.wait(reasons, return_when=asyncio.FIRST_COMPLETED)
        watching.cancel()
        return self._code.result() if self._code.done() else FAILED

    def start_again(self, reason: str) -> None:
        """Leave, to come back as a new incarnation in the same process."""
        self.because(reason, START_AGAIN)

    async def after(self, code: int, lived_s: float) -> int:
        """The exit code when all has ended: who is to come back, and is told to leave meanwhile, leaves.

        Who has just begun rests before it comes back: it would most likely fail at the same again, as at the office
        that it gets. Others have their chance first, and so have those who read the log.
        """
        if code != START_AGAIN:
            return code
        if lived_s < SHORT_LIFE_S:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(REST_S):
                    await self._is_signalled.wait()
        return SIGNALLED + self._signal if self._signal else code

    def _signalled(self, number: int) -> None:
        if self._signal:
            os._exit(SIGNALLED + number)
        self._signal = number  # the first, though there may be another reason to leave already
        self._is_signalled.set()
        text = f"{signal.Signals(number).name}: leaving; a second one ends at once"
        if self._code.done():
            say(text)
        self.because(text, SIGNALLED + number)


class _JobManager:
    """A JobManager's parts, its HTTP interface, and the actor that ends the cluster."""

    def __init__(self, config: ClusterConfig, system: ActorSystem, leaving: Leaving) -> None:
        self._config = config
        self._parts = JobManagerParts(config, system, candidate_driver(config))
        self._rest = RestService(config, system, self._parts.office, self._parts.candidate)
        self._system = system
        self._leaving = leaving

    async def start(self) -> None:
        """Take the port, stand for election, and only then serve HTTP: others may be waiting for a leader."""
        for warning in exposure(self._config):
            say(warning)
        self._rest.listen()
        await self._parts.start()
        parts = self._parts
        leaving = self._leaving
        steward = Props(Steward, parts.office, parts.candidate, parts.contender, leaving.because, leaving.start_again)
        self._system.spawn(steward, STEWARD)
        await self._rest.start()
        say(f"HTTP is at {self._rest.url}" if self._rest.url else f"HTTP is off: {self._rest.why_off}")

    async def stop(self) -> None:
        """The office is given back first, so that the next one leads while HTTP is being closed."""
        await self._parts.stop()
        await self._rest.stop()


def run_job_manager(config: ClusterConfig) -> int:
    """Run a JobManager in this process until it leaves; returns the exit code."""
    if config.high_availability == "memory":
        raise ConfigError([f"high-availability: {ONE_PROCESS_ONLY}; a JobManager accepts sqlite, zookeeper or none"])

    host = config.jobmanager_bind_host or config.jobmanager_address
    refuse_exposed(config, keys.JOBMANAGER_BIND_HOST if config.jobmanager_bind_host else keys.JOBMANAGER_ADDRESS, host)

    def parts(system: ActorSystem, leaving: Leaving) -> Parts:
        return _JobManager(config, system, leaving)

    return _run(config, lambda: _serve(JOBMANAGER, config, host, config.jobmanager_ports, parts))


def run_task_manager(config: ClusterConfig, *, verbose: bool = False) -> int:
    """Run a TaskManager in this process until it leaves; returns the exit code."""
    if config.high_availability == "memory":
        raise ConfigError([f"high-availability: {ONE_PROCESS_ONLY}; a TaskManager accepts sqlite, zookeeper or none"])
    refuse_exposed(config, keys.TASKMANAGER_HOST, config.taskmanager_host)

    def parts(system: ActorSystem, leaving: Leaving) -> Parts:
        driver = follower_driver(config, system)
        again = leaving.start_again
        if was_made(config.taskmanager_resource_id or ""):
            Watchdog(max(config.registration_timeout_s, HANGS_S)).start()  # for as long as the process lives
        return TaskManagerParts(config, system, driver, leaving.because, start_again=again, verbose=verbose)

    host, ports = config.taskmanager_host, config.taskmanager_ports
    return _run(config, lambda: _serve(TASKMANAGER, config, host, ports, parts))


def run_on_loop(main: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Run `main` on uvloop if it is installed, else on asyncio's own loop."""
    factory: Callable[[], asyncio.AbstractEventLoop] | None = None
    with contextlib.suppress(ImportError):
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(main())


def say(text: str) -> None:
    """One line for people, if anybody reads what we say."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"deathwatch: {text}\n")
        sys.stderr.flush()


def _run(config: ClusterConfig, serve: Callable[[], Coroutine[Any, Any, int]]) -> int:
    async def check_and_serve() -> int:
        """Serve as one incarnation after another, until there is another reason to leave than being taken for dead."""
        await check_storage(config, say)
        code = START_AGAIN
        while code == START_AGAIN:
            code = await serve()
        return code

    try:
        return run_on_loop(check_and_serve)
    except StorageError as error:
        raise ConfigError([f"high-availability.storageDir: {config.storage_dir!r} is not usable: {error}"]) from error
    except (OSError, ElectionUnavailable) as error:
        say(str(error))
        return FAILED


async def _serve(
    role: str,
    config: ClusterConfig,
    host: str,
    ports: tuple[int, ...],
    make: Callable[[ActorSystem, Leaving], Parts],
) -> int:
    leaving, began_at = Leaving(), asyncio.get_running_loop().time()
    system = await _listen(role, config, host, ports)
    try:
        parts = make(system, leaving)
        try:
            await parts.start()
            say(f"{role} {os.getpid()} {UP} {system.address.host}:{system.address.port}")
            code = await leaving.wait(system.when_terminated())
        finally:  # also what has not begun wholly: others would wait until an office that it has got runs out
            await parts.stop()
    finally:
        await system.terminate()
    return await leaving.after(code, asyncio.get_running_loop().time() - began_at)


def refuse_exposed(config: ClusterConfig, key: Key[Any], host: str) -> None:
    """Do not listen where strangers can reach us, and nothing would keep them out.

    Raises:
        ConfigError: In that case; the line says what to do.
    """
    complaints = list(exposed(config.security, [(key, host)], addresses_of))
    if complaints:
        raise ConfigError(complaints)


def addresses_of(host: str) -> list[str]:
    """The addresses of a name; none if it is not known."""
    try:
        return [str(info[4][0]) for info in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)]
    except OSError:
        return []


async def _listen(role: str, config: ClusterConfig, host: str, ports: tuple[int, ...]) -> ActorSystem:
    """An actor system at the first port that is free."""
    for port in ports[:-1]:
        with contextlib.suppress(OSError):
            return await _started(ActorSystem(role, system_settings(config, host, port)))
    return await _started(ActorSystem(role, system_settings(config, host, ports[-1])))


async def _started(system: ActorSystem) -> ActorSystem:
    await system.start()
    return system
