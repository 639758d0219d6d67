"""`Recording`: a trace of which each line is kept, and where two runs that should be one begin to differ.

Two runs of a seed have one digest, or something looks at a hash, at a set's order or at a real clock. The first line
that differs is where to look. A recording is text, a line for each callback and each event, so that it can be made on
another machine, or of another version, and compared here. Pure but for writing its file. Deliberately not here:
playing (`runtime.sim.campaign`).
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from runtime.sim.trace import Event, Trace

BEFORE = 8
"""Lines that are shown before the first difference."""
END = "(it ends here)"


class Recording(Trace):
    """As a trace; what counts in its digest is kept in words.

    Attributes:
        lines: A line for each callback and each event, in order.
    """

    __slots__ = ("lines",)

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def ran(self, at_s: float, process: str, callback: Any) -> None:
        """See `Trace`."""
        if not self.is_over:
            self.lines.append(on_one_line(f"{at_s!r} {process or '-'} {name_of(callback)}"))
        super().ran(at_s, process, callback)

    def tell(self, event: Event) -> None:
        """See `Trace`."""
        if not self.is_over:
            line = f"{event.at_s!r} {event.host or '-'} : {event.kind} {event.detail}".rstrip()
            self.lines.append(on_one_line(line))
        super().tell(event)

    def text(self) -> str:
        """All of it, as it is kept in a file."""
        return "".join(f"{line}\n" for line in self.lines)


def on_one_line(text: str) -> str:
    """That text, with what would end a line, or cannot be written, as Python escapes it."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def name_of(callback: Any) -> str:
    """The function that a callback is; of a step of a task, the task's coroutine with it."""
    name = getattr(callback, "__qualname__", None) or type(callback).__qualname__
    coroutine = getattr(getattr(callback, "__self__", None), "get_coro", None)
    return name if coroutine is None else f"{name} {getattr(coroutine(), '__qualname__', '')}"


def first_difference(here: Sequence[str], there: Sequence[str]) -> str:
    """What to tell of the first line in which two recordings differ; empty if they are the same.

    Args:
        here: Lines of the run that was just played.
        there: Lines of the other.
    """
    for number, (ours, theirs) in enumerate(zip_longest(here, there, fillvalue=END)):
        if ours != theirs:
            before = [f"    {line}" for line in here[max(0, number - BEFORE) : number]]
            return "\n".join([f"line {number + 1} differs, after", *before, f"here  {ours}", f"there {theirs}"])
    return ""
