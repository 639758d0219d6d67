"""`Dues`: what has to happen soon in the scenario `families`, and has not. Pure.

A failure is judged, a verdict followed, a stop obeyed, a message handled, a death told, a timer heard, an ask over. Who
stands still, waits for another's verdict, or is at work has time. Deliberately not here: what may happen (`law`).
"""

from __future__ import annotations

from collections.abc import Callable

from runtime.sim.campaign import Record
from runtime.sim.families.asks import Asks
from runtime.sim.families.truth import CREATING, LAME, LEFT, RISING, RUNNING, UNBORN, Member, Truth

PATIENCE_S = 5.0
"""Handlers and hooks wait for at most two seconds, one behind the other."""


class Dues:
    """Looks at everybody.

    Args:
        truth: What is so.
        asks: Those that go on.
        record: Is told, and raises.
        now: World seconds.
    """

    def __init__(self, truth: Truth, asks: Asks, record: Record, now: Callable[[], float]) -> None:
        self._truth = truth
        self._asks = asks
        self._record = record
        self._now = now

    def look(self, node: str) -> None:
        """Everybody on a node that lives and does not stand still."""
        life = self._truth.lives[node]
        if life.is_leaving:
            return
        for member in self._truth.living(node):
            self._alive(member)
        buried, life.buried = life.buried, []
        for member in buried:
            if member.over_at == self._now():
                life.buried.append(member)
            elif left := member.lane.left():
                what = [getattr(one, "what", one) for one in left]
                self._record.require(False, "S61", f"{what}, which were told {member}, are no dead letters")
        for ask in self._asks.going():
            if ask.asker.life is life and ask.asker.is_alive:
                self._late(ask.begun_at + ask.timeout_s, ask.asker, "A13", f"has not heard of ask {ask.number}")

    def _alive(self, member: Member) -> None:
        since = None if member.has_ended else self._settled_since(member)
        if since is None:
            return
        if member.told_at is not None:
            self._late(max(member.told_at, since), member, "S60", f"was told to stop {member.told_by}, and does not")
            return
        for _, at in member.unjudged:
            self._late(max(at, since), member, "S49", f"has failed, and nobody has judged it: {member.failure!r}")
        for grant in member.grants if not member.unnamed else ():
            if not grant.is_optional or member.state in (UNBORN, LAME):
                self._late(max(grant.most, since), member, "S2", f"was not restarted for {grant.reason!r}")
        if member.state != RUNNING or member.busy or member.held_at is not None:
            return
        since = max(since, member.changed_at, member.free_at)
        if member.lane.queue:
            self._late(
                max(since, member.lane.moved_at),
                member,
                "S49",
                f"handles nothing, and {len(member.lane.queue)} messages wait",
            )
        for number, due, _, seen_at in member.timers.values():
            self._late(max(due, seen_at, since), member, "A1", f"has not heard of timer {number}")
        for due in member.piped.values():
            self._late(max(due, since), member, "S38", "has not heard of what it awaits")
        if member.quiet is not None:
            self._late(max(sum(member.quiet), since), member, "A4", "has had no ReceiveTimeout")
        for uid, (_, at) in member.watching.items():
            subject = self._truth.by_uid.get(uid)
            if member.lane.has_stashed(uid):
                continue
            if subject is not None and subject.life is member.life and subject.over_at is not None:
                self._late(max(at, subject.over_at, since), member, "D1", f"was not told of {subject}")
            elif subject is None and self._asks.is_over(uid):
                self._late(max(at, since), member, "D14", "was not told of the end of an ask")

    def _settled_since(self, member: Member) -> float | None:
        """Since when nothing above it, nor its own hooks, can hold it up; `None` if something does."""
        if member.busy or (member.state in (CREATING, RISING) and member.told_at is None):
            return None
        since = max(member.life.disturbed_at, member.changed_at, member.free_at)
        for above in member.ancestors():
            if above.state != RUNNING or above.busy or (above.told_at is not None and member.told_at is None):
                return None
            since = max(since, above.changed_at, above.free_at)
        if member.state == LEFT or member.told_at is not None:
            for child in member.children.values():
                if child.over_at is None and not child.has_ended:
                    return None
                since = max(since, child.over_at or child.changed_at)
        return since

    def _late(self, due: float, member: Member, rule: str, text: str) -> None:
        late_s = self._now() - due
        if late_s > PATIENCE_S:
            self._record.require(False, rule, f"{member} {text}, {late_s:.1f} s after it could")
