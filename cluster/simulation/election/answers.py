"""`Answers`: I16, whoever asks its driver for something is answered in time: done, refused, or not known. Pure.

A driver waits out an interruption, for a time that has an end; a call that waits longer is a command that hangs, or a
process that does not end. Who stands still has as long anew. Deliberately not here: who asks (`candidate`, `clerks`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from runtime.sim.campaign import Record


class Answers:
    """What is asked, and was not answered yet.

    Args:
        record: Is told, and raises.
        within_s: Everything is answered within so long.
    """

    def __init__(self, record: Record, within_s: float) -> None:
        self._record = record
        self._within_s = within_s
        self._since: dict[tuple[str, str, int], float] = {}
        self._asked = 0

    @contextlib.contextmanager
    def awaited(self, name: str, what: str) -> Iterator[None]:
        """A process asks its driver for something, and waits for the answer as long as the block lasts."""
        self._asked += 1
        question = name, what, self._asked
        self._since[question] = self._record.now()
        try:
            yield
        finally:
            self._since.pop(question, None)

    def stands_still(self, name: str) -> None:
        """A process does, or what it asks does: it waits anew."""
        for question in [question for question in self._since if question[0] == name]:
            self._since[question] = self._record.now()

    def is_gone(self, name: str) -> None:
        """A process was killed: it waits no more."""
        for question in [question for question in self._since if question[0] == name]:
            del self._since[question]

    def look(self) -> None:
        """At any time."""
        for (name, what, _), since in self._since.items():
            waits_s = self._record.now() - since
            text = f"{name} has asked for {what} {waits_s:.1f} s ago, and was not answered"
            self._record.require(waits_s <= self._within_s, "I16", text)
