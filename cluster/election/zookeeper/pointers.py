"""Small values in ZooKeeper. Each write is one transaction with the check of the office: our latch node and the record.

An interruption is waited out, for the time of a session. A write whose answer was lost is made again, which changes
nothing if the first was in time: only the holder of the epoch writes, and what it writes is the same. When that time is
over, or the office, and it is still not known, it is said so. What is read is no older than the moment of asking: the
member that answers is brought up to date first. Not for who holds the office: nobody else writes, and what others wrote
before is older than the transaction that gave us the office, which no member that serves us has not seen. Deliberately
not here: who may write (`Tenure`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from kazoo.exceptions import BadVersionError, KazooException, NodeExistsError, NoNodeError, NotEmptyError

from cluster.election.driver import ElectionUnavailable, StaleEpoch
from cluster.election.zookeeper.client import NotConnected, Unanswered, ZookeeperClient
from cluster.election.zookeeper.layout import Layout, from_node, parents_of, to_node
from cluster.election.zookeeper.settings import ZookeeperSettings
from cluster.election.zookeeper.steps import OfficeSteps
from cluster.election.zookeeper.transaction import Op, Refused, create, delete, set_data
from cluster.election.zookeeper.trouble import explained

MAX_VALUE_BYTES = 256 * 1024
"""ZooKeeper takes up to 1 MiB in one request; larger things belong in the storage directory."""
FENCE = 2

T = TypeVar("T")


class ZookeeperPointers:
    """A `PointerStore`.

    Args:
        client: A connection.
        settings: Say where the ensemble is, for people.
        layout: Where the values are.
        steps: Of the office.
        seat: Our latch node and the record's version if we hold the office of an epoch, else `None`.
        holds: Whether we hold the office of any.
    """

    def __init__(
        self,
        client: ZookeeperClient,
        settings: ZookeeperSettings,
        layout: Layout,
        steps: OfficeSteps,
        seat: Callable[[int], tuple[str, int] | None],
        holds: Callable[[], bool],
    ) -> None:
        self._client = client
        self._settings = settings
        self._layout = layout
        self._steps = steps
        self._seat = seat
        self._holds = holds

    async def put(self, key: str, value: bytes, epoch: int) -> None:
        """See `PointerStore`.

        Raises:
            ValueError: If the value is too large for ZooKeeper.
        """
        if len(value) > MAX_VALUE_BYTES:
            raise ValueError(f"{key}: {len(value)} bytes are too many to be kept in ZooKeeper")
        path, data = self._layout.path_of(key), to_node(value)

        async def write() -> None:
            try:
                await self._write(epoch, set_data(path, data))
            except NoNodeError:
                while not await self._create(epoch, path, data):
                    pass

        await self._patiently(f"{key} is written", write)

    async def delete(self, key: str, epoch: int) -> bool:
        """See `PointerStore`."""
        path = self._layout.path_of(key)
        was_there: list[bool] = []

        async def remove() -> bool:
            there = await self._read(path) is not None
            was_there.append(there)
            try:
                await self._write(epoch, *([delete(path)] if there else []))
            except NotEmptyError:
                await self._write(epoch, set_data(path, b""))
            except NoNodeError:
                pass
            await self._tidy(epoch, path)
            return was_there[0]  # only we write: what the first look found is what the first, unanswered try removed

        return await self._patiently(f"{key} is deleted", remove)

    async def get(self, key: str) -> bytes | None:
        """See `PointerStore`."""

        async def read() -> bytes | None:
            await self._catch_up()
            return await self._read(self._layout.path_of(key))

        return await self._patiently(f"{key} is there", read)

    async def list(self, prefix: str) -> dict[str, bytes]:
        """See `PointerStore`."""

        async def read() -> dict[str, bytes]:
            found: dict[str, bytes] = {}
            await self._catch_up()
            await self._collect(self._layout.folder_of(prefix), found, is_folder=True)
            return {key: value for key, value in sorted(found.items()) if key.startswith(prefix)}

        return await self._patiently(f"anything is there under {prefix!r}", read)

    # --- inside -------------------------------------------------------------------------------------------------------

    async def _catch_up(self) -> None:
        if not self._holds():
            await self._client.sync(self._layout.base)

    async def _read(self, path: str) -> bytes | None:
        try:
            data, _ = await self._client.get(path)
        except NoNodeError:
            return None
        return from_node(data)

    async def _collect(self, path: str, found: dict[str, bytes], *, is_folder: bool = False) -> None:
        """What is there and below; of a folder both at once, of anything else first whether there is anything below."""
        try:
            if is_folder:
                (data, _), names = await asyncio.gather(self._client.get(path), self._client.children(path))
            else:
                data, stat = await self._client.get(path)
                names = await self._client.children(path) if stat.numChildren else []
        except NoNodeError:
            return
        value = from_node(data)
        if value is not None:
            found[self._layout.key_of(path)] = value
        below = [f"{path}/{name}" for name in names]
        await asyncio.gather(*(self._collect(one, found) for one in below if self._layout.is_ours(one)))

    async def _create(self, epoch: int, path: str, data: bytes) -> bool:
        """Make the node, with the folders above it that are missing; False if something came in between."""
        missing = [one for one in parents_of(path, self._layout.base) if await self._client.exists(one) is None]
        folders = [create(one, b"", self._client.acl) for one in missing]
        try:
            try:
                await self._write(epoch, *folders, create(path, data, self._client.acl))
            except NodeExistsError:  # it is there by now; or only a folder is, which another write of ours has made
                await self._write(epoch, set_data(path, data))
        except NoNodeError:
            return False
        return True

    async def _tidy(self, epoch: int, path: str) -> None:
        """Remove the innermost folder if nothing is left in it; those right under the cluster's node stay."""
        folders = parents_of(path, self._layout.base)
        if len(folders) > 1:
            try:
                data, stat = await self._client.get(folders[-1])
                if stat.numChildren == 0 and from_node(data) is None:
                    await self._write(epoch, delete(folders[-1], stat.version))
            except (NoNodeError, NotEmptyError, BadVersionError):
                pass

    async def _write(self, epoch: int, *ops: Op) -> None:
        seat = self._seat(epoch)
        if seat is None:
            raise StaleEpoch(epoch, await self._steps.current_epoch())
        try:
            await self._client.multi(*self._steps.fence(*seat), *ops)
        except Refused as refused:
            if refused.index < FENCE and isinstance(refused.error, NoNodeError | BadVersionError):
                raise StaleEpoch(epoch, await self._steps.current_epoch()) from refused
            raise refused.error from refused

    async def _patiently(self, what: str, work: Callable[[], Awaitable[T]]) -> T:
        deadline = asyncio.get_running_loop().time() + self._client.timeout_s
        unknown: Any = None
        while True:
            try:
                async with asyncio.timeout_at(deadline):
                    await self._client.connected.wait()
                    return await work()
            except StaleEpoch as error:
                if unknown is None:
                    raise
                text = f"it is not known whether {what}: ZooKeeper did not answer, and the office was lost meanwhile"
                raise ElectionUnavailable(text) from error
            except (NotConnected, Unanswered) as error:
                unknown = error if isinstance(error, Unanswered) else unknown
            except TimeoutError:
                known = "there is no connection to ZooKeeper" if unknown is None else "ZooKeeper did not answer"
                raise ElectionUnavailable(f"it is not known whether {what}: {known}") from unknown
            except KazooException as error:
                raise explained(f"it is not known whether {what}", error, self._settings) from error
