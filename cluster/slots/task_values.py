"""What tasks hand over, results and snapshots, as MessagePack; and where a value is that MessagePack cannot carry.

Pure. Used where tasks run, and by the leader, which stores what they hand over. Deliberately not here: messages between
actors (`runtime.protocol.codec`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgpack

MAX_SENT_VALUES = 490_000
"""A message between machines may have somewhat more (`RemoteSettings.max_message_values`)."""
_SCALARS = (str, bytes, int, float, bool, type(None))
_MAX_DEPTH = 200  # MessagePack's own bound is 511; ours is kept well within Python's stack


class UnpackableValue(Exception):
    """A value that MessagePack cannot carry; the text names its place and type."""


def pack(value: Any, what: str) -> bytes:
    """Pack a value. Tuples come back as lists.

    Args:
        value: Made of None, bool, int (64 bits), float, str, bytes, list, tuple and dict.
        what: What it is, for the error: `the result of count[0]`.

    Raises:
        UnpackableValue: If it has anything else in it.
    """
    try:
        packed: bytes = msgpack.packb(value)
    except (TypeError, ValueError, OverflowError, RecursionError) as error:
        place = _find(value, "", 0) or f"something that it refuses: {error}"
        raise UnpackableValue(
            f"{what} cannot be carried by MessagePack: {place}; use None, bool, int, float, str, bytes, list and dict"
        ) from None
    return packed


def unpack(packed: bytes, what: str) -> Any:
    """Unpack what `pack` made.

    Raises:
        UnpackableValue: If it is not MessagePack, or a dict in it has a tuple as a key, which cannot be read back.
    """
    return _unpack(packed, what, msgpack.ExtType)


def _unpack(packed: bytes, what: str, ext_hook: Callable[[int, bytes], Any]) -> Any:
    try:
        return msgpack.unpackb(packed, strict_map_key=False, ext_hook=ext_hook)
    except Exception as error:
        raise UnpackableValue(f"{what} cannot be read back from MessagePack: {error}") from None


def pack_checked(value: Any, what: str) -> bytes:
    """Like `pack`, and sure that it can be read back; costs about twice as much.

    Raises:
        UnpackableValue: If it cannot be packed, or not be read back.
    """
    packed = pack(value, what)
    _read_back(packed, value, what, msgpack.ExtType)
    return packed


def _read_back(packed: bytes, value: Any, what: str, ext_hook: Callable[[int, bytes], Any]) -> Any:
    try:
        return _unpack(packed, what, ext_hook)
    except UnpackableValue as error:
        place = _find(value, "", 0)
        raise UnpackableValue(f"{what} cannot be carried by MessagePack: {place}" if place else str(error)) from None


def pack_sent(value: Any, what: str) -> tuple[bytes, Any]:
    """Like `pack_checked`, and sure that messages between machines, and the results of a job, can carry it.

    Returns:
        Its bytes, and what is made of them: a value of nobody else.

    Raises:
        UnpackableValue: Also if it is nested too deeply, has too many values in it, or types of others' own.
    """
    packed = pack(value, what)
    copy = _read_back(packed, value, what, _refuse)
    level, depth, count = [copy], 0, 0
    while level := [part for one in level for part in _parts(one)]:
        depth, count = depth + 1, count + len(level)
        if depth > _MAX_DEPTH:
            raise UnpackableValue(f"{what} is nested more than {_MAX_DEPTH} deep")
        if count > MAX_SENT_VALUES:
            text = f"{what} holds more than {MAX_SENT_VALUES} values, so no message can carry it"
            raise UnpackableValue(f"{text}; return less, or write it to a file and return its name")
    return packed, copy


def _refuse(code: int, _: bytes) -> None:
    raise ValueError(f"an extension of MessagePack, of type {code}, is known to nobody else")


def _parts(value: Any) -> Iterable[Any]:
    """What is in it, keys left aside."""
    return value if isinstance(value, list) else value.values() if isinstance(value, dict) else ()


def _find(value: Any, place: str, depth: int) -> str | None:
    where = f" at {place}" if place else ""
    if depth > _MAX_DEPTH:
        return "it is nested too deeply, or contains itself"
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return f"an int{where} is beyond 64 bits"
    if isinstance(value, str):
        return _surrogate(value, where)
    if isinstance(value, (*_SCALARS, bytearray, memoryview)):
        return None
    if isinstance(value, list | tuple):
        return next((found for i, each in enumerate(value) if (found := _find(each, f"{place}[{i}]", depth + 1))), None)
    if isinstance(value, dict):
        for key, each in value.items():
            if not isinstance(key, _SCALARS):
                return f"a key of type {_name(key)} in the dict{where}: {_short(key)}"
            found = _find(key, f"key {_short(key)}", depth + 1) or _find(each, f"{place}[{_short(key)}]", depth + 1)
            if found:
                return found
        return None
    return f"a value of type {_name(value)}{where}: {_short(value)}"


def _surrogate(value: str, where: str) -> str | None:
    try:
        value.encode()
    except UnicodeEncodeError:
        return f"a str{where} that is not valid Unicode: {_short(value)}"
    return None


def _name(value: Any) -> str:
    cls = type(value)
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def _short(value: Any) -> str:
    try:
        text = repr(value)
    except Exception:
        return "(its repr fails)"
    return text if len(text) <= 60 else f"{text[:57]}..."
