"""`TestProbe` and `TestKit`: an actor's other side, in a test. Shipped to users. SHELL.

Times are those of the running loop: on `runtime.sim.loop.SimLoop` waiting costs nothing.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any, TypeVar, overload

from actors.address import ActorPath
from actors.notices import ActorIdentity, DeathCause, Identify, Kill, PoisonPill, Terminated
from actors.props import Spawnable
from actors.ref import ActorRef, ForAnyActor
from actors.signals import AddressTerminated, DeathWatchNotification, Signal, Terminate, Unwatch, Watch
from actors.watching import WatchBook
from runtime.room import tell_or_drop
from runtime.system import ActorSystem

T = TypeVar("T")
M = TypeVar("M")


class TestProbe:
    """Stands in for an actor: takes messages, watches, is found and watched, and says what came.

    Whatever it waits for, it waits for 3 seconds of the running loop unless told otherwise. Akka counterpart:
    `TestProbe`.

    Args:
        system: Where it lives.
        name: The last part of its path; `probe-NUMBER` by default.

    Attributes:
        host: The system.
        ref: What to give to actors as sender or partner.
        sender: Who sent the message that was returned last.
    """

    __test__ = False

    def __init__(self, system: ActorSystem, name: str | None = None) -> None:
        uid = system.next_uid()
        self.host = system
        self.ref: ActorRef[Any] = ActorRef(
            ActorPath(system.dead_letters.path.address, ("temp", name or f"probe-{uid}"), uid), self
        )
        self.sender: ActorRef[Any] = system.dead_letters
        self._came: deque[tuple[Any, ActorRef[Any] | None]] = deque()
        self._news = asyncio.Event()
        self._book = WatchBook()
        self._death: DeathCause | None = None
        system.register_temporary(self.ref.name, self.ref)

    # --- Sink -----------------------------------------------------------------------------------------------------

    def tell(self, message: Any, sender: ActorRef[Any] | None = None) -> None:
        """Take a message, as any actor does: `Identify` is answered, `PoisonPill` and `Kill` end it.

        Args:
            message: Anything but `None`.
            sender: Whom `reply` shall reach.

        Raises:
            ValueError: If `message` is `None`.
        """
        if message is None:
            raise ValueError("None is not a message")
        if self._death is not None:
            self.host.dead_letter(message, sender, self.ref)
        elif type(message) is Identify:  # an actor's runtime answers it, too (A14)
            if isinstance(sender, ActorRef):
                tell_or_drop(self.host, sender, ActorIdentity(message.correlation_id, self.ref), self.ref)
        elif type(message) in (PoisonPill, Kill):
            self._end(DeathCause.STOPPED if type(message) is PoisonPill else DeathCause.KILLED)
        else:
            self._take(message, sender)

    def signal(self, signal: Signal) -> None:
        """Watch, be watched, and be stopped, as an actor is; called by the runtime.

        Args:
            signal: Any; what supervisors say to each other is ignored.
        """
        match signal:
            case Watch(watchee, watcher) if self._death is not None:
                watcher.sink.signal(DeathWatchNotification(watchee, False, False, self._death))
            case Watch(_, watcher):
                self._book.add_watcher(watcher)
            case Unwatch(_, watcher):
                self._book.remove_watcher(watcher)
            case Terminate():
                self.stop()
            case DeathWatchNotification():
                self._hear_of_death(signal)
            case AddressTerminated():
                for notification in self._book.address_terminated(signal):
                    self._hear_of_death(notification)

    def _hear_of_death(self, notification: DeathWatchNotification) -> None:
        shown = self._book.notified(notification)
        if shown is not None:
            self._book.take(shown)
            self._take(shown, notification.subject)

    def _take(self, message: Any, sender: ActorRef[Any] | None) -> None:
        self._came.append((message, sender))
        self._news.set()

    # --- doing --------------------------------------------------------------------------------------------------------

    def watch(self, ref: ActorRef[M]) -> ActorRef[M]:
        """Hear of its death as `Terminated`, which `expect_terminated` waits for.

        Args:
            ref: Any actor, here or on another node.

        Returns:
            `ref`.
        """
        if self._book.watch(ref):
            ref.sink.signal(Watch(ref, self.ref))
        return ref

    def unwatch(self, ref: ActorRef[M]) -> ActorRef[M]:
        """No longer hear of its death.

        Args:
            ref: Any actor; not watched is fine.

        Returns:
            `ref`.
        """
        if self._book.unwatch(ref):
            ref.sink.signal(Unwatch(ref, self.ref))
        return ref

    def stop(self) -> None:
        """Die as an actor that stops: its watchers are told, what comes later is a dead letter; what came stays."""
        if self._death is None:
            self._end(DeathCause.STOPPED)

    def _end(self, cause: DeathCause) -> None:
        self._death = cause
        if self.host.find_temporary(self.ref.name) is self.ref:
            self.host.forget_temporary(self.ref.name)
        for subject in self._book.unwatch_all():
            subject.sink.signal(Unwatch(subject, self.ref))
        for watcher in self._book.drain_watchers():
            watcher.sink.signal(DeathWatchNotification(self.ref, True, False, cause))

    def send(self, ref: ActorRef[M], message: M | ForAnyActor) -> None:
        """Tell with the probe as sender, so that replies come here.

        Args:
            ref: Whom.
            message: What.
        """
        ref.tell(message, self.ref)

    def reply(self, message: Any) -> None:
        """Answer the message that was returned last.

        Args:
            message: The answer; dead letters get it if nobody was named as sender.
        """
        self.sender.tell(message, self.ref)

    # --- expecting ----------------------------------------------------------------------------------------------------

    async def receive_one(self, timeout_s: float = 3.0) -> Any:
        """The next message, whatever it is.

        Args:
            timeout_s: Seconds to wait, 0 or more.

        Returns:
            The message; `sender` then says who sent it.

        Raises:
            AssertionError: If none comes in time.
        """
        try:
            async with asyncio.timeout(timeout_s):
                while not self._came:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"no message came to {self.ref.name} within {timeout_s} s") from None
        message, sender = self._came.popleft()
        self.sender = sender or self.host.dead_letters
        return message

    @overload
    async def expect(self, expected: type[T], timeout_s: float = 3.0) -> T: ...
    @overload
    async def expect(self, expected: T, timeout_s: float = 3.0) -> T: ...
    async def expect(self, expected: Any, timeout_s: float = 3.0) -> Any:
        """The next message, which must be an instance of the given class, or equal to the given value.

        Args:
            expected: A class, or a value.
            timeout_s: Seconds to wait, 0 or more.

        Returns:
            The message.

        Raises:
            AssertionError: If none comes in time, or another.
        """
        message = await self.receive_one(timeout_s)
        matches = isinstance(message, expected) if isinstance(expected, type) else message == expected
        if not matches:
            raise AssertionError(f"expected {expected!r}, got {message!r}")
        return message

    async def expect_terminated(self, ref: ActorRef[Any], timeout_s: float = 3.0) -> Terminated:
        """The next message, which must be the `Terminated` of `ref`.

        Args:
            ref: Whose end; `watch` it first.
            timeout_s: Seconds to wait, 0 or more.

        Returns:
            The `Terminated`, with cause and detail.

        Raises:
            AssertionError: If none comes in time, or another.
        """
        terminated = await self.expect(Terminated, timeout_s)
        if terminated.ref != ref:
            raise AssertionError(f"expected the end of {ref}, got that of {terminated.ref}")
        return terminated

    async def expect_no_message(self, duration_s: float = 0.1) -> None:
        """Nothing may come for so long.

        Args:
            duration_s: Seconds, all of which are waited for; free on virtual time.

        Raises:
            AssertionError: If something does.
        """
        await asyncio.sleep(duration_s)
        if self._came:
            raise AssertionError(f"expected no message, got {self._came[0][0]!r}")

    async def fish(self, wanted: Callable[[Any], bool], timeout_s: float = 3.0) -> Any:
        """Take messages until one is wanted, and return it; those before it are dropped.

        Args:
            wanted: Says whether it is this one.
            timeout_s: Seconds to wait for it, all messages together.

        Raises:
            AssertionError: If none is in time.
        """
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        while True:
            message = await self.receive_one(max(0.0, deadline - loop.time()))
            if wanted(message):
                return message


class TestKit:
    """An actor system with probes. Akka counterpart: `TestKit`.

    Args:
        system: A running system.

    Attributes:
        system: That system.
    """

    __test__ = False

    def __init__(self, system: ActorSystem) -> None:
        self.system = system

    def probe(self, name: str | None = None) -> TestProbe:
        """A new probe.

        Args:
            name: The last part of its path; `probe-NUMBER` by default.
        """
        return TestProbe(self.system, name)

    def spawn(self, what: Spawnable[M], name: str | None = None) -> ActorRef[M]:
        """A new top-level actor; see `ActorSystem.spawn`.

        Args:
            what: `Props`, an actor class without arguments, or a function that makes an actor.
            name: Unique among its siblings; `$1`, `$2` ... by default.
        """
        return self.system.spawn(what, name)
