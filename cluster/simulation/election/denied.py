"""`denied`: requests that a simulated ensemble answers with an error, though the connection is well; and its own terms.

Somebody has taken away a right and gives it back, or the ensemble has too much to do: nothing is done, and it says so.
Of a transaction one operation is refused, or all of it at once. And a session lasts as long as the ensemble says,
whatever its client has asked for. Nothing of the ensemble knows of it: methods of its connections are wrapped while a
scenario is played. SHELL. Deliberately not here: when (`whims`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from kazoo.exceptions import KazooException, NoAuthError, OperationTimeoutError, RuntimeInconsistency

from cluster.simulation.member import ClientConnection
from cluster.simulation.wrapping import Asks, around


class Denials:
    """What is to be denied.

    Attributes:
        left: So many of the next requests.
        without_rights: Whether there is no right to do it, or there was no time.
        told: Called with each.
    """

    def __init__(self, told: Callable[[], None]) -> None:
        self.left = 0
        self.without_rights = False
        self.told = told

    def answer(self, kind: str, args: tuple[Any, ...]) -> Any:
        """What is answered instead of doing it; `None` if it is done."""
        if kind not in ("read", "write") or self.left == 0:
            return None
        self.left -= 1
        error: KazooException = NoAuthError() if self.without_rights else OperationTimeoutError()
        others = len(args[1]) - 1 if kind == "write" else 0
        return [error, *(RuntimeInconsistency() for _ in range(others))] if self.without_rights and others else error


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
        there._service.heard(there._member, there._session)
        denials.told()
        there._answer(args[0], answer)

    def admits(original: Asks, there: ClientConnection, session: int, asked_s: float, owner: str) -> None:
        original(there, session, session_s, owner)

    with around([(ClientConnection, "_handle", handles), (ClientConnection, "_admit", admits)]):
        yield
