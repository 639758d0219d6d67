"""The log goes to stderr, as in every command."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from runtime.observability import configure_logging


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    configure_logging()
    yield
    structlog.reset_defaults()
