"""`SlotProcess`: the TaskManager's end of one slot process. Shell over `runtime.process.Child` and `SlotChannel`.

It starts the process when it starts itself, passes `Run`, `Cancel` and `Snapshot` on to it and what comes back to its
parent, and dies when the process dies, with how that ended as `Terminated.detail`; what the process had still said
comes first. Stopping it kills the process, at once and for certain. Deliberately not here: which attempt runs in
which slot.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import sys
from pathlib import Path
from typing import Any, cast

from actors import Actor, DeathCause
from cluster.slots.leash import Leash
from cluster.slots.lifeline import Lifeline
from cluster.slots.slot_channel import SlotChannel
from cluster.slots.slot_link import Cancel, LinkMessage, Run, Snapshot, ToSlot
from cluster.taskmanager.run_until import RunUntil
from runtime.context import CellContext
from runtime.process import Child, ExitStatus
from runtime.transport.tombstone import goes_first_from

_ROOT = str(Path(__file__).parents[1])


class SlotProcess(Actor[ToSlot | RunUntil]):
    """Owns one process that runs at most one attempt. Its parent gets the `FromSlot` messages, with it as sender."""

    def __init__(self) -> None:
        self._child: Child | None = None
        self._channel: SlotChannel | None = None
        self._lifeline = Lifeline()
        self._leash = Leash(goes_first_from())

    def pre_start(self) -> None:
        """Start the process.

        Raises:
            OSError: If that fails.
        """
        ours, theirs = socket.socketpair()
        with theirs, self._lifeline.other_end() as lifeline, self._leash.other_end() as leash:
            ends = (theirs.fileno(), lifeline, leash)
            try:
                self._child = Child(
                    [sys.executable, "-u", "-P", "-m", "cluster.slots.slot_process", *map(str, ends)],
                    self._exited,
                    env={**os.environ, "PYTHONPATH": os.pathsep.join(_search_path())},
                    pass_fds=ends,
                    stdout=2,  # what user code prints is talk, never data of ours
                )
            except BaseException:
                ours.close()
                raise
        self._channel = SlotChannel(ours, self._received, self._lost, self.context.system.loop)

    def receive(self, message: ToSlot | RunUntil) -> None:
        """Pass on what the TaskManager says."""
        match message:
            case Run() | Cancel() | Snapshot():
                if self._channel is not None:
                    self._channel.send(message)
            case RunUntil(until):
                self._lifeline.run_until(until)
            case _:
                self.unhandled(message)

    async def post_stop(self) -> None:
        """Kill the process with all that it started, and wait until it is gone."""
        if self._channel is not None:
            self._channel.close()
        self._lifeline.close()
        if self._child is not None:
            if self._child.status is None:
                self._kill_group(self._child.pid)
            self._leash.close()
            await self._child.wait()

    def _kill_group(self, leader: int) -> None:
        """End the process and all that user code started in its group; the number is theirs until the last is gone."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(leader, signal.SIGKILL)

    def _received(self, message: LinkMessage) -> None:
        self.context.parent.tell(message, self.ref)

    def _lost(self, error: Exception | None) -> None:
        if error is not None:
            self.log.warning("a slot process makes no sense", error=str(error))
        # Its exit follows, or has been seen already. If it only closed the link, it is of no use any more.
        if self._child is not None:
            self._child.send_signal(signal.SIGKILL)

    def _exited(self, status: ExitStatus) -> None:
        if self._channel is not None:
            self._channel.drain()
        if self._child is not None:
            self._kill_group(self._child.pid)
        context = cast(CellContext, self.context)
        context.stop_self(DeathCause.PROCESS_DEAD, str(status))


def _search_path() -> list[str]:
    """Where the child finds this package, however we were started ourselves; then what was asked for."""
    asked: Any = os.environ.get("PYTHONPATH")
    return [_ROOT, *(asked.split(os.pathsep) if asked else [])]
