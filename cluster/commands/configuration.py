"""`deathwatch config`: everything about a configuration at once, complaints, warnings and advice; all keys. SHELL.

Also looks at what is beside the file: `masters`, and the kind of disk that paths are on. Deliberately not here: what is
wrong with what (`cluster.config`, `cluster.configuration.advice`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cluster.commands.hosts import read_hosts
from cluster.commands.output import as_json, columns
from cluster.config import ClusterConfig, examine
from cluster.configuration import keys as keys
from cluster.configuration.advice import advise
from cluster.configuration.keys import Key
from cluster.configuration.meanings import MEANINGS
from cluster.configuration.reference import rows
from cluster.configuration.security import exposed
from cluster.node import addresses_of

SHARED_KINDS = (
    "nfs",
    "cifs",
    "smb",
    "ceph",
    "gluster",
    "lustre",
    "9p",
    "beegfs",
    "gpfs",
    "afs",
    "ocfs2",
    "gfs2",
    "fuse.",
)
MOUNTS = Path("/proc/mounts")


def examine_file(place: Path, overrides: Sequence[str]) -> tuple[list[str], list[str]]:
    """Complaints, with which no process starts, and warnings.

    Args:
        place: The file, or the directory with it.
        overrides: `key=value` texts that win over it.
    """
    config, complaints, warnings = examine(place, overrides)
    if complaints:
        return complaints, warnings
    complaints += exposed(config.security, _listening(config), addresses_of)
    folder = place if place.is_dir() else place.parent
    return complaints, [*warnings, *advise(config, is_shared), *_about_masters(config, folder)]


def _listening(config: ClusterConfig) -> list[tuple[Key[Any], str]]:
    """Where processes would listen, and which keys say so."""
    bind_host = config.jobmanager_bind_host
    job_manager: tuple[Key[Any], str] = (keys.JOBMANAGER_ADDRESS, config.jobmanager_address)
    if bind_host is not None:
        job_manager = (keys.JOBMANAGER_BIND_HOST, bind_host)
    return [job_manager, (keys.TASKMANAGER_HOST, config.taskmanager_host)]


def show_keys(word: str, *, as_data: bool) -> str:
    """All keys, or those with `word` in their name or meaning, for stdout.

    Args:
        word: In any case; empty for all.
        as_data: As JSON, and not as columns.
    """
    known = [row for section in MEANINGS for row in rows(section)]
    found = [row for row in known if word.lower() in f"{row.key} {row.meaning}".lower()]
    if as_data:
        return as_json([asdict(row) for row in found])
    return columns([["KEY", "DEFAULT", "ACCEPTED"], *([row.key, row.default, row.accepted] for row in found)])


def is_shared(path: str) -> bool:
    """Whether a path is on a file system of a kind that other machines can mount too; False if that is not known."""
    try:
        lines = MOUNTS.read_text(encoding="utf-8").splitlines()
    except OSError:
        return False
    absolute, best, kind = Path(path).absolute(), -1, ""
    for line in lines:
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = Path(fields[1].replace("\\040", " "))
        if absolute.is_relative_to(point) and len(point.parts) >= best:
            best, kind = len(point.parts), fields[2]
    return kind.startswith(SHARED_KINDS)


def _about_masters(config: ClusterConfig, folder: Path) -> list[str]:
    masters, told = folder / "masters", []
    hosts = read_hosts(masters)
    if len(hosts) > 1 and config.high_availability == "none":
        told.append(f"{masters}: only one of {len(hosts)} JobManagers is started while high-availability is none")
    elsewhere = [host for host in hosts if not host.is_here]
    if elsewhere and config.high_availability == "sqlite":
        told.append(f"{masters}:{elsewhere[0].line}: {elsewhere[0].name} cannot take part: sqlite is for one machine")
    here = [host for host in hosts if host.is_here]
    ports = [host.web_port for host in here if host.web_port]
    twice = sorted({port for port in ports if ports.count(port) > 1})
    told += [f"{masters}: port {port} is given to several JobManagers of this machine" for port in twice]
    fixed = config.jobmanager_ports[0] if len(config.jobmanager_ports) == 1 else 0
    if len(here) > 1 and fixed and config.high_availability != "none":
        told.append(
            f"high-availability.jobmanager.port: {fixed} is one port for {len(here)} JobManagers of this machine; "
            "accepted is also a range"
        )
    return told
