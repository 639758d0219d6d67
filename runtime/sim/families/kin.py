"""`Kin`: an actor of the scenario `families`, with children, a strategy for them, and hooks that may fail. SHELL.

The code under test is everything around it. What it does and sees is told to the judges at once, in the same turn.
Deliberately not here: what it does when it is told to (`deeds`), and what is right.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable
from typing import Any

from actors import Actor, Directive, ReceiveTimeout, Terminated
from runtime.sim.families.deeds import Deeds
from runtime.sim.families.truth import Member
from runtime.sim.families.words import (
    Answer,
    Bulletin,
    Do,
    Gone,
    Grave,
    Ill,
    Parcel,
    Piped,
    Question,
    Remark,
    Tick,
    Worse,
)

CHANCES = {
    "constructor": 0.03,
    "pre_start": 0.04,
    "post_restart": 0.06,
    "pre_restart": 0.1,
    "post_stop": 0.1,
    "decider": 0.1,
}
"""How often each place of user code fails."""
RAISED = (Exception, Grave, asyncio.CancelledError)
"""Not `GeneratorExit`: what is closed with its process tells nothing."""


class Kin(Actor[Any]):
    """One instance.

    Args:
        member: Whose.
        house: What it lives in.
    """

    def __init__(self, member: Member, house: Any) -> None:
        self.me = member
        self.house = house
        self.chance: random.Random = house.chances[member.who]
        self.deeds = Deeds(self)
        self.is_restarting = False
        self.deeds.check_mark()
        house.law.constructs(member, self)
        self.supervisor_strategy = member.rule.strategy(self._decide)
        if self.chance.random() < 0.1:
            self.deeds.become(0.0)
        self._perhaps_fail("constructor")

    # --- hooks --------------------------------------------------------------------------------------------------------

    def pre_start(self) -> Any:
        """Have children."""
        self.house.law.pre_start(self.me, self)
        return self._begin("pre_start")

    def post_restart(self, reason: BaseException) -> Any:
        """Have those children that are not there."""
        self.house.law.post_restart(self.me, self, reason)
        return self._begin("post_restart")

    def pre_restart(self, reason: BaseException, message: Any | None) -> Any:
        """Stop some children, or do what is done by default."""
        self.house.law.pre_restart(self.me, self, reason, message)
        if self.house.traits[self.me.who].keeps:
            return self._keep_some()
        self.is_restarting = True
        for child in self.me.living():
            self.house.deaths.unwatches(self.me, child.ref.path.uid)
            self.house.law.told(child, "by a restart")
        return super().pre_restart(reason, message)

    def post_stop(self) -> Any:
        """It is over; or a restart does what is done by default."""
        if self.is_restarting:
            return self._wait_and_fail()
        self.house.law.ends(self.me, self)
        return self._end()

    # --- messages -----------------------------------------------------------------------------------------------------

    def receive(self, message: Any) -> Any:
        """Take a message with no behaviour above."""
        return self.take(0, message)

    def take(self, level: int, message: Any) -> Any:
        """Take a message with so many behaviours above the first one."""
        me, house = self.me, self.house
        self.deeds.check_mark()
        if house.record.violation is not None:
            return None  # else whoever fails for it may restart for ever, within one moment
        house.law.receives(me, self, level, {ref.path.uid for ref in self.context.children})
        is_back = me.lane.is_next(message) and not isinstance(message, Terminated | Gone)  # from the stash
        if (is_back or house.is_tracked(me, message)) and (wrong := me.lane.take(message)):
            house.record.require(False, "S49", f"a {type(message).__name__} of {me} {wrong}")
        try:
            outcome = self._act(message)
        except RAISED as error:
            self._failed(error, message)
            raise
        if outcome is not None:
            return self._finish(outcome, message)
        self._handled()
        return None

    async def _finish(self, outcome: Awaitable[None], message: Any) -> None:
        try:
            await outcome
        except RAISED as error:
            self._failed(error, message)
            raise
        self.deeds.check_mark()
        self._handled()

    def _act(self, message: Any) -> Any:
        deeds, house, me = self.deeds, self.house, self.me
        if deeds.shelving and isinstance(message, Do | Question | Remark) and deeds.shelve(message):
            return None
        match message:
            case Do():
                return deeds.obey(message)
            case Question():
                return deeds.answer(message)
            case Remark():
                house.heard(me, message)
            case Terminated() | Gone():
                house.deaths.told(me, message)
                return deeds.mourn(message)
            case Parcel() | Bulletin():
                deeds.take(message)
            case Tick():
                house.alarms.ticks(me, message.number)
            case Piped():
                house.alarms.piped(me, message.number)
            case ReceiveTimeout():
                house.alarms.timed_out(me, message.timeout_s)
            case Answer():
                house.record.require(False, "A13", f"{me} gets {message}, which is for an ask")
            case _:
                self.unhandled(message)
        return None

    def _handled(self) -> None:
        self.house.law.handled(self.me)
        self.house.alarms.touched(self.me)

    def _failed(self, error: BaseException, message: Any) -> None:
        self.house.law.fails(self.me, "receive", error, message)
        self.house.alarms.touched(self.me)

    # --- inside -------------------------------------------------------------------------------------------------------

    def error(self) -> BaseException:
        """What it fails with."""
        kinds: list[type[BaseException]] = [Ill, Ill, Ill, Worse, Worse, Grave, asyncio.CancelledError]
        return self.chance.choice(kinds)(f"{self.me} {self.house.network.now():.3f}")

    def is_struck(self, place: str) -> bool:
        """Whether it fails there."""
        return self.house.truth.rages and self.house.record.violation is None and self.chance.random() < CHANCES[place]

    def _perhaps_fail(self, place: str) -> None:
        if self.is_struck(place):
            error = Ill(f"{self.me} in {place}")
            if place in ("pre_restart", "post_stop"):
                self.house.record.sometimes(f"a failure in {place}")
            else:
                self.house.law.fails(self.me, place, error)
            raise error

    def _begin(self, place: str) -> Any:
        if self.chance.random() < 0.5:
            self.deeds.have_children()
            return self._started_later(place)
        self._perhaps_fail(place)
        self.deeds.have_children()
        self.house.law.started(self.me)
        return None

    async def _started_later(self, place: str) -> None:
        if self.chance.random() < self.house.naps * 2:
            await asyncio.sleep(self.chance.uniform(0.001, 0.2))
        self._perhaps_fail(place)
        self.house.law.started(self.me)

    async def _keep_some(self) -> None:
        for child in self.me.living():
            if self.chance.random() < 0.4 and child.ref in self.context.children:
                self.house.law.told(child, "by a restart")
                self.context.stop(child.ref)
        await self._wait_and_fail()

    async def _end(self) -> None:
        if self.chance.random() < self.house.naps:
            await asyncio.sleep(self.chance.uniform(0.001, 0.3))
        self.house.law.ended(self.me)
        self._perhaps_fail("post_stop")

    async def _wait_and_fail(self) -> None:
        if self.chance.random() < self.house.naps:
            await asyncio.sleep(self.chance.uniform(0.001, 0.2))
        self.house.law.disposes(self.me)
        self._perhaps_fail("pre_restart")

    def _decide(self, error: BaseException) -> Directive:
        child = self.house.truth.by_uid.get(self.sender.path.uid)
        weights = [4, 8, 1, 2] if self.house.truth.rages else [1, 1, 0, 0]
        directives = [Directive.RESUME, Directive.RESTART, Directive.STOP, Directive.ESCALATE]
        verdict: Any = self.chance.choices(directives, weights)[0]
        if self.is_struck("decider"):
            verdict = Ill(f"{self.me} in decider")
            verdict.__cause__ = error
        self.house.law.decides(self.me, error, child, verdict)
        if isinstance(verdict, BaseException):
            raise verdict
        decided: Directive = verdict
        return decided


def kin(who: int, house: Any) -> Kin:
    """Make an instance of a member."""
    return Kin(house.truth.members[who], house)
