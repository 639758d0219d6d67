"""The scenario `workshops`: workers that cling to life, pools, ends that are awaited, and systems that end in phases.

On each of two nodes a foreman has workers whose handlers and hooks take longer than they may when they are told to
stop, and go on when they are cancelled; pools of all kinds, whose routees fail, are dismissed, or end; and asks and
awaited ends that come too late, also from the other node, while what is between the two is cut now and then. Then both
nodes end, with tasks in phases that fail, or are late; and nothing is left. The rules have the numbers of the
behaviours (S5, S60, S68, S71, A13, A15, D19, D45, D62). Deliberately not here: what workers owe (`benches`).
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

from actors import DeadLetter, Props
from actors.mailbox import MailboxSettings
from runtime.leftovers import left_by
from runtime.settings import FailureDetectorSettings, RemoteSettings, Settings
from runtime.sim import mishaps
from runtime.sim.campaign import Record
from runtime.sim.families import shades
from runtime.sim.families.benches import STOP_S, Bench, Piece
from runtime.sim.families.closing import Closing
from runtime.sim.families.hands import Do, Foreman
from runtime.sim.families.heirs import Heir, Mourn, Mourner
from runtime.sim.families.nooks import Nooks
from runtime.sim.families.shades import Medium, Summon
from runtime.sim.looking import look_again
from runtime.sim.nemesis import Nemesis
from runtime.sim.schedule import Fault
from runtime.sim.swarm import Draw, moments, swarm
from runtime.sim.weather import Weather
from runtime.sim.world import World

NODES = ("n1", "n2")
WEIGHTS = {
    "hire": 10,
    "job": 14,
    "stop": 6,
    "graceful": 6,
    "ask": 6,
    "pool": 4,
    "piece": 14,
    "dismiss": 3,
    "inherit": 2,
    "mourn": 5,
}
BEGIN_S, END_S, PACE_S = 0.2, 12.0, 0.06
LOOK_S = 0.1
SUMMONED_EACH_S = 0.6
STIRRED_EACH_S = 0.15
KINDS: dict[str, Draw] = {
    "cut": lambda chance: (NODES, (("one_way", float(chance.random() < 0.4)),)),
    "delay": lambda chance: (NODES, mishaps.slow(chance)),
    "reset": lambda chance: (NODES, (("cut", float(chance.random() < 0.6)),)),
}


class Weatherman(Nemesis):
    """Does what a schedule says; nobody is killed."""

    def everybody(self) -> list[str]:
        """See `Nemesis`."""
        return list(NODES)

    def is_up(self, name: str) -> bool:
        """See `Nemesis`."""
        return True

    def ended(self, name: str) -> None:
        """See `Nemesis`."""

    def restart(self, name: str) -> None:
        """See `Nemesis`."""


class Shift:
    """One node: its system, its bench, and its end.

    Args:
        node: Its name.
        bench: Of it.
        seed: Of the run.
        record: Is told, and raises.

    Attributes:
        nooks: Of it.
    """

    system: Any
    foreman: Any
    heir: Any
    mourner: Any
    medium: Any

    def __init__(self, node: str, bench: Bench, seed: int, record: Record) -> None:
        self.node, self.bench = node, bench
        self._chance = chance = random.Random(f"{seed}/{node}/shift")
        self._closing = Closing(chance, random.Random(f"{seed}/{node}/odd"), record, bench.require)
        self._shades = random.Random(f"{seed}/{node}/shades")
        self.nooks = Nooks(bench, random.Random(f"{seed}/{node}/nooks"))

    def settings(self) -> Settings:
        """Of its system."""
        detector = FailureDetectorSettings(heartbeat_interval_s=1.0, acceptable_pause_s=3.0, check_interval_s=0.25)
        mailbox = MailboxSettings(self._chance.choice([None, 200]))
        return Settings(
            remote=RemoteSettings(failure_detector=detector),
            mailbox=mailbox,
            stop_timeout_s=STOP_S,
            slow_handler_s=self._chance.choice([None, 0.3]),
            shutdown_phases=self._closing.phases(),
            dump_on_sigusr1=False,
        )

    def open(self, elsewhere: Shift) -> None:
        """Begin to work."""
        system = self.system

        def far(ref: Any) -> Any:
            return system.ref_for(ref.path.at(elsewhere.system.address))

        def odd(event: Any) -> None:
            raise LookupError("a subscriber that fails")

        system.event_stream.subscribe(odd, DeadLetter)
        system.event_stream.subscribe(self._dead, DeadLetter)
        props: Props[Any] = Props(Foreman, self.bench, self._chance, elsewhere.bench, far)
        self.foreman = system.spawn(props, "foreman")
        self.heir = system.spawn(Props(Heir, self.bench), "heir")
        self.mourner = system.spawn(Props(Mourner, self.bench), "mourner")
        self.nooks.open(system)
        self.medium = system.spawn(Props(Medium, self.bench, self._shades), "medium")

    def _dead(self, letter: DeadLetter) -> None:
        message = getattr(letter.message, "message", letter.message)  # of a broadcast
        if isinstance(message, Piece):
            self.bench.dead(message)
        else:
            self.nooks.dead(message, letter.recipient)

    # --- the end ------------------------------------------------------------------------------------------------------

    async def end(self) -> None:
        """End in phases."""
        self.bench.is_closing = True
        self._closing.system = self.system
        await self._closing.end()
        self.bench.close()


class WorkshopsScenario:
    """Workers that cling to life, pools, ends that are awaited, and systems that end in phases."""

    def draw(self, chance: random.Random) -> list[Fault]:
        """See `Scenario`."""
        return swarm(chance, KINDS, most=4, between_s=(1.0, END_S - 1.0), lasts_s=lambda _: (0.05, 1.5))

    async def story(self, world: World, seed: int, faults: list[Fault], record: Record) -> None:
        """See `Scenario`."""
        network = world.network
        shifts = {}
        for node in NODES:
            shifts[node] = Shift(node, Bench(node, record, network.now), seed, record)
        for shift in shifts.values():
            shift.system = await world.start(shift.node, shift.settings())
        shifts["n1"].open(shifts["n2"])
        shifts["n2"].open(shifts["n1"])
        orders = random.Random(f"{seed}/orders")
        kinds = list(WEIGHTS)
        weights = [weight * orders.choice([0.3, 1.0, 3.0]) for weight in WEIGHTS.values()]
        for at_s in moments(orders, BEGIN_S, END_S, PACE_S):
            order = Do(orders.choices(kinds, weights)[0], orders.random(), orders.random())
            network.at(network.now() + at_s, self._tell, world, shifts[orders.choice(NODES)], order)
        summons = random.Random(f"{seed}/summons")
        for at_s in moments(summons, BEGIN_S, END_S, SUMMONED_EACH_S):
            order = Do("summon", summons.random(), summons.random())
            network.at(network.now() + at_s, self._tell, world, shifts[summons.choice(NODES)], order)
        for shift in shifts.values():
            stirs = random.Random(f"{seed}/{shift.node}/stirs")
            for at_s in moments(stirs, BEGIN_S, END_S, STIRRED_EACH_S):
                network.at(network.now() + at_s, network.process(shift.node).run, shift.nooks.stir)
        nemesis = Weatherman(network, record, Weather())

        def look() -> None:
            record.check()
            for shift in shifts.values():
                shift.bench.look()
                shift.nooks.look()
                shades.look(shift.bench, asyncio.get_running_loop())

        async with asyncio.TaskGroup() as group:
            looking = group.create_task(look_again(network, LOOK_S, look))
            raging = group.create_task(nemesis.perform(faults))
            await asyncio.sleep(END_S)
            raging.cancel()
            nemesis.heal()
            await asyncio.sleep(END_S / 2)
            record.check()
            for shift in shifts.values():
                self._nobody_waits(shift)
                shift.nooks.close()
            await asyncio.gather(*(shift.end() for shift in shifts.values()))
            world.nodes.clear()
            looking.cancel()
        record.check()
        await asyncio.sleep(2.0)
        left = [f"{shift.node}: {line}" for shift in shifts.values() for line in left_by(shift.system)]
        record.require(not left, "S71", f"left behind: {left[:3]}")

    def _tell(self, world: World, shift: Shift, order: Do) -> None:
        whom: Any = shift.foreman
        what: Any = order
        if order.what == "inherit":
            whom = shift.heir
        elif order.what in ("mourn", "summon"):
            living = shift.bench.living()
            if not living:
                return
            whom, ref = shift.mourner, living[int(order.number * len(living))].ref
            what = Mourn(ref, order.other < 0.5)
            if order.what == "summon":
                whom, what = shift.medium, Summon(ref)
        world.network.process(shift.node).run(lambda: whom.tell(what))

    def _nobody_waits(self, shift: Shift) -> None:
        """D8: no ask goes on, and who was awaited in vain is not watched any more."""
        require, system = shift.bench.require, shift.system
        require(not system._registry.temporary, "D8", f"{len(system._registry.temporary)} asks can be found")
        for hand in shift.bench.living():
            book = hand.ref.sink.book
            stray = [] if book is None else [ref for ref in book.watchers if ref.path.elements[0] == "temp"]
            require(not stray, "D8", f"{hand.label} is watched by {stray}, which have given up")


def workshops() -> WorkshopsScenario:
    """See `WorkshopsScenario`."""
    return WorkshopsScenario()
