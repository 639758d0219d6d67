"""`Staff`: a router and a gate on each node of the scenario `families`, who belong to nobody's family. SHELL.

Deliberately not here: who uses them (`relays`), and what they owe (`services`).
"""

from __future__ import annotations

import asyncio
import random
from typing import Any

from actors import Actor, Props
from actors.routing import RoundRobin, ToAll
from runtime.routing import group
from runtime.sim.campaign import Record
from runtime.sim.families.services import GATE, LONGEST_S, Services
from runtime.sim.families.truth import Life
from runtime.sim.families.words import Parcel
from runtime.sim.network import SimNetwork


class Gate(Actor[Parcel]):
    """Takes its time for each parcel, so that others wait for room.

    Args:
        services: Is told.
        chance: Of how long it takes.
    """

    def __init__(self, services: Services, chance: random.Random) -> None:
        self._services = services
        self._chance = chance

    async def receive(self, message: Parcel) -> None:
        """See the class."""
        self._services.passes(message)
        await asyncio.sleep(self._chance.uniform(0.1, LONGEST_S))


def hire(life: Life, chance: random.Random, record: Record, network: SimNetwork) -> Services:
    """Have them on a node that has just started. Returns their judge."""
    is_to_all = chance.random() < 0.3
    services = Services(life, is_to_all, record, network.now)
    system: Any = life.system
    services.router = system.spawn(group((), ToAll() if is_to_all else RoundRobin()), name="router")
    services.gate = system.spawn(Props(Gate, services, chance).with_mailbox(GATE), name="gate")
    life.staff = frozenset(ref.path.uid for ref in (services.router, services.gate, system.event_stream.watcher))
    return services
