"""How much memory a process has: the kernel takes time to free it before anybody hears of a death. SHELL of /proc."""

from __future__ import annotations

from pathlib import Path


def resident_kib(pid: int) -> tuple[int, int]:
    """Resident memory of a process in KiB, and what of that is its own; zeros if it has gone."""
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return 0, 0
    fields = dict(line.split(":", 1) for line in status.splitlines() if ":" in line)
    resident, own = (int(fields.get(name, "0 kB").split()[0]) for name in ("VmRSS", "RssAnon"))
    return resident, own
