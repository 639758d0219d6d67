"""What two incarnations have exchanged, when nothing else is kept of it: where their numbers go on. Pure.

An association that nobody needs is forgotten (R6), by each side when it likes. Numbers belong to a pair of
incarnations, though, not to an association: whoever began again at 1 would be taken for somebody who repeats himself,
and whoever had forgotten what it got would wait for ever for what was acknowledged. The shell is
`runtime.remote.provider`.
Deliberately not here: when an association is forgotten.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import NamedTuple

from actors.address import Address


class Sent(NamedTuple):
    """What we have sent.

    Attributes:
        uid: The incarnation that has acknowledged our system messages; 0 for nobody.
        letters: How many those were.
        messages: How many ordinary messages were taken for the peer.
        given_up: How many of them became dead letters.
    """

    uid: int = 0
    letters: int = 0
    messages: int = 0
    given_up: int = 0


class Came(NamedTuple):
    """What has come.

    Attributes:
        uid: From which incarnation; 0 for nobody.
        letters: How many of its system messages were delivered.
        read: How many of its ordinary messages were read, or will not come.
        given_up: How many of them it has given up, by its word; `None` if it has not said so.
    """

    uid: int = 0
    letters: int = 0
    read: int = 0
    given_up: int | None = None


NOTHING_SENT, NOTHING_CAME = Sent(), Came()


class Past(NamedTuple):
    """Both directions."""

    sent: Sent = NOTHING_SENT
    came: Came = NOTHING_CAME


NO_PAST = Past()


class Pasts:
    """Those of the peers whose associations were forgotten.

    Args:
        most: So many are remembered; beyond it the oldest are forgotten, too.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._of: OrderedDict[Address, Past] = OrderedDict()

    def __len__(self) -> int:
        return len(self._of)

    def keep(self, address: Address, past: Past) -> None:
        """The association is forgotten."""
        self._of.pop(address, None)
        if past != NO_PAST:
            self._of[address] = past
            if len(self._of) > self._most:
                self._of.popitem(last=False)

    def recall(self, address: Address) -> Past:
        """There is an association again: with what it begins."""
        return self._of.pop(address, NO_PAST)
