"""Maps of what came: who chooses their keys may not make them slow. Pure.

A dict finds a key by its hash, and has to compare all keys of one hash with each other. Of text and bytes nobody knows
the hash, which has a secret; of tuples, messages and references anybody does: sixteen thousand of one hash, in 300 kB,
would stop the loop for a quarter of a minute. Deliberately not here: how many values there may be (`census`).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from runtime.protocol.codec_errors import Malformed

SMALL_BYTES = 8192
"""In as much there is no room for more harm than a few milliseconds."""

_MOST_ALIKE = 64
_EXTENSIONS = [bytes((code,)) for code in (0xC7, 0xC8, 0xC9, 0xD4, 0xD5, 0xD6, 0xD7, 0xD8)]
"""How extensions begin."""
_PLAIN = frozenset((str, bytes, int, float, bool, type(None)))
"""Text and bytes: see above. Of numbers there are not many that have one hash."""


def may_harm(data: bytes) -> bool:
    """Whether there may be so many extensions in what came that they do harm as keys of one hash."""
    return sum(map(data.count, _EXTENSIONS)) > _MOST_ALIKE


def read_map(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    """The dict of these keys and values.

    Raises:
        Malformed: If too many keys have one hash.
        TypeError: If a key has none.
    """
    if len(pairs) > _MOST_ALIKE and not _PLAIN.issuperset({key.__class__ for key, _ in pairs}):
        hashes = Counter(hash(key) for key, _ in pairs if key.__class__ not in _PLAIN)
        if max(hashes.values()) > _MOST_ALIKE:
            raise Malformed(f"more than {_MOST_ALIKE} keys of a map have the same hash")
    return dict(pairs)
