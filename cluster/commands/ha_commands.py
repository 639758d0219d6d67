"""The commands below `deathwatch ha`. Parses and calls; what they do is in `cluster.commands.stored`.

Deliberately not here: plain `deathwatch ha` (`cluster.cli`).
"""

from __future__ import annotations

from cyclopts import App

from cluster.commands.options import Connected, run_command

_NO_CONNECTION = Connected()


def register(app: App) -> None:
    """Add the commands to `deathwatch ha`."""
    app.command(retry)


def retry(job: str, *, common: Connected = _NO_CONNECTION) -> int:
    """Recover a job again that was set aside as RECOVERY_FAILED, after what was wrong with it was mended."""
    config = common.load()
    from cluster.commands.jobs import retry_job

    return run_command(lambda: retry_job(config, job))
