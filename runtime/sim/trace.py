"""`Trace`: a digest over everything that a simulated loop has run, so that two runs can be compared by one word.

Each callback counts with its time, its process and its name, in order; and each event that the scenario tells. Whether
the events are kept as well changes nothing in the digest. Pure. Deliberately not here: the loop (`runtime.sim.loop`),
which calls `ran`, and reports (`runtime.sim.timeline`).
"""

from __future__ import annotations

import functools
import hashlib
import struct
from asyncio import Task
from collections.abc import Callable
from dataclasses import dataclass, field
from types import FunctionType, MethodType
from typing import Any

from actors.values import value

_BATCH = 1024
ENDED, RETURNED = "program ended", "returned"
"""What is told of the program of a machine that ends by itself, and of one whose end was no error."""
LOGGED = "log "
LOGGED_ERROR, LOGGED_WARNING = f"{LOGGED}error", f"{LOGGED}warning"
"""What a node has logged."""
SYSTEM_ENDED = "system ended"
"""What is told when the actor system of a program ends before it; the program should follow."""
Told = Callable[[str, str, str], None]
"""Is told what happens: where (a process or a host), what in a word, and more about it."""


def unheard(_host: str, _kind: str, _detail: str) -> None:
    """Nobody listens."""


@value
class Event:
    """Something that a scenario tells.

    Attributes:
        at_s: When, by the world's clock.
        host: Where; a process or a host.
        kind: What, in a word.
        detail: More about it.
    """

    at_s: float
    host: str
    kind: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.at_s:10.4f} {self.host:8} {self.kind} {self.detail}".rstrip()


def in_short(event: Event) -> Event:
    """Without what its detail has beyond a line, such as a traceback."""
    return Event(event.at_s, event.host, event.kind, event.detail.partition("\n")[0])


@dataclass(slots=True)
class Trace:
    """What has happened.

    Attributes:
        keeps_events: Whether events are kept and not only counted into the digest.
        events: Those that were told.
        is_over: Whether nothing counts any more; see `end`.
    """

    keeps_events: bool = True
    events: list[Event] = field(default_factory=list)
    is_over: bool = False
    _digest: Any = field(default_factory=hashlib.sha256)
    _line: list[float] = field(default_factory=list)
    _numbers: dict[tuple[str, Any, str], int] = field(default_factory=dict)
    _known: dict[str, dict[Any, int]] = field(default_factory=dict)

    def ran(self, at_s: float, process: str, callback: Any) -> None:
        """The loop runs a callback."""
        kind = type(callback)
        key: Any
        if kind is MethodType:
            key = callback.__func__
        elif kind is FunctionType:
            key = callback.__code__
        else:
            key = _step_of(callback)
        try:  # nearly always
            number = self._known[process][key]
        except KeyError:
            number = self._number(process, callback)
            known = self._known.setdefault(process, {})
            if key is not None:
                known[key] = number
        line = self._line
        line.append(at_s)
        line.append(number)
        if len(line) >= _BATCH:
            self._flush()

    def _number(self, process: str, callback: Any) -> int:
        """Names are long and few: each has a number, and is itself in the digest where it comes first.

        Functions are as few as names are, and looked up by themselves; a closure by its code.
        """
        name = getattr(callback, "__qualname__", None) or type(callback).__qualname__
        coroutine = getattr(getattr(callback, "__self__", None), "get_coro", None)
        whose = "" if coroutine is None else getattr(coroutine(), "__qualname__", "")
        number = self._numbers.get((process, name, whose))
        if number is None:
            number = self._numbers[process, name, whose] = len(self._numbers)
            self._add(f"{number} {process} {name} {whose}\n")
        return number

    def tell(self, event: Event) -> None:
        """Something has happened."""
        self._add(f"{event.at_s!r} {event.host} {event.kind} {event.detail}\n")
        if self.keeps_events:
            self.events.append(event)

    def end(self) -> None:
        """Nothing counts any more: a rule was broken, or the story is told.

        What is left is cancelled then, by asyncio, in an order that no seed decides.
        """
        self._flush()
        self.is_over = True

    def digest(self) -> str:
        """One word for everything so far."""
        self._flush()
        word: str = self._digest.hexdigest()
        return word

    def _add(self, line: str) -> None:
        self._flush()
        if not self.is_over:
            self._digest.update(line.encode(errors="surrogatepass"))

    def _flush(self) -> None:
        if not self.is_over:
            self._digest.update(_packer(len(self._line))(*self._line))
        self._line.clear()


@functools.cache  # for each length up to a batch
def _packer(count: int) -> Callable[..., bytes]:
    """Makes bytes of so many numbers, the same on all machines."""
    return struct.Struct(f"<{count}d").pack


def _step_of(callback: Any) -> Any:
    """Tells the steps of one coroutine function's tasks from all other callbacks; `None` if it is no step."""
    task = getattr(callback, "__self__", None)
    if isinstance(task, Task):
        code = getattr(task.get_coro(), "cr_code", None)
        return None if code is None else (callback.__class__, code)
    return None
