"""The steps of the recipe, as requests to the ensemble: what `Latch` wants done, and what becomes of the office. Shell.

Everything that changes the office is one transaction with a check of what it rests on: our latch node, the record's
version, or both. Deliberately not here: which step is next (`cluster.model.latch`).
"""

from __future__ import annotations

import asyncio
import itertools

from kazoo.exceptions import BadVersionError, NodeExistsError, NoNodeError

from cluster.election.driver import LeaderInfo
from cluster.election.zookeeper.client import NotConnected, Unanswered, ZookeeperClient
from cluster.election.zookeeper.layout import Layout, parents_of, record_from_node, record_to_node
from cluster.election.zookeeper.transaction import Op, Refused, check, create, delete, set_data
from cluster.model.latch_effects import OfficeRecord, Probe, Remove, Take, Vacancy, View
from cluster.model.latch_order import prefix_of


class OfficeSteps:
    """Reads and writes the office and its queue.

    Args:
        client: A connection.
        layout: Where they are.
        nonce: Begins the names of our latch nodes.
    """

    def __init__(self, client: ZookeeperClient, layout: Layout, nonce: str) -> None:
        self._client = client
        self._layout = layout
        self._prefix = prefix_of(nonce)
        self._made = ""
        self._is_shown = False

    def fence(self, name: str, version: int) -> tuple[Op, Op]:
        """In every transaction of a holder: our latch node is there, and the record is unchanged."""
        return check(self._layout.latch(name)), check(self._layout.record, version)

    async def survey(self) -> View:
        """The office and its queue; makes what is missing of the nodes above them."""
        while True:
            try:
                return await self._read()
            except NoNodeError:
                await self._make_nodes()

    async def create(self) -> str:
        """Make a latch node; returns its name."""
        path = create(self._layout.latch(self._prefix), b"", self._client.acl, ephemeral=True, sequence=True)
        (made,) = await self._client.multi(path)
        self._made = str(made).rpartition("/")[2]
        return self._made

    async def is_there(self, name: str) -> bool:
        """Whether a latch node is."""
        return await self._client.exists(self._layout.latch(name)) is not None

    async def take(self, take: Take) -> int:
        """Write the record, if we are in the queue and it is unchanged; returns its new version.

        Whoever is shown stays so until the publication, which is one piece of news for all instead of two.

        Raises:
            Refused: If that is not so.
        """
        record = record_to_node(take.epoch, take.name)
        ops = [check(self._layout.latch(take.name)), set_data(self._layout.record, record, take.version)]
        ops += [delete(self._layout.latch(take.deposed))] if take.deposed else []
        results = await self._client.multi(*ops)
        return int(results[1].version)

    async def probe(self, probe: Probe) -> None:
        """A write without a change.

        Raises:
            Refused: If we do not hold the office any more.
        """
        await self._client.multi(*self.fence(probe.name, probe.version))

    async def remove(self, remove: Remove) -> None:
        """Remove a latch node of ours, and give back the office if it was held with it."""
        latch = delete(self._layout.latch(remove.name))
        record = set_data(self._layout.record, record_to_node(remove.epoch, ""), remove.version)
        if remove.epoch and await self._free(latch, record):
            return
        try:
            await self._client.multi(latch)
        except Refused as refused:
            if not isinstance(refused.error, NoNodeError):  # else it is gone already
                raise

    async def vacate(self, epoch: int) -> None:
        """Free the office of `epoch`, whose holder is dead for certain, for any candidate."""
        view = await self.survey()
        record = view.record
        if record.epoch == epoch and record.holder in view.queue:
            freed = record_to_node(epoch, "", Vacancy.CHALLENGED)
            ops = (delete(self._layout.latch(record.holder)), set_data(self._layout.record, freed, record.version))
            await self._free(*ops)  # if that cannot be done, somebody who knew it, too, was faster

    async def publish(self, info: LeaderInfo, name: str, version: int) -> bool:
        """Show `info`, if we hold the office, in place of whoever is shown; whether we do."""
        node = create(self._layout.info, info.to_bytes(), self._client.acl, ephemeral=True)
        fence = self.fence(name, version)
        ways = ((), (delete(self._layout.info),))
        for before in reversed(ways) if self._is_shown else ways:
            try:
                await self._client.multi(*fence, *before, node)
            except Refused as refused:
                is_lost = refused.index < len(fence)
                if not isinstance(refused.error, NoNodeError | (BadVersionError if is_lost else NodeExistsError)):
                    raise
                if is_lost:
                    return False
            else:
                self._is_shown = True
                return True
        raise Unanswered

    async def current_epoch(self) -> int:
        """The newest epoch, by a read that is no older than now."""
        await self._client.sync(self._layout.record)
        return (await self._record()).epoch

    async def _free(self, *ops: Op) -> bool:
        """Do that and show nobody any more, in one transaction; False if it rests on what is not so any more.

        Whether anybody is shown may change until the last moment: who is dead for certain may have asked for it before.
        What can be made and removed at once was not there.
        """
        info = self._layout.info
        ways = (delete(info),), (create(info, b"", self._client.acl, ephemeral=True), delete(info))
        for shown in itertools.cycle(ways):
            try:
                await self._client.multi(*ops, *shown)
            except Refused as refused:
                is_lost = refused.index < len(ops)
                if not isinstance(refused.error, NoNodeError | (BadVersionError if is_lost else NodeExistsError)):
                    raise
                if is_lost:
                    break
            else:
                return True
        return False

    async def _record(self) -> OfficeRecord:
        try:
            data, stat = await self._client.get(self._layout.record)
        except NoNodeError:
            return OfficeRecord()
        return record_from_node(data, stat.version)

    async def _read(self) -> View:
        """The record first: a holder that it names is then in the queue, unless its node is gone for ever.

        All at once, our node as well, since the requests of a connection are answered in their order.
        """
        record, queue, shown, made = await asyncio.gather(
            self._client.get(self._layout.record),
            self._client.children(self._layout.queue),
            self._client.exists(self._layout.info),
            self._client.exists(self._layout.latch(self._made) if self._made else self._layout.queue),
        )
        self._is_shown = shown is not None
        stats = {self._made: made}
        for name in queue:
            if name.startswith(self._prefix) and name not in stats:
                stats[name] = await self._client.exists(self._layout.latch(name))
        owners = {name: int(stat.ephemeralOwner) for name, stat in stats.items() if name and stat is not None}
        return View(record_from_node(record[0], record[1].version), tuple(queue), owners)

    async def _make_nodes(self) -> None:
        layout, acl = self._layout, self._client.acl
        shared = parents_of(layout.base, layout.root) if layout.base.startswith(f"{layout.root}/") else []
        await self._make_missing([path for path in (layout.root, *shared) if path != "/"], None)
        ours = [layout.base, *parents_of(f"{layout.queue}/x", layout.base), *parents_of(layout.info, layout.base)]
        await self._make_missing(ours, acl)
        await self._make(layout.record, record_to_node(0, ""), acl)

    async def _make_missing(self, paths: list[str], acl: object) -> None:
        for path in paths:
            if await self._client.exists(path) is None:
                await self._make(path, b"", acl)

    async def _make(self, path: str, data: bytes, acl: object) -> None:
        """Make a node, unless it is there by now."""
        try:
            await self._client.multi(create(path, data, acl))
        except Refused as refused:
            if not isinstance(refused.error, NodeExistsError):
                raise refused.error from refused


UNKNOWN = (Unanswered, NotConnected)
"""What is raised when it is not known whether a step has taken effect, or nothing was sent."""
