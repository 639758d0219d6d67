"""Whoever works in the scenario `workshops`: foremen, workers that cling to what they do, and routees. SHELL.

Each tells its `Bench` at once, in the same turn. Deliberately not here: what is right (`benches`), and when who is told
what (`workshops`).
"""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import Any

from actors import Actor, Directive, OneForOneStrategy, PoisonPill, Props, Terminated
from actors.errors import AskTimeout
from actors.routing import Broadcast, ConsistentHashing, RandomChoice, RemoveRoutee, RoundRobin, SmallestMailbox
from actors.values import value
from runtime.graceful import graceful_stop
from runtime.routing import pool
from runtime.sim.families.benches import STOP_S, Bench, Hand, Piece, Pool

WORKERS, POOLS, HANDS = 4, 2, 3
KEYS = 7


@value
class Job:
    """What a worker does.

    Attributes:
        takes_s: For so long.
        clings: So often it goes on when it is cancelled.
        fails: Whether it fails then.
    """

    takes_s: float
    clings: int
    fails: bool


@value
class Query:
    """What a worker is asked; it answers with that."""

    answer: Any


@value
class Do:
    """An order to a foreman.

    Attributes:
        what: A name of one of its methods.
        number: From 0 to 1, for a choice.
        other: For another.
    """

    what: str
    number: float
    other: float


class Worker(Actor[Any]):
    """Does jobs, and clings to them.

    Args:
        hand: It, as the bench knows it.
        bench: Is told.
        chance: Of how it ends.
    """

    def __init__(self, hand: Hand, bench: Bench, chance: random.Random) -> None:
        self._hand, self._bench, self._chance = hand, bench, chance

    async def receive(self, message: Any) -> None:
        """Do a job, or answer."""
        if isinstance(message, Query):
            self.reply(message.answer)
            return
        await self._labour(message.takes_s, message.clings)
        if message.fails:
            raise self._bench.error(self._hand)

    async def _labour(self, takes_s: float, clings: int) -> None:
        try:
            await asyncio.sleep(takes_s)
        except asyncio.CancelledError:
            self._bench.cut(self._hand)
            if not clings:
                raise
            await self._labour(takes_s + 2 * STOP_S, clings - 1)
            self._bench.goes_on(self._hand)

    def pre_restart(self, reason: BaseException, message: Any | None) -> None:
        """A restart is not an end."""

    async def post_stop(self) -> None:
        """It ends, and takes its time."""
        self._hand.is_ending = True
        try:
            if self._chance.random() < 0.3:
                await self._labour(self._chance.choice([0.01, STOP_S, 5 * STOP_S]), int(self._chance.random() * 3))
        finally:
            if self._hand.over_at is None:
                self._bench.over(self._hand)


class Routee(Actor[Any]):
    """Takes pieces.

    Args:
        bench: Is told.
        its: Whose it is.
    """

    def __init__(self, bench: Bench, its: list[Pool]) -> None:
        self._bench, self._its = bench, its

    def pre_start(self) -> None:
        """It is there."""
        pool, name = self._its[0], self.ref.name
        pool.hands[name] = Hand(f"{name} of pool {pool.number}", self.ref, may_end=pool.may_end)

    def post_restart(self, reason: BaseException) -> None:
        """It is the same."""

    def pre_restart(self, reason: BaseException, message: Any | None) -> None:
        """A restart is not an end."""

    def receive(self, message: Piece) -> None:
        """Take it, and fail perhaps."""
        hand = self._its[0].hands[self.ref.name]
        self._bench.takes(hand, self.ref.name, message)
        if message.fails:
            raise self._bench.error(hand)

    def post_stop(self) -> None:
        """It ends."""
        pool = self._its[0]
        hand = pool.hands[self.ref.name]
        hand.may_end |= pool.may_end
        self._bench.left(pool, hand)


class Foreman(Actor[Any]):
    """Has workers and pools, feeds them, and ends them.

    Args:
        bench: Is told.
        chance: Of what it decides.
        elsewhere: The bench of the other node.
        far: Makes a reference to somebody there.
    """

    def __init__(self, bench: Bench, chance: random.Random, elsewhere: Bench, far: Any) -> None:
        self._bench, self._chance, self._elsewhere, self._far = bench, chance, elsewhere, far
        self.supervisor_strategy = OneForOneStrategy(decider=self._decide, logging=False)

    def receive(self, message: Any) -> None:
        """Do as told."""
        match message:
            case Do(what, number, other):
                getattr(self, f"_{what}")(number, other)
            case Terminated():
                self._bench.heard(message.ref, message.cause)
            case BaseException():
                raise message

    def _decide(self, error: BaseException) -> Directive:
        verdict = self._chance.choice([Directive.RESUME, Directive.RESTART, Directive.RESTART, Directive.STOP])
        stops = verdict is Directive.STOP
        ended = self._bench.pools.get(self.sender)
        if stops and ended is not None:
            ended.may_end = True
            for hand in ended.hands.values():
                hand.may_end = True
        self._bench.decides(error, stops)
        return verdict

    # --- workers ------------------------------------------------------------------------------------------------------

    def _hire(self, number: float, other: float) -> None:
        if len(self._bench.living()) < WORKERS:
            hand = Hand("", None)
            hand.ref = self.context.watch(self.context.spawn(Props(Worker, hand, self._bench, self._chance)))
            hand.label = f"worker {hand.ref.name}"
            self._bench.hands[hand.ref] = hand

    def _job(self, number: float, other: float) -> None:
        if (hand := _pick(self._bench.living(), number)) is not None:
            takes_s = self._chance.choice([0.01, 0.1, 2 * STOP_S, 8 * STOP_S])
            hand.ref.tell(Job(takes_s, int(other * 3), self._chance.random() < 0.4))

    def _stop(self, number: float, other: float) -> None:
        if (hand := _pick(self._bench.living(), number)) is not None:
            self._bench.told(hand)
            self.context.stop(hand.ref)

    def _graceful(self, number: float, other: float) -> None:
        bench, is_near = self._bench, self._chance.random() < 0.5
        if not is_near:
            bench = self._elsewhere
        if (hand := _pick(bench.living(), number)) is not None and not bench.is_closing:
            word = None if self._chance.random() < 0.6 else Job(0.01, 0, False)  # of which nobody ends
            hand.may_end |= word is None
            ref = hand.ref if is_near else self._far(hand.ref)
            self.context.pipe_to_self(self._end_of(hand, ref, other * 2, word), lambda _: "over", lambda error: error)

    async def _end_of(self, hand: Hand, ref: Any, timeout_s: float, word: Any) -> None:
        timeout_s = 0.0 if timeout_s < 0.1 else timeout_s
        try:
            await graceful_stop(ref, timeout_s, word)
        except TimeoutError:
            self._bench.sometimes("an end was awaited in vain")
        else:
            self._bench.require(hand.over_at is not None, "S68", f"{hand.label} is said to have ended, and has not")
            self._bench.sometimes("an end was awaited")

    def _ask(self, number: float, other: float) -> None:
        if (hand := _pick(self._bench.living(), number)) is not None:
            self.context.pipe_to_self(self._asked(hand, other), lambda _: "over", lambda error: error)

    async def _asked(self, hand: Hand, number: float) -> None:
        timeout_s = self._chance.choice([0.0, -1.0, 0.05, 0.1 + number])
        reply, loop = StopIteration(3) if number < 0.3 else number, asyncio.get_running_loop()
        begun_at = loop.time()
        try:
            answer = await hand.ref.ask(Query(reply), timeout_s)
        except AskTimeout:
            late_s = loop.time() - begun_at - max(timeout_s, 0.0)
            self._bench.require(abs(late_s) < 1e-6, "A13", f"an ask of {timeout_s} s is given up {late_s:.3f} s late")
            self._bench.sometimes("an ask was given up")
        except RuntimeError as error:
            self._bench.require(number < 0.3, "A13", f"{reply} was replied, and {error!r} is raised")
            self._bench.sometimes("what no ask can raise was replied")
        else:
            self._bench.require(answer == number and timeout_s > 0, "A13", f"{answer} is the answer, not {reply}")

    # --- pools --------------------------------------------------------------------------------------------------------

    def _pool(self, number: float, other: float) -> None:
        if sum(not one.is_over for one in self._bench.pools.values()) >= POOLS:
            return
        kinds: list[Any] = [RoundRobin, RandomChoice, SmallestMailbox, partial(ConsistentHashing, _key)]
        logic = kinds[int(number * len(kinds))]()
        its: list[Pool] = []
        strategy = None if other < 0.5 else OneForOneStrategy(decider=self._decide_of_routees, logging=False)
        routee: Props[Any] = Props(Routee, self._bench, its)
        ref = self.context.watch(self.context.spawn(pool(routee, HANDS, logic, strategy)))
        its.append(Pool(self._bench.number(), ref, number >= 0.75, HANDS))
        self._bench.pools[ref] = its[0]

    def _decide_of_routees(self, error: BaseException) -> Directive:
        verdict = self._chance.choice([Directive.RESUME, Directive.RESTART, Directive.STOP])
        self._bench.decides(error, verdict is Directive.STOP)
        return verdict

    def _piece(self, number: float, other: float) -> None:
        pools = [one for one in self._bench.pools.values() if not one.is_over]
        if (its := _pick(pools, number)) is not None:
            for turn in range(4):
                key = int(other * KEYS + turn) % KEYS
                piece = Piece(its, key, self._chance.random() < 0.04, turn == 3 and other < 0.3)
                self._bench.sends(piece)
                its.ref.tell(Broadcast(piece) if piece.to_all else piece)

    def _dismiss(self, number: float, other: float) -> None:
        """A routee less: told to the pool, or by a pill."""
        pools = [one for one in self._bench.pools.values() if not one.is_over]
        its = _pick(pools, number)
        hand = None if its is None else _pick([one for one in its.hands.values() if one.over_at is None], other)
        if its is not None and hand is not None:
            hand.may_end = True
            if other < 0.7:
                its.ref.tell(RemoveRoutee(hand.ref))
            else:
                hand.ref.tell(PoisonPill())


def _key(message: Piece) -> int:
    if message.has_no_key:
        raise KeyError("a piece without a key")
    return message.key


def _pick(some: list[Any], place: float) -> Any:
    return some[int(place * len(some))] if some else None
