"""`Bench`: what workers and pools of the scenario `workshops` owe to those who stop, feed and await them. Pure.

S60 whoever is told to stop has stopped in time, however its handlers cling to life, and nobody else is cut off; S5 only
what has failed is judged; S68 who waits for an end hears of it then, and not before; A15 a piece is taken once, by one
of those who are there, of the same key by the same one as long as that is there, or is a dead letter; a pool ends when
its last routee has. Told by the workers themselves, in the same turn. Deliberately not here: doing any of it (`hands`).
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from actors import DeathCause
from runtime.sim.campaign import Record

STOP_S = 0.4
"""`Settings.stop_timeout_s`: after this a handler or a hook is cancelled, and after as much again it is left behind."""
OVER_S = 4 * STOP_S + 0.3
"""From a stop to the end: one handler and one hook, both of which cling to life."""
SOON_S = 1.0
"""From the end of the last routee to that of its pool, and the like."""
OF_ITSELF = (DeathCause.STOPPED, DeathCause.FAILED)


@dataclass(slots=True, eq=False)
class Hand:
    """A worker, or a routee of a pool.

    Attributes:
        label: For people.
        ref: Its reference, on its node.
        told_at: When it was told to stop.
        may_end: Whether anything may end it.
        over_at: When its `post_stop` was over, or its end was told.
        is_ending: Whether its `post_stop` has begun.
        is_cut: Whether what that awaits was cancelled: then it may be left behind.
        has_failed: Whether it has ever failed.
        is_doomed: Whether a verdict on that was to stop it.
    """

    label: str
    ref: Any
    told_at: float | None = None
    may_end: bool = False
    over_at: float | None = None
    is_ending: bool = False
    is_cut: bool = False
    has_failed: bool = False
    is_doomed: bool = False


@dataclass(slots=True, eq=False)
class Pool:
    """A pool.

    Attributes:
        number: Of it.
        ref: Its reference.
        is_by_key: Whether a key has an owner.
        hands: By name.
        size: How many it begins with.
        owners: By key.
        may_end: Whether anything may end it.
        empty_at: Since when none of its routees is left.
        is_over: Whether its end was told.
    """

    number: int
    ref: Any
    is_by_key: bool
    size: int
    hands: dict[str, Hand] = field(default_factory=dict)
    owners: dict[int, str] = field(default_factory=dict)
    may_end: bool = False
    empty_at: float | None = None
    is_over: bool = False


@dataclass(slots=True, eq=False)
class Piece:
    """What a pool gets; known by identity.

    Attributes:
        pool: Which.
        key: For those who go by keys.
        fails: Whether whoever takes it fails.
        to_all: Whether it is for all routees.
        taken: By whom.
        dead: How often it became a dead letter.
    """

    pool: Pool
    key: int
    fails: bool
    to_all: bool
    taken: list[str] = field(default_factory=list)
    dead: int = 0

    @property
    def has_no_key(self) -> bool:
        """Whether nobody can say its key."""
        return self.fails and self.key == 0


class Bench:
    """Judges those of one node.

    Args:
        node: Its name.
        record: Is told, and raises.
        now: World seconds.

    Attributes:
        hands: Of the foreman, by reference.
        pools: By reference.
        is_closing: Whether its node has begun to end.
        now: World seconds.
    """

    def __init__(self, node: str, record: Record, now: Callable[[], float]) -> None:
        self.hands: dict[Any, Hand] = {}
        self.pools: dict[Any, Pool] = {}
        self.is_closing = False
        self.node, self._record, self.now = node, record, now
        self._pieces: list[Piece] = []
        self._errors: dict[int, tuple[BaseException, Hand]] = {}
        self._numbers = itertools.count(1)

    def living(self) -> list[Hand]:
        """Workers that have not ended."""
        return [hand for hand in self.hands.values() if hand.over_at is None]

    def number(self) -> int:
        """The next."""
        return next(self._numbers)

    # --- workers ------------------------------------------------------------------------------------------------------

    def told(self, hand: Hand) -> None:
        """A worker is told to stop."""
        hand.may_end = True
        hand.told_at = self.now() if hand.told_at is None else hand.told_at

    def cut(self, hand: Hand) -> None:
        """What it awaits was cancelled."""
        is_late = hand.told_at is not None and self.now() - hand.told_at >= STOP_S - 1e-6
        self.require(is_late or hand.may_end or self.is_closing, "S60", f"{hand.label} is cut off, and may go on")
        hand.is_cut = hand.is_ending
        self._record.sometimes("a handler was cancelled")

    def goes_on(self, hand: Hand) -> None:
        """It does something after it was cut off."""
        text = f"{hand.label} goes on after its end"
        self.require(hand.over_at is None or hand.over_at == self.now(), "S60", text)
        self._record.sometimes("a handler went on though it was cancelled")

    def over(self, hand: Hand) -> None:
        """Its `post_stop` is over."""
        self.require(hand.may_end or self.is_closing, "S60", f"{hand.label} ends, and nobody has told it to")
        hand.over_at = self.now()

    def error(self, hand: Hand) -> BaseException:
        """What a worker is about to fail with."""
        error, hand.has_failed = RuntimeError(f"{hand.label} fails"), True
        self._errors[id(error)] = error, hand
        return error

    def decides(self, error: BaseException, stops: bool) -> None:
        """A supervisor is asked about a failure, and is about to say whether that ends whoever has failed."""
        known = self._errors.pop(id(error), None)
        self.require(known is not None, "S5", f"a supervisor is asked about {error!r}, with which nobody has failed")
        if known is not None and stops:
            known[1].may_end = known[1].is_doomed = True

    def heard(self, ref: Any, cause: DeathCause) -> None:
        """The foreman is told of an end."""
        if (pool := self.pools.get(ref)) is not None:
            pool.is_over = True
            left = [hand.label for hand in pool.hands.values() if hand.over_at is None]
            self.require(not left, "A15", f"pool {pool.number} has ended, and {left} have not")
            is_right = pool.may_end or self.is_closing or len(pool.hands) >= pool.size
            self.require(is_right, "A15", f"pool {pool.number} ends, and has routees")
            self._record.sometimes("a pool has ended")
            return
        hand = self.hands[ref]
        is_over = hand.over_at is not None or (hand.is_ending and hand.is_cut)
        self.require(is_over, "S60", f"the end of {hand.label} is told before it is over")
        if hand.over_at is None:
            self._record.sometimes("a hook was left behind")
            hand.over_at = self.now()
        is_right = cause is DeathCause.FAILED if hand.is_doomed and hand.told_at is None else cause in OF_ITSELF
        is_right &= cause is DeathCause.STOPPED or hand.has_failed
        self.require(is_right, "D62", f"{hand.label} is said to have ended by {cause.value}")
        self._record.sometimes(f"a worker has ended: {cause.value}")

    # --- pools --------------------------------------------------------------------------------------------------------

    def sends(self, piece: Piece) -> None:
        """A pool is about to get a piece."""
        self._pieces.append(piece)

    def takes(self, hand: Hand, name: str, piece: Piece) -> None:
        """A routee has got it."""
        pool, text = piece.pool, f"a piece for pool {piece.pool.number}"
        self.require(pool.hands.get(name) is hand, "A15", f"{text} comes to {hand.label}, which is none of its")
        self.require(name not in piece.taken, "A15", f"{text} comes to {name} twice")
        self.require(piece.to_all or not piece.taken, "A15", f"{text} comes to {name}, and to {piece.taken} before")
        piece.taken.append(name)
        if pool.is_by_key and not piece.to_all:
            owner = pool.hands.get(pool.owners.get(piece.key, ""))
            is_its = owner is None or owner is hand or owner.may_end
            self.require(
                is_its, "A15", f"{text} of key {piece.key} comes to {name}, and not to {owner and owner.label}"
            )
            pool.owners[piece.key] = name
            self._record.sometimes("a piece by its key")

    def dead(self, piece: Piece) -> None:
        """It has become a dead letter."""
        piece.dead += 1
        pool = piece.pool
        is_right = pool.may_end or self.is_closing or pool.is_over or any(one.may_end for one in pool.hands.values())
        is_right |= piece.has_no_key and pool.is_by_key
        self.require(is_right, "A15", f"a piece for pool {pool.number} is a dead letter, and all of it is there")
        self.require(piece.dead == 1 or piece.to_all, "A15", f"a piece for pool {pool.number} is dead twice")

    def left(self, pool: Pool, hand: Hand) -> None:
        """A routee has ended."""
        self.over(hand)
        if all(one.over_at is not None for one in pool.hands.values()):
            pool.empty_at = self.now()

    # --- looks --------------------------------------------------------------------------------------------------------

    def look(self) -> None:
        """Whatever has to have happened by now."""
        now = self.now()
        for hand in self.living():
            late_s = now - (now if hand.told_at is None else hand.told_at)
            self.require(late_s < OVER_S, "S60", f"{hand.label} was told to stop {late_s:.1f} s ago, and does not")
        for pool in self.pools.values():
            if pool.empty_at is not None and not pool.is_over and not self.is_closing:
                text = f"pool {pool.number} has had no routee for long, and has not ended"
                self.require(now - pool.empty_at < SOON_S, "A15", text)

    def close(self) -> None:
        """All is over: each piece has come somewhere."""
        self.look()
        for piece in self._pieces:
            is_somewhere = bool(piece.taken) or piece.dead > 0
            self.require(is_somewhere, "A15", f"a piece for pool {piece.pool.number} is lost")

    def require(self, holds: Any, rule: str, text: str) -> None:
        """A rule must hold now."""
        if not holds and self._record.violation is None:
            self._record.require(False, rule, f"{self.node}: {text}")

    def sometimes(self, what: str) -> None:
        """See `Record`."""
        self._record.sometimes(what)
