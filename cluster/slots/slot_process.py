"""`python -m cluster.slots.slot_process LINK LIFELINE LEASH`: runs an attempt of a task for its TaskManager, and ends.

The child's shell of `cluster.slots.task_runner`; `cluster.taskmanager.slot` is its counterpart in the TaskManager. It
is started ahead of need, imports what a task needs, says `Ready` and waits for `Run`. It dies with its TaskManager,
also when user code holds its only thread. Deliberately not here: actors, sockets of its own, the election; it knows its
link and the store.
"""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import socket
import struct
import sys

import anyio.to_thread

from cluster.slots.leash import wear_leash
from cluster.slots.lifeline import watch_lifeline
from cluster.slots.slot_channel import SlotChannel
from cluster.slots.slot_link import Cancel, LinkMessage, Ready, Run, Snapshot
from cluster.slots.task_log import LateLog
from cluster.slots.task_runner import Surroundings, TaskRunner
from cluster.slots.user_code import load_shipped_job
from cluster.slots.user_traceback import user_traceback
from cluster.store.blobs import BlobStore

_PR_SET_PDEATHSIG = 1
_CREDENTIALS = struct.Struct("3i")  # of SO_PEERCRED: pid, uid, gid

LOST_LINK = 70
"""Exit status when the TaskManager closed the link or is gone; nobody reads it in good order."""


class Slot:
    """What the process does about each message of its link."""

    def __init__(self, sock: socket.socket, loop: asyncio.AbstractEventLoop) -> None:
        self._channel = SlotChannel(sock, self._received, lambda _: os._exit(LOST_LINK), loop)
        self._runner: TaskRunner | None = None
        self._running: asyncio.Task[None] | None = None
        self._channel.send(Ready())

    def _received(self, message: LinkMessage) -> None:
        match message:
            case Run() if self._runner is None:
                self._runner = TaskRunner(
                    message, self._channel.send, Surroundings(load_shipped_job, BlobStore, LateLog)
                )
                self._running = asyncio.get_running_loop().create_task(self._run(self._runner), name="slot")
            case Cancel() if self._runner is not None:
                self._runner.cancel()
            case Snapshot(checkpoint_id) if self._runner is not None:
                self._runner.snapshot(checkpoint_id)
            case _:
                sys.stderr.write(f"slot process {os.getpid()} cannot make sense of {message}\n")
                os._exit(LOST_LINK)

    async def _run(self, runner: TaskRunner) -> None:
        try:
            await runner.run()
            await self._channel.flush()
        except BaseException as error:
            # How the task has ended cannot be said: that it has, the end of this process says.
            sys.stderr.write(f"{user_traceback(error)}\n")
            os._exit(1)
        # Not sys.exit: threads and exit hooks that user code left behind must not keep the slot.
        os._exit(0)


async def warm_up() -> None:
    """Load now what a thread needs: a state is read in one, and by then somebody waits for it."""
    await anyio.to_thread.run_sync(int)


def die_with_parent(sock: socket.socket) -> None:
    """Be killed when the TaskManager dies, however it dies. Linux only; elsewhere the end of the link has to do.

    The leash is faster (`cluster.slots.leash`); this is for where its other end is held by a child of the TaskManager
    that was not another program yet. The signal is sent at the end of the thread that started this process, so a
    TaskManager starts its slots from its main thread. If that is dead already no signal will come: then this process
    ends here.
    """
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    credentials = sock.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    task_manager, _, _ = _CREDENTIALS.unpack(credentials)
    if os.getppid() != task_manager:
        os._exit(LOST_LINK)


def main() -> None:
    """Serve the link at the file descriptor that the command names. Ends by `os._exit`, always."""
    sock = socket.socket(fileno=int(sys.argv[1]))
    sock.set_inheritable(False)  # what user code starts must not hold the link open
    die_with_parent(sock)
    wear_leash(int(sys.argv[3]))
    watch_lifeline(int(sys.argv[2]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the TaskManager's to handle
    os.dup2(2, 1)  # what user code prints goes where the TaskManager's log goes
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(warm_up())
    Slot(sock, loop)
    try:
        loop.run_forever()
        sys.stderr.write(f"the loop of slot process {os.getpid()} was stopped by its task\n")
        os._exit(1)  # not by a return: threads that user code has left behind would keep the process
    except BaseException as error:  # a SystemExit of something that user code left on the loop
        sys.stderr.write(f"{user_traceback(error)}\n")
        os._exit(error.code & 0xFF if isinstance(error, SystemExit) and isinstance(error.code, int) else 1)


if __name__ == "__main__":
    main()
