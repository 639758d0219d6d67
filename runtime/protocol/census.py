"""`Census`: counts the values of a message while they are read, and ends the reading when they are too many. Pure.

A message is read in one go, and meanwhile the loop does nothing else. Bytes and text cost little, however long; but
eight megabytes may as well be eight million empty lists, which take seconds. Only what could hold too many is counted:
nothing has more values than bytes. Deliberately not here: what the values are (`codec`).
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterable
from typing import Any

import msgpack

from runtime.protocol.maps import read_map

MAX_VALUES = 500_000
"""By default: as many numbers take 4 ms, as many empty lists 70 ms, on a core of 2026."""


_unpackb: Any = msgpack.unpackb  # whose declaration does not know all that it takes


class TooMany(Exception):
    """There are more values than may be."""


class Census:
    """Reads one message, or several that share a frame.

    Args:
        most: So many values may be in all of it.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._left = most

    def read(self, data: bytes, ext_hook: Callable[[int, bytes], Any]) -> Any:
        """As `unpack`, for the outermost level: without looking for garbage, of which reading makes none.

        Each search would walk through all that is read so far, and take two thirds of the time.
        """
        was_enabled = gc.isenabled()
        gc.disable()
        try:
            return self.unpack(data, ext_hook)
        finally:
            if was_enabled:
                gc.enable()

    def unpack(self, data: bytes, ext_hook: Callable[[int, bytes], Any]) -> Any:
        """What `msgpack.unpackb` makes of `data`.

        Args:
            data: The bytes.
            ext_hook: Reads an extension; what has values of its own by this method.

        Raises:
            TooMany: If there are too many values, together with those before.
        """
        try:
            # A list or map that is too long alone is not even begun; others are counted when they are whole.
            return _unpackb(
                data,
                ext_hook=ext_hook,
                list_hook=self._count,
                object_pairs_hook=self._read_map,
                strict_map_key=False,
                max_array_len=self._most,
                max_map_len=self._most,
            )
        except ValueError as error:
            if "max_array_len" in str(error) or "max_map_len" in str(error):
                raise TooMany from None
            raise

    def _read_map(self, pairs: Any) -> dict[Any, Any]:
        return read_map(self._count(pairs))

    def _count(self, container: Any) -> Any:
        self._left -= len(container)
        if self._left < 0:
            raise TooMany
        return container


def has_too_many(packed: bytes, parts: Iterable[Any], most: int, with_values: frozenset[int]) -> bool:
    """Whether nobody would read a message that was just written.

    Args:
        packed: Its bytes.
        parts: The values in it: what is bytes or text is one value, however long, and need not be looked into.
        most: So many values may be in it.
        with_values: The extensions that have values of their own.
    """
    plain = sum(len(part) for part in parts if part.__class__ is bytes or part.__class__ is str)
    if len(packed) - plain <= most:
        return False
    census = Census(most)

    def look_into(code: int, data: bytes) -> None:
        if code in with_values:
            census.unpack(data, look_into)

    try:
        census.read(packed, look_into)
    except TooMany:
        return True
    return False
