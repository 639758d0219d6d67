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
_EXTENSIONS = b"\xc7\xc8\xc9\xd4\xd5\xd6\xd7\xd8"
"""How extensions begin."""
_LONG_MAPS = b"\xde", b"\xdf"
"""How maps of more than fifteen keys begin."""
_PLAIN = frozenset((str, bytes, int, float, bool, type(None)))
"""Text and bytes: see above. Of numbers only some dozens have one hash. Some go on to the same places of a dict one
after the other, but it takes a hundred thousand of them to stop the loop: `max_message_values` bounds these."""


def may_harm(data: bytes) -> bool:
    """Whether there may be so many extensions in what came that they do harm as keys of one hash.

    Each message of some length is looked at, and most of it may be one text, or bytes as if at random: of those the
    beginning is enough.
    """
    if _LONG_MAPS[0] not in data and _LONG_MAPS[1] not in data:
        return False
    return any(len(part) - len(part.translate(None, _EXTENSIONS)) > _MOST_ALIKE for part in (data[:SMALL_BYTES], data))


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
