"""The inside of an actor system: what its cells, sinks and shells call. SHELL; implements `runtime.host.Host`.

Deliberately not here: what people call, and life and end, which is `runtime.system`.
"""

from __future__ import annotations

import asyncio
import functools
import random as random_module
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from actors.address import ActorPath, Address, check_system_name
from actors.notices import UnhandledMessage
from actors.props import Spawnable
from actors.ref import ActorRef
from actors.signals import TERMINATE
from runtime import bootstrap
from runtime.ask import ask, expire
from runtime.blocking import BlockingPool
from runtime.cell import Cell
from runtime.dead import DeadLetterOffice, nobody
from runtime.deadlines import Deadlines
from runtime.dispatcher import Dispatcher
from runtime.events import EventStream
from runtime.lateness import Lateness
from runtime.observability import logger
from runtime.registry import Registry
from runtime.repetition import Repetition, Repetitions
from runtime.room import tell_when_room
from runtime.settings import Settings
from runtime.slowness import Slowness

M = TypeVar("M")


class SystemInside:
    """What the runtime needs of a system.

    Args:
        name: Of the system.
        settings: Its settings.
        random: Its source of randomness.
    """

    def __init__(self, name: str, settings: Settings, random: random_module.Random) -> None:
        self.name: str = check_system_name(name)
        self.settings = settings
        self.random = random
        self.uid: int = random.getrandbits(63) | 1
        self.log: Any = logger(system=name)
        self.event_stream: EventStream = EventStream(self, name, self.log)
        self.remote: Any = None
        self.dead_letters: ActorRef[Any] = nobody(self, ActorPath(Address(name), ("dead-letters",), 1), answers=False)
        self.root: Cell | None = None
        self._user: Cell | None = None
        self._dispatcher: Dispatcher | None = None
        self._address = Address(name)
        self._next_uid = random.getrandbits(48) << 8
        self._office = DeadLetterOffice(
            self.event_stream, self.log, Repetition(settings.dead_letters_logged, settings.log_silence_s), self._time
        )
        self.failures: Repetitions = Repetitions(settings.failures_logged, settings.log_silence_s)
        self._registry = Registry(self)
        self._lateness = Lateness(self)
        self.deadlines: Deadlines = Deadlines(expire)
        self.blocking: BlockingPool = BlockingPool(self)
        self.slowness: Slowness = Slowness(self)
        # Send and wait for the first reply. No method, which would be one more call for each ask.
        self.ask: Callable[[ActorRef[Any], Any, float], Coroutine[Any, Any, Any]] = functools.partial(ask, self)
        self._fatal: BaseException | None = None

    @property
    def address(self) -> Address:
        """Where it is known: with host and port when remoting is on."""
        return self._address

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The event loop it lives on."""
        return self.dispatcher.loop

    @property
    def dispatcher(self) -> Dispatcher:
        """The ready queue."""
        if self._dispatcher is None:
            raise RuntimeError(f"the actor system {self.name} is not running; use `async with` or `await start()`")
        return self._dispatcher

    def now(self) -> float:
        """The loop's time in seconds."""
        return self.loop.time()

    def _time(self) -> float:
        """As `now`, also before the start."""
        return 0.0 if self._dispatcher is None else self._dispatcher.loop.time()

    def call_later(self, delay_s: float, callback: Callable[..., Any], *args: Any) -> asyncio.TimerHandle:
        """Call back later."""
        return self.loop.call_later(delay_s, callback, *args)

    def next_uid(self) -> int:
        """A number for the next incarnation of an actor; begins at a random one, so that two systems differ (D71)."""
        self._next_uid += 1
        return self._next_uid

    def spawn_child(self, parent: Cell, what: Spawnable[M], name: str | None) -> ActorRef[M]:
        """Make a child of a cell."""
        return bootstrap.make_child(self, parent, what, name)

    def find_local(self, path: ActorPath) -> ActorRef[Any] | None:
        """The actor or ask at a local path; uid 0 stands for any incarnation."""
        return self._registry.find_local(path)

    def ref_for(self, path: ActorPath) -> ActorRef[Any]:
        """A reference for any path: local, remote, or of nobody."""
        return self._registry.ref_for(path)

    def dead_ref(self, path: ActorPath) -> ActorRef[Any]:
        """A reference of nobody, whose watchers hear so at once (D4)."""
        return nobody(self, path, answers=True)

    def is_watched(self, watcher: ActorRef[Any], subject: ActorRef[Any]) -> bool:
        """Whether an actor here watches one of another node, since that node was last said to be dead."""
        return self.remote is not None and bool(self.remote.is_watched(watcher, subject))

    def dead_letter(self, message: Any, sender: ActorRef[Any] | None, recipient: ActorRef[Any]) -> None:
        """A message was not delivered."""
        self._office.take(message, sender, recipient)

    def close_logs(self) -> None:
        """Say how much was not logged, because it was the same again and again."""
        self._office.close()
        if self.failures.skipped:
            self.log.warning("failures of actors that were not logged", count=self.failures.skipped)

    def unhandled(self, message: Any, sender: ActorRef[Any] | None, recipient: ActorRef[Any]) -> None:
        """A message was not handled."""
        self.event_stream.publish(UnhandledMessage(message, sender, recipient))

    def fatal(self, error: BaseException) -> None:
        """End the system because of an error that no supervisor may judge; `async with` raises it."""
        if self._fatal is None:
            self._fatal = error
        self.stop_actors()

    def stop_actors(self) -> None:
        """Tell `/user` to stop; everything follows from that."""
        if self._user is not None:
            self._user.signal(TERMINATE)

    def hurry(self, cell: Cell) -> None:
        """A busy cell was told to stop: cancel its handler when it is late."""
        self._lateness.expect_end(cell)

    async def tell_when_room(
        self, ref: ActorRef[Any], message: Any, sender: ActorRef[Any] | None, timeout_s: float
    ) -> None:
        """Send once the target's mailbox has room."""
        await tell_when_room(self, ref, message, sender, timeout_s)

    def current_sender(self) -> ActorRef[Any] | None:
        """The sender of the message that the calling handler handles.

        Raises:
            RuntimeError: If the caller is no handler.
        """
        cell = self.dispatcher.current_cell()
        if not isinstance(cell, Cell):
            raise RuntimeError("forward can be called only while an actor handles a message")
        return cell.sender

    def register_temporary(self, name: str, ref: ActorRef[Any]) -> None:
        """Make a reference findable at `/temp/` and this name."""
        self._registry.temporary[name] = ref

    def forget_temporary(self, name: str) -> None:
        """And no longer."""
        self._registry.temporary.pop(name, None)

    def find_temporary(self, name: str) -> ActorRef[Any] | None:
        """What is at `/temp/` and this name."""
        return self._registry.temporary.get(name)
