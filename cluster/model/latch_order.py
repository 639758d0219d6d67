"""Who comes before whom among the latch nodes of an election: names and their sequence numbers. Pure.

ZooKeeper appends a counter to the name of a sequential node, ten digits of a signed 32-bit number: after 2147483647
comes -2147483648, which as text, and as a number, would go before all others. Deliberately not here: what the first in
the queue does (`cluster.model.latch`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cmp_to_key

SEPARATOR = "-latch-"
_NAME = re.compile(rf"(?P<owner>.+){SEPARATOR}(?P<sequence>\d{{10}}|-\d{{9,10}})")
_ROUND = 2**32


def prefix_of(nonce: str) -> str:
    """How the names of a driver's latch nodes begin.

    The nonce makes a node recognisable although the answer to its creation was lost.
    """
    return f"{nonce}{SEPARATOR}"


def is_latch(name: str) -> bool:
    """Whether a node of the queue is a latch node: others can have put anything there."""
    return _NAME.fullmatch(name) is not None


def sequence_of(name: str) -> int:
    """The sequence number at the end of a name."""
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"{name!r} is not a latch node")
    return int(match["sequence"])


def in_order(names: Iterable[str]) -> list[str]:
    """Latch nodes in the order in which they were made, over the end of the counter's range as well.

    Right as long as the nodes that exist at one time were made within half of the range.
    """
    return sorted(filter(is_latch, names), key=cmp_to_key(_compare))


def _compare(one: str, other: str) -> int:
    ahead = (sequence_of(one) - sequence_of(other)) % _ROUND
    return 0 if ahead == 0 else 1 if ahead < _ROUND // 2 else -1
