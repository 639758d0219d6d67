"""What every command takes, and how its coroutine is run. Imports little, so that `--help` is quick.

Used by `cluster.cli` and by the groups of commands beside this. Deliberately not here: commands.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from cyclopts import Parameter

from cluster.config import ClusterConfig, ConfigError, load

CONFIG_DIRS = ("DEATHWATCH_CONF_DIR", "FLINK_CONF_DIR")
"""Environment variables that name a configuration directory, the first one that is set counts."""

CONF = Path("conf")
"""Where `start-cluster` and `stop-cluster` look if nothing is said."""

AsJson = Annotated[bool, Parameter(name="--json", negative="")]


def config_dir_of_environment() -> Path | None:
    """The configuration directory that the environment names, if it does."""
    named = (os.environ.get(variable) for variable in CONFIG_DIRS)
    return next((Path(one) for one in named if one), None)


def cluster_dir(given: Path | None) -> Path:
    """The directory with the configuration, `masters` and `workers`: as given, of the environment, or `conf`.

    Raises:
        ConfigError: If it is something else than a directory.
    """
    folder = given or config_dir_of_environment() or CONF
    if not folder.is_dir():
        asked = f"--config-dir: {str(folder)!r} is not a directory"
        raise ConfigError([f"{asked}; accepted is one with the configuration, and masters and workers if there are"])
    return folder


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Common:
    """What every command takes.

    Attributes:
        config: Configuration file, or the directory with it.
        define: A `key=value` that wins over the file; may be repeated.
        verbose: Say more on stderr.
    """

    config: Annotated[Path | None, Parameter(name="--config")] = None
    define: Annotated[tuple[str, ...], Parameter(name="-D", consume_multiple=False)] = ()
    verbose: Annotated[bool, Parameter(name=("--verbose", "-v"), negative="")] = False

    def load(self) -> ClusterConfig:
        """The configuration; its warnings go to stderr, as does the log from here on."""
        place = self.config if self.config is not None else config_dir_of_environment()
        config, warnings = load(place, self.define)
        from cluster.process_log import set_up_log

        try:
            set_up_log(config.log, verbose=self.verbose)
        except OSError as error:
            text = f"log.file: {config.log.file!r} is not accepted; a file that can be written is ({error.strerror})"
            raise ConfigError([text]) from None
        for warning in warnings:
            say(warning)
        return config


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class Connected(Common):
    """What every command takes that talks to a cluster.

    Attributes:
        config: Configuration file, or the directory with it.
        define: A `key=value` that wins over the file; may be repeated.
        verbose: Say more on stderr.
        rest: URL of a JobManager, or several with commas: ask there over HTTP, not over the election backend.
    """

    rest: Annotated[str | None, Parameter(name="--rest")] = None

    def load(self) -> ClusterConfig:
        """The configuration, with the URLs."""
        urls = tuple(url.strip().rstrip("/") for url in (self.rest or "").split(",") if url.strip())
        for url in urls:
            if not _is_url(url):
                raise ConfigError([f"--rest: {url!r} is not accepted; a URL such as http://127.0.0.1:8081 is"])
        if self.rest is not None and not urls:
            raise ConfigError(["--rest: a URL such as http://127.0.0.1:8081 is missing"])
        return replace(super().load(), rest_urls=urls)


def _is_url(text: str) -> bool:
    """Whether it is `http://` or `https://` and a host, perhaps with a port that there may be."""
    try:
        parts = urlsplit(text)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0 and " " not in text
    except ValueError:  # such as a port of 99999, or half an IPv6 address
        return False


def run_command(main: Callable[[], Coroutine[Any, Any, int]]) -> int:
    """Run a command's coroutine; returns its exit code, 143 if SIGTERM ended it after what it had to let go of."""
    import asyncio
    import signal

    from cluster.node import SIGNALLED, run_on_loop

    async def until_terminated() -> int:
        ours = asyncio.current_task()
        terminated = False

        def terminate() -> None:
            nonlocal terminated
            terminated = True
            if ours is not None:
                ours.cancel()

        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, terminate)
        try:
            return await main()
        except asyncio.CancelledError:
            if not terminated:
                raise
            return SIGNALLED + signal.SIGTERM

    return run_on_loop(until_terminated)


def say(text: str) -> None:
    """One line for people, on stderr, if anybody reads it."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"deathwatch: {text}\n")
