"""Those of the scenario `workshops` whose code goes on after their end: hooks, and closures that have kept a context.

Nothing comes of what they do (S48): the dead have no children (S67), watch nobody (D47), hear nothing (S60), wait for
no timer (A2), and what they begin beside their mailbox is ended. SHELL. Deliberately not here: when who is summoned.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable
from typing import Any

from actors import Actor, ActorRef
from actors.lifecycle import State
from actors.values import value
from runtime.sim.families.benches import Bench
from runtime.sim.families.books import waiting
from runtime.sim.families.heirs import Boss

LONG_S = 30.0
MOMENTS_S = (0.0, 0.0, 0.001, 0.05, 0.5)
"""From an end to what is done after it."""
MOST_DEEDS = 4


@value
class Summon:
    """An order to have a shade, which ends at once.

    Attributes:
        whom: Somebody whom it may watch.
    """

    whom: ActorRef[Any]


class Shade(Actor[Any]):
    """Ends when anybody says anything, and goes on.

    Args:
        bench: Is told.
        chance: Of what it does.
        whom: See `Summon`.
    """

    def __init__(self, bench: Bench, chance: random.Random, whom: ActorRef[Any]) -> None:
        self._bench, self._chance, self._whom = bench, chance, whom
        self._is_over = False

    def pre_start(self) -> None:
        """Have a child, perhaps."""
        if self._chance.random() < 0.5:
            self.context.spawn(Boss)

    def receive(self, message: Any) -> None:
        """End."""
        self._bench.require(not self._is_over, "S60", f"{self.ref} hears {message!r} after its end")
        self.context.stop(self.ref)

    def post_stop(self) -> None:
        """Do something in the last hook, and something else later."""
        self._is_over = True
        later_s = self._chance.choice(MOMENTS_S)
        if self._chance.random() < 0.7:
            self._haunt(self.context)
        asyncio.get_running_loop().call_later(later_s, self._haunt, self.context)

    def _haunt(self, context: Any) -> None:
        deeds: list[Callable[[Any], None]] = [self._spawn, self._watch, self._wait, self._stash, self._speak]
        for _ in range(self._chance.randint(1, MOST_DEEDS)):
            self._chance.choice(deeds)(context)
        self._bench.sometimes("the dead have done something")

    def _spawn(self, context: Any) -> None:
        try:
            child = context.spawn(Boss)
        except RuntimeError:
            return
        self._bench.require(False, "S67", f"{context.ref} has a child after its end: {child}")

    def _watch(self, context: Any) -> None:
        context.watch(self._whom)

    def _wait(self, context: Any) -> None:
        what = self._chance.randrange(4)
        if what == 0:
            context.timers.start_single("boo", "boo", LONG_S)
        elif what == 1:
            context.timers.start_periodic("boo", "boo", 0.3)
        elif what == 2:
            context.set_receive_timeout(0.3)
        else:
            context.pipe_to_self(self._linger(context))

    async def _linger(self, context: Any) -> None:
        begun_at = asyncio.get_running_loop().time()
        try:
            await asyncio.sleep(LONG_S)
        finally:
            late_s = asyncio.get_running_loop().time() - begun_at
            self._bench.require(late_s < 1.0, "A2", f"{context.ref} awaits something for {late_s:.1f} s after its end")

    def _stash(self, context: Any) -> None:
        with contextlib.suppress(RuntimeError):  # it handles nothing
            context.stash()
        context.unstash_all()
        context.become(self.receive)
        context.unbecome()

    def _speak(self, context: Any) -> None:
        context.ref.tell("boo")
        context.stop(context.ref)


class Medium(Actor[Any]):
    """Has shades.

    Args:
        bench: Is told.
        chance: Of what they do.
    """

    def __init__(self, bench: Bench, chance: random.Random) -> None:
        self._bench, self._chance = bench, chance

    def receive(self, message: Summon) -> None:
        """Have one, and end it."""
        shade: Any = self.context.spawn(lambda: Shade(self._bench, self._chance, message.whom))
        shade.tell("end")


def look(bench: Bench, loop: Any) -> None:
    """Nothing has come of what they did, at any time.

    Args:
        bench: Of a node.
        loop: The world's.
    """
    for hand in bench.living():
        cell = hand.ref.sink
        if cell.book is not None and not cell.busy and cell.system is None:  # else it has not heard of an end perhaps
            dead = [ref for ref in cell.book.watchers if getattr(ref.sink, "state", None) is State.TERMINATED]
            bench.require(not dead, "D47", f"{hand.label} is watched by the dead: {dead}")
    for wrong in waiting(loop):
        bench.require(False, "D10", wrong)
