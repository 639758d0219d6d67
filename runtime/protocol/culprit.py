"""Where in a value the part is that cannot be written: for the text of an error. Pure.

Looked for only when writing has failed. Deliberately not here: writing (`codec`).
"""

from __future__ import annotations

from typing import Any

from actors.notices import DeathCause
from actors.ref import ActorRef
from runtime.protocol.records import Record, record_of

MAX_DEPTH = 64
"""How deep messages, tuples and other ext types may nest; lists and dicts within one level may nest 1000 deep."""


def place_of(value: Any) -> str:
    """Where in `value` the part is that cannot be written, as ` (at GetAll.keys[3])`; empty if it is `value` itself.

    Looked for only when writing has failed: a second walk costs nothing on the way that succeeds.
    """
    found = _search(value, "", 0)
    return f" (at {found})" if found else ""


def _search(value: Any, place: str, depth: int) -> str | None:
    kind = type(value)
    if value is None or kind in (bool, float, bytes, bytearray, memoryview, DeathCause) or isinstance(value, ActorRef):
        return None
    if kind is int:
        return None if -(2**63) <= value < 2**64 else place
    if kind is str:
        return None if value.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in value) else place
    if depth > MAX_DEPTH:
        return None
    parts: list[tuple[str, Any]]
    record: Record | None = record_of(kind)
    if kind is list or kind is tuple:
        parts = [(f"{place}[{index}]", part) for index, part in enumerate(value)]
    elif kind is dict:
        parts = [(f"{place}[{_said(key)}]", part) for key, part in value.items()]
        parts += [(f"{place} key {_said(key)}", key) for key in value]
    elif record is not None:
        start = place or kind.__qualname__
        parts = [(f"{start}.{field}", part) for field, part in zip(record.fields, record.values(value), strict=True)]
    else:
        return None if isinstance(value, BaseException) else place
    return next((found for name, part in parts if (found := _search(part, name, depth + 1)) is not None), None)


def _said(key: Any) -> str:
    """A key, for people; also one that cannot say what it is, for its class is user code."""
    try:
        return repr(key)
    except Exception:
        return f"a {type(key).__qualname__}"
