"""What the tasks of one job say of themselves, for people: the newest word of each, as far as there is room for it.

Used by the JobMaster. Each word may have 64 kB, and a job may have thousands of tasks; what finds no room is not shown.
Deliberately not here: how it is shown (`cluster.model.job_description`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cluster.slots.task_values import UnpackableValue, pack

ROOM_BYTES = 2 * 1024 * 1024


class ProgressBook(Mapping[str, Any]):
    """The words of one job's tasks, by task id."""

    def __init__(self) -> None:
        self._words: dict[str, tuple[Any, int]] = {}
        self._size_bytes = 0

    def __getitem__(self, task_id: str) -> Any:
        return self._words[task_id][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)

    def said(self, task_id: str, word: Any) -> None:
        """A task has said something; what it had said before is forgotten in any case."""
        self.forget(task_id)
        size_bytes = _size_of(word)
        if size_bytes <= ROOM_BYTES - self._size_bytes:
            self._words[task_id] = (word, size_bytes)
            self._size_bytes += size_bytes

    def forget(self, task_id: str) -> None:
        """Another attempt of the task begins."""
        self._size_bytes -= self._words.pop(task_id, (None, 0))[1]


def _size_of(word: Any) -> int:
    """As MessagePack; what that cannot carry finds no room, since it could not be shown nor stored with the job."""
    try:
        return len(pack(word, "progress"))
    except UnpackableValue:
        return ROOM_BYTES + 1
