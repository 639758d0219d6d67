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
from runtime.phases import LAST, Phase
from runtime.settings import FailureDetectorSettings, RemoteSettings, Settings
from runtime.sim import mishaps
from runtime.sim.campaign import Record
from runtime.sim.families.benches import STOP_S, Bench, Piece
from runtime.sim.families.hands import Do, Foreman
from runtime.sim.families.heirs import Heir, Mourn, Mourner
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
PHASES = ("first", "second", "third")
PHASE_S = 0.5
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
        chance: Of its settings, and of how it ends.
        record: Is told, and raises.
    """

    system: Any
    foreman: Any
    heir: Any
    mourner: Any

    def __init__(self, node: str, bench: Bench, chance: random.Random, record: Record) -> None:
        self.node, self.bench = node, bench
        self._chance, self._record = chance, record
        self._running: list[tuple[str, str]] = []
        self._done: list[str] = []
        self._failures: list[Exception] = []
        self._recovers = {name: chance.random() < 0.6 for name in PHASES}
        self._enabled = {name: chance.random() < 0.85 for name in PHASES}

    def settings(self) -> Settings:
        """Of its system."""
        phases, before = {}, ()
        for name in PHASES:
            phases[name] = Phase(before, PHASE_S, self._recovers[name], self._enabled[name])
            before = (name,)  # type: ignore[assignment]
        phases[LAST] = Phase(before)
        detector = FailureDetectorSettings(heartbeat_interval_s=1.0, acceptable_pause_s=3.0, check_interval_s=0.25)
        mailbox = MailboxSettings(self._chance.choice([None, 200]))
        return Settings(
            remote=RemoteSettings(failure_detector=detector),
            mailbox=mailbox,
            stop_timeout_s=STOP_S,
            slow_handler_s=self._chance.choice([None, 0.3]),
            shutdown_phases=phases,
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

    def _dead(self, letter: DeadLetter) -> None:
        message = getattr(letter.message, "message", letter.message)  # of a broadcast
        if isinstance(message, Piece):
            self.bench.dead(message)

    # --- the end ------------------------------------------------------------------------------------------------------

    async def end(self) -> None:
        """End in phases."""
        self.bench.is_closing = True
        shutdown = self.system.coordinated_shutdown
        for phase in (*PHASES, LAST):
            for number in range(self._chance.randint(0, 2)):
                takes_s, fails = self._chance.choice([0.0, 0.05, 3 * PHASE_S]), self._chance.random() < 0.3
                shutdown.add_task(phase, f"{phase} {number}", lambda p=phase, t=takes_s, f=fails: self._task(p, t, f))
        raised: Exception | None = None
        try:
            await self.system.terminate()
        except Exception as error:
            raised = error
        require = self.bench.require
        is_right = type(raised) in map(type, self._failures) if self._failures else raised is None
        require(is_right, "S71", f"the end raises {raised!r}, and {self._failures} have failed")
        require(self.system.dispatcher.closed, "S71", "the system has ended, and has not")
        self.bench.close()

    async def _task(self, phase: str, takes_s: float, fails: bool) -> None:
        require, begun_at = self.bench.require, asyncio.get_running_loop().time()
        text = f"a task of phase {phase}"
        before = [one for one, _ in self._running if one != phase]
        require(not before, "S71", f"{text} begins before those of {before} are over")
        is_late = any(
            PHASES.index(one) > PHASES.index(phase) for one in self._done if phase in PHASES and one in PHASES
        )
        require(not is_late, "S71", f"{text} begins after one of a later phase")
        require(self._enabled.get(phase, True), "S71", f"{text} runs, which is switched off")
        require(phase == LAST or not self._failures, "S71", f"{text} runs after {self._failures}")
        is_working = self.system._user is not None and self.system._user.state.name == "RUNNING"
        require(is_working or phase == LAST, "S71", f"{text} runs, and the actors have ended")
        entry = (phase, f"{begun_at}")
        self._running.append(entry)
        recovers = self._recovers.get(phase, True)
        try:
            await asyncio.sleep(takes_s)
            require(takes_s <= PHASE_S or phase == LAST, "S71", f"{text} is not cancelled though it is late")
            if fails:
                error = LookupError(text)
                self._failures += [] if recovers else [error]
                raise error
        except asyncio.CancelledError:
            late_s = asyncio.get_running_loop().time() - begun_at
            require(late_s >= PHASE_S - 1e-6, "S71", f"{text} is cancelled after {late_s:.2f} s")
            self._record.sometimes("a task of a phase was late")
            self._failures += [] if recovers else [TimeoutError(text)]
            raise
        finally:
            self._running.remove(entry)
            self._done.append(phase)


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
            chance = random.Random(f"{seed}/{node}/shift")
            shifts[node] = Shift(node, Bench(node, record, network.now), chance, record)
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
        nemesis = Weatherman(network, record, Weather())

        def look() -> None:
            record.check()
            for shift in shifts.values():
                shift.bench.look()

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
        elif order.what == "mourn":
            living = shift.bench.living()
            if not living:
                return
            whom, what = shift.mourner, Mourn(living[int(order.number * len(living))].ref, order.other < 0.5)
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
