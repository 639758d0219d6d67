"""`denied`: requests that a simulated ensemble answers with an error, though the connection is well; and its own terms.

Somebody has taken away a right and gives it back, or the ensemble has too much to do: nothing is done, and it says so.
Of a transaction one operation is refused, or all of it at once. Or somebody else was faster: what is to be made, or
replaced, has come or gone in that very moment, and a moment later that is not so any more. And a session lasts as long
as the ensemble says, whatever its client has asked for. Nothing of the ensemble knows of it: methods of its connections
are wrapped while a scenario is played. SHELL. Deliberately not here: when (`whims`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from kazoo.exceptions import (
    NoAuthError,
    NodeExistsError,
    NoNodeError,
    OperationTimeoutError,
    RolledBackError,
    RuntimeInconsistency,
)

from cluster.simulation.election.rules import LAYOUT
from cluster.simulation.member import ClientConnection
from cluster.simulation.wrapping import Asks, around

NO_TIME, NO_RIGHT, FASTER = range(3)
"""Why something is denied."""


class Denials:
    """What is to be denied.

    Attributes:
        left: So many of the next requests.
        why: There was no time, there is no right to do it, or somebody was faster.
        told: Called with each.
    """

    def __init__(self, told: Callable[[], None]) -> None:
        self.left = 0
        self.why = NO_TIME
        self.told = told

    def answer(self, kind: str, args: tuple[Any, ...]) -> Any:
        """What is answered instead of doing it; `None` if it is done."""
        answer = self._denial(kind, args) if self.left > 0 else None
        if answer is not None:
            self.left -= 1
        return answer

    def _denial(self, kind: str, args: tuple[Any, ...]) -> Any:
        if kind not in ("read", "write"):
            return None
        if self.why == FASTER:
            return _faster(kind, args)
        others = len(args[1]) - 1 if kind == "write" else 0
        if self.why == NO_TIME:
            return OperationTimeoutError()
        return [NoAuthError(), *(RuntimeInconsistency() for _ in range(others))] if others else NoAuthError()


def _faster(kind: str, args: tuple[Any, ...]) -> Any:
    """Of a transaction that makes a node its last operation, or what removes the former one; and who is shown."""
    if kind == "read":
        return NoNodeError() if args[1:3] == ("get", LAYOUT.info) else None
    ops = args[1]
    if not ops or ops[-1].name != "create" or ops[-1].args[4]:
        return None
    replaces = len(ops) > 1 and ops[-2].name == "delete"
    index = len(ops) - 1 - replaces
    error = NoNodeError() if replaces else NodeExistsError()
    return [*(RolledBackError() for _ in ops[:index]), error, *(RuntimeInconsistency() for _ in ops[index + 1 :])]


@contextlib.contextmanager
def denied(denials: Denials, session_s: float) -> Iterator[None]:
    """Deny requests, as long as the block lasts.

    Args:
        denials: Which.
        session_s: As long all sessions last.
    """

    def handles(original: Asks, there: ClientConnection, kind: str, *args: Any) -> None:
        answer = denials.answer(kind, args)
        if answer is None:
            original(there, kind, *args)
            return
        there._service.heard(there._member, there._session, there._timeout_s)
        denials.told()
        there._answer(args[0], answer)

    def admits(original: Asks, there: ClientConnection, session: int, asked_s: float, owner: str) -> None:
        original(there, session, session_s, owner)

    with around([(ClientConnection, "_handle", handles), (ClientConnection, "_admit", admits)]):
        yield
