"""What a loss of power takes out of a simulated election file."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from cluster.election.sqlite_database import ElectionDatabase
from cluster.simulation.embedded.file_disk import FileDisk


class Always(random.Random):
    """Chance that is against us."""

    def random(self) -> float:
        """See `random.Random`."""
        return 0.9


@pytest.mark.parametrize("is_synced", [False, True])
def test_what_was_not_synced_is_lost_with_the_power(tmp_path: Path, is_synced: bool) -> None:
    """And with it all that came after what was synced last; what was synced stays, with all before it."""
    path, times = tmp_path / "election.db", iter([1.0] * 3 + [2.0] * 9)
    database = ElectionDatabase(path, lambda: next(times), "boot", 10.0)
    disk = FileDisk(path)
    assert database.take("one", "") is not None
    database.put("key", b"value", 1)
    disk.written(is_synced=True)
    database.renew(1, "one")
    database.renew(1, "one")
    renewed = database.renew(1, "one")
    assert renewed is not None
    disk.written(is_synced=is_synced)
    assert disk.lose(Always()) is not is_synced
    lease, _, _ = database.read()
    assert lease is not None
    assert (lease.renewed_at, database.get("key")) == (2.0 if is_synced else 1.0, b"value")
    disk.close()
    database.close()


def test_one_who_holds_the_lock_is_enough(tmp_path: Path) -> None:
    """Nobody else gets it before the last of them lets go; nothing is lost meanwhile, as nobody could put it back."""
    database = ElectionDatabase(tmp_path / "election.db", lambda: 1.0, "boot", 10.0, 0.0)
    disk = FileDisk(tmp_path / "election.db")
    disk.written(is_synced=False)
    disk.lock()
    disk.lock()
    disk.unlock()
    assert (disk.is_locked, disk.lose(Always())) == (True, False)
    disk.unlock()
    assert not disk.is_locked
    assert disk.lose(Always())
    assert database.take("one", "") is not None
    disk.close()
    database.close()
