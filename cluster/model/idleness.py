"""Which TaskManagers have had nothing to do for so long that they are let go. Pure.

Shell: `cluster.leader.idle_members`. Deliberately not here: which may be let go at all. After Flink's
`resourcemanager.taskmanager-timeout`.
"""

from __future__ import annotations

from collections.abc import Collection


class Idleness:
    """Since when each has had nothing to do.

    Args:
        after_s: So long one is kept.
    """

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._since: dict[str, float] = {}

    def look(self, now: float, idle: Collection[str], most: int) -> list[str]:
        """Whom to let go now: whoever has been idle longest comes first. To be asked whenever something changes.

        Args:
            now: Monotonic seconds.
            idle: Those that have nothing to do and may go.
            most: So many may go at the most; others are to stay whatever they do.
        """
        self._since = {key: self._since.get(key, now) for key in idle}
        due = sorted((since, key) for key, since in self._since.items() if now - since >= self._after_s)
        return [key for _, key in due[: max(0, most)]]
