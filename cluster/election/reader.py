"""`reading`: an election backend for who only wants to read what is kept in it. SHELL.

For commands and checks, which follow no leader and stand for no office. Deliberately not here: which backend that is
(`cluster.assembly`).
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator

from cluster.election.driver import ElectionDriver, LeaderInfo, PointerStore


class Reader:
    """An `ElectionListener` that only wants to read."""

    def granted(self, epoch: int) -> None:
        """Cannot happen to one who does not stand."""

    def revoked(self) -> None:
        """Cannot happen to one who does not stand."""

    def suspended(self) -> None:
        """Cannot happen to one who does not stand."""

    def resumed(self) -> None:
        """Cannot happen to one who does not stand."""

    def leader_changed(self, info: LeaderInfo | None) -> None:
        """It does not matter who leads."""

    def failed(self, error: Exception) -> None:
        """Whoever reads hears of it."""


@contextlib.asynccontextmanager
async def reading(driver: ElectionDriver) -> AsyncIterator[PointerStore]:
    """The values of a backend, as long as the block lasts.

    Args:
        driver: Not started yet; it is closed at the end.

    Raises:
        ElectionUnavailable: If the backend cannot be used at all.
    """
    await driver.start(Reader())
    try:
        yield driver.pointers
    finally:
        await driver.close()
