"""`start-cluster` and `stop-cluster`: the processes of `masters` and `workers` that are to run on this machine.

Each is started in the background with a log and a pid file in the run directory; the pid file also holds the process's
start time, so that nothing but the own process is ever signalled. Deliberately not here: other machines, ssh.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from cluster.assembly import boot_id
from cluster.config import ConfigError
from cluster.election.witness import Witness, proof_of
from cluster.node import FAILED, OK, say

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1", "[::1]")
STOP_TIMEOUT_S = 40.0


def local_lines(file: Path) -> int:
    """How many lines of a `masters` or `workers` file name this machine; one if there is no such file.

    Raises:
        ConfigError: If a line names another machine.
    """
    if not file.exists():
        return 1
    ours = (*LOCAL_NAMES, socket.gethostname(), socket.getfqdn())
    count = 0
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        host = line.partition("#")[0].strip()
        name = host if host in ours else host.rpartition(":")[0] or host
        if not host:
            continue
        if name not in ours:
            raise ConfigError([f"{file}:{number}: {host} is not this machine; start its processes there by hand"])
        count += 1
    return count


def start_cluster(folder: Path, run_dir: Path, *, election: bool) -> int:
    """Start all local JobManagers and TaskManagers.

    Args:
        folder: With the configuration, `masters` and `workers`.
        run_dir: For logs and pid files.
        election: Whether more than one JobManager makes sense.
    """
    masters = local_lines(folder / "masters") if election else 1
    workers = local_lines(folder / "workers")
    if any(_alive(file) for file in _pid_files(run_dir)):
        say(f"processes of this cluster run already; their pid files are in {run_dir}")
        return FAILED
    run_dir.mkdir(parents=True, exist_ok=True)
    for file in _pid_files(run_dir):
        file.unlink()
    for role, count in (("jobmanager", masters), ("taskmanager", workers)):
        for number in range(1, count + 1):
            pid = _start([role, "--config", str(folder)], run_dir / f"{role}-{number}")
            say(f"started {role} {number} as process {pid}; its log is {run_dir / f'{role}-{number}.log'}")
    return OK


def stop_cluster(run_dir: Path) -> int:
    """Stop what `start_cluster` started: the TaskManagers first, then the JobManagers."""
    files = _pid_files(run_dir)
    if not files:
        say(f"no process of a cluster is known in {run_dir}")
        return FAILED
    for role in ("taskmanager", "jobmanager"):
        _stop([file for file in files if file.name.startswith(role)])
    return OK


def _start(command: Sequence[str], place: Path) -> int:
    with open(f"{place}.log", "ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "cluster", *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    Path(f"{place}.pid").write_text(proof_of(process.pid, boot_id()), encoding="utf-8")
    process.returncode = 0  # it is not ours to wait for: it outlives this command
    return process.pid


def _pid_files(run_dir: Path) -> list[Path]:
    return sorted(run_dir.glob("*.pid"))


def _alive(file: Path) -> bool:
    witness = Witness(boot_id())
    try:
        return not witness.saw_end(file.read_text(encoding="utf-8")) and witness.sees
    finally:
        witness.close()


def _stop(files: Sequence[Path]) -> None:
    alive = [file for file in files if _alive(file)]
    for file in alive:
        _signal(file, signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while any(_alive(file) for file in alive) and time.monotonic() < deadline:
        time.sleep(0.02)
    for file in files:
        if _alive(file):
            say(f"{file.stem} has not left in {STOP_TIMEOUT_S:g} s; it is killed")
            _signal(file, signal.SIGKILL)
        file.unlink(missing_ok=True)


def _signal(file: Path, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(file.read_text(encoding="utf-8").split()[2]), number)
