"""`Services`: what a router, a gate, the event stream and the runtime itself owe to people of `families`. Pure.

A11 whoever has subscribed when something is published hears it, once and in order, and nobody else; A14 who is asked
for says whether it lives; A15 a parcel goes to those of the routees who are meant, with its author as the sender, and
not to the dead; D61 who waits for room in a mailbox is served in turn, or not at all. One for each life of a node; all
of that is within a process. Deliberately not here: asking for any of it (`relays`), and asks as such (`asks`).
"""

from __future__ import annotations

import itertools
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from actors import Overflow
from actors.lifecycle import State
from actors.mailbox import MailboxSettings
from actors.ref import ActorRef
from runtime.sim.campaign import Record
from runtime.sim.families.truth import Life, Member
from runtime.sim.families.words import Bulletin, Parcel

GATE = MailboxSettings(2, Overflow.DROP_NEW)
"""Of an actor to whom people tell things when there is room."""
CROSSED_S = 0.5
"""A death so near to a parcel may have come between it and the one before."""
STRUCK_S = 1.0
"""Whoever has been dead for so long is no routee any more."""
LATE_S = 0.01
"""So late a timer may be heard of: where each look at a clock takes 100 us, whatever runs before it takes some."""
LONGEST_S = 0.9
"""The gate takes for one parcel; so whoever gave up waiting is not served when it could have handled all it has."""


@dataclass(slots=True, eq=False)
class Sent:
    """A parcel.

    Attributes:
        author: Who sends it.
        at: When.
        routees: Those who are to be considered, as they were enlisted.
        taken: Who has got it.
        dead: How often it became a dead letter.
    """

    author: Member
    at: float
    routees: tuple[Member, ...]
    taken: list[Member] = field(default_factory=list)
    dead: int = 0


@dataclass(slots=True, eq=False)
class Wait:
    """Somebody waits for room.

    Attributes:
        begun_at: When it began to.
        due: When it gives up.
        has_room: Whether there is room at once, for all that is known.
        outcome: `told`, `full` or `cancelled`; empty while it waits.
        over_at: When.
    """

    begun_at: float
    due: float
    has_room: bool
    outcome: str = ""
    over_at: float = 0.0


class Services:
    """Judges those of one node.

    Args:
        life: Of the node.
        is_to_all: Whether its router passes each parcel to all.
        record: Is told, and raises.
        now: World seconds.

    Attributes:
        router, gate: They themselves, once they are there.
    """

    router: ActorRef[Any]
    gate: ActorRef[Any]

    def __init__(self, life: Life, is_to_all: bool, record: Record, now: Callable[[], float]) -> None:
        self._life = life
        self._is_to_all = is_to_all
        self._record = record
        self._now = now
        self._numbers = itertools.count(1)
        self._routees: list[Member] = []
        self._sent: dict[int, Sent] = {}
        self._readers: list[tuple[Member, type[Bulletin]]] = []
        self._unread: dict[int, deque[int]] = {}
        self._waits: dict[int, Wait] = {}
        self._served = 0

    # --- the router -------------------------------------------------------------------------------------------------

    def enlists(self, member: Member) -> None:
        """Somebody becomes a routee."""
        if member not in self._routees:
            self._routees.append(member)

    def dismisses(self, member: Member) -> None:
        """Somebody is no routee any more."""
        if member in self._routees:
            self._routees.remove(member)

    def routes(self, author: Member) -> Parcel:
        """Somebody is about to send a parcel to the router. Returns it."""
        number = next(self._numbers)
        self._routees = [one for one in self._routees if not one.has_ended]
        self._sent[number] = Sent(author, self._now(), tuple(self._routees))
        return Parcel(number)

    def came(self, member: Member, parcel: Parcel, sender: ActorRef[Any]) -> None:
        """A routee has got one."""
        sent = self._sent[parcel.number]
        text = f"parcel {parcel.number} of {sent.author} comes to {member}"
        self._require(sender.path == sent.author.ref.path, "A15", f"{text} as that of {sender}")
        self._require(member in sent.routees, "A15", f"{text}, which is no routee")
        self._require(member not in sent.taken, "A15", f"{text} twice")
        self._require(self._is_to_all or not sent.taken, "A15", f"{text}, and to {sent.taken} before")
        sent.taken.append(member)
        for number in (parcel.number - 1, parcel.number) if not self._is_to_all else ():
            self._in_turn(self._sent.get(number), self._sent.get(number + 1))
        self._record.sometimes(f"a parcel to {'all routees' if self._is_to_all else 'the next routee'}")

    def _in_turn(self, one: Sent | None, other: Sent | None) -> None:
        """Two parcels, one behind the other, go to different routees while nobody comes or goes."""
        if one is None or other is None or not (one.taken and other.taken) or one.routees != other.routees:
            return
        died = [member.over_at for member in one.routees if member.over_at is not None]
        is_same = not any(one.at - CROSSED_S < at < other.at + CROSSED_S for at in died) and not self._was_frozen(
            one.at
        )
        if is_same and len(one.routees) > 1:
            self._record.sometimes("two parcels in turn")
            self._require(one.taken[0] is not other.taken[0], "A15", f"two parcels in turn go to {one.taken[0]}")

    def dead(self, parcel: Parcel, recipient: ActorRef[Any], member: Member | None) -> None:
        """A parcel has become a dead letter."""
        if recipient.path == self.gate.path:
            self._require(self._life.is_leaving, "D61", f"parcel {parcel.number} to the gate is a dead letter")
            return
        sent = self._sent[parcel.number]
        sent.dead += 1
        text = f"parcel {parcel.number} is a dead letter"
        if self._life.is_leaving:
            return
        if member is None:
            left = [str(one) for one in sent.routees if not one.has_ended]
            self._require(not left, "A15", f"{text}, and {left} could take it")
            self._record.sometimes("a parcel without routees")
        else:
            self._require(member.has_ended, "A15", f"{text}, and {member} lives")
            is_old = member.over_at is not None and member.over_at < sent.at - STRUCK_S
            is_wrong = is_old and not self._was_frozen(sent.at - STRUCK_S)
            self._require(not is_wrong, "A15", f"{text}: it went to {member}, which has long been dead")
            self._record.sometimes("a parcel to a dying routee")

    # --- the event stream -------------------------------------------------------------------------------------------

    def subscribes(self, member: Member, kind: type[Bulletin], is_new: bool) -> None:
        """Somebody has subscribed, and was told whether that was news."""
        known = (member, kind) in self._readers
        self._require(is_new is not known, "A11", f"{member} subscribes: {is_new}, and was a subscriber: {known}")
        if not known:
            self._readers.append((member, kind))

    def unsubscribes(self, member: Member, kind: type[Bulletin] | None, was_there: bool) -> None:
        """Somebody has ended that, and was told whether there was anything to end."""
        mine = [entry for entry in self._readers if entry[0] is member and kind in (None, entry[1])]
        text = f"{member} ends subscriptions: {was_there}, and had {len(mine)}"
        self._require(was_there is bool(mine), "A11", text)
        self._readers = [entry for entry in self._readers if entry not in mine]

    def publishes(self, kind: type[Bulletin]) -> Bulletin:
        """Somebody is about to publish something of that class. Returns it."""
        number = next(self._numbers)
        for member, wanted in self._readers:
            if issubclass(kind, wanted):
                self._unread.setdefault(member.who, deque()).append(number)
        return kind(number)

    def read(self, member: Member, bulletin: Bulletin) -> None:
        """It has come to somebody."""
        unread = self._unread.get(member.who, deque())
        text = f"{member} hears bulletin {bulletin.number}, and should hear {list(unread)[:3]}"
        self._require(bool(unread) and unread.popleft() == bulletin.number, "A11", text)
        self._record.sometimes(f"a subscriber was told of a {type(bulletin).__name__}")

    # --- room -------------------------------------------------------------------------------------------------------

    def waits(self, timeout_s: float) -> Parcel:
        """Somebody is about to wait for room at the gate. Returns what it wants to say."""
        number, now = next(self._numbers), self._now()
        self._waits[number] = Wait(now, now + timeout_s, len(self._waits) < (GATE.capacity or 0))
        return Parcel(number)

    def ends(self, parcel: Parcel, outcome: str) -> None:
        """It waits no longer."""
        number, wait, now = parcel.number, self._waits[parcel.number], self._now()
        wait.outcome, wait.over_at = outcome, now
        is_served, was_frozen = number <= self._served, self._was_frozen(wait.begun_at)
        text = f"who waits for room for {number} is {outcome} after {now - wait.begun_at:.3f} s"
        if outcome == "full":
            self._require(now >= wait.due - 1e-6, "D61", f"{text}, too early")
            self._require(not is_served, "D61", f"{text}, and it was handled")
        elif outcome == "told" and wait.has_room:
            self._require(now <= wait.begun_at or was_frozen, "D61", f"{text}, though there was room")
        self._require(now <= wait.due + LATE_S or was_frozen, "D61", f"{text}, too late")
        if is_served or outcome == "full":
            del self._waits[number]
        self._record.sometimes(f"waited for room: {outcome}" if now > wait.begun_at else f"no wait for room: {outcome}")

    def passes(self, parcel: Parcel) -> None:
        """The gate handles what somebody has said."""
        number, wait = parcel.number, self._waits.get(parcel.number)
        text = f"the gate handles {number}"
        if wait is None or number <= self._served:
            self._require(False, "D61", f"{text} after {self._served}, though it was given up or handled")
            return
        is_old = wait.outcome == "cancelled" and wait.over_at < self._now() - LONGEST_S * (2 + (GATE.capacity or 0))
        self._require(not is_old or self._was_frozen(wait.over_at), "D61", f"{text}, cancelled long ago")
        passed = [one for one, its in self._waits.items() if self._served < one < number and its.outcome != "cancelled"]
        self._require(not passed, "D61", f"{text} before {passed}")
        self._served = number
        # Whoever is served hears of it in a later turn.
        self._waits = {one: its for one, its in self._waits.items() if one > number or not its.outcome}

    # --- who is there -----------------------------------------------------------------------------------------------

    def identified(self, other: Member, begun_at: float, ref: ActorRef[Any] | None) -> None:
        """Somebody has asked who is there, and was answered."""
        if ref is not None:
            self._require(ref.path.uid == other.ref.path.uid, "A14", f"{ref} answers for {other}")
        elif other.life is self._life:
            self._require(other.has_ended, "A14", f"nobody answers for {other}, which lives")
        self._record.sometimes("somebody is there" if ref is not None else "nobody is there any more")

    def unidentified(self, other: Member, begun_at: float) -> None:
        """Somebody has asked, and was not answered in time."""
        is_owed = other.life is self._life and other.over_at is not None and other.over_at < begun_at
        is_owed = is_owed and not self._life.is_leaving
        self._require(not is_owed, "A14", f"nobody says that {other} is dead")

    # --- in the end -------------------------------------------------------------------------------------------------

    def watchers(self, member: Member) -> set[int]:
        """Who of the staff has a reason to watch somebody."""
        stream: Any = self._life.system.event_stream
        reads = any(one is member for one, _ in self._readers)
        carries = any(one is member for one in self._routees)
        return ({stream.watcher.path.uid} if reads else set()) | ({self.router.path.uid} if carries else set())

    def close(self) -> None:
        """All was well for long enough: everything has come."""
        router: Any = self.router.sink
        have = Counter(ref.path.uid for ref in router.instance.refs)
        should = Counter(one.ref.path.uid for one in self._routees if not one.has_ended)
        self._require(have == should, "A15", f"the router has routees {have}, and should have {should}")
        for number, sent in self._sent.items():
            is_known = sent.dead or sent.taken
            self._require(bool(is_known), "A15", f"parcel {number} of {sent.author} is lost")
        for member, _ in self._readers:
            unread = self._unread.get(member.who, deque())
            self._require(member.has_ended or not unread, "A11", f"{member} has not heard {list(unread)[:3]}")
        readers = [one for one, _ in self._life.system.event_stream.subscriptions.all() if isinstance(one, ActorRef)]
        dead = [one for one in readers if getattr(one.sink, "state", None) is State.TERMINATED]
        self._require(not dead, "A11", f"{dead} are dead, and subscribed")
        told = [number for number, wait in self._waits.items() if wait.outcome != "cancelled"]
        self._require(not told, "D61", f"the gate has not handled {told}")

    def _was_frozen(self, since: float) -> bool:
        return self._life.disturbed_at >= since

    def _require(self, holds: bool, rule: str, text: str) -> None:
        self._record.require(holds, rule, f"{self._life.node}: {text}")
