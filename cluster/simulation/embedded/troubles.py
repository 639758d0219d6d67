"""`Troubles`: what is amiss with one process of the scenario `embedded`, beside what its network knows. Pure.

Deliberately not here: who brings it about (`nemesis`), what it does to the process (`machine`, `keeper_place`).
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class Troubles:
    """Of one process; what the machine does to a name stays, when the process dies.

    Attributes:
        stalled_at: Since when its event loop stands still, and nothing else, in world seconds; `None` if it does not.
        rush: It takes each new leader for dead after so many seconds, and that one's disk is so slow just then.
        is_deprived: Whether the disk answers it with errors.
        delays_s: What makes its operations slow now.
    """

    stalled_at: float | None = None
    rush: tuple[float, float] | None = None
    is_deprived: bool = False
    delays_s: list[float] = field(default_factory=list)

    def died(self) -> None:
        """Whoever comes next has an event loop and a connection of its own."""
        self.stalled_at, self.is_deprived = None, False
