"""`EnsembleNemesis`: what can happen to a simulated ensemble, beside what can happen to any process. SHELL.

Deliberately not here: what happens to any process or link (`runtime.sim.nemesis`), and to the ensemble's clients.
"""

from __future__ import annotations

from cluster.simulation.ensemble import SimEnsemble
from runtime.sim.campaign import Record
from runtime.sim.nemesis import Nemesis
from runtime.sim.network import SimNetwork
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.weather import Weather


class EnsembleNemesis(Nemesis):
    """Does what a schedule says, to an ensemble too.

    Args:
        network: Whose processes and links.
        ensemble: Whose members and answers.
        record: Is told.
        weather: Is told what may come between whom.
    """

    def __init__(self, network: SimNetwork, ensemble: SimEnsemble, record: Record, weather: Weather) -> None:
        super().__init__(network, record, weather)
        self._ensemble = ensemble

    def _kill_member(self, fault: Fault, name: str) -> Undo | None:
        return self._kill(fault, name)

    def _freeze_member(self, fault: Fault, name: str) -> Undo | None:
        return self._freeze(fault, name)

    def _lag(self, fault: Fault, name: str) -> Undo:
        """A member follows only as far as it must."""
        lagging = self._ensemble.lagging
        lagging.add(name)
        return lambda: lagging.discard(name)

    def _lose_answers(self, fault: Fault) -> Undo:
        """So many writes are done, and the connection breaks before the answer."""
        ensemble = self._ensemble
        ensemble.answers_to_lose += int(fault.number("count"))

        def no_more() -> None:
            ensemble.answers_to_lose = 0

        return no_more
