"""`Deaths`: who hears of whose end, once, as it asked and not before: D1 to D5, D20 to D55. Pure.

Deliberately not here: what has to be heard in time (`dues`); what a silence may look like between nodes, which is the
matter of the scenario `deathwatch`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors import DeathCause, Terminated
from actors.ref import ActorRef
from runtime.sim.campaign import Record
from runtime.sim.families.asks import Asks
from runtime.sim.families.truth import Member, Truth
from runtime.sim.families.words import Gone

OF_ACTORS = {"stopped": DeathCause.STOPPED, "failed": DeathCause.FAILED, "killed": DeathCause.KILLED}


class Deaths:
    """Judges watches and notices.

    Args:
        truth: What is so; registrations are kept there.
        asks: Whose askers may be watched.
        record: Is told, and raises.
        now: World seconds.
    """

    def __init__(self, truth: Truth, asks: Asks, record: Record, now: Callable[[], float]) -> None:
        self._truth = truth
        self._asks = asks
        self._record = record
        self._now = now

    def watches(self, member: Member, ref: ActorRef[Any], token: Any, refusal: BaseException | None) -> None:
        """Somebody has begun to watch, or was refused: D9, D29, D30, D31."""
        uid = ref.path.uid
        known = member.watching.get(uid)
        is_conflict = known is not None and known[0] is not token
        if refusal is not None:
            self._record.sometimes("a watch in conflict")
        text = f"{member} watches {ref} with {token}, and with {known} before: {refusal!r}"
        self._record.require((refusal is not None) == is_conflict, "D30", text)
        if refusal is None and known is None and ref != member.ref:
            member.watching[uid] = token, self._now()
            if token is not None:
                self._record.sometimes("a watch with a message")

    def unwatches(self, member: Member, uid: int) -> None:
        """Somebody has ended it."""
        if member.watching.pop(uid, None) is not None:
            member.lane.drop_notices(uid)
            subject = self._truth.by_uid.get(uid)
            if subject is not None and not subject.is_alive:
                self._record.sometimes("unwatched before the notice")

    def stashes(self, member: Member, notice: Any) -> None:
        """A notice is stashed: it counts as not yet handled (D27, D32)."""
        uid = notice.ref.path.uid if type(notice) is Terminated else notice.uid
        member.watching[uid] = (notice if type(notice) is Gone else None), 0.0
        self._record.sometimes("a notice was stashed")

    def told(self, member: Member, notice: Any) -> None:
        """Somebody is told of a death, by a `Terminated` or a message of its own: D1, D2, D15, D28, D44, D55."""
        is_back = member.lane.has_back(notice)
        uid = notice.ref.path.uid if type(notice) is Terminated else notice.uid
        registered = member.watching.pop(uid, None)
        subject = self._truth.by_uid.get(uid)
        require = self._record.require
        require(registered is not None, "D1", f"{member} hears of {subject or uid}, which it does not watch")
        token = None if registered is None else registered[0]
        is_right = token is notice if type(notice) is Gone else token is None
        require(is_right, "D28", f"{member} hears of {subject or uid} by {notice}, and has asked for {token}")
        self._record.sometimes("told by a message" if type(notice) is Gone else "told by Terminated")
        if subject is None:
            is_over = self._asks.is_over(uid)
            require(is_over is not False, "D14", f"{member} hears of the end of an ask that goes on")
            if is_over:
                self._record.sometimes("told of the end of an ask")
        elif subject.life is member.life:
            require(subject.has_ended, "D44", f"{member} hears of {subject}, which lives")
            waits = not is_back and member.lane.has_words_of(subject.who)
            require(not waits, "D55", f"{member} hears of {subject} before its last words")
            if type(notice) is Terminated and not is_back:
                self._flagged(member, subject, notice, registered)
        elif type(notice) is Terminated and subject.life.gone_at is None and not subject.has_ended:
            is_dead = subject.life.uid in member.life.convicted or not notice.cause.is_certain
            require(is_dead, "D62", f"{member} hears of {subject}, which lives: {notice.cause}")
        elif type(notice) is Terminated and subject.over_at is not None and notice.existence_confirmed:
            is_so = notice.cause in (OF_ACTORS[subject.death], DeathCause.NODE_SHUTDOWN)
            require(is_so, "D62", f"{member} hears of {subject} by {notice.cause}, which was {subject.death}")

    def _flagged(self, member: Member, subject: Member, notice: Terminated, registered: Any) -> None:
        require, over_at = self._record.require, subject.over_at
        require(not notice.address_terminated, "D62", f"the node of {subject} is said to be gone: {notice}")
        if over_at is None:
            return
        text = f"{member} hears of {subject}, which was {subject.death}: {notice}"
        require(notice.cause in (OF_ACTORS[subject.death], DeathCause.NEVER_EXISTED), "D62", text)
        if registered is not None and registered[1] < subject.took_at:  # whoever takes a message has heard of it
            require(notice.existence_confirmed, "D5", text)
        elif registered is not None and registered[1] > over_at:
            require(notice.existence_confirmed is False or subject in member.children.values(), "D3", text)
