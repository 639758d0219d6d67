"""`PlaceNemesis`: the nemesis of a place whose nodes are actor systems: they live again, and leave in order. SHELL.

Deliberately not here: what happens to any process or link (`runtime.sim.nemesis`), and who lives there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from runtime.sim.campaign import Record
from runtime.sim.nemesis import ENDS, Nemesis
from runtime.sim.network import SimNetwork
from runtime.sim.performer import HARMLESS, Undo
from runtime.sim.schedule import Fault
from runtime.sim.weather import Weather


class Place(Protocol):
    """Where nodes are."""

    def is_up(self, node: str) -> bool:
        """Whether a node's process lives, and may be ended."""
        ...

    def is_gone(self, node: str) -> None:
        """The node's process is dead."""

    def start(self, node: str) -> None:
        """Start a node again."""

    async def leave(self, node: str) -> None:
        """Shut a node down in good order."""


class PlaceNemesis(Nemesis):
    """Does what a schedule says.

    Args:
        network: Whose processes and links.
        record: Is told.
        weather: Is told what may come between whom.
        place: Whose nodes.
        nodes: Their names.
    """

    # A death is no disturbance: whom it concerns has to hear of it, from the moment of the death on.
    unnoted = HARMLESS | ENDS

    def __init__(
        self, network: SimNetwork, record: Record, weather: Weather, place: Place, nodes: Sequence[str]
    ) -> None:
        super().__init__(network, record, weather)
        self._place = place
        self._nodes = nodes

    def everybody(self) -> list[str]:
        """See `Nemesis`."""
        return list(self._nodes)

    def is_up(self, name: str) -> bool:
        """See `Nemesis`."""
        return self._place.is_up(name)

    def ended(self, name: str) -> None:
        """See `Nemesis`."""
        self._place.is_gone(name)

    def restart(self, name: str) -> None:
        """See `Nemesis`."""
        self._place.start(name)

    async def _leave(self, fault: Fault, name: str) -> Undo | None:
        """Shut down in good order."""
        if not self._may_end(name):
            return None
        self._record.tell(name, "leaves")
        await self._place.leave(name)
        return lambda: self._live_again(name)
