"""Those of the scenario `workshops` who have little room, and a router that fails. SHELL.

The mailbox of a nook takes three messages. It is at work while those end whom it watches, and is told more than it can
take: deaths are told all the same, what finds no room is a dead letter or refused, and all else is heard in its order
(D61, S49). A group whose router is killed routes to the same routees as before, also what waited (A15). A guest works
in pools for a moment, and lives on. Each node has one of each. Deliberately not here: when anything of that happens
(`workshops`).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import Counter
from collections.abc import Callable
from typing import Any

from actors import (
    ActorRef,
    Kill,
    Overflow,
    PoisonPill,
    Props,
)
from actors.errors import MailboxFull
from actors.lifecycle import State
from actors.mailbox import MailboxSettings
from actors.routing import AddRoutee, RemoveRoutee
from runtime.sim.families.benches import Bench
from runtime.sim.families.books import of_mailbox
from runtime.sim.families.lane import Lane
from runtime.sim.families.tenants import BELLS, Begin, Guest, Keeper, Moth, Nap, Nook, Owl, Sit, Word

ROOM, MOTHS = 3, 3
LATE_S = 4.0
"""A nook is never at work for so long that a death is told later."""


class Nooks:
    """Those of one node, and what is so of them.

    Args:
        bench: Is told what is wrong.
        chance: Of how much room there is, and for whom.

    Attributes:
        router: Of the bells.
        watched: Since when moths are.
        ended: When moths have.
        rung: How often each word was, that the router got.
        begun: When what the nook awaits fails.
        put_off: Ends that the nook has put aside.
        now: World seconds.
    """

    router: ActorRef[Any]

    def __init__(self, bench: Bench, chance: random.Random) -> None:
        self._bench, self._chance, self.now = bench, chance, bench.now
        self._bound = MailboxSettings(ROOM, chance.choice([Overflow.DROP_OLDEST, *Overflow]))
        self._lane = Lane(self._bound)
        self._moths: list[ActorRef[Any]] = []
        self._doomed: dict[ActorRef[Any], float] = {}
        self._told: Counter[ActorRef[Any]] = Counter()
        self._words = 0
        self.watched: dict[ActorRef[Any], float] = {}
        self.ended: dict[ActorRef[Any], float] = {}
        self.rung: Counter[int] = Counter()
        self.begun: list[float] = []
        self.put_off: set[ActorRef[Any]] = set()

    def open(self, system: Any) -> None:
        """They are there."""
        self._system = system
        self._nook = system.spawn(Props(Nook, self).with_mailbox(self._bound), "nook")
        system.spawn(Props(Keeper, self), "keeper")
        bound = MailboxSettings(1, self._chance.choice(list(Overflow)))
        self._owl: ActorRef[Any] = system.spawn(Props(Owl).with_mailbox(bound), "owl")
        self._guest: ActorRef[Any] = system.spawn(Props(Guest), "guest")

    def stir(self) -> None:
        """Something happens to them."""
        deeds: dict[Callable[[], None], int] = {
            self._sit: 3,
            self._nap: 3,
            self._flutter: 3,
            self._crowd: 5,
            self._begin: 2,
            self._hoot: 2,
            self._disturb: 1,
            self._ring: 3,
            self._kill: 1,
            self._visit: 1,
        }
        self._chance.choices(list(deeds), list(deeds.values()))[0]()

    def _sit(self) -> None:
        if len(self._moths) < MOTHS:
            self._moths.append(self._system.spawn(Props(Moth, self)))
            self._tell(Sit(self._moths[-1]))

    def _nap(self) -> None:
        self._tell(Nap(self._chance.uniform(0.05, 0.5)))

    def _flutter(self) -> None:
        """One or two moths end."""
        for _ in range(min(len(self._moths), self._chance.randint(1, 2))):
            moth = self._moths.pop(0)
            self._doomed[moth] = self.now()
            moth.tell(PoisonPill() if self._chance.random() < 0.7 else Nap(0.1))

    def _crowd(self) -> None:
        for _ in range(self._chance.randint(1, 2 * ROOM)):
            self._words += 1
            self._tell(Word(self._words))

    def _begin(self) -> None:
        self._tell(Begin(self._chance.uniform(0.05, 0.5)))

    def _hoot(self) -> None:
        with contextlib.suppress(MailboxFull):
            self._owl.tell(Nap(self._chance.uniform(0.05, 0.5)))

    def _disturb(self) -> None:
        """Somebody cancels all tasks of the system that have no work."""
        for worker in list(self._system.dispatcher._workers):
            if worker.coroutine is None:
                worker.task.cancel()

    def _ring(self) -> None:
        for _ in range(BELLS):
            self._words += 1
            self.rung[self._words] = 0
            self.router.tell(Word(self._words))

    def _kill(self) -> None:
        """The router fails, and more comes before it is there again."""
        self.router.tell(Kill())
        self._ring()
        self._bench.sometimes("a router was restarted")

    def _visit(self) -> None:
        """Somebody who is no child of a pool works there for a moment."""
        pools = [one for one in self._bench.pools.values() if not one.is_over]
        for each in pools[:1]:
            each.ref.tell(AddRoutee(self._guest))
            each.ref.tell(RemoveRoutee(self._guest))

    def _tell(self, message: Any) -> None:
        is_full = self._lane.put(message)
        try:
            self._nook.tell(message)
        except MailboxFull:
            self._bench.require(is_full, "D61", "the mailbox of a nook is said to be full")
            return
        self._bench.require(
            not is_full and not self._lane.doomed, "D61", "the mailbox of a nook takes more than it may"
        )

    # --- what is told -------------------------------------------------------------------------------------------------

    def hears(self, message: Any) -> None:
        """The nook handles a message."""
        wrong = self._lane.take(message)
        self._bench.require(not wrong, "S49", f"{message} {wrong}")

    def may_wait(self, moth: ActorRef[Any]) -> bool:
        """Whether the nook puts this end aside: most, once, if it has more to hear."""
        if moth in self.put_off or moth.path.uid % 4 == 0 or not self._lane.queue:
            return False
        self.put_off.add(moth)
        return True

    def takes_back(self, is_busy: bool) -> bool:
        """Whether it has ends back that it has put aside: when it is about to be at work, or has no more to hear."""
        return any(not self._told[moth] for moth in self.put_off) and (is_busy or not self._lane.queue)

    def told(self, moth: ActorRef[Any]) -> None:
        """The nook is told of an end."""
        self._told[moth] += 1
        self._bench.require(moth in self.ended and self._told[moth] == 1, "D1", f"the end of {moth} is told, or again")
        self._bench.sometimes("a nook was told of an end")

    def dead(self, message: Any, recipient: ActorRef[Any]) -> None:
        """Something is a dead letter."""
        if self._bench.is_closing:
            return
        if isinstance(message, Word) and message.number in self.rung:
            self._bench.require(False, "A15", f"{message} is a dead letter, and all routees are there")
        elif recipient == self._nook and isinstance(message, Sit | Begin | Nap | Word):
            wrong = self._lane.die(message, is_over=False)
            self._bench.require(not wrong, "D61", f"{message} {wrong}")
            self._bench.sometimes("a nook had no room")

    def look(self) -> None:
        """Whoever was watched and has ended is told of; at any time."""
        if self._bench.is_closing:
            return
        now = self.now()
        for moth, since in self.watched.items():
            ended_at = self.ended.get(moth)
            is_late = ended_at is not None and not self._told[moth] and now - max(since, ended_at) > LATE_S
            self._bench.require(not is_late, "D61", f"nobody tells the nook of the end of {moth}")
        for moth, at in self._doomed.items():
            lives_on = moth not in self.ended and now - at > LATE_S
            self._bench.require(not lives_on, "S64", f"{moth} was told to end, and has not")
        is_lost = any(now - failed_at > LATE_S for failed_at in self.begun)
        self._bench.require(not is_lost, "S5", "what the nook awaited has failed, and that has failed nobody")
        owl: Any = self._owl.sink
        for key, (_, timer, _) in owl.timers._running.items() if owl.timers is not None else ():
            is_old = timer.when() < asyncio.get_running_loop().time() - LATE_S
            self._bench.require(not is_old, "A1", f"the owl's timer {key} runs, and was due long ago")
        self._bench.require(not (wrong := of_mailbox(self._nook.sink)), "D61", f"the nook {wrong}")
        guest: Any = self._guest.sink
        self._bench.require(guest.state < State.STOPPING, "A15", "a pool has ended a guest, who is no child of it")

    def close(self) -> None:
        """All was well for long enough: each word has come."""
        odd = [number for number, times in self.rung.items() if times != 1]
        self._bench.require(not odd, "A15", f"words {odd[:3]} for a router were not rung once")
        self._bench.require(not self._lane.queue, "S49", f"the nook has not heard {list(self._lane.queue)[:3]}")
