"""Ask: a message with a temporary reference as its sender, and a future that the first reply ends. SHELL.

The temporary reference lives at `/temp/$n`, can be watched, and dies when the ask is over (D14).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from actors.address import ActorPath
from actors.errors import AskTimeout
from actors.notices import DeathCause
from actors.ref import ActorRef
from actors.signals import AddressTerminated, DeathWatchNotification, Signal, Unwatch, Watch
from runtime.host import Host


class AskSink:
    """The other end of one ask."""

    __slots__ = ("_future", "_watchers", "host", "ref")

    def __init__(self, host: Host, path: ActorPath, future: asyncio.Future[Any]) -> None:
        self.host: Host = host
        self._future = future
        self._watchers: dict[ActorRef[Any], None] | None = {}
        self.ref: ActorRef[Any] = ActorRef(path, self)

    def tell(self, message: Any, sender: ActorRef[Any] | None = None) -> None:
        """Take the first reply; later ones are dead letters."""
        if message is None:
            raise ValueError("None is not a reply")
        if self._future.done():
            self.host.dead_letter(message, sender, self.ref)
        elif isinstance(message, BaseException):
            self._future.set_exception(message)
        else:
            self._future.set_result(message)

    def signal(self, signal: Signal) -> None:
        """Take watches; they are answered when the ask is over."""
        if isinstance(signal, Watch):
            if self._watchers is None:
                # It existed: its whole life was to be answered (D14).
                signal.watcher.sink.signal(DeathWatchNotification(self.ref, True, False, DeathCause.STOPPED))
            else:
                self._watchers[signal.watcher] = None
        elif isinstance(signal, Unwatch) and self._watchers is not None:
            self._watchers.pop(signal.watcher, None)
        elif isinstance(signal, DeathWatchNotification | AddressTerminated) and not self._future.done():
            self._future.set_result(signal)

    def end(self) -> None:
        """The ask is over: tell the watchers."""
        watchers, self._watchers = self._watchers, None
        for watcher in watchers or ():
            watcher.sink.signal(DeathWatchNotification(self.ref, True, False, DeathCause.STOPPED))


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
    try:
        return await _first(host, timeout_s, lambda asker: target.tell(message, asker))
    except _Expired:
        asker = getattr(host.dispatcher.current_cell(), "ref", None)  # a cell, if an actor's handler asks
        whose = "" if asker is None else f" from {asker}"
        raise AskTimeout(f"{target} did not answer {type(message).__name__}{whose} within {timeout_s} s") from None


async def end_of(target: ActorRef[Any], stop_message: Any, timeout_s: float) -> None:
    """Watch `target`, send it `stop_message`, and wait until it is gone.

    Raises:
        TimeoutError: If it was not in time.
    """

    def stop(asker: ActorRef[Any]) -> None:
        target.sink.signal(Watch(target, asker))
        target.tell(stop_message)

    host: Any = target.sink.host
    try:
        await _first(host, timeout_s, stop, lambda asker: target.sink.signal(Unwatch(target, asker)))
    except _Expired:
        raise TimeoutError(f"{target} did not stop within {timeout_s} s") from None


async def _first(
    host: Host,
    timeout_s: float,
    begin: Callable[[ActorRef[Any]], None],
    give_up: Callable[[ActorRef[Any]], None] = lambda asker: None,
) -> Any:
    if timeout_s <= 0:
        raise _Expired
    future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
    uid = host.next_uid()
    sink = AskSink(host, ActorPath(host.dead_letters.path.address, ("temp", f"${uid}"), uid), future)
    host.register_temporary(sink.ref)
    timer = host.call_later(timeout_s, _expire, future)
    try:
        begin(sink.ref)
        return await future
    except BaseException:
        give_up(sink.ref)
        raise
    finally:
        timer.cancel()
        host.forget_temporary(sink.ref.path)
        sink.end()


class _Expired(Exception):
    pass


def _expire(future: asyncio.Future[Any]) -> None:
    if not future.done():
        future.set_exception(_Expired())
