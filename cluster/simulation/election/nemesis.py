"""The nemesis of the scenario `election`: what can happen to an ensemble, its clients, and candidates' beliefs. SHELL.

Deliberately not here: what happens to any process or link (`runtime.sim.nemesis`), drawing faults (`faults`).
"""

from __future__ import annotations

from collections.abc import Iterable

from cluster.simulation.election.faults import CANDIDATES, FOLLOWERS
from cluster.simulation.election.house import House
from cluster.simulation.ensemble_nemesis import EnsembleNemesis
from runtime.sim.campaign import Record
from runtime.sim.links import Shape, Uniform
from runtime.sim.network import SimNetwork
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault
from runtime.sim.world import World

DIES_AFTER_S = 0.3
DEAF_S = 0.7


class Nemesis(EnsembleNemesis):
    """Does what a schedule says.

    Args:
        world: Whose network.
        house: Whose processes.
        record: Is told.
    """

    unnoted = frozenset({"clock", "lag", "slow-orders"})

    def __init__(self, world: World, house: House, record: Record) -> None:
        super().__init__(world.network, house.ensemble, record, house.weather)
        self._house = house

    def everybody(self) -> list[str]:
        """See `Nemesis`."""
        return [*CANDIDATES, *FOLLOWERS, *self._house.ensemble.members]

    def is_up(self, name: str) -> bool:
        """See `Nemesis`."""
        return self._house.is_up(name)

    def ended(self, name: str) -> None:
        """See `Nemesis`."""
        self._house.is_gone(name)

    def restart(self, name: str) -> None:
        """See `Nemesis`."""
        self._house.restart(name)

    def who(self, target: str) -> str:
        """See `Nemesis`."""
        return self._house.who(target)

    def _new_session(self, fault: Fault, name: str) -> Undo | None:
        """A client gives its session up and opens another, while the ensemble still keeps the first."""
        client = self._house.clients.get(name)
        if client is None:
            return None
        quietly = fault.number("quietly") > 0
        self._network.process(name).run(lambda: client.forget_session(quietly=quietly))
        return lambda: None

    def _turmoil(self, fault: Fault, leader: str) -> Undo | None:
        """All others give up their sessions, and the leader dies, while the ensemble still keeps those sessions."""
        for name in CANDIDATES:
            if name != leader:
                self._new_session(fault, name)
        # One of them may lead, if the other only believes so.
        self._weather.begin("new-session", CANDIDATES, self._network.now()).end = self._network.now()
        if not self._may_end(leader):
            return None
        die_at, process = self._network.now() + DIES_AFTER_S, self._network.process(leader)

        def die() -> None:
            if process.alive:
                epoch, leads = self._house.rules.epoch, self._house.rules.leader == leader
                self._network.kill(leader)
                self.ended(leader)
                for name in CANDIDATES if leads else ():  # else that epoch is another's by now, which lives
                    self._house.accuse(name, epoch)

        def live() -> None:
            die()
            self._live_again(leader)

        self._network.at(die_at, die)
        return live

    def _stale(self, fault: Fault, name: str) -> Undo:
        """A member lags behind, the leader changes, and then followers can reach nobody but that member."""
        catch_up, others = self._lag(fault, name), [other for other in self._house.ensemble.members if other != name]
        heals = [self.cut_off_from(name, CANDIDATES)]  # whose writes would bring it up to date
        self._depose()

        def cut_off() -> None:
            if name in self._house.ensemble.lagging:
                heals.extend(self.cut_off_from(follower, [*others, *CANDIDATES]) for follower in FOLLOWERS)

        self._network.at(self._network.now() + fault.for_s / 3, cut_off)

        def undo() -> None:
            catch_up()
            for heal in heals:
                heal()

        return undo

    def _blind(self, fault: Fault) -> Undo:
        """Followers reach nobody, and the leader changes."""
        heals = [self.cut_off_from(follower, self.everybody()) for follower in FOLLOWERS]
        self._depose()

        def undo() -> None:
            for heal in heals:
                heal()

        return undo

    def _depose(self) -> None:
        """Somebody takes the leader for dead, who hears nothing of it from the ensemble for a moment."""
        leader, now = self._house.rules.leader, self._network.now()
        if not leader:
            return
        self._weather.begin("challenge", (leader,), now).end = now + DEAF_S
        self._house.accuse(next(name for name in CANDIDATES if name != leader), self._house.rules.epoch)
        heal = self.cut_off([(member, leader) for member in self._house.ensemble.members])
        self._network.at(now + DEAF_S, heal)

    def _challenge(self, fault: Fault, leader: str, name: str) -> Undo | None:
        """A candidate takes the leader for dead, as if for certain, though it lives."""
        if leader != self._house.rules.leader:
            return None  # it only believes to lead, and another would be accused
        if fault.number("deaf") > 0:
            self._depose()
        else:
            self._house.accuse(name, self._house.rules.epoch)
        return lambda: None

    def _slow_orders(self, fault: Fault) -> Undo:
        return slow_orders(self._network, CANDIDATES)


def slow_orders(network: SimNetwork, leaders: Iterable[str]) -> Undo:
    """Orders come late, more than once, and not in order."""
    links = [(one, other) for one in leaders for other in FOLLOWERS]
    for one, other in links:
        network.shape(one, other, Shape(Uniform(0.001, 2.0), repeated=0.3), one_way=True)

    def quick_again() -> None:
        for one, other in links:
            network.shape(one, other, Shape(), one_way=True)

    return quick_again
