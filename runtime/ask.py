"""Ask: a message with a temporary reference as its sender, and a future that the first reply ends. SHELL.

The temporary reference lives at `/temp/$n`, can be watched, and dies when the ask is over (D14).
"""

from __future__ import annotations

import asyncio
from typing import Any

from actors.address import ActorPath
from actors.errors import AskTimeout, in_words
from actors.notices import DeathCause
from actors.ref import ActorRef, Temporary
from actors.signals import AddressTerminated, DeathWatchNotification, Signal, Unwatch, Watch
from runtime.answer import Answer
from runtime.host import Host


class Asker(ActorRef[Any], Temporary):
    """The temporary reference of one ask, and the sink behind itself.

    Most asks are answered without anybody having looked at where they live. So it has a name, and can be found, when it
    is first asked for that; and the sink is not stored, because an object that refers to itself is a job for the
    garbage collector.
    """

    __slots__ = ("_future", "_over", "_path", "_uid", "_watchers", "host")

    def __init__(self, host: Host, future: asyncio.Future[Any]) -> None:
        self.host: Host = host
        self._future = future
        self._watchers: dict[ActorRef[Any], None] | None = None
        self._over: bool = False
        self._path: ActorPath | None = None
        self._uid: int = 0

    # Properties rather than `__getattr__`, with which the interpreter would look up every attribute the slow way.

    @property
    def sink(self) -> Asker:  # type: ignore[override]
        """Itself."""
        return self

    @property
    def path(self) -> ActorPath:  # type: ignore[override]
        """Where it lives, from now on."""
        if self._path is None:
            uid = self._uid or self._named()
            self._path = ActorPath(self.host.dead_letters.path.address, ("temp", f"${uid}"), uid)
        return self._path

    def text(self, own: str) -> str:
        """See `Temporary.text`."""
        uid = self._uid or self._named()
        return f"{own}/temp/${uid}#{uid}"

    def _named(self) -> int:
        """Find it by its number from now on."""
        uid = self._uid = self.host.next_uid()
        if not self._over:
            self.host.register_temporary(f"${uid}", self)
        return uid

    def tell(self, message: Any, sender: ActorRef[Any] | None = None) -> None:
        """Take the first reply; later ones are dead letters."""
        if message is None:
            raise ValueError("None is not a reply")
        try:
            if isinstance(message, BaseException):
                self._future.set_exception(_raisable(message))
            else:
                self._future.set_result(message)
        except asyncio.InvalidStateError:
            self.host.dead_letter(message, sender, self)

    def signal(self, signal: Signal) -> None:
        """Take watches; they are answered when the ask is over. No signal is a reply."""
        if isinstance(signal, Watch):
            if self._over:
                # It existed: its whole life was to be answered (D14).
                signal.watcher.sink.signal(DeathWatchNotification(self, True, False, DeathCause.STOPPED))
            elif self._watchers is None:
                self._watchers = {signal.watcher: None}
            else:
                self._watchers[signal.watcher] = None
        elif isinstance(signal, Unwatch):
            if self._watchers is not None:
                self._watchers.pop(signal.watcher, None)
        elif isinstance(signal, AddressTerminated):  # it is told so because somebody there watches it
            gone = signal.address
            self._watchers = {one: None for one in self._watchers or () if one.path.address != gone} or None

    def end(self) -> None:
        """The ask is over: tell the watchers."""
        self._over = True
        if self._uid:
            self.host.forget_temporary(f"${self._uid}")
        watchers, self._watchers = self._watchers, None
        for watcher in watchers or ():
            watcher.sink.signal(DeathWatchNotification(self, True, False, DeathCause.STOPPED))


class _Mourner(Asker):
    """Waits for a death, of the one that it watches, rather than for a reply."""

    __slots__ = ()

    def signal(self, signal: Signal) -> None:
        """Take the death: of the actor, or of its node."""
        if not isinstance(signal, DeathWatchNotification | AddressTerminated):
            super().signal(signal)
        elif not self._future.done():
            self._future.set_result(signal)


async def ask(host: Host, target: ActorRef[Any], message: Any, timeout_s: float) -> Any:
    """Send `message` and wait for the first reply.

    Args:
        host: The system of the asker.
        target: Whom to ask.
        message: What to ask.
        timeout_s: Seconds to wait; zero or less fails at once (A13).

    Raises:
        AskTimeout: If no reply came in time.
        Exception: The one that was replied.
    """
    if not timeout_s > 0:  # nor what is no number, with which no timer would be due any more
        raise _not_answered(host, target, message, timeout_s)
    answer: Answer | None = None
    if target.path.address.host is not None:
        dispatcher = host.dispatcher
        answer = Answer(loop=dispatcher.loop)
        answer.dispatcher = dispatcher
    future, deadline = host.deadlines.begin(timeout_s, answer)
    asker = Asker(host, future)
    try:
        target.tell(message, asker)
        return await future
    except _Expired:
        raise _not_answered(host, target, message, timeout_s) from None
    finally:
        deadline.cancel(future)
        asker.end()


async def end_of(target: ActorRef[Any], stop_message: Any, timeout_s: float) -> None:
    """Watch `target`, send it `stop_message`, and wait until it is gone.

    Raises:
        TimeoutError: If it was not in time.
    """
    if not timeout_s > 0:
        raise _not_stopped(target, timeout_s)
    host: Any = target.sink.host
    future, deadline = host.deadlines.begin(timeout_s)
    asker = _Mourner(host, future)
    try:
        target.sink.signal(Watch(target, asker))
        target.tell(stop_message)
        await future
    except BaseException as error:
        target.sink.signal(Unwatch(target, asker))
        if isinstance(error, _Expired):
            raise _not_stopped(target, timeout_s) from None
        raise
    finally:
        deadline.cancel(future)
        asker.end()


class _Expired(Exception):
    pass


def expire(future: asyncio.Future[Any]) -> None:
    """It is too late for an answer."""
    if not future.done():
        future.set_exception(_Expired())


def _not_answered(host: Host, target: ActorRef[Any], message: Any, timeout_s: float) -> AskTimeout:
    asker = getattr(host.dispatcher.current_cell(), "ref", None)  # a cell, if an actor's handler asks
    whose = "" if asker is None else f" from {asker}"
    return AskTimeout(f"{target} did not answer {type(message).__name__}{whose} within {timeout_s} s")


def _not_stopped(target: ActorRef[Any], timeout_s: float) -> TimeoutError:
    return TimeoutError(f"{target} did not stop within {timeout_s} s")


def _raisable(reply: BaseException) -> BaseException:
    """No future takes a `StopIteration`: who awaits it would take that for a return."""
    if not isinstance(reply, StopIteration):
        return reply
    error = RuntimeError(f"the reply was {in_words(reply)}, which cannot be raised from an await")
    error.__cause__ = reply
    return error
