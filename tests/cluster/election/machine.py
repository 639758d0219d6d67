"""A machine whose clock and boot a test moves, and the keepers of leases on it. Its fixture is in `conftest`."""

from __future__ import annotations

from pathlib import Path

from cluster.election.sqlite_keeper import KeeperEvent, LeaseKeeper, SqliteSettings

TTL_S = 2.0


class Machine:
    """A machine with a clock, a boot and an election file."""

    def __init__(self, folder: Path) -> None:
        self.now = 100.0
        self.boot_id = "boot-1"
        self.path = folder / "election.db"
        self.keepers: list[LeaseKeeper] = []

    def keeper(self, name: str | None = None, *, by_evidence: bool = True) -> tuple[LeaseKeeper, list[KeeperEvent]]:
        events: list[KeeperEvent] = []
        settings = SqliteSettings(self.path, lambda: self.now, self.boot_id, TTL_S, by_evidence=by_evidence)
        keeper = LeaseKeeper(settings, events.append)
        self.keepers.append(keeper)
        if name is not None:
            keeper.stand(name)
        keeper.look(self.now)
        return keeper, events
