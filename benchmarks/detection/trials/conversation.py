"""`Program`: a process of the harness that is told orders and tells events, and that is never left behind. SHELL.

Its exit is noted by a pidfd of our own, so the kernel's share of a death can be shown apart.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from typing import IO, Any

Event = dict[str, Any]
SHOWS_LOG = "DETECTION_LOG" in os.environ
"""Whether the programs' log is shown; they are hurt on purpose, so it is long."""


class ProgramFailed(Exception):
    """A program has ended, or does not say what it should."""


class Unsupported(Exception):
    """A program says that it cannot do that; the cell is skipped."""


class Program:
    """One process.

    Args:
        argv: Program and arguments; `ip netns exec NAME` before it puts it into a namespace.
        told: Called with each event that nobody waits for.

    Attributes:
        exited_t: When its pidfd became readable; `None` while it lives.
        pid: Of the process.
    """

    def __init__(self, argv: Sequence[str], told: Callable[[Event], None] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._process = subprocess.Popen(
            list(argv),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if SHOWS_LOG else subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C on the terminal is for us; we end it
            pipesize=1 << 16,
        )
        self.pid = self._process.pid
        self.exited_t: float | None = None
        self._told = told
        self._awaited: dict[str, asyncio.Future[Event]] = {}
        self._rest = b""
        self._gone = asyncio.Event()
        self._pidfd = os.pidfd_open(self.pid)
        self._loop.add_reader(self._pidfd, self._exited)
        self._output: IO[bytes] = self._process.stdout  # type: ignore[assignment]
        os.set_blocking(self._output.fileno(), False)
        self._loop.add_reader(self._output.fileno(), self._readable)

    def tell(self, do: str, **fields: Any) -> None:
        """Give an order; one to a process that is gone is lost."""
        order = json.dumps({"do": do, **fields}) + "\n"
        with contextlib.suppress(OSError):
            os.write(self._process.stdin.fileno(), order.encode())  # type: ignore[union-attr]

    async def ask(self, do: str, event: str, timeout_s: float = 30.0, /, **fields: Any) -> Event:
        """Give an order and wait for an event.

        Raises:
            ProgramFailed: If it ends or says nothing in time.
            Unsupported: If it cannot do that.
        """
        future: asyncio.Future[Event] = self._loop.create_future()
        self._awaited[event] = future
        self.tell(do, **fields)
        try:
            async with asyncio.timeout(timeout_s):
                return await future
        except TimeoutError:
            raise ProgramFailed(f"no {event!r} from {self.name} within {timeout_s:g} s after {do!r}") from None
        finally:
            self._awaited.pop(event, None)

    @property
    def name(self) -> str:
        """For messages."""
        arguments: Any = self._process.args
        return f"{' '.join(arguments[-3:])} (pid {self.pid})"

    def signal(self, number: int) -> float:
        """Signal it. Returns the time just before."""
        before = time.monotonic()
        with contextlib.suppress(ProcessLookupError):
            signal.pidfd_send_signal(self._pidfd, number)
        return before

    async def exit(self) -> float:
        """Wait for its end. Returns when that was."""
        await self._gone.wait()
        return self.exited_t or 0.0

    def end(self) -> None:
        """Kill it if it still lives, and forget it. Blocks only until the kernel has torn it down."""
        if self.exited_t is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            self._exited()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                self._loop.remove_reader(pipe.fileno())
                with contextlib.suppress(OSError):
                    pipe.close()

    def _exited(self) -> None:
        self.exited_t = time.monotonic()
        self._loop.remove_reader(self._pidfd)
        self._process.wait()
        os.close(self._pidfd)
        self._gone.set()
        for future in self._awaited.values():
            if not future.done():
                future.set_exception(ProgramFailed(f"{self.name} has ended"))

    def _readable(self) -> None:
        try:
            data = os.read(self._output.fileno(), 1 << 16)
        except BlockingIOError:
            return
        if not data:
            self._loop.remove_reader(self._output.fileno())
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._hear(json.loads(line))

    def _hear(self, event: Event) -> None:
        future = self._awaited.get(event["event"])
        if event["event"] == "unsupported":
            error = Unsupported(f"{event.get('do')}: {event.get('detail')}")
            for waiting in self._awaited.values():
                if not waiting.done():
                    waiting.set_exception(error)
        elif future is not None and not future.done():
            future.set_result(event)
        elif self._told is not None:
            self._told(event)
