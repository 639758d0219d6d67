"""`Deeds`: what an actor of the scenario `families` does when it is told to, one method for each errand. SHELL.

Each tells the judges first, or right after. Deliberately not here: hooks, and taking messages (`kin`).
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from actors import Kill, PoisonPill, Terminated
from actors.address import ActorPath
from actors.errors import ActorNameInUse
from runtime.graceful import graceful_stop
from runtime.sim.families.relays import Relays
from runtime.sim.families.truth import Member
from runtime.sim.families.words import Do, Gone, Ill

MOST_CHILDREN, DEEPEST = 4, 4


class Deeds(Relays):
    """Of one instance.

    Args:
        kin: That.

    Attributes:
        shelving: How many more messages are put aside.
    """

    def __init__(self, kin: Any) -> None:
        super().__init__(kin)
        self.shelving = 0

    def obey(self, order: Do) -> Any:
        """Do as told."""
        what = order.what.replace("-", "_")
        return getattr(self, f"_{what}")(order)

    # --- family -------------------------------------------------------------------------------------------------------

    def have_children(self) -> None:
        """Make those that it should have and has not."""
        for name in self._house.traits[self._me.who].brood:
            if self._context.child(name) is None:
                self._house.spawn(self._context, self._me, name)

    def _spawn(self, order: Do) -> None:
        name, me = f"k{int(order.place * 4)}", self._me
        before = me.children.get(name)
        if me.level >= DEEPEST or len(me.living()) >= MOST_CHILDREN:
            return
        try:
            self._house.spawn(self._context, me, name)
        except ActorNameInUse:
            self._house.record.sometimes("a name was in use")
            is_free = before is None or before.has_ended
            self._house.record.require(not is_free, "D41", f"the name {name} is not free below {me}")
        else:
            is_free = before is None or before.has_ended
            self._house.record.require(is_free, "D42", f"the name of {before} is used before its end")

    def _stop(self, order: Do) -> None:
        self._house.law.told(self._me, "by itself")
        self._context.stop(self._kin.ref)

    def _stop_child(self, order: Do) -> None:
        if (child := self._pick(order)) is not None:
            self._house.law.told(child, "by its parent")
            self._context.stop(child.ref)

    def _stop_stranger(self, order: Do) -> None:
        other = self._other(order)
        if other is None or other is self._me:
            return
        if other.ref.path.elements[:-1] == self._me.ref.path.elements and other.life is self._me.life:
            return  # a child, or one of an actor that lived there before
        try:
            self._context.stop(other.ref)
        except ValueError:
            self._house.record.sometimes("a stranger cannot be stopped")
        else:
            self._house.record.require(False, "S81", f"{self._me} stops {other}, which is not its child")

    def _graceful(self, order: Do) -> None:
        child = self._pick(order)
        if child is not None and not child.lane.is_bounded and not self._me.lane.is_bounded:
            self._aside(partial(self._end_of, child, 0.05 + order.amount), 2 + order.amount)

    async def _end_of(self, child: Member, timeout_s: float) -> str:
        pill, record = PoisonPill(), self._house.record
        child.lane.put(pill)
        try:
            await graceful_stop(child.ref, timeout_s, pill)
        except TimeoutError:
            return "late"
        record.require(child.has_ended, "S68", f"{child} is said to have stopped, and has not")
        record.sometimes("a graceful stop")
        return "stopped"

    def _pill(self, order: Do) -> None:
        if (other := self._other(order)) is not None:
            self._house.tell(other, PoisonPill())

    def _kill(self, order: Do) -> None:
        if (other := self._other(order)) is not None and self._house.truth.rages:
            self._house.tell(other, Kill())

    # --- work ---------------------------------------------------------------------------------------------------------

    def _work(self, order: Do) -> None:
        """Nothing else."""

    def _nap(self, order: Do) -> Any:
        return asyncio.sleep(order.amount * 0.6)

    def _fail(self, order: Do) -> Any:
        if not self._house.truth.rages:
            return None
        if order.place < 0.3:
            return self._fail_later(order.amount * 0.3)
        raise self._kin.error()

    async def _fail_later(self, after_s: float) -> None:
        await asyncio.sleep(after_s)
        error = self._kin.error()
        # A cancellation at the end of a handler that keeps its actor from stopping is no failure.
        raise Ill(str(error)) if isinstance(error, asyncio.CancelledError) else error

    def become(self, place: float) -> None:
        """Take the next messages with another behaviour, above the present one or in its place."""
        me, is_instead = self._me, place < 0.4
        me.depth = max(1, me.depth) if is_instead else me.depth + 1
        self._context.become(partial(self._kin.take, me.depth), discard_old=is_instead)
        self._house.record.sometimes("another behaviour")

    def _become(self, order: Do) -> None:
        self.become(order.place)

    def _unbecome(self, order: Do) -> None:
        self._me.depth = max(0, self._me.depth - 1)
        self._context.unbecome()

    def _shelve(self, order: Do) -> None:
        self.shelving = 1 + int(order.amount * 8)

    def _unstash(self, order: Do) -> None:
        self.shelving = 0
        if self._me.lane.stashed:
            self._house.record.sometimes("a stash was put back")
        self._me.lane.unstash()
        self._context.unstash_all()

    def shelve(self, message: Any) -> bool:
        """Put a message aside; the last of several brings all of them back. Returns whether that was done."""
        self.shelving -= 1
        if not self.shelving:
            self._unstash(Do("unstash"))
            return False
        self._stash(message)
        return True

    def _stash(self, message: Any) -> None:
        fits, require = self._me.lane.stash(message), self._house.record.require
        try:
            self._context.stash()
        except RuntimeError:
            require(not fits, "A6", f"{self._me} may not stash its message number {len(self._me.lane.stashed)}")
            self._house.record.sometimes("a stash was full")
            raise
        require(fits, "A6", f"{self._me} stashes more than it may")
        if self._kin.chance.random() < 0.1:
            try:
                self._context.stash()
            except RuntimeError:
                return
            require(False, "A6", f"{self._me} stashes a message twice")

    # --- watches ------------------------------------------------------------------------------------------------------

    def _watch(self, order: Do) -> None:
        if order.place > 0.97:
            path = ActorPath(self._house.address(self._me.life.node), ("user", "nobody"), 1 + int(order.amount * 1e9))
            self.watch(self._context.system.ref_for(path), None)
        elif (other := self._other(order)) is not None:
            known = self._me.watching.get(other.ref.path.uid)
            token = known[0] if known is not None else None if order.place < 0.5 else Gone(other.ref.path.uid)
            self.watch(self._house.ref(self._me, other), token)

    def _conflict(self, order: Do) -> None:
        if (other := self._watched(order)) is not None:
            uid = other.ref.path.uid
            token = None if self._me.watching[uid][0] is not None else Gone(uid)
            self.watch(self._house.ref(self._me, other), token)

    def _again(self, order: Do) -> None:
        """What comes by itself has come while its actor naps, and then it is wanted no more, or anew."""
        if not self._me.lane.is_bounded:
            self._timer(Do("timer", 0, 0.05, order.place))
            what = ("timer", "cancel", "periodic")[int(order.amount * 3)]
            for next_one in (Do("nap", 0, 0.2), Do(what, 0, 0.3, order.place)):
                self._house.tell(self._me, next_one)

    def _unwatch(self, order: Do) -> None:
        if (other := self._watched(order)) is not None:
            self._context.unwatch(self._house.ref(self._me, other))
            self._house.deaths.unwatches(self._me, other.ref.path.uid)

    def _watched(self, order: Do) -> Member | None:
        """Whom the order is about, if that one is watched; else anybody who is."""
        by_uid, other = self._house.truth.by_uid, self._other(order)
        watched = [by_uid[uid] for uid in self._me.watching if uid in by_uid]
        if other in watched:
            return other
        return watched[int(order.place * len(watched))] if watched else None

    def mourn(self, notice: Any) -> None:
        """A death was heard of: put it aside, do not handle it, or take note."""
        uid, me = (notice.ref.path.uid if type(notice) is Terminated else notice.uid, self._me)
        has_room = not me.lane.is_bounded and len(me.lane.stashed) < 3
        if has_room and uid not in me.watching and self._kin.chance.random() < 0.15:
            self._house.deaths.stashes(me, notice)
            self.shelving = 2
            self._stash(notice)
        elif self._house.traits[me.who].is_loyal:
            self._kin.unhandled(notice)
            is_right = type(notice) is not Terminated
            self._house.record.require(is_right, "D35", f"{me} survives a Terminated that it does not handle")

    def _race(self, order: Do) -> None:
        """A subject speaks to its watcher and stops; the watcher perhaps ends its watch at that moment."""
        other = self._other(order)
        if other is None or other is self._me or other.life is not self._me.life or other.level < 1:
            return
        self._watch(Do("watch", other.who, 0.0, order.place * 0.9))
        for what in ("say", "say", "stop"):
            self._house.tell(other, Do(what, self._me.who))
        if order.amount < 0.6:
            if order.amount < 0.3:
                self._house.tell(self._me, Do("nap", 0, 0.2))
            self._house.tell(self._me, Do("unwatch", other.who, 0.0, order.place))
