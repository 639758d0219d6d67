"""A TaskManager that is killed takes its slots with it before anybody can know that it is dead (decision 47)."""

from __future__ import annotations

import contextlib
import errno
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.slots.leash import Leash
from runtime.transport.tcp import TcpTransport
from runtime.transport.tombstone import goes_first_from
from tests.integration.processes import is_alive

pytestmark = pytest.mark.real

ROOT = Path(__file__).resolve().parents[2]
DEATHS = 3
SLOTS = 2
HOLDS_ITS_THREAD = """
import subprocess, sys
from cluster.slots.leash import wear_leash
sys.stdin.readline()
wear_leash(int(sys.argv[1]))
print(subprocess.Popen(["sleep", "60"]).pid, flush=True)
while True:
    pass
"""
HAS_SLOTS = """
import os, signal, socket, sys
from cluster.slots.leash import Leash, wear_leash
from runtime.transport.tombstone import goes_first_from, raised

leashes, slots = [], []
listener = socket.create_server(("127.0.0.1", 0))
second = raised(listener.fileno())
for _ in range(int(sys.argv[1])):
    leashes.append(Leash(goes_first_from()))
    with leashes[-1].other_end() as descriptor:
        slots.append(os.fork())
        if not slots[-1]:
            os.setsid()
            for held in (listener, second, *leashes):
                held.close()
            wear_leash(descriptor)
            os.write(1, b"on its leash\\n")
            while True:
                signal.pause()
os.write(1, (" ".join(map(str, (listener.getsockname()[1], *slots))) + "\\n").encode())
connections = [listener.accept() for _ in range(4)]
print("accepted", flush=True)
signal.pause()
"""


@contextlib.contextmanager
def leashed(leash: Leash) -> Iterator[subprocess.Popen[str]]:
    """A process on that leash, and in nobody's way when the test is over."""
    with (
        leash.other_end() as descriptor,
        subprocess.Popen(
            [sys.executable, "-c", HOLDS_ITS_THREAD, str(descriptor)],
            cwd=ROOT,
            pass_fds=[descriptor],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process,
    ):
        try:
            yield process
        finally:
            process.kill()


def test_its_end_is_that_of_a_process_that_holds_its_only_thread() -> None:
    """Nothing of the process has to run for it, and what it has started dies with it."""
    leash = Leash(goes_first_from())
    with leashed(leash) as process:
        child = int(told_to_wear_it(process))
        assert is_alive(child)
        leash.close()
        assert process.wait() == -signal.SIGKILL
        until_dead([child])


def test_who_comes_too_late_to_wear_it_ends() -> None:
    """A TaskManager that died while its slot was starting leaves none."""
    leash = Leash(goes_first_from())
    with leashed(leash) as process:
        leash.close()
        assert told_to_wear_it(process) == ""
        assert process.wait() == -signal.SIGKILL


def told_to_wear_it(process: subprocess.Popen[str]) -> str:
    """What it says then."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    return process.stdout.readline()


async def test_its_number_goes_before_the_listener() -> None:
    """A kernel closes from the highest number down, and a listener has two."""
    listener = await TcpTransport().listen("127.0.0.1", 0, lambda: pytest.fail("nobody dials"))
    leash = Leash(goes_first_from())
    try:
        with leash.other_end():
            assert leash.descriptor > max(sockets())
    finally:
        leash.close()
        await listener.close()


def test_who_is_refused_knows_that_the_slots_are_killed() -> None:
    """SIGKILL of a process with slots: as soon as a dial to it is refused, each of them has its signal."""
    assert [unkilled_when_refused() for _ in range(DEATHS)] == [[]] * DEATHS


def unkilled_when_refused() -> list[int]:
    """The slots of a process that have no SIGKILL when a dial to it is refused."""
    with contextlib.ExitStack() as stack:
        process = stack.enter_context(
            subprocess.Popen([sys.executable, "-c", HAS_SLOTS, str(SLOTS)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
        )
        stack.callback(process.kill)
        assert process.stdout is not None
        said = [process.stdout.readline().split() for _ in range(SLOTS + 1)]
        port, *slots = next([int(word) for word in words] for words in said if words[0] != "on")
        connections = [stack.enter_context(socket.create_connection(("127.0.0.1", port))) for _ in range(4)]
        assert process.stdout.readline() == "accepted\n"
        process.kill()
        select.select(connections, [], [])
        with socket.socket() as dial:
            assert dial.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED
        unkilled = [pid for pid in slots if not is_killed(pid)]
        for pid in unkilled:
            os.kill(pid, signal.SIGKILL)
        return unkilled


def is_killed(pid: int) -> bool:
    """Whether it has a SIGKILL, or is gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return True
    words = dict(line.split(":\t", 1) for line in status.splitlines())
    pending = int(words["SigPnd"], 16) | int(words["ShdPnd"], 16)
    return words["State"][0] in "ZX" or bool(pending & 1 << signal.SIGKILL - 1)


def sockets() -> dict[int, str]:
    """The descriptors of this process that are sockets."""
    found = {}
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):
            what = os.readlink(f"/proc/self/fd/{name}")
            if what.startswith("socket:"):
                found[int(name)] = what
    return found


def until_dead(pids: list[int]) -> None:
    """Wait for their end."""
    while any(is_alive(pid) for pid in pids):
        time.sleep(0.01)
