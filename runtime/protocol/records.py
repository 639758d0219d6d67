"""Classes that cross the wire by name: every `@message`, and the runtime's own signals and notices. Pure.

For `codec`, which writes `[name, fields...]`. Deliberately not here: the registry of user messages (`actors.message`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from operator import attrgetter
from typing import Any

from actors import notices, signals
from actors.errors import in_words
from actors.message import wire_class, wire_name
from runtime.protocol.codec_errors import Malformed, UnknownMessage, WrongFields

_RUNTIME_CLASSES: dict[str, type] = {
    "/watch": signals.Watch,
    "/unwatch": signals.Unwatch,
    "/death": signals.DeathWatchNotification,
    "/terminate": signals.Terminate,
    "/terminated": notices.Terminated,
    "/identify": notices.Identify,
    "/identity": notices.ActorIdentity,
    "/poison-pill": notices.PoisonPill,
    "/kill": notices.Kill,
}
"""The runtime's own classes; a leading slash keeps their names apart from those of user messages."""

_RUNTIME_NAMES = {cls: name for name, cls in _RUNTIME_CLASSES.items()}


class Record:
    """How the instances of one class are taken apart and made again.

    Attributes:
        name: On the wire.
        fields: Names of the fields that the constructor takes, in order.
        arity: How many those are.
    """

    __slots__ = ("_cls", "_get", "_keywords", "arity", "fields", "name")

    def __init__(self, cls: type, name: str) -> None:
        self.name = name
        taken = [field for field in dataclasses.fields(cls) if field.init] if dataclasses.is_dataclass(cls) else []
        self.fields = tuple(field.name for field in taken)
        self.arity = len(self.fields)
        self._cls = cls
        self._keywords = any(field.kw_only for field in taken)
        self._get = attrgetter(*self.fields) if self.arity > 1 else None

    def values(self, value: Any) -> Sequence[Any]:
        """The fields of an instance, in order."""
        if self._get is not None:
            values: tuple[Any, ...] = self._get(value)
            return values
        return [getattr(value, self.fields[0])] if self.fields else ()

    def make(self, values: Sequence[Any]) -> Any:
        """An instance with these fields. Raises whatever the constructor raises."""
        if self._keywords:
            return self._cls(**dict(zip(self.fields, values, strict=True)))
        return self._cls(*values)


records: dict[type, Record] = {}
"""Of the classes that have crossed the wire so far; for a quick look before `record_of`."""


def record_of(cls: type) -> Record | None:
    """The record of a class, or `None` if its instances may not cross the wire."""
    record = records.get(cls)
    if record is None:
        name = _RUNTIME_NAMES.get(cls) or wire_name(cls)
        if name is not None:
            record = records[cls] = Record(cls, name)
    return record


def find_record(name: str) -> Record | None:
    """The record of the class known as `name`, or `None`."""
    cls = _RUNTIME_CLASSES.get(name) or wire_class(name)
    return None if cls is None else records.get(cls) or record_of(cls)


def revive(items: list[Any]) -> Any:
    """The message of `[name, fields...]`."""
    name = items[0] if items else None
    if type(name) is not str:
        raise Malformed("a message is written as its name and its fields")
    record = find_record(name)
    if record is None:
        raise UnknownMessage(f"no message is registered as {name!r} in this process; is its module imported here?")
    if len(items) - 1 != record.arity:
        raise WrongFields(
            f"{name!r} has {record.arity} fields here and {len(items) - 1} in the bytes; do versions differ?"
        )
    try:
        return record.make(items[1:])
    except Exception as error:  # a constructor is user code
        raise WrongFields(f"{name!r} refuses its fields: {in_words(error)}") from error
