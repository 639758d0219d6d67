"""`ActorSystem`: owns the guardians, the dispatcher and the clock of its actors. SHELL.

What is connected to what is decided in `runtime.bootstrap`; actors live in `runtime.cell`; what only the runtime calls
is in `runtime.inside`. Leaving `async with` leaves nothing behind: no task, timer or socket.
"""

from __future__ import annotations

import asyncio
import random as random_module
from collections.abc import Callable
from typing import Any, Self, TypeVar

from actors.props import Spawnable
from actors.ref import ActorRef
from runtime import bootstrap, living
from runtime.cell import Cell
from runtime.ending import Ending
from runtime.inside import SystemInside
from runtime.settings import Settings
from runtime.shutdown import CoordinatedShutdown
from runtime.tree import as_data, render, stacks

M = TypeVar("M")


class ActorSystem(SystemInside):
    """The root of one hierarchy of actors, on one event loop.

    Use it as `async with ActorSystem("demo") as system`.

    Attributes:
        name: Its name.
        settings: Its settings.
        uid: Number of this incarnation: another system at the same address has another one (R9).
        random: The one source of randomness.
        dead_letters: Where messages to nobody go.
        event_stream: Dead letters, unhandled messages and other events.
        coordinated_shutdown: What is done before its actors stop.
        remote: What connects it to other systems; `None` without `Settings.remote`.
    """

    root: Cell | None
    remote: Any

    def __init__(
        self,
        name: str,
        settings: Settings | None = None,
        *,
        transport: Any = None,
        random: random_module.Random | None = None,
    ) -> None:
        """Make a system; it lives from `start` on.

        Args:
            name: Letters, digits, `.`, `_` and `-`.
            settings: By default no sockets.
            transport: What carries bytes; TCP by default.
            random: Source of randomness, for replayable runs.

        Raises:
            ValueError: If nothing may be called so.
            TypeError: If `settings` are something else; a `RemoteSettings` is `Settings(remote=...)`.
        """
        if settings is not None and not isinstance(settings, Settings):
            raise TypeError(f"the settings of an actor system are a Settings, not {settings!r}")
        super().__init__(name, settings or Settings(), random or random_module.SystemRandom())
        self.coordinated_shutdown: CoordinatedShutdown = CoordinatedShutdown(self, self.settings.shutdown_phases)
        self._transport = transport
        self._ending = Ending(self, self.coordinated_shutdown, self.stop_actors, self._close)
        self._system: Cell | None = None

    # --- life -------------------------------------------------------------------------------------------------------

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.terminate()
        if self._fatal is not None:
            raise self._fatal

    async def start(self) -> None:
        """Begin to live on the running loop; listen if remoting is on.

        Raises:
            RuntimeError: If it was started before, or is terminated meanwhile.
            OSError: If it cannot listen where it should.
        """
        if self._dispatcher is not None:
            raise RuntimeError(f"the actor system {self.name} was started before; make a new one")
        self._dispatcher = bootstrap.make_dispatcher(self, self.slowness)
        self.root, self._user, self._system = bootstrap.make_guardians(self, self._ending.actors_are_gone)
        living.begin(self)
        try:
            self.remote, self._address = await bootstrap.start_remoting(self, self._transport)
            if self._ending.has_begun:  # perhaps it has closed everything else already
                if self.remote is not None:
                    await self.remote.close()
                raise RuntimeError(f"the actor system {self.name} has ended while it was starting")
        except BaseException:
            await self.terminate()
            raise

    async def terminate(self, reason: str = "terminate") -> None:
        """Run the coordinated shutdown, stop all actors, `/user` first, then everything else; nothing is left then.

        May be called again. After `/user` has ended by itself the phases of the shutdown are run all the same.

        Args:
            reason: For `coordinated_shutdown.reason`; the first one counts.

        Raises:
            Exception: What a shutdown task raised in a phase that does not recover.
        """
        if self._dispatcher is not None:
            await asyncio.shield(self._ending.begin(reason))

    async def when_terminated(self) -> None:
        """Wait until the system has ended, by `terminate` or by itself.

        Raises:
            RuntimeError: If it was never started.
        """
        if self._dispatcher is None:
            raise RuntimeError(f"the actor system {self.name} was not started")
        await self._ending.over.wait()

    def on_termination(self, callback: Callable[[], Any]) -> None:
        """Call `callback` when all actors have stopped; the last registered first (S71).

        Args:
            callback: Called without arguments; what it raises is logged, and `SystemExit` and `KeyboardInterrupt` are
                raised by `async with` then.

        Raises:
            TypeError: If it is no plain function: what is to be awaited is a task of `coordinated_shutdown`.
        """
        self._ending.add_callback(callback)

    def begin_to_terminate(self, reason: str) -> None:
        """As `terminate`, for who cannot wait."""
        self._ending.begin(reason)

    async def _close(self) -> None:
        try:
            if self.remote is not None:
                await self.remote.goodbye()
        finally:  # a goodbye that fails must not leave a task behind that keeps the process
            await self._let_go()

    async def _let_go(self) -> None:
        if self.remote is not None:
            await self.remote.close()
        await self.blocking.close()
        self._lateness.close()
        self.slowness.close()
        self.deadlines.close()
        self.close_logs()
        await self.dispatcher.close()
        living.end()

    # --- for everybody ------------------------------------------------------------------------------------------------

    def spawn(self, what: Spawnable[M], name: str | None = None) -> ActorRef[M]:
        """Make a top-level actor under `/user`.

        Args:
            what: `Props`, an actor class without arguments, or a function that makes an actor.
            name: Unique among its siblings; `$1`, `$2` ... by default.

        Raises:
            InvalidActorName: If nobody may be called so.
            ActorNameInUse: If another top-level actor has the name.
            RuntimeError: If the system is not running.
        """
        return self._running(self._user).context.spawn(what, name)

    def spawn_system(self, what: Spawnable[M], name: str | None = None) -> ActorRef[M]:
        """Make an actor under `/system`: it outlives everything under `/user`.

        Args:
            what: As for `spawn`.
            name: As for `spawn`.

        Raises:
            InvalidActorName: If nobody may be called so.
            ActorNameInUse: If another one under `/system` has the name.
            RuntimeError: If the system is not running.
        """
        return self._running(self._system).context.spawn(what, name)

    def stop(self, ref: ActorRef[Any]) -> None:
        """Stop a top-level actor. No-op if it is dead.

        Args:
            ref: An actor that `spawn` returned; anything else is its parent's to stop.

        Raises:
            ValueError: If it is another actor's child.
            RuntimeError: If the system is not running.
        """
        self._running(self._user).context.stop(ref)

    async def resolve(self, text: str, timeout: float = 2.0) -> ActorRef[Any]:  # noqa: ASYNC109 - Akka's name
        """The reference, with its uid, of the actor that lives at a path.

        Args:
            text: `actor://system@host:port/user/name`, or without host and port for an actor of this system.
            timeout: Seconds to wait for the other system.

        Raises:
            LookupError: If nothing lives there, or nobody answers in time.
            ValueError: If `text` is no path.
        """
        return await self._registry.resolve(text, timeout)

    def tree(self) -> str:
        """The living tree, a line an actor: path, class, state, waiting messages, watchers."""
        return render(self.root)

    def tree_data(self) -> dict[str, Any]:
        """The living tree in values that JSON knows; empty before the start.

        Each actor has `path`, `name`, `class`, `state`, `mailbox` (messages that wait), `signals`, `stash`,
        `suspensions`, `watchers`, `watching` (paths), `busy_s` and `busy_with` (for how long its handler has been
        suspended and with which message; `None` when it is not) and `children`.
        """
        return {} if self.root is None else as_data(self.root, self.now())

    def stacks(self) -> str:
        """Where each suspended handler stands, as text."""
        return "" if self.root is None else stacks(self.root, self.now())

    def _running(self, guardian: Cell | None) -> Cell:
        if guardian is None:
            raise RuntimeError(f"the actor system {self.name} is not running; use `async with` or `await start()`")
        return guardian
