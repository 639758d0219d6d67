"""On what was measured: the first line of a results file. SHELL of /proc and git."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

from benchmarks.records import environment

ROOT = Path(__file__).resolve().parents[2]
SYSCTLS = (
    "net.ipv4.tcp_retries2",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_syn_retries",
    "net.ipv4.tcp_rto_min_us",
    "net.core.somaxconn",
    "kernel.sched_autogroup_enabled",
)


def machine(network: str) -> dict[str, Any]:
    """Kernel, python, cores, load, sysctls, commit, and where the processes of trials live."""
    return {
        "kind": "environment",
        **environment(),
        "processor": _processor(),
        "commit": _git("rev-parse", "--short", "HEAD"),
        "is_changed": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "network": network,
        "sysctl": {name: value for name in SYSCTLS if (value := _sysctl(name)) is not None},
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")


def _sysctl(name: str) -> str | None:
    try:
        return Path("/proc/sys", *name.split(".")).read_text(encoding="ascii").strip()
    except OSError:
        return None


def _git(*argv: str) -> str:
    try:
        return subprocess.run(["git", *argv], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""
