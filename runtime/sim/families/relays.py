"""`Relays`: what an actor of the scenario `families` has others pass on, publish or do for it. SHELL.

A part of `deeds`: routers, the event stream, room in a mailbox, work on threads, context variables, and who is there.
Each tells the judge first, or right after. Deliberately not here: what is right (`services`, `asks`).
"""

from __future__ import annotations

import asyncio
from contextvars import ContextVar
from functools import partial
from typing import Any

from actors import Identify
from actors.errors import AskTimeout, MailboxFull
from actors.routing import AddRoutee, RemoveRoutee
from runtime.sim.families.services import Services
from runtime.sim.families.talks import Talks
from runtime.sim.families.truth import Member
from runtime.sim.families.words import Bulletin, Do, Ill, Parcel, Special

MARK: ContextVar[int] = ContextVar("mark", default=0)
"""Everybody's own."""


class Relays(Talks):
    """Of one instance."""

    @property
    def _services(self) -> Services:
        services: Services = self._me.life.services
        return services

    def take(self, message: Parcel | Bulletin) -> None:
        """Something was passed on, or published."""
        if isinstance(message, Parcel):
            self._services.came(self._me, message, self._kin.sender)
        else:
            self._services.read(self._me, message)

    # --- passed on --------------------------------------------------------------------------------------------------

    def _enlist(self, order: Do) -> None:
        if not self._me.lane.is_bounded:
            self._services.enlists(self._me)
            self._services.router.tell(AddRoutee(self._me.ref))

    def _dismiss(self, order: Do) -> None:
        other = self._other(order)
        if other is not None and other.life is self._me.life:
            self._services.dismisses(other)
            self._services.router.tell(RemoveRoutee(other.ref))

    def _route(self, order: Do) -> None:
        for _ in range(1 + int(order.amount * 3)):
            self._services.router.tell(self._services.routes(self._me), self._me.ref)

    def _forward(self, order: Do) -> None:
        """Ask somebody who lets somebody else answer, who is near to one of the two."""
        people = self._house.truth.living(self._me.life.node)
        if people and not self._me.lane.is_bounded:
            to = people[int(order.place * len(people))]
            self._aside(partial(self._asks, order, to.who), 2.0)

    # --- published --------------------------------------------------------------------------------------------------

    def _subscribe(self, order: Do) -> None:
        if not self._me.lane.is_bounded:
            kind = Special if order.place < 0.4 else Bulletin
            self._services.subscribes(self._me, kind, self._context.system.event_stream.subscribe(self._me.ref, kind))

    def _unsubscribe(self, order: Do) -> None:
        kind = None if order.place < 0.4 else Bulletin if order.place < 0.7 else Special
        was_there = self._context.system.event_stream.unsubscribe(self._me.ref, kind)
        self._services.unsubscribes(self._me, kind, was_there)

    def _publish(self, order: Do) -> None:
        bulletin = self._services.publishes(Special if order.place < 0.4 else Bulletin)
        self._context.system.event_stream.publish(bulletin)

    # --- when there is room -----------------------------------------------------------------------------------------

    def _room(self, order: Do) -> None:
        if not self._me.lane.is_bounded:
            for number in range(1 + int(order.place * 4)):
                self._aside(partial(self._tell_gate, 0.05 + order.amount * (number + 1) * 0.4), 2.0)

    async def _tell_gate(self, timeout_s: float) -> str:
        services = self._services
        parcel = services.waits(timeout_s)
        try:
            await services.gate.tell_when_room(parcel, self._me.ref, timeout_s)
        except MailboxFull:
            services.ends(parcel, "full")
            return "full"
        except asyncio.CancelledError:
            services.ends(parcel, "cancelled")
            raise
        services.ends(parcel, "told")
        return "told"

    # --- on a thread ------------------------------------------------------------------------------------------------

    def _block(self, order: Do) -> Any:
        if order.place < 0.5:
            return self._blocked(order)
        if not self._me.lane.is_bounded:
            self._aside(partial(self._blocked, order), 1.0)
        return None

    async def _blocked(self, order: Do) -> str:
        mark, error, record = MARK.get(), Ill(f"{self._me} on a thread"), self._house.record
        done: list[Do] = []

        def work(given: Do) -> Do:
            done.append(given)
            record.require(MARK.get() == mark, "variables", f"{self._me} works on a thread with another's variables")
            if given.amount < 0.3:
                raise error
            return given

        outcome: object = None
        try:
            outcome = await self._context.run_blocking(work, order)
        except Ill as raised:
            outcome = raised
        is_right = outcome is (error if order.amount < 0.3 else order) and done == [order]
        record.require(is_right, "S1", f"{self._me} gets {outcome!r} from its thread, which has done {len(done)}")
        record.sometimes("work on a thread")
        return "blocked"

    # --- its own ----------------------------------------------------------------------------------------------------

    def check_mark(self) -> None:
        """Nobody else has set what is this actor's own, and nobody has taken it away."""
        mark, own, record = MARK.get(), self._me.mark, self._house.record
        if record.violation is None:  # else whoever fails for it may be created for ever, within one moment
            record.require(mark == own, "variables", f"{self._me} has set {own}, and finds {mark}")

    def _mark(self, order: Do) -> Any:
        self._me.mark = self._house.alarms.number()
        MARK.set(self._me.mark)
        self._house.record.sometimes("a context variable was set")
        return asyncio.sleep(order.amount * 0.2) if order.place < 0.5 else None

    # --- who is there -----------------------------------------------------------------------------------------------

    def _identify(self, order: Do) -> None:
        """Ask for somebody, or for anybody who has ever lived."""
        members = self._house.truth.members
        other = members[1 + int(order.amount * len(members))] if order.place < 0.4 else self._other(order)
        if other is not None and not self._me.lane.is_bounded and (other.has_ended or not other.lane.is_bounded):
            self._aside(partial(self._identified, other, 0.1 + order.amount * 0.5), 1.0)

    async def _identified(self, other: Member, timeout_s: float) -> str:
        services = self._services
        begun_at, number = self._house.network.now(), self._house.alarms.number()
        try:
            identity = await self._house.ref(self._me, other).ask(Identify(number), timeout_s)
        except AskTimeout:
            services.unidentified(other, begun_at)
            return "unidentified"
        is_mine = identity.correlation_id == number
        self._house.record.require(is_mine, "A14", f"{self._me} asks {number} and gets {identity}")
        services.identified(other, begun_at, identity.ref)
        return "identified"
