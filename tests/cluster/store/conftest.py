"""A backend and a storage directory that can fail on demand."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from cluster.election.driver import ElectionUnavailable, LeaderInfo
from cluster.election.memory import MemoryElection, MemoryElectionDriver
from cluster.store.blobs import BlobHandle, BlobStore
from cluster.store.places import MemoryPlace, StoredFile


class Listener:
    """Follows without a word."""

    def granted(self, epoch: int) -> None: ...
    def revoked(self) -> None: ...
    def suspended(self) -> None: ...
    def resumed(self) -> None: ...
    def leader_changed(self, info: LeaderInfo | None) -> None: ...
    def failed(self, error: Exception) -> None: ...


class Backend:
    """The pointers of one election, which can be told to break."""

    def __init__(self, driver: MemoryElectionDriver, election: MemoryElection) -> None:
        self.driver = driver
        self.election = election
        self.break_before_put = False
        self.break_after_put = False

    def next_leader(self) -> int:
        """Another leads from now on; returns its epoch."""
        self.election.revoke()
        return self.election.epoch

    async def put(self, key: str, value: bytes, epoch: int) -> None:
        if self.break_before_put:
            raise ElectionUnavailable("cut off before the write")
        await self.driver.put(key, value, epoch)
        if self.break_after_put:
            raise ElectionUnavailable("cut off before the answer")

    async def delete(self, key: str, epoch: int) -> bool:
        return await self.driver.delete(key, epoch)

    async def get(self, key: str) -> bytes | None:
        return await self.driver.get(key)

    async def list(self, prefix: str) -> dict[str, bytes]:
        return await self.driver.list(prefix)


class Storage:
    """A storage directory in memory that one can look into."""

    def __init__(self, name: str) -> None:
        self.store = BlobStore(f"memory://{name}")
        place = self.store._place
        assert isinstance(place, MemoryPlace)
        place._kept.clear()
        self.kept = place._kept

    async def write(self, name: str, data: bytes) -> BlobHandle:
        return await self.store.write(name, data)

    async def read(self, handle: BlobHandle) -> bytes:
        return await self.store.read(handle)

    async def look(self, handle: BlobHandle) -> None:
        await self.store.look(handle)

    async def verify(self, handle: BlobHandle) -> None:
        await self.store.verify(handle)

    async def delete(self, handle: BlobHandle) -> None:
        await self.store.delete(handle)

    async def files(self, folder: str) -> list[StoredFile]:
        return await self.store.files(folder)


@pytest_asyncio.fixture
async def backend() -> AsyncIterator[Backend]:
    election = MemoryElection()
    driver = election.driver()
    await driver.start(Listener())
    await driver.stand("a")
    yield Backend(driver, election)
    await driver.close()


@pytest.fixture
def storage(request: pytest.FixtureRequest) -> Storage:
    return Storage(request.node.name)
