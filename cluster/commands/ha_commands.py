"""The commands below `deathwatch ha`. Parses and calls; what they do is in `cluster.commands.stored`.

Deliberately not here: plain `deathwatch ha` (`cluster.cli`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import App, Parameter

from cluster.commands.options import AsJson, Common, Connected, run_command

_NO_OPTIONS = Common()
_NO_CONNECTION = Connected()
_Flag = Annotated[bool, Parameter(negative="")]


def register(app: App) -> None:
    """Add the commands to `deathwatch ha`."""
    app.command(list_, name="list")
    app.command(verify)
    app.command(export)
    app.command(gc)
    app.command(retry)


def list_(*, json: AsJson = False, common: Common = _NO_OPTIONS) -> int:
    """List what is stored: jobs, checkpoints, results, with sizes and epochs. Needs no leader."""
    config = common.load()
    from cluster.commands.stored import list_stored

    return run_command(lambda: list_stored(config, as_data=json))


def verify(*, json: AsJson = False, common: Common = _NO_OPTIONS) -> int:
    """Read every pointer and every file that is stored and say what is wrong; 1 if anything is. Needs no leader."""
    config = common.load()
    from cluster.commands.stored import verify_stored

    return run_command(lambda: verify_stored(config, as_data=json))


def export(target: Path, *, job: str | None = None, common: Common = _NO_OPTIONS) -> int:
    """Copy what is stored into a directory, or into a file that ends with .tar, .tar.gz or .tgz. Needs no leader.

    Args:
        target: Must be new.
        job: Only that job's.
        common: See `deathwatch --help`.
    """
    config = common.load()
    from cluster.commands.stored import export_stored

    return run_command(lambda: export_stored(config, target, job))


def gc(
    *,
    delete: _Flag = False,
    older_than: str = "1 h",
    retained: str | None = None,
    json: AsJson = False,
    common: Common = _NO_OPTIONS,
) -> int:
    """Show the files in the storage directory that nothing points to, and how to delete them. Needs no leader.

    Args:
        delete: Delete them.
        older_than: Younger files are left alone: their pointers may be about to be written.
        retained: Instead, delete the retained checkpoints of that job; this asks the leader.
        json: Print what was found and what was done as JSON.
        common: See `deathwatch --help`.
    """
    config = common.load()
    from cluster.commands.jobs import UsageError
    from cluster.commands.stored import collect_orphans, drop_retained
    from cluster.configuration.values import DURATION

    if retained is not None:
        return run_command(lambda: drop_retained(config, retained, as_data=json))
    try:
        older_than_s = DURATION.read(older_than)
    except ValueError as error:
        raise UsageError(f"--older-than: {error}; accepted is {DURATION.accepted}") from error
    return run_command(lambda: collect_orphans(config, older_than_s, delete=delete, as_data=json))


def retry(job: str, *, common: Connected = _NO_CONNECTION) -> int:
    """Recover a job again that was set aside as RECOVERY_FAILED, after what was wrong with it was mended."""
    config = common.load()
    from cluster.commands.jobs import retry_job

    return run_command(lambda: retry_job(config, job))
