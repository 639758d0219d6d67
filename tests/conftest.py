"""What the whole suite shares: how Hypothesis searches, and a ZooKeeper ensemble for who asks for it.

Loops and actor systems come from the fixtures of `runtime.pytest_plugin`, as they do for users.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import HealthCheck, settings

from benchmarks.ensemble import Ensemble, missing

asyncio.set_event_loop(None)
"""Else who first asks for a loop where none runs is given one, which is found unclosed in whichever test comes next."""

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, print_blob=True)
settings.load_profile("ci" if os.environ.get("CI") else "default")

WITHOUT_ZOOKEEPER = "there is no ZooKeeper here"


@pytest.fixture(autouse=True)
def log_as_before() -> Iterator[None]:
    """A command that a test runs in this process sets the log up for itself, and not for the tests after it."""
    is_configured, before = structlog.is_configured(), structlog.get_config()
    yield
    if structlog.get_config() != before or structlog.is_configured() != is_configured:  # which `capture_logs` leaves
        structlog.reset_defaults()
        if is_configured:
            structlog.configure(**before)


@pytest.fixture(scope="session")
def shared_ensemble(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ensemble]:
    """Three members, for all tests of this process. On CI it is an error if there can be none."""
    why = missing()
    if why and os.environ.get("CI"):
        pytest.fail(f"{WITHOUT_ZOOKEEPER}: {why}")
    if why:
        pytest.skip(f"{WITHOUT_ZOOKEEPER}: {why}")
    ensemble = Ensemble(tmp_path_factory.mktemp("zookeeper"))
    try:
        ensemble.start()
        yield ensemble
    finally:
        ensemble.stop()


@pytest.fixture
def ensemble(shared_ensemble: Ensemble) -> Iterator[Ensemble]:
    """The ensemble, all of it well again after each test."""
    yield shared_ensemble
    shared_ensemble.heal()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say in the last lines that tests were left out."""
    skipped = [
        report for report in terminalreporter.stats.get("skipped", []) if WITHOUT_ZOOKEEPER in str(report.longrepr)
    ]
    if skipped:
        terminalreporter.write_line(
            f"{len(skipped)} tests were left out: {WITHOUT_ZOOKEEPER} ({missing()})", yellow=True
        )
