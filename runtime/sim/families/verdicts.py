"""`Verdicts`: what a failure has to come to, in the scenario `families`: S3 to S29, S42, S54 to S66, S79. Pure.

What a verdict has to be is worked out here, and compared with the event `ActorFailed`; then everybody whom it concerns
is where it has to be. A part of `law`. Deliberately not here: hooks and handlers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors import Directive, Kill
from actors.errors import ActorInitializationError, ActorKilledError
from actors.signals import Recreate, Resume
from runtime.events import ActorFailed
from runtime.sim.campaign import Record
from runtime.sim.families.truth import FAILED, LAME, RUNNING, UNBORN, Grant, Member, Truth

LATE_S = 0.1
"""Whoever may restart at once, and does nothing else, does so sooner."""


class Verdicts:
    """Judges supervisors.

    Args:
        truth: What is so; it is kept here.
        record: Is told, and raises.
        now: World seconds.
    """

    def __init__(self, truth: Truth, record: Record, now: Callable[[], float]) -> None:
        self._truth = truth
        self._record = record
        self._now = now

    def decides(self, member: Member, error: BaseException, child: Member | None, verdict: Any) -> None:
        """A decider is asked, and is about to say that or to raise it: S4, S11, S12."""
        cause = _root(error)
        known = child is not None and self.knows(child, error)
        self._require(known, "S12", lambda: f"the decider of {member} is asked about {cause!r} of {child}")
        if isinstance(verdict, BaseException) and child is not None:
            self._record.sometimes("a failure in a decider")
            self._judged(child, error)
            self._fail(member, FAILED, verdict, None)
            member.perpetrator = child
        else:
            member.decision = error, verdict

    def judged(self, guardian: Member, event: ActorFailed, family: list[Member]) -> None:
        """A supervisor has judged: S3 to S9, S15 to S29, S54, S55, S66."""
        child, cause, now = (self._truth.by_uid[event.child.path.uid], event.error, self._now())
        parent = child.parent or guardian
        self._record.tell(child.life.node, "judged", f"{child}: {cause!r}: {event.directive.value}")
        self._require(
            self._judged(child, cause), "S55", lambda: f"{cause!r} of {child} is judged, which is not to be judged"
        )
        if parent.is_doubtful:
            parent.turns(RUNNING, now)
        self._require(parent.state == RUNNING, "S54", lambda: f"{parent} judges {child} while it is {parent.state}")
        self._require(not parent.is_stopping, "S66", lambda: f"{parent} judges {child} though it stops")
        decision, parent.decision = parent.decision, None
        if parent.rule.decider == "drawn":
            self._require(
                decision is not None and decision[0] is cause, "S5", lambda: f"{parent} has not decided about {cause!r}"
            )
        verdict = decision[1] if decision is not None else parent.rule.decides(cause)
        affected = family if parent.rule.is_for_all else [child]
        wait_s = (0.0, 0.0)
        if verdict is Directive.RESTART:
            allowed = [one.account.allows(parent.rule, now) for one in affected]  # each is counted
            if all(allowed):
                wait_s = child.account.waits_s(parent.rule.backoff, now)
            else:
                verdict = Directive.STOP
                self._record.sometimes("no restart was left")
        restarted = len(affected) if verdict is Directive.RESTART else 0
        is_right = (event.directive, event.restarted) == (verdict, restarted)
        text = f"{parent} says {event.directive} of {event.restarted} about {child}, not {verdict} of {restarted}"
        self._require(is_right, "S21" if verdict is Directive.STOP else "S5", lambda: text)
        self._record.sometimes(f"{verdict.value}{' for all' if len(affected) > 1 else ''}")
        self._follow(parent, child, cause, verdict, affected, wait_s)

    def _follow(
        self, parent: Member, child: Member, cause: Any, verdict: Any, affected: list[Member], wait_s: Any
    ) -> None:
        now = self._now()
        if verdict is Directive.ESCALATE:
            self._fail(parent, FAILED, cause, None)
            parent.perpetrator = child
            if parent.is_doubtful:
                self._doubt(child, cause, parent.passed)
        elif verdict is Directive.RESUME:
            self._resume(child, cause)
        elif verdict is Directive.STOP:
            for one in affected:
                self.told(one, "by a verdict")
        else:
            for one in affected:
                if one.told_at is None:
                    self.grant(one, cause, wait_s)
                    if one is not child:
                        one.held_at = now if one.held_at is None else one.held_at
            if wait_s[0]:
                self._record.sometimes("a restart that waits")

    def told(self, member: Member, by: str) -> None:
        """Somebody is told to stop."""
        self._tell(member, "told to stop", by)
        member.is_awaited = member.is_awaited or by in ("by its parent", "by a restart", "by a verdict")
        if member.told_at is None and member.over_at is None:
            member.told_at, member.told_by = self._now(), by
            if member.state != RUNNING:
                self._record.sometimes(f"told to stop while {member.state}")

    def grant(
        self,
        member: Member,
        reason: BaseException,
        wait_s: tuple[float, float] = (0.0, 0.0),
        *,
        is_optional: bool = False,
    ) -> None:
        """A restart was decided; or may come of what was decided."""
        now = self._now()
        member.grants.append(Grant(reason, now + wait_s[0], now + wait_s[1], is_optional))

    # --- inside -------------------------------------------------------------------------------------------------------

    def _fail(self, member: Member, state: str, error: BaseException, message: Any) -> None:
        member.turns(state, self._now())
        member.failing, member.perpetrator, member.failure = message, None, error
        member.unjudged.append((error, self._now()))
        if member.is_to_be_resumed or member.passed_at == self._now() or waits_for(member, Resume):
            self._record.sometimes("a verdict on an earlier failure")
            self._doubt(member, error, member.passed)

    def _doubt(self, member: Member, cause: BaseException, passed: BaseException | None) -> None:
        """A verdict that is on its way was about an earlier failure, `passed`, and is heard after this one."""
        member.is_doubtful = member.state == FAILED
        for one in (member, *member.descendants()):
            if one.state != RUNNING:
                self.grant(one, cause, is_optional=True)
                if passed is not None:  # who has nothing to resume restarts for what the verdict was about
                    self.grant(one, passed, is_optional=True)

    def _resume(self, member: Member, cause: BaseException) -> None:
        """A verdict of resume; who has nothing to resume restarts, and who has escalated passes it on: S42, S58."""
        is_on_its_way = waits_for(member, Recreate)
        if member.state in (UNBORN, LAME) and not is_on_its_way:
            self.grant(member, cause, is_optional=True)  # unless another comes first
            self._record.sometimes("nothing was left to resume")
        elif member.state == FAILED and not is_on_its_way:
            member.turns(RUNNING, self._now())
            member.failing = member.failure = None
        elif member.state != RUNNING or is_on_its_way:  # a restart comes first; if that fails, this one counts
            self.grant(member, cause, is_optional=True)
            member.is_to_be_resumed, member.passed = True, cause
            return  # by then it blames nobody any more, and who had failed below is restarted with it, or stopped
        else:
            member.passed_at, member.passed = self._now(), cause
        child, member.perpetrator = member.perpetrator, None
        if child is not None and child.told_at is None and not child.has_ended:
            self._record.sometimes("a failure that was escalated is resumed")
            self._resume(child, cause)
            for one in child.descendants():  # whom the child blames may be another by the time it hears of it
                if one.state != RUNNING:
                    self.grant(one, cause, is_optional=True)

    def _judged(self, child: Member, cause: BaseException) -> bool:
        """A failure is judged, once. Returns whether there was one."""
        for place, (error, _) in enumerate(child.unjudged):
            if error is cause or error is _root(cause):
                del child.unjudged[place]
                return True
        kill = child.lane.take_kind(Kill) if isinstance(cause, ActorKilledError) else None
        is_unforeseen = any(error is cause for error in child.unforeseen)
        if kill is None and not is_unforeseen:
            return False
        self._record.sometimes("a kill" if kill is not None else "something awaited has failed")
        child.unforeseen = [error for error in child.unforeseen if error is not cause]
        child.turns(FAILED, self._now())
        child.failing, child.perpetrator, child.failure = kill, None, cause
        return True

    def knows(self, child: Member, cause: BaseException) -> bool:
        """Whether somebody has failed with that, and nobody has judged it."""
        failures = [*(error for error, _ in child.unjudged), *child.unforeseen]
        is_kill = isinstance(cause, ActorKilledError) and any(type(one) is Kill for one in child.lane.queue)
        return is_kill or any(error is cause or error is _root(cause) for error in failures)

    def _consume(self, member: Member, reason: BaseException) -> None:
        fitting = [one for one in member.grants if one.reason is reason]
        grant = min(fitting, key=lambda one: one.is_optional, default=None)
        self._require(grant is not None, "S31", lambda: f"{member} restarts for {reason!r}, which nobody has decided")
        if grant is not None:
            early = grant.least - self._now() > 1e-6
            self._require(not early, "S79", lambda: f"{member} restarts {grant.least - self._now():.3f} s too early")
            since = max(grant.most, member.changed_at, member.free_at)
            is_held = (
                grant.is_optional
                or member.state not in (RUNNING, FAILED)
                or member.life.disturbed_at > grant.most - LATE_S
            )
            late_s = self._now() - since
            self._require(
                is_held or late_s < LATE_S, "S79", lambda: f"{member} restarts {late_s:.3f} s later than it may"
            )
            member.grants.remove(grant)
            if member.unnamed and member.unnamed >= len(member.grants):
                member.grants.clear()
                member.unnamed = 0
            member.reason = reason

    def _tell(self, member: Member, what: str, more: str = "") -> None:
        self._record.tell(member.life.node, what, f"{member} {more}")

    def _require(self, holds: bool, rule: str, text: Callable[[], str]) -> None:
        if not holds and self._record.violation is None:
            self._record.require(False, rule, text())


def _root(cause: BaseException) -> BaseException:
    """What user code has raised."""
    return cause.__cause__ or cause if isinstance(cause, ActorInitializationError) else cause


def waits_for(member: Member, kind: type) -> bool:
    """Whether a signal waits for its turn; the runtime is asked, since the moments of restarts are drawn there."""
    cell: Any = member.ref.sink
    signals = cell.system if isinstance(cell.system, list) else [cell.system]
    return any(type(signal) is kind for signal in (*signals, *(cell.deferred or ())))


def first_used(member: Member) -> None:
    """Whoever has no instance is not told for which of its restarts it is made."""
    if len(member.grants) == 1:
        member.grants.clear()
    else:
        member.unnamed += 1


def settle(member: Member) -> None:
    """Whose restarts were all used, as far as anybody knows, may still make any of them, and owes none."""
    if member.unnamed >= len(member.grants):
        for grant in member.grants:
            grant.is_optional = True
        member.unnamed = 0


def names(members: list[Member]) -> str:
    """For people."""
    return ", ".join(str(member) for member in members)
