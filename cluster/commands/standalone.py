"""`start-cluster` and `stop-cluster`: the processes of `masters` and `workers` that are to run on this machine.

Each is started in the background with a log and a pid file in the run directory; the pid file also holds the process's
start time, so that nothing but the own process is ever signalled. What is to run on other machines is said, for people.
Deliberately not here: reading the files (`cluster.commands.hosts`), ssh.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from actors import ActorPath
from cluster.client import ClusterClient, NoLeader
from cluster.commands.hosts import LOCAL_NAMES, Host, read_hosts
from cluster.config import ClusterConfig
from cluster.election.driver import ElectionUnavailable
from cluster.election.machine_time import boot_id
from cluster.election.witness import Witness, is_proof, proof_of
from cluster.node import FAILED, OK, UP, say

START_TIMEOUT_S = 15.0
"""For so long it is looked whether what was started stays; what says nothing by then is left to itself."""
STOP_TIMEOUT_S = 40.0
ANSWER_TIMEOUT_S = 2.0


def start_cluster(folder: Path, run_dir: Path, *, election: bool) -> int:
    """Start all local JobManagers and TaskManagers; 1 if one of them ends before it is up.

    Args:
        folder: With the configuration, `masters` and `workers`.
        run_dir: For logs and pid files.
        election: Whether more than one JobManager makes sense.
    """
    masters, workers = read_hosts(folder / "masters"), read_hosts(folder / "workers")
    if not election and len(masters) > 1:
        say("only one JobManager is started: high-availability is none")
        masters = [host for host in masters if host.is_here][:1]
    if any(_alive(_proof(file)) for file in _pid_files(run_dir)):
        say(f"processes of this cluster run already; their pid files are in {run_dir}")
        return FAILED
    run_dir.mkdir(parents=True, exist_ok=True)
    for file in _pid_files(run_dir):
        file.unlink()
    started: dict[Path, int] = {}
    for role, hosts in (("jobmanager", masters), ("taskmanager", workers)):
        number = 0
        for host in hosts:
            command = [role, "--config", str(folder), *_web_port(role, host, election=election)]
            if not host.is_here:
                say(f"on {host.name}, which is another machine, run: deathwatch {' '.join(command)}")
                continue
            number += 1
            log = run_dir / f"{role}-{number}.log"
            started[log] = log.stat().st_size if log.exists() else 0
            pid = _start(command, log.with_suffix(""))
            say(f"started {role} {number} as process {pid}; its log is {log}")
    return FAILED if _ended_early(started) else OK


def _ended_early(started: Mapping[Path, int]) -> bool:
    """Wait until those that were started are up or have ended; say how they have.

    Args:
        started: Their logs, and how long each was before.
    """
    waiting, ended = dict(started), False
    deadline = time.monotonic() + START_TIMEOUT_S
    while waiting and time.monotonic() < deadline:
        for log, begin in list(waiting.items()):
            is_alive = _alive(_proof(log.with_suffix(".pid")))
            said = log.read_bytes()[begin:].decode("utf-8", "replace") if log.exists() else ""
            if UP in said or not is_alive:
                del waiting[log]
            if not is_alive:
                ended = True
                say(f"{log.stem} has ended: {(said.splitlines() or ['it has said nothing'])[-1]}")
        time.sleep(0.02)
    return ended


def _web_port(role: str, host: Host, *, election: bool) -> list[str]:
    """Of a line of `masters`, as in Flink: with high availability its own port, or any free one if it names none."""
    if role != "jobmanager" or not host.line or not (election or host.web_port):
        return []
    return ["-D", f"rest.port={host.web_port or 0}"]


def stop_cluster(run_dir: Path, provided: Sequence[str] = ()) -> int:
    """Stop what `start_cluster` started, the TaskManagers first, then the JobManagers.

    Args:
        run_dir: With the pid files.
        provided: Proofs of TaskManagers that the JobManagers started by themselves.
    """
    files = _pid_files(run_dir)
    if not files:
        say(f"no process of a cluster is known in {run_dir}")
        return FAILED
    proofs = {file: _proof(file) for file in files}
    for file in (file for file, proof in proofs.items() if not is_proof(proof)):
        say(f"{file} names no process; if its {file.stem.partition('-')[0]} lives, it has to be ended by hand")
    # The JobManagers' provider would start new TaskManagers for those that end first, so these come after it.
    _stop({file.stem: proof for file, proof in proofs.items() if file.name.startswith("taskmanager")})
    _stop({file.stem: proof for file, proof in proofs.items() if file.name.startswith("jobmanager")})
    _stop({f"TaskManager {proof.split()[2]}": proof for proof in provided})
    for file in files:
        file.unlink(missing_ok=True)
    return OK


async def provided_task_managers(config: ClusterConfig) -> list[str]:
    """Proofs of the TaskManagers of this machine that the leader knows; none if nobody answers soon."""
    with contextlib.suppress(NoLeader, TimeoutError, ElectionUnavailable, OSError):
        async with ClusterClient(replace(config, client_timeout_s=ANSWER_TIMEOUT_S)) as client:
            members = (await client.cluster())["task_managers"]
            here = [one for one in members if ActorPath.parse(one["path"]).address.host in LOCAL_NAMES]
            return [proof for one in here if (proof := proof_of(one["pid"], boot_id()))]
    return []


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


def _proof(file: Path) -> str:
    """What a pid file says; one that is torn names no process."""
    return file.read_text(encoding="utf-8", errors="replace")


def _alive(proof: str) -> bool:
    witness = Witness(boot_id())
    try:
        return not witness.saw_end(proof) and witness.sees
    finally:
        witness.close()


def _stop(processes: Mapping[str, str]) -> None:
    """End processes, given by name and proof, and wait until they are gone."""
    alive = {name: proof for name, proof in processes.items() if _alive(proof)}
    for proof in alive.values():
        _signal(proof, signal.SIGTERM)
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while any(_alive(proof) for proof in alive.values()) and time.monotonic() < deadline:
        time.sleep(0.02)
    for name, proof in alive.items():
        if _alive(proof):
            say(f"{name} has not left in {STOP_TIMEOUT_S:g} s; it is killed")
            _signal(proof, signal.SIGKILL)


def _signal(proof: str, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(int(proof.split()[2]), number)
