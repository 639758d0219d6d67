"""`deathwatch`: the command line. Parses, calls, and turns what went wrong into one line on stderr and an exit code.

Imports little, so that `--help` is quick; each command imports what it needs. Exit codes: 0 ok, 1 failed, 2 usage or
configuration, 3 not found or no leader, 4 timed out, 130 and 143 for signals. Deliberately not here: what commands do.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Annotated

from cyclopts import App, CycloptsError, Parameter

from cluster.commands.ha_commands import register
from cluster.commands.options import AsJson, Common, Connected, cluster_dir, run_command, say
from cluster.config import ConfigError

FAILED, USAGE, NOT_FOUND, TIMED_OUT, INTERRUPTED = 1, 2, 3, 4, 130


def _version() -> str:
    try:
        return version("deathwatch")
    except PackageNotFoundError:
        return "unknown (not installed)"


app = App(
    name="deathwatch",
    help="Run jobs that survive the death of any process.",
    version=_version,
    result_action="return_value",
    help_format="plaintext",
)
config_app = App(name="config", help="Look at a configuration.")
app.command(config_app)
ha_app = App(name="ha", help="Show who leads, who stands by, and the last failovers; look after what is stored.")
app.command(ha_app)
register(ha_app)
_NO_OPTIONS = Common()
_NO_CONNECTION = Connected()


@app.command
def jobmanager(*, common: Common = _NO_OPTIONS) -> int:
    """Run a JobManager in the foreground; SIGTERM leaves in good order."""
    config = common.load()
    from cluster.node import run_job_manager

    return run_job_manager(config)


@app.command
def taskmanager(*, common: Common = _NO_OPTIONS) -> int:
    """Run a TaskManager in the foreground; SIGTERM leaves in good order."""
    config = common.load()
    from cluster.node import run_task_manager

    return run_task_manager(config, verbose=common.verbose)


@app.command
def local(file: str, *arguments: str, jobmanagers: int = 1, common: Common = _NO_OPTIONS) -> int:
    """Run a job in this process alone, and print its results.

    Args:
        file: FILE[:NAME] of the job.
        arguments: key=value words for the job.
        jobmanagers: How many stand for election.
        common: See `deathwatch --help`.
    """
    config = common.load()
    from cluster.local import run_local

    return run_command(lambda: run_local(config, file, arguments, jobmanagers=max(1, jobmanagers)))


@app.command
def demo(*, input: Path | None = None, json: AsJson = False) -> int:
    """Count the words of a real text on a real cluster, kill two of its processes on the way, and check the result.

    Args:
        input: The text, a file or folder; by default the standard library's own sources.
        json: Print the outcome as JSON.
    """
    from cluster.demo.run import run_demo
    from runtime.observability import configure_logging

    configure_logging()
    return run_command(lambda: run_demo(input, as_data=json))


@app.command
def run(
    file: str,
    *arguments: str,
    detached: Annotated[bool, Parameter(name=("--detached", "-d"), negative="")] = False,
    common: Connected = _NO_CONNECTION,
) -> int:
    """Submit a job, wait for its end and print the tasks' results as JSON.

    Args:
        file: FILE[:NAME] of the job.
        arguments: key=value words for the job.
        detached: Do not wait; print the job's id.
        common: See `deathwatch --help`.
    """
    config = common.load()
    from cluster.commands.jobs import run_job

    return run_command(lambda: run_job(config, file, arguments, detached=detached))


@app.command(name="list")
def list_(*, json: AsJson = False, common: Connected = _NO_CONNECTION) -> int:
    """List all jobs."""
    config = common.load()
    from cluster.commands.jobs import list_jobs

    return run_command(lambda: list_jobs(config, as_data=json))


@app.command
def status(job: str, *, json: AsJson = False, common: Connected = _NO_CONNECTION) -> int:
    """Show a job: its tasks, failures and checkpoints."""
    config = common.load()
    from cluster.commands.jobs import show_job

    return run_command(lambda: show_job(config, job, as_data=json))


@app.command
def cancel(job: str, *, common: Connected = _NO_CONNECTION) -> int:
    """Cancel a job."""
    config = common.load()
    from cluster.commands.jobs import cancel_job

    return run_command(lambda: cancel_job(config, job))


@ha_app.default
def ha(*, json: AsJson = False, common: Connected = _NO_CONNECTION) -> int:
    """Show who leads, who stands by, and the last failovers."""
    config = common.load()
    from cluster.commands.jobs import show_election

    return run_command(lambda: show_election(config, as_data=json))


@app.command(name="start-cluster")
def start_cluster(*, config_dir: Path | None = None, run_dir: Path | None = None) -> int:
    """Start all JobManagers of `masters` and TaskManagers of `workers`, in the background.

    Args:
        config_dir: With the configuration, `masters` and `workers`; by default $DEATHWATCH_CONF_DIR, or `conf`.
        run_dir: For logs and pid files; by default `run` in the configuration directory.
    """
    folder = cluster_dir(config_dir)
    config = Common(config=folder).load()
    from cluster.commands.standalone import start_cluster as start

    return start(folder, run_dir or folder / "run", election=config.high_availability != "none")


@app.command(name="stop-cluster")
def stop_cluster(*, config_dir: Path | None = None, run_dir: Path | None = None) -> int:
    """Stop what `start-cluster` started.

    Args:
        config_dir: As for `start-cluster`.
        run_dir: As for `start-cluster`.
    """
    folder = cluster_dir(config_dir)
    config = Common(config=folder).load()
    from cluster.commands.standalone import provided_task_managers
    from cluster.commands.standalone import stop_cluster as stop
    from cluster.node import run_on_loop

    return stop(run_dir or folder / "run", run_on_loop(lambda: provided_task_managers(config)))


@config_app.command
def check(
    file: Path,
    *,
    define: Annotated[tuple[str, ...], Parameter(name="-D", consume_multiple=False)] = (),
    json: AsJson = False,
) -> int:
    """Say everything that is wrong with a configuration, and what is probably not meant.

    Args:
        file: The file, or the directory with it.
        define: A `key=value` that wins over the file; may be repeated.
        json: Print `complaints` and `warnings` as JSON on stdout.
    """
    from cluster.commands.configuration import examine_file

    complaints, warnings = examine_file(file, define)
    if json:
        from cluster.commands.output import as_json

        sys.stdout.write(f"{as_json({'complaints': complaints, 'warnings': warnings})}\n")
        return USAGE if complaints else 0
    for line in (*complaints, *(f"warning: {warning}" for warning in warnings)):
        say(line)
    if complaints:
        return USAGE
    sys.stdout.write(f"{file}: usable\n")
    return 0


@config_app.command(name="keys")
def keys_(word: str = "", *, json: AsJson = False) -> int:
    """List the keys of the configuration.

    Args:
        word: Only those with this word in their name or meaning.
        json: Print them as JSON, with their meanings.
    """
    from cluster.commands.configuration import show_keys

    sys.stdout.write(f"{show_keys(word, as_data=json)}\n")
    return 0


def main(arguments: Sequence[str] | None = None) -> None:
    """Run a command and end the process with its exit code."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # closed by whoever has started us
            setattr(sys, name, Path(os.devnull).open("w", encoding="utf-8"))  # noqa: SIM115 - as long as the process
    sys.exit(call(sys.argv[1:] if arguments is None else arguments))


def call(arguments: Sequence[str]) -> int:
    """Run a command; returns the exit code."""
    try:
        code = app(_apart(arguments), exit_on_error=False, print_error=True)
    except CycloptsError:
        return USAGE
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        return FAILED
    except Exception as error:
        return _explain(error)
    return code if isinstance(code, int) else 0


def _explain(error: Exception) -> int:
    """One line, or a few, for an expected error; anything else is a bug and keeps its traceback."""
    from cluster.client import JobNotFound, NoLeader, RequestRefused
    from cluster.commands.jobs import UsageError
    from cluster.election.driver import ElectionUnavailable
    from cluster.slots.user_code import UserCodeError
    from cluster.store.places import StorageError

    codes: tuple[tuple[type[Exception], int], ...] = (
        (ConfigError, USAGE),
        (UsageError, USAGE),
        (NoLeader, NOT_FOUND),
        (JobNotFound, NOT_FOUND),
        (UserCodeError, FAILED),
        (RequestRefused, FAILED),
        (ElectionUnavailable, FAILED),
        (StorageError, FAILED),
        (TimeoutError, TIMED_OUT),
        (OSError, FAILED),
    )
    for kind, code in codes:
        if isinstance(error, kind):
            for line in getattr(error, "complaints", None) or (str(error),):
                say(line)
            return code
    raise error


def _apart(arguments: Sequence[str]) -> list[str]:
    """`-Dkey=value` is `-D key=value`, as Flink's users write it."""
    apart: list[str] = []
    for argument in arguments:
        joined = argument.startswith("-D") and len(argument) > 2
        apart += ["-D", argument[2:]] if joined else [argument]
    return apart
