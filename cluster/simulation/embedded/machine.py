"""`Machine`: the processes of the scenario `embedded`, their one file, and who looks at them. Composition root; SHELL.

Four candidates and two followers, on one machine with one clock that starts anew with each boot. The file is a real
one, and so is SQLite; the threads that use it are not (`keeper_place`). Deliberately not here: what is right (`rules`),
what goes wrong (`nemesis`).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import shutil
import tempfile
from functools import partial
from pathlib import Path

from cluster.election.driver import ElectionDriver, ElectionUnavailable
from cluster.election.sqlite import SqliteElectionDriver
from cluster.election.sqlite_keeper import SqliteSettings
from cluster.model.lease import Lease
from cluster.simulation.election.candidate import Candidate
from cluster.simulation.election.crowd import Crowd
from cluster.simulation.election.faults import FOLLOWERS, LEADER
from cluster.simulation.election.follower import ORDERS_PORT
from cluster.simulation.embedded.faults import CANDIDATES, LEASE_S
from cluster.simulation.embedded.file_disk import FileDisk, FileReader
from cluster.simulation.embedded.keeper_place import SimKeeperPlace, SimWitness
from cluster.simulation.embedded.layers import Layers
from cluster.simulation.embedded.rules import Rules
from cluster.simulation.embedded.troubles import Troubles
from runtime.sim.campaign import Record, Violation
from runtime.sim.network import SimTransport
from runtime.sim.performer import Undo
from runtime.sim.weather import Weather
from runtime.sim.world import World

POLL_S = 0.05
BOOTS_AT_S = 20.0
"""What the machine's clock shows when the first process is started."""
TAKES_S = (0.0001, 0.004)
BETWEEN = 0.5
"""How often somebody who is at work comes between what another has read and the transaction that follows."""
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of its own is made there
"""Where a file costs least, if there is such a place."""


class Machine(Crowd):
    """All processes.

    Args:
        world: That they are in.
        seed: Of all their chance.
        record: Is told, and raises.

    Attributes:
        network: Of the world.
        path: The file.
        weather: What was disturbed.
        rules: What must be true.
        places: Where the keeper of each process works.
        layers: And of each safeguard by itself.
        troubles: What is amiss with each process.
        disk: What keeps the file, and who holds its lock.
    """

    def __init__(self, world: World, seed: int, record: Record) -> None:
        chance = random.Random(f"{seed}/machine")
        sees_ends = chance.random() < 0.6
        self._folder = Path(tempfile.mkdtemp(prefix="deathwatch-", dir=MEMORY if MEMORY.is_dir() else None))
        self.network = world.network
        self.path = self._folder / "election.db"
        self.weather = Weather()
        self.rules = Rules(record, self.weather, LEASE_S, self.has_ended, sees_ends)
        super().__init__(world.network, record, self.rules.resources, chance.choice([0.1, 0.3, 0.8]), LEASE_S)
        self.places: dict[str, SimKeeperPlace] = {}
        self.layers = Layers(record, LEASE_S)
        self.troubles = {name: Troubles() for name in (*CANDIDATES, *FOLLOWERS)}
        self._boots = 0
        self._is_between = False
        self._power = random.Random(f"{seed}/power")
        self._sees_ends = sees_ends
        self._seed = seed
        self._world = world
        self.boot()
        self._judge = FileReader(self.path, self.now, self.boot_id, LEASE_S)
        self.disk = FileDisk(self.path)

    # --- the machine --------------------------------------------------------------------------------------------------

    def now(self) -> float:
        """What its monotonic clock shows."""
        return BOOTS_AT_S + self.network.now() - self._booted_at

    def boot(self) -> None:
        """Start anew; whoever ran is dead."""
        self._boots += 1
        self._booted_at = self.network.now()
        self.boot_id = f"boot-{self._boots}"

    def lose_power(self) -> None:
        """What has not reached the disk is lost, or is not; whoever ran is dead."""
        if self.disk.lose(self._power):
            self._record.sometimes("a loss of power took what was not synced")
            self.rules.lost(*self._judge.known(), self._judge.list(""))

    def is_stopped(self, name: str) -> bool:
        """See `Host`."""
        return self.network.process(name).frozen and self.troubles[name].stalled_at is None

    def takes_s(self, name: str, chance: random.Random) -> float:
        """See `Host`."""
        return chance.uniform(*TAKES_S) + max(self.troubles[name].delays_s, default=0.0)

    def has_ended(self, proof: str) -> bool:
        """See `Host`."""
        _, _, life = proof.rpartition(" ")
        name, _, number = life.partition("/")
        return bool(name) and (int(number) != self._lives[name] or not self.network.process(name).alive)

    def written(self, name: str, *, is_synced: bool) -> None:
        """See `Host`."""
        self.disk.written(is_synced=is_synced)
        before = self.rules.lease
        with contextlib.suppress(Violation):  # it is kept in the record, and no matter of the thread's
            self.rules.written(name, *self._judge.known(), self._judge.list(""), self.now(), self.boot_id)
            if self.rules.lease is not None:
                self._changed(before, self.rules.lease)

    def before_transaction(self, name: str, chance: random.Random) -> None:
        """See `Host`. Whoever is at work just then comes first, one of them; who is in between lets nobody in."""
        if self._is_between or chance.random() >= BETWEEN:
            return
        self._is_between = True
        try:
            others = [one for one in self.places.values() if one.name != name and one.takes_s <= TAKES_S[1]]
            chance.shuffle(others)
            if any(place.comes_first() for place in others):
                self._record.sometimes("somebody wrote between a read and its transaction")
        finally:
            self._is_between = False

    def _changed(self, before: Lease | None, lease: Lease) -> None:
        if before is None or before.epoch < lease.epoch:
            for name, troubles in self.troubles.items():
                if troubles.rush is not None:
                    after_s, seconds = troubles.rush
                    self.network.at(self.network.now() + after_s, self._depose, name, lease.epoch)
                    self.hold_up(lease.holder, seconds)
        elif before.renewed_at < lease.renewed_at and lease.holder:
            stalled_at = self.troubles[lease.holder].stalled_at
            if stalled_at is not None:  # the operation may have begun long before
                stalled_s = self.network.now() - stalled_at - self.places[lease.holder].takes_s
                self.layers.renewed(lease.holder, stalled_s)

    # --- its processes ------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Start everything."""
        for name in (*CANDIDATES, *FOLLOWERS):
            self.restart(name)

    def restart(self, name: str) -> None:
        """Start a process, or start it again after its death."""
        life = self._lives[name] = self._lives.get(name, 0) + 1
        chance = random.Random(f"{self._seed}/{name}/{life}")
        main = self._candidate if name in CANDIDATES else self._follower
        self._world.launch(name, lambda transport: main(name, transport, chance))

    async def _candidate(self, name: str, transport: SimTransport, chance: random.Random) -> None:
        self._orders[name] = await transport.datagrams(name, ORDERS_PORT, lambda data, source, at: None)
        driver = self._driver(name, transport, chance)
        candidate = self.candidates[name] = self.make_candidate(name, driver, chance)
        await candidate.run()

    async def _follower(self, name: str, transport: SimTransport, chance: random.Random) -> None:
        follower = self.followers[name] = self.make_follower(name, self._driver(name, transport, chance))
        await follower.run(transport)

    def _driver(self, name: str, transport: SimTransport, chance: random.Random) -> SqliteElectionDriver:
        witness = SimWitness(self.boot_id, f"{self.boot_id} {name}/{self._lives[name]}", self)

        def make_place(settings: SqliteSettings) -> SimKeeperPlace:
            self.places[name] = SimKeeperPlace(settings, transport.process, witness, self, chance)
            return self.places[name]

        settings = SqliteSettings(self.path, self.now, self.boot_id, LEASE_S, POLL_S, self._sees_ends)
        return SqliteElectionDriver(settings, make_place)

    # --- for the nemesis ----------------------------------------------------------------------------------------------

    def who(self, target: str) -> str:
        """The process that a target means."""
        return next(iter(self.believers()), self.rules.leader) if target == LEADER else target

    def is_gone(self, name: str) -> None:
        """A process was killed."""
        self.rules.died(name)
        self.troubles[name].died()
        place = self.places.pop(name, None)
        if place is not None:
            place.die()
        self.candidates.pop(name, None)
        self.followers.pop(name, None)
        self._orders.pop(name, None)
        self.answers.is_gone(name)

    def have_back(self, place: SimKeeperPlace) -> None:
        """The disk answers it again, if it lives."""
        if place in self.places.values() and place.connection is not None:
            self.troubles[place.name].is_deprived = False
            place.connection.set_authorizer(None)

    def hold_up(self, name: str, seconds: float) -> None:
        """What a process does with the file takes longer, for as long."""
        delays_s = self.troubles[name].delays_s
        delays_s.append(seconds)
        self.network.at(self.network.now() + seconds, delays_s.remove, seconds)

    def accuse(self, name: str) -> None:
        """Let somebody believe that the leader is dead for certain."""
        epoch = self.rules.epoch
        self.rules.taken_for_dead.setdefault(epoch, self.network.now())
        if name in self.candidates:
            self.network.process(name).run(partial(self.candidates[name].learn_of_death, epoch))
        else:
            self.challenge(name, epoch)

    def _depose(self, name: str, epoch: int) -> None:
        """Let somebody take a leader for dead that is not shown yet: what a contender never does."""
        if epoch == self.rules.epoch:
            self.rules.taken_for_dead.setdefault(epoch, self.network.now())
            self.challenge(name, epoch)

    def challenge(self, name: str, epoch: int) -> None:
        """Let somebody say so to its driver, whatever it believes."""
        who = self.candidates.get(name) or self.followers.get(name)

        async def challenge(driver: ElectionDriver) -> None:
            with contextlib.suppress(ElectionUnavailable):
                await driver.challenge(epoch)

        if who is not None and name in self.places:
            loop = asyncio.get_running_loop()
            self.network.process(name).run(lambda: loop.create_task(challenge(who.driver)))

    def resign(self, name: str) -> Undo | None:
        """Let a leader give its office back."""
        candidate = self.candidates.get(name)
        if candidate is None:
            return None
        office, error = candidate.office, RuntimeError("it resigns")
        self.network.process(name).run(lambda: office.broken(office.core.epoch, error))
        return lambda: None

    # --- what is seen -------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """All rules that can be looked at any time."""
        self.rules.believed(self.believers().items())
        for name in (*CANDIDATES, *FOLLOWERS):
            self._look_at(name)
        for name, follower in self.followers.items():
            leader = follower.bond.leader
            if not self.network.process(name).frozen and leader is not None:
                self.rules.trusts(name, self._lives[name], leader.epoch)
        self.answers.look()
        self.rules.look(self.following)

    def _look_at(self, name: str) -> None:
        process, who = self.network.process(name), self.candidates.get(name) or self.followers.get(name)
        place = self.places.get(name)
        is_well = place is not None and place.takes_s <= TAKES_S[1] and not self.troubles[name].is_deprived
        if who is None or not is_well or process.frozen or not process.alive:
            self.layers.absent(name)
            self.answers.stands_still(name)
            return
        if isinstance(who, Candidate):
            process.call(self.layers.look, name, who, self.rules.lease, self.now())
        lease, info, _ = self._judge.known()
        is_over = lease is None or lease.is_expired(self.now(), self.boot_id)
        self.layers.sees(name, who.driver, info, lease, is_over)

    def acts(self, name: str, epoch: int) -> None:
        """See `Audience`."""
        self.rules.believed(self.believers().items())
        self._look_at(name)

    def close(self) -> None:
        """All is over: nothing is left of the file."""
        for place in self.places.values():
            place.let_go()
        self._judge.close()
        self.disk.close()
        shutil.rmtree(self._folder)
