"""`Answers`: I16, whoever asks its driver for something is answered in time: done, refused, or not known. Pure.

A driver waits out an interruption, for a time that has an end; a call that waits longer is a command that hangs, or a
process that does not end. Who stands still has as long anew. One that does not wait for so long makes each short break
of a connection a failure of whoever reads or writes. Deliberately not here: who asks (`candidate`, `clerks`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from kazoo.exceptions import KazooException

from cluster.election.driver import ElectionUnavailable, StaleEpoch
from runtime.sim.campaign import Record, Violation

PATIENT = ("a write", "a deletion", "a value", "all values")
"""What waits out an interruption."""


class Answers:
    """What is asked, and was not answered yet.

    Args:
        record: Is told, and raises.
        within_s: Everything is answered within so long.

    Attributes:
        patience_s: So long, at least, an interruption is waited out.
    """

    def __init__(self, record: Record, within_s: float) -> None:
        self._record = record
        self.patience_s = 0.0
        self._within_s = within_s
        self._since: dict[tuple[str, str, int], float] = {}
        self._asked = 0

    @contextlib.contextmanager
    def awaited(self, name: str, what: str) -> Iterator[None]:
        """A process asks its driver for something, and waits for the answer as long as the block lasts."""
        self._asked += 1
        question = name, what, self._asked
        began = self._since[question] = self._record.now()
        try:
            yield
        except ElectionUnavailable as error:
            if what in PATIENT and not isinstance(error.__cause__, StaleEpoch | KazooException):
                self._was_interrupted(name, what, self._record.now() - began)
            raise
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

    def _was_interrupted(self, name: str, what: str, waited_s: float) -> None:
        text = f"{name} has asked for {what}, and is told after {waited_s:.2f} s that it is not known"
        with contextlib.suppress(Violation):  # it is kept in the record
            self._record.require(waited_s >= self.patience_s, "I16", text)
