"""The driver over a file keeps the end of its lease: nobody acts beyond it, and nobody keeps what it has left."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

from cluster.election.driver import ElectionListener
from cluster.election.sqlite import SqliteElectionDriver
from cluster.election.sqlite_keeper import LeaseKeeper, SqliteSettings
from cluster.election.sqlite_thread import KeeperPlace, Tell
from cluster.model.lease import MARGIN

TTL_S = 2.0


class Here(KeeperPlace):
    """A keeper in the loop, that looks when a test says so."""

    keeper: LeaseKeeper

    async def open(self, tell: Tell) -> LeaseKeeper:
        self.keeper = LeaseKeeper(self._settings, tell)
        return self.keeper

    def _post(self, call: Callable[..., None], *args: Any) -> None:
        call(*args)

    def put(self, job: Callable[[LeaseKeeper], None]) -> None:
        job(self.keeper)

    async def close(self) -> None:
        self.keeper.close()


async def led(folder: Path, skipped: list[float]) -> tuple[SqliteElectionDriver, Here, Mock]:
    """A driver that leads, where its keeper is, and who is told."""
    loop = asyncio.get_running_loop()
    settings = SqliteSettings(folder / "election.db", lambda: loop.time() + skipped[0], "boot", TTL_S)
    place, listener = Here(settings), Mock(spec=ElectionListener)
    driver = SqliteElectionDriver(settings, lambda _: place)
    await driver.start(listener)
    await driver.stand("a")
    place.keeper.look(settings.clock())
    listener.granted.assert_called_once_with(1)
    assert driver.holds(1)
    return driver, place, listener


async def test_who_is_held_up_does_not_hold_an_office_that_is_over(tmp_path: Path) -> None:
    """Work that has kept the loop for long acts before the loop's timer: whether it may is asked of the clock."""
    skipped = [0.0]
    driver, _, listener = await led(tmp_path, skipped)
    skipped[0] = TTL_S * (1 - MARGIN) - 0.01
    assert driver.holds(1)
    skipped[0] = TTL_S * (1 - MARGIN)
    assert not driver.holds(1)
    listener.revoked.assert_not_called()
    await driver.close()


async def test_an_office_that_has_ended_is_free_though_its_keeper_could_renew_it(tmp_path: Path) -> None:
    """A file that is held up for nearly a lease ends an office; else it were renewed for ever, and nobody led."""
    driver, place, listener = await led(tmp_path, [0.0])
    await asyncio.sleep(TTL_S * 0.95)  # nobody looks
    listener.revoked.assert_called_once_with()
    assert place.keeper.lease is None
    place.keeper.look(asyncio.get_running_loop().time())
    assert [call.args for call in listener.granted.call_args_list] == [(1,), (2,)]
    await driver.close()
