"""`ChildProcess`: an actor that owns one child process and dies when it dies. SHELL over subprocess, pidfd and signals.

A pidfd tells of the exit as soon as the kernel has torn the process down, with its status and without confusing it with
a later process of the same number. Whoever watches the actor gets `Terminated(cause=PROCESS_DEAD, detail="killed by
SIGKILL")`. The child is signalled through that pidfd too, so nothing but the own child is ever hit, and it is always
reaped. Linux only. Deliberately not here: what is said to the child, and whether it is started again; a supervisor and
`runtime.transport` know that.
"""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import IO, Any, TypeAlias, cast

from actors.actor import Actor
from actors.message import Request, message
from actors.notices import DeathCause
from runtime.context import CellContext

Stream: TypeAlias = int | IO[Any] | None


@dataclass(frozen=True, slots=True)
class ExitStatus:
    """How a process ended.

    Attributes:
        code: The exit status; minus the signal's number if a signal killed it.
    """

    code: int

    def __str__(self) -> str:
        if self.code >= 0:
            return f"exit status {self.code}"
        try:
            return f"killed by {signal.Signals(-self.code).name}"
        except ValueError:
            return f"killed by signal {-self.code}"


class Child:
    """A running child process in a session of its own, watched from the loop.

    Args:
        argv: Program and arguments.
        exited: Called once, on the loop, when it has ended and is reaped.
        env: Its whole environment; this process's by default.
        cwd: Its working directory; this process's by default.
        pass_fds: Descriptors that it inherits, under the same numbers.
        stdin: As for `subprocess.Popen`; so are `stdout` and `stderr`.
        stdout: See there.
        stderr: See there.

    Raises:
        OSError: If it cannot be started.
        RuntimeError: If this system has no pidfd.
    """

    def __init__(
        self,
        argv: Sequence[str],
        exited: Callable[[ExitStatus], None],
        *,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        pass_fds: Sequence[int] = (),
        stdin: Stream = subprocess.DEVNULL,
        stdout: Stream = None,
        stderr: Stream = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._exited = exited
        self._ended: asyncio.Future[ExitStatus] = self._loop.create_future()
        if not hasattr(os, "pidfd_open"):
            raise RuntimeError("child processes are watched by pidfd, which this system has not: Linux 5.3 is needed")
        self._process = subprocess.Popen(
            list(argv),
            env=env,
            cwd=cwd,
            pass_fds=tuple(pass_fds),
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,  # Ctrl-C on the terminal is for us; we tell the child
        )
        self._pidfd = -1
        try:
            self._pidfd = os.pidfd_open(self._process.pid)
            self._loop.add_reader(self._pidfd, self._readable)
        except BaseException as error:
            self._process.kill()
            self._process.wait()
            self._close_pidfd()
            if isinstance(error, OSError):
                raise RuntimeError(f"the child process cannot be watched by pidfd: {error}") from error
            raise

    @property
    def pid(self) -> int:
        """Its process number; stays after its end."""
        return self._process.pid

    @property
    def status(self) -> ExitStatus | None:
        """How it ended; `None` while it runs."""
        return self._ended.result() if self._ended.done() else None

    def send_signal(self, number: int) -> None:
        """Signal it; nothing happens if it has ended."""
        if self._pidfd >= 0:
            try:
                signal.pidfd_send_signal(self._pidfd, number)
            except ProcessLookupError:
                return  # dead, and about to be reaped

    async def wait(self) -> ExitStatus:
        """Wait for its end."""
        return await asyncio.shield(self._ended)

    async def end(self, grace_s: float) -> ExitStatus:
        """End it: SIGTERM, up to `grace_s` seconds, then SIGKILL. If this is cancelled, SIGKILL at once."""
        try:
            self.send_signal(signal.SIGTERM)
            done, _ = await asyncio.wait([self._ended], timeout=grace_s)
            if not done:
                self.send_signal(signal.SIGKILL)
            return await self.wait()
        except asyncio.CancelledError:
            self.send_signal(signal.SIGKILL)
            self._reap()
            raise

    def _readable(self) -> None:
        self._reap()
        self._exited(self._ended.result())

    def _reap(self) -> None:
        """Take the status of a process that has ended, or will at once."""
        if self._pidfd >= 0:
            self._loop.remove_reader(self._pidfd)
            code = self._process.wait()
            self._close_pidfd()
            self._ended.set_result(ExitStatus(code))

    def _close_pidfd(self) -> None:
        if self._pidfd >= 0:
            os.close(self._pidfd)
            self._pidfd = -1


@message
class GetPid(Request[int]):
    """Asks a `ChildProcess` for the number of its process."""


@message
class SendSignal:
    """Tells a `ChildProcess` to signal its process.

    Attributes:
        number: For example `signal.SIGUSR1`.
    """

    number: int


class ChildProcess(Actor[GetPid | SendSignal]):
    """Starts a process when it starts, stops itself when that ends, and ends it when it is stopped or restarted.

    Args:
        argv: Program and arguments.
        grace_s: Seconds between SIGTERM and SIGKILL.
        options: `env`, `cwd`, `pass_fds`, `stdin`, `stdout`, `stderr`, as for `Child`.
    """

    def __init__(self, argv: Sequence[str], *, grace_s: float = 5.0, **options: Any) -> None:
        self._argv = list(argv)
        self._grace_s = grace_s
        self._options = options
        self._child: Child | None = None
        self._ending = False

    def pre_start(self) -> None:
        """Start the process.

        Raises:
            OSError: If that fails; the supervisor decides.
        """
        self._child = Child(self._argv, self._exited, **self._options)
        self.log.debug("child process started", pid=self._child.pid, program=self._argv[0])

    def receive(self, message: GetPid | SendSignal) -> None:
        """Handle one message."""
        child = self._child
        match message:
            case GetPid() if child is not None:
                self.reply(child.pid)
            case SendSignal(number) if child is not None:
                child.send_signal(number)
            case _:
                self.unhandled(message)

    async def post_stop(self) -> None:
        """End the process if it still runs."""
        self._ending = True
        if self._child is not None and self._child.status is None:
            await self._child.end(self._grace_s)

    def _exited(self, status: ExitStatus) -> None:
        self.log.debug("child process ended", pid=self._child.pid if self._child else 0, status=str(status))
        if not self._ending:
            # Not by a message of its own: the death must not wait behind others in the mailbox.
            cast(CellContext, self.context).stop_self(DeathCause.PROCESS_DEAD, str(status))
