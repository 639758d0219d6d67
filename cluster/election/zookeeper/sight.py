"""Follows who is shown as the leader, and tells a process that did not lose sight of it for too long. Shell.

A member of the ensemble may be behind the others, and who has just come to it may not know better: what is read first
on a connection is no older than the moment of asking. Of the core `LeaderSight`. Deliberately not here: what the
process does then.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from kazoo.exceptions import NoNodeError

from cluster.election.driver import LeaderInfo
from cluster.election.zookeeper.client import NotConnected, Unanswered, ZookeeperClient
from cluster.model.leader_sight import LeaderSight, Show

AGAIN_S = 0.1
"""Until it is read again, where it could not be although there is a connection."""


class LeaderWatch:
    """Reads who is shown whenever that may have changed.

    Args:
        client: A connection.
        path: Of the node that shows the leader.
        clock: Monotonic seconds.
        show: Called when somebody else is shown, or nobody.
        failed: Called when it cannot be read although there is a connection.
        spawn: Runs a coroutine that somebody owns.
    """

    def __init__(
        self,
        client: ZookeeperClient,
        path: str,
        clock: Callable[[], float],
        show: Callable[[LeaderInfo | None], None],
        failed: Callable[[Exception], None],
        spawn: Callable[..., object],
    ) -> None:
        self.core = LeaderSight(client.timeout_s)
        self._client = client
        self._path = path
        self._clock = clock
        self._show = show
        self._failed = failed
        self._spawn = spawn
        self._again = asyncio.Event()
        self._reading = self._is_behind = False

    def connected(self) -> None:
        """There is a connection, perhaps to another member."""
        self._is_behind = True
        self.look()

    def look(self) -> None:
        """Read it, again if it is being read."""
        self._again.set()
        if not self._reading:
            self._reading = True
            self._spawn(self._read())

    def suspended(self) -> None:
        """The connection is gone."""
        self.core.patience_s = self._client.timeout_s
        self._tell(self.core.suspended(self._clock()))

    def tick(self) -> None:
        """Time has passed."""
        self._tell(self.core.tick(self._clock()))

    async def _read(self) -> None:
        try:
            while self._again.is_set():
                self._again.clear()
                await self._catch_up()
                info = await self._shown()
                self._tell(self.core.seen(info))
                if not self._client.connected.is_set():  # it went with the answer, and what is known is known until now
                    self._tell(self.core.suspended(self._clock()))
        except (NotConnected, Unanswered):
            return  # the next connection looks again
        except Exception as error:
            self._failed(error)
        else:
            return
        finally:
            self._reading = False
        await asyncio.sleep(AGAIN_S)  # this one goes on, and watches nothing
        self.look()

    async def _catch_up(self) -> None:
        """While a loop is held up, the answer and another connection may come at once; that one is behind anew."""
        if self._is_behind:
            self._is_behind = False
            try:
                await self._client.sync(self._path)
            except BaseException:
                self._is_behind = True
                raise

    async def _shown(self) -> LeaderInfo | None:
        """Both questions at once: the one watches the node that is there, the other one for it to come."""
        while True:
            found, stat = await asyncio.gather(
                self._client.get(self._path, self.look),
                self._client.exists(self._path, self.look),
                return_exceptions=True,
            )
            if isinstance(stat, BaseException):
                raise stat
            if not isinstance(found, BaseException):
                return self._known(found[0])
            if not isinstance(found, NoNodeError):
                raise found
            if stat is None:
                return None

    def _known(self, data: bytes) -> LeaderInfo | None:
        """Whoever cannot be read leads all the same, and is not whom we know: as in the midst of an upgrade."""
        try:
            return LeaderInfo.from_bytes(data)
        except ValueError as error:
            self._failed(error)
            return None

    def _tell(self, effects: list[Show]) -> None:
        for effect in effects:
            self._show(effect.leader)
