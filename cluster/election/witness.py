"""Proof of a process's life on this machine, so that a dead leader's office need not wait for its lease to run out.

A process names itself by boot, process-id namespace, process id and start time; another one on the same machine holds a
pidfd of it and sees it end within a poll. Certain knowledge only: where it cannot know, it says nothing. Linux;
elsewhere every answer is "not known". Deliberately not here: what follows from a death (`sqlite_keeper`), and the
machine's clock (`machine_time`).
"""

from __future__ import annotations

import os
import select

from cluster.election import machine_time


def own_proof(boot_id: str) -> str:
    """Names this process so that no other one, now or later, has the same name."""
    return proof_of(os.getpid(), boot_id)


def proof_of(pid: int, boot_id: str) -> str:
    """Names a process of ours; empty if it is gone or cannot be named."""
    started = _started(pid)
    return f"{boot_id} {_namespace()} {pid} {started}" if started else ""


def is_proof(text: str) -> bool:
    """Whether that names a process, of whatever machine and boot."""
    parts = text.split(" ")
    return len(parts) == 4 and all(parts) and parts[2].isdecimal() and parts[3].isdecimal()


class Witness:
    """Watches the holder that a proof names.

    Args:
        boot_id: Of the present boot.
    """

    def __init__(self, boot_id: str) -> None:
        self._boot_id = boot_id
        self._proof = ""
        self._pidfd = -1
        self._gone = False

    @property
    def own_proof(self) -> str:
        """Names this process, for other witnesses."""
        return own_proof(self._boot_id)

    def saw_end(self, proof: str) -> bool:
        """Whether the process that `proof` names is known to be gone."""
        if proof != self._proof:
            self._look_at(proof)
        if not self._gone and self._pidfd >= 0:
            poll = select.poll()
            poll.register(self._pidfd, select.POLLIN)
            self._gone = bool(poll.poll(0))
        return self._gone

    @property
    def sees(self) -> bool:
        """Whether the process that was asked for last is known and lives."""
        return self._pidfd >= 0 and not self._gone

    def close(self) -> None:
        """Let go of the process."""
        if self._pidfd >= 0:
            os.close(self._pidfd)
        self._proof, self._pidfd, self._gone = "", -1, False

    def _look_at(self, proof: str) -> None:
        self.close()
        self._proof = proof
        parts = proof.split(" ")
        if not is_proof(proof) or parts[:2] != [self._boot_id, _namespace()] or not hasattr(os, "pidfd_open"):
            return
        pid = int(parts[2])
        try:
            self._pidfd = os.pidfd_open(pid)
        except ProcessLookupError:
            self._gone = True
            return
        except OSError:
            return
        # Read after the pidfd is held: from here on the number cannot pass to another process unnoticed.
        started = _started(pid)
        self._gone = bool(started) and started != parts[3]


def _namespace() -> str:
    """In which a process id and a time of start mean the same: with another clock they would name somebody else."""
    try:
        pid = str(os.stat("/proc/self/ns/pid").st_ino)
    except OSError:
        return ""
    ahead_s = machine_time.ahead_s("boottime")
    return f"{pid}{ahead_s:+}" if ahead_s else pid


def _started(pid: int) -> str:
    """When the process began, in ticks since the boot; empty if that is not known."""
    try:
        with open(f"/proc/{pid}/stat", encoding="latin-1") as stat:
            return stat.read().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""
