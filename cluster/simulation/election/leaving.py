"""`Leaving`: how a nemesis has a clerk leave in good order, and then die. To be mixed in. SHELL.

Deliberately not here: when and who (`handovers`, `cluster.simulation.embedded.hitches`).
"""

from __future__ import annotations

import asyncio
from typing import Any

from cluster.simulation.election.clerks import Clerk
from runtime.sim.nemesis import Nemesis
from runtime.sim.performer import Undo


class Leaving(Nemesis):
    """A nemesis that knows how.

    Attributes:
        hurried: When somebody was killed last who had not left yet, by name.
    """

    hurried: dict[str, float]

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.hurried = {}

    def leave(self, clerk: object, name: str) -> Undo | None:
        """It gives back what it holds and its place; then its process is gone, and lives again later."""
        process = self._network.process(name)
        if not isinstance(clerk, Clerk) or process.frozen or not self._may_end(name):
            return None

        def die(_: object = None) -> None:
            if process.alive:
                self._network.kill(name)
                self.ended(name)

        def live() -> None:
            if process.alive:
                self.hurried[name] = self._network.now()
            die()
            self._live_again(name)

        process.call(asyncio.get_running_loop().create_task, clerk.leave()).add_done_callback(die)
        return live
