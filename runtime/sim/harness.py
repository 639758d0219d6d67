"""`harness`: what the report of a test with seeds asks of pytest: its name in a command, which errors are expected.

Told by the plugin for pytest (`runtime.pytest_plugin`); without it the environment's variable says the name. SHELL of
that. Deliberately not here: the report (`runtime.sim.seeded`).
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from dataclasses import dataclass

PYTEST_SAYS = "PYTEST_CURRENT_TEST"
"""The environment's variable in which pytest names the test that runs, as seen from its root."""


@dataclass(frozen=True, slots=True)
class _Test:
    node: str
    expects: Callable[[BaseException], bool]


_now: ContextVar[_Test | None] = ContextVar("test", default=None)


@contextlib.contextmanager
def running(node: str, expects: Callable[[BaseException], bool]) -> Iterator[None]:
    """A test runs.

    Args:
        node: Its name, as a command of pytest here takes it.
        expects: Whether it is known to fail so.
    """
    token = _now.set(_Test(node, expects))
    try:
        yield
    finally:
        _now.reset(token)


def node() -> str:
    """The name of the test that runs, with its parameters; empty without pytest."""
    test = _now.get()
    return os.environ.get(PYTEST_SAYS, "").rpartition(" (")[0] if test is None else test.node


def is_expected(error: BaseException) -> bool:
    """Whether the test that runs is known to fail so."""
    test = _now.get()
    return test is not None and test.expects(error)
