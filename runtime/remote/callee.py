"""`Hearer`, `Callee`: our side of an association, as the connections know it on which the other speaks. Protocols.

`runtime.remote.association` implements both. Deliberately not here: anything that does something; what only matters on
connections that we dialled (`answer_reader`, `outbound`).
"""

from __future__ import annotations

from typing import Any, Protocol

from actors.address import Address
from runtime.remote.reception import Reception


class Hearer(Protocol):
    """Our side of the association with the one who speaks, whoever dialled.

    Attributes:
        address: Of the one who speaks.
        reception: Where goes what comes from it.
    """

    address: Address
    reception: Reception

    def heard(self) -> None:
        """It has said something, to which an answer may leave at once."""

    def goodbye_said(self, uid: int) -> None:
        """Incarnation `uid` of the peer shuts down."""


class Callee(Hearer, Protocol):
    """Our side of the association with the one who dialled."""

    def introduced(self, link: Any, uid: int) -> None:
        """Somebody says that it is incarnation `uid` of the peer: admit it, hold it, or turn it away."""

    def inbound_ended(self, link: Any) -> None:
        """The connection was read to its end."""

    def letters_came(self) -> None:
        """System messages were delivered, or a lane was closed: ordinary messages may wait for that."""

    def will_not_come(self, position: int, given_up: int) -> None:
        """The peer says that its ordinary messages up to this number come on no connection any more.

        It has ever given up so many of its own accord.
        """

    def messages_lost(self, count: int) -> None:
        """So many ordinary messages of the peer were lost on their way."""
