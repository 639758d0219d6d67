"""A job's description cut down to what one message may carry. Pure.

A job may have thousands of tasks, each with a word of its own about how far it is, and failures that name thousands of
tasks. An answer that is too long is not sent at all: whoever asks would ask again and again. So what people miss least
is left out first, and `left_out` says what. Deliberately not here: the description (`cluster.model.job_description`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias

import msgpack

MOST_VALUES = 450_000
"""A message may have somewhat more (`RemoteSettings.max_message_values`)."""
TASKS_NAMED = 20
"""So many of the tasks of one failure."""
TEXT_KEPT = 2_000
"""So many characters of a reason, at each end."""

Plain: TypeAlias = Mapping[str, Any]


def shortened(details: Plain, most_bytes: int) -> dict[str, Any]:
    """What fits, of a description as `GetJob` has it.

    Args:
        details: The whole.
        most_bytes: As MessagePack.
    """
    left_out: list[str] = []
    for what, cut in _CUTS:
        if _fits(details, most_bytes):
            break
        details, left_out = cut(details), [*left_out, what]
    if not _fits(details, most_bytes):  # names of tasks may be of any length
        left_out.append("tasks")
        tasks, waiting = list(details.get("tasks", ())), list(details.get("waiting_for", ()))
        while (tasks or waiting) and not _fits(details, most_bytes):
            tasks, waiting = tasks[: len(tasks) // 2], waiting[: len(waiting) // 2]
            details = {**details, "tasks": tasks, "waiting_for": waiting}
    return {**details, "left_out": left_out} if left_out else dict(details)


def _fits(details: Plain, most_bytes: int) -> bool:
    size = len(msgpack.packb(details))
    return size <= most_bytes and (size <= MOST_VALUES or _values(details) <= MOST_VALUES)  # no value takes no byte


def _values(value: Any) -> int:
    """How many there are in it, at any depth; keys left aside."""
    level, count = [value], 0
    while level := [part for one in level for part in _parts(one)]:
        count += len(level)
    return count


def _parts(value: Any) -> Iterable[Any]:
    return value if isinstance(value, list | tuple) else value.values() if isinstance(value, Mapping) else ()


def _without_progress(details: Plain) -> Plain:
    return {**details, "tasks": [{**task, "progress": None} for task in details.get("tasks", ())]}


def _with_few_names(details: Plain) -> Plain:
    history = details.get("exceptions") or {}
    entries = [
        {**one, "tasks": one["tasks"][:TASKS_NAMED], "reason": short_text(one["reason"])}
        for one in history.get("entries", ())
    ]
    return {
        **details,
        "reason": short_text(details.get("reason", "")),
        "exceptions": {**history, "entries": entries},
    }


def short_text(text: str, kept: int = TEXT_KEPT) -> str:
    """A text without its middle, if it is long: so many characters of each end stay."""
    left_out = len(text) - 2 * kept
    return f"{text[:kept]}\n... {left_out} characters are left out ...\n{text[-kept:]}" if left_out > 0 else text


_CUTS: tuple[tuple[str, Callable[[Plain], Plain]], ...] = (
    ("progress", _without_progress),
    ("names", _with_few_names),
)
