"""The configuration reference, row by row: each key with its default, what it accepts and what it means. Pure.

Made into `docs/configuration.md`, and shown by `deathwatch config keys`. Deliberately not here: the texts
(`cluster.configuration.meanings`) and the keys (`cluster.configuration.keys`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from cluster.configuration.keys import KEYS, Key
from cluster.configuration.meanings import MEANINGS
from cluster.configuration.values import DURATION, DURATION_POSITIVE, PORTS, SECONDS, SIZE, format_duration


@dataclass(frozen=True, slots=True)
class Row:
    """One key.

    Attributes:
        key: Its current name.
        default: As one would write it, or words when the program has none of its own.
        is_value: Whether the default is as one would write it.
        accepted: The form of its values.
        meaning: For people.
        older: Other names that are read as this key.
    """

    key: str
    default: str
    is_value: bool
    accepted: str
    meaning: str
    older: tuple[str, ...]


def rows(section: str) -> Iterator[Row]:
    """The keys of a section of `MEANINGS`."""
    for name, (words, meaning) in MEANINGS[section].items():
        key = KEYS[name]
        accepted = "ports" if key.type is PORTS else re.sub(r"( such as .*| \(.*)", "", key.type.accepted)
        yield Row(name, words or _text(key), not words, accepted, meaning, key.older)


def _text(key: Key[Any]) -> str:
    default = key.default
    if key.type in (DURATION, DURATION_POSITIVE, SECONDS):
        return format_duration(default)
    if key.type is SIZE:
        return f"{default // 2**20} mb"
    if key.type is PORTS:
        return ",".join(map(str, default))
    return str(default).lower() if isinstance(default, bool) else str(default)
