"""`House`: the processes of the scenario `election`, and who looks at them. Composition root; SHELL.

Five candidates, two followers and an ensemble of three, each in a process on a host of its own. Deliberately not here:
what is right (`rules`), what goes wrong (`nemesis`).
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import random
from collections.abc import Callable
from functools import partial
from typing import Any

from cluster.election.zookeeper.client import ClientEvent, Connected
from cluster.election.zookeeper.driver import ZookeeperElectionDriver
from cluster.election.zookeeper.settings import ZookeeperSettings
from cluster.election.zookeeper.transaction import Op
from cluster.model.latch_order import is_latch
from cluster.simulation.election.crowd import Crowd
from cluster.simulation.election.faults import CANDIDATES, FOLLOWERS, FORMER, HEAD, LEADER
from cluster.simulation.election.follower import ORDERS_PORT
from cluster.simulation.election.foresight import Foresight
from cluster.simulation.election.layers import Layers
from cluster.simulation.election.rules import LAYOUT, Rules
from cluster.simulation.ensemble import SimEnsemble
from cluster.simulation.member import Session
from cluster.simulation.zookeeper_client import SimZookeeperClient
from runtime.sim.campaign import Record, Violation
from runtime.sim.deathwatch import timers
from runtime.sim.network import SimTransport
from runtime.sim.weather import Weather
from runtime.sim.world import World

SESSION_S = 3.0
WAITING: timers.Reasons = {ZookeeperElectionDriver: ("_alarm", lambda driver: driver._client is not None)}
"""Who has to know its timers, and why it may wait."""
ANSWERS_S = SESSION_S + 1.0
"""A driver waits for a connection for the time of a session, or for some answers of a third of that."""
REPORT_S = 0.65
"""Between two reports of members: half a tick, where a session lasts two."""
LINGERS_S = (0.0, 0.0, 1.0, 4.0)
"""For so long a member that is cut off answers reads."""
EVIDENCE_S = (0.002, 0.03)
"""From the death of a leader's process until others know of it for certain."""
HEIRS_LEAD_S = 1.0
"""And until one of them has the office, where all else is calm."""


class House(Crowd):
    """All processes.

    Args:
        world: That they are in.
        seed: Of all their chance.
        record: Is told, and raises.

    Attributes:
        ensemble: That elects.
        weather: What was disturbed.
        rules: What must be true.
        layers: And of each safeguard by itself.
        clients: Of the ensemble, by process.
    """

    def __init__(self, world: World, seed: int, record: Record) -> None:
        chance = random.Random(f"{seed}/house")
        lingers_s = random.Random(f"{seed}/lingers").choice(LINGERS_S)
        self.ensemble = SimEnsemble(world, random.Random(f"{seed}/ensemble"), report_s=REPORT_S, lingers_s=lingers_s)
        self.weather = Weather()
        self.rules = Rules(self.ensemble.tree, record, self.weather, SESSION_S, self.ensemble.members)
        super().__init__(world.network, record, self.rules.resources, chance.choice([0.1, 0.3, 0.8]), ANSWERS_S)
        self.answers.patience_s = 0.9 * SESSION_S
        self.layers = Layers(record, SESSION_S)
        self._foresight = Foresight(record, random.Random(f"{seed}/foresight"))
        self._turn = 0
        self.clients: dict[str, SimZookeeperClient] = {}
        self._knows_deaths = chance.random() < 0.5
        self._chance = chance
        self._world = world
        self._seed = seed
        self._settings = ZookeeperSettings("zk1:2181", session_timeout_s=SESSION_S)
        self.ensemble.observers.append(self._decided)
        self.ensemble.mourners.append(self._ended)

    def start(self) -> None:
        """Start everything."""
        self.ensemble.start()
        for name in (*CANDIDATES, *FOLLOWERS):
            self.restart(name)

    def restart(self, name: str) -> None:
        """Start a process, or start it again after its death."""
        if name in self.ensemble.members:
            self.ensemble.restart(name)
            return
        life = self._lives[name] = self._lives.get(name, 0) + 1
        main = self._candidate if name in CANDIDATES else self._follower
        chance = random.Random(f"{self._seed}/{name}/{life}")
        self._world.launch(name, lambda transport: main(name, transport, chance))

    async def _candidate(self, name: str, transport: SimTransport, chance: random.Random) -> None:
        self._orders[name] = await transport.datagrams(name, ORDERS_PORT, lambda data, source, at: None)
        driver = self._driver(name, transport, chance)
        candidate = self.candidates[name] = self.make_candidate(name, driver, chance)
        await candidate.run()

    async def _follower(self, name: str, transport: SimTransport, chance: random.Random) -> None:
        follower = self.followers[name] = self.make_follower(name, self._driver(name, transport, chance))
        await follower.run(transport)

    def make_client(
        self,
        name: str,
        transport: SimTransport,
        chance: random.Random,
        settings: ZookeeperSettings,
        tell: Callable[[ClientEvent], None],
    ) -> Any:
        """A client of the ensemble."""
        client = self.clients[name] = SimZookeeperClient(self.ensemble, transport, chance, settings, tell)
        return client

    def _driver(self, name: str, transport: SimTransport, chance: random.Random) -> ZookeeperElectionDriver:
        def connect(settings: ZookeeperSettings, tell: Callable[[ClientEvent], None]) -> Any:
            def heard(event: ClientEvent) -> None:
                if isinstance(event, Connected):
                    is_shown = self.ensemble.tree.exists(LAYOUT.info) is not None
                    floor = self.rules.shown if is_shown else self.rules.shown + 1
                    self.layers.reconnected(name, driver._sight.core.shown, floor)
                tell(event)

            return self.make_client(name, transport, chance, settings, heard)

        nonce = f"{name}-{chance.getrandbits(64):016x}"
        driver = ZookeeperElectionDriver(self._settings, nonce, asyncio.get_running_loop().time, connect)
        return driver

    # --- for the nemesis ----------------------------------------------------------------------------------------------

    def is_up(self, name: str) -> bool:
        """Whether a process lives."""
        return self._network.process(name).alive

    def who(self, target: str) -> str:
        """The process that a target means."""
        if target == HEAD:
            return self.ensemble.leader or ""
        if target == LEADER:
            return next(iter(self.believers()), self.rules.leader)
        if target == FORMER:
            return self.rules.former
        return target

    def is_gone(self, name: str) -> None:
        """A process was killed; others may hear of it by evidence."""
        candidate = self.candidates.pop(name, None)
        self.followers.pop(name, None)
        self.clients.pop(name, None)
        self._orders.pop(name, None)
        self.answers.is_gone(name)
        epoch = candidate.office.core.epoch if candidate is not None else 0
        if epoch and self._knows_deaths:
            now = self._network.now()
            for other in list(self.candidates):
                self._network.at(now + self._chance.uniform(*EVIDENCE_S), self.accuse, other, epoch)
            if (name, epoch) == (
                self.rules.leader,
                self.rules.epoch,
            ) and self.rules.shown == epoch:  # else who knows it?
                self._network.at(now + HEIRS_LEAD_S, self.rules.is_succeeded, name, epoch, now)

    def accuse(self, name: str, epoch: int) -> None:
        """Let a candidate believe that the leader of an epoch is dead for certain."""
        self.rules.accused.add(epoch)
        candidate = self.candidates.get(name)
        if candidate is not None:
            self._network.process(name).run(partial(candidate.learn_of_death, epoch))

    def _ends_at(self, number: int) -> float | None:
        """When a session may be over, if nobody hears of it any more; what members have yet to tell may come now."""
        session = self.ensemble.sessions.get(number)
        if session is None:
            return None
        told = [one.heard[number] for one in self.ensemble.members.values() if number in one.heard]
        return min(session.heard_at + session.timeout_s, self._network.now() + min(told, default=math.inf))

    # --- what is seen -------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """All rules that can be looked at any time."""
        self.rules.believed((name, self._lives[name], epoch) for name, epoch in self.believers().items())
        for name, candidate in self.candidates.items():
            process = self._network.process(name)
            if process.alive and not process.frozen and name in self.clients:
                is_shown = self.ensemble.tree.exists(LAYOUT.info) is not None
                office = self.rules.epoch, self.rules.granted_at, self.rules.shown if is_shown else 0
                process.call(self.layers.look, name, candidate, self.clients[name], *office)
                driver: Any = candidate.driver
                process.call(self.layers.lasts, name, candidate, self._ends_at(driver._latch.session))
                self._sees(name, candidate.driver)
            else:
                self.layers.absent(name)
        for name, follower in self.followers.items():
            if self._network.process(name).frozen:
                self.layers.absent(name)
            elif name in self.clients:
                self._sees(name, follower.driver)
            process, leader = self._network.process(name), follower.bond.leader
            if process.alive and not process.frozen and leader is not None:
                self.rules.trusts(name, self._lives[name], leader.epoch)
        for name in (*CANDIDATES, *FOLLOWERS):
            if self._network.process(name).frozen:
                self.answers.stands_still(name)
        self.answers.look()
        self._foresee()
        self._look_at_nodes()
        self.rules.look(self.following)

    def _foresee(self) -> None:
        """What would become of one of them, in turn."""
        self._turn += 1
        name = CANDIDATES[self._turn % len(CANDIDATES)]
        process, candidate = self._network.process(name), self.candidates.get(name)
        if candidate is not None and process.alive and not process.frozen and name in self.clients:
            driver: Any = candidate.driver
            now = process.call(asyncio.get_running_loop().time)
            self._foresight.look(name, candidate.office.core, driver._latch, now)

    def _look_at_nodes(self) -> None:
        """I14: who is shown, and each place in the queue, goes with its session."""
        tree = self.ensemble.tree
        places = tree.children(LAYOUT.queue) if tree.exists(LAYOUT.queue) is not None else []
        for path in (LAYOUT.info, *map(LAYOUT.latch, filter(is_latch, places))):
            stat = tree.exists(path)
            is_kept = stat is None or stat.ephemeralOwner in self.ensemble.sessions
            self._record.require(is_kept, "I14", f"{path} is there, and its session is not")

    def close(self) -> None:
        """All has been well for long: what is left behind."""
        self.layers.close(self.candidates.values(), self.ensemble.tree, LAYOUT.queue)
        loop, require = asyncio.get_running_loop(), self._record.require
        timers.look(loop, WAITING, lambda text: require(False, "I14", text))

    def _sees(self, name: str, driver: Any) -> None:
        client = self.clients[name]
        member = None if client._connection is None else self.ensemble.members.get(client._connection.peer[0])
        self.layers.sees(name, driver, client, None if member is None else member.tree, LAYOUT.info, LAYOUT.queue)

    def acts(self, name: str, epoch: int) -> None:
        """See `Audience`. I14: nobody acts whose session is over."""
        driver: Any = self.candidates[name].driver
        is_kept = driver._latch.session in self.ensemble.sessions
        with contextlib.suppress(Violation):
            self._record.require(is_kept, "I14", f"{name} acts under epoch {epoch}, and its session is over")
        self.rules.believed((each, self._lives[each], its) for each, its in self.believers().items())

    def _decided(self, session: Session, ops: list[Op], results: list[Any]) -> None:
        with contextlib.suppress(Violation):  # it is kept in the record, and no matter of the ensemble's
            grants = len(self.rules.base.grants)
            self.rules.decided(session.id, session.owner, ops, results)
            if len(self.rules.base.grants) > grants:
                self.layers.granted(self.ensemble.tree, LAYOUT.queue, session.owner, ops)

    def _ended(self, session: Session) -> None:
        self._record.tell(session.owner, "session over", str(session.id))
        self._record.sometimes("a session ended")
        process, candidate = self._network.process(session.owner), self.candidates.get(session.owner)
        if candidate is not None and process.alive and not process.frozen:
            with contextlib.suppress(Violation):
                process.call(self.layers.ended, session, session.owner, candidate)
        if self._network.process(session.owner).frozen:
            self._record.sometimes("a session expired while its client was frozen")
