"""`Awaited`: I15, whom of the former leader's TaskManagers a leader waits for. SHELL, used by `layered`.

Each that may live: he is not given up before he is back, or dead for certain, or his tasks have no lease any more; and
nobody is waited for who is back or dead. Deliberately not here: what runs meanwhile (`cluster.simulation.at_work`).
"""

from __future__ import annotations

from typing import Any

from actors import DeathCause
from cluster.leader.resource_manager import ResourceManager
from cluster.simulation.wrapping import Asks, Judge, asks
from runtime.sim.campaign import Record

CLOCKS = 0.98
"""Of a lease, by the slowest clock that any process has."""


class Awaited(Judge):
    """What is asked of each leader.

    Args:
        record: Is told, and raises.
    """

    def __init__(self, record: Record) -> None:
        super().__init__(record)
        self._former: dict[ResourceManager, dict[str, float]] = {}
        self._back: dict[ResourceManager, set[str]] = {}
        self._dead: dict[ResourceManager, set[str]] = {}

    @asks(ResourceManager, "_await")
    def awaits(self, original: Asks, manager: ResourceManager, former: Any) -> Any:
        """A leader hears whose tasks may run, and for how long."""
        now = self._record.now()
        self._former[manager] = {path: now + CLOCKS * lease_s for path, lease_s in former.former.items()}
        return original(manager, former)

    @asks(ResourceManager, "_taken_in")
    def takes_in(self, original: Asks, manager: ResourceManager, member: Any, offer: Any) -> Any:
        """A TaskManager is back."""
        self._back.setdefault(manager, set()).add(str(member.ref.path))
        return original(manager, member, offer)

    @asks(ResourceManager, "_died")
    def dies(self, original: Asks, manager: ResourceManager, ref: Any, cause: DeathCause, detail: str) -> Any:
        """A TaskManager is dead, of this leader or of a former one; perhaps for certain."""
        if cause.is_certain:
            self._dead.setdefault(manager, set()).add(str(ref.path))
        return original(manager, ref, cause, detail)

    @asks(ResourceManager, "_look")
    def looks(self, original: Asks, manager: ResourceManager) -> Any:
        """It looks whether anybody is waited for: who may live is, and nobody else."""
        done = original(manager)
        now, awaited = self._record.now(), manager._returns.awaited
        back, dead = self._back.get(manager, set()), self._dead.get(manager, set())
        for path, until in self._former.get(manager, {}).items():
            is_waited_for = path in awaited or path in back or path in dead or now >= until
            self._record.require(is_waited_for, "I15", f"{path} may live until {until:.3f}, and is given up")
        here = {str(member.ref.path) for member in manager._members}
        in_vain = (here | dead).intersection(awaited)
        self._record.require(not in_vain, "I15", f"{in_vain} are waited for, and are back or dead")
        return done
