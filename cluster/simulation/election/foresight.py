"""`Foresight`: I14, what would come of what may happen next to a candidate. Pure; asks copies of its machines.

A campaign reaches few of the moments in which two things come at once: a leader part that is ready while the connection
is gone, an answer that comes when its time is over, a grant while the former part ends. So nobody waits for them: at
each look a copy of one machine hears of something that could come just now. Whatever comes, in the end who has the
office leads, and nobody else does; nobody waits for nothing; and no epoch is taken again that the process has heard of,
though the ensemble forgets all. Deliberately not here: what is so (`layers`).
"""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Iterable
from typing import Any

from cluster.model.latch import NEVER, Latch
from cluster.model.latch_effects import Create, LatchEffect, OfficeRecord, Place, Probe, Revoked, Survey, Take, View
from cluster.model.leadership import Leadership, LeadershipEffect, Publish, Resign, Role
from runtime.sim.campaign import Record

MOST = 4
"""Events of one course."""
STEPS = (Create, Survey, Take, Probe)


class Foresight:
    """Asks what would be.

    Args:
        record: Is told, and raises.
        chance: What is asked.
    """

    def __init__(self, record: Record, chance: random.Random) -> None:
        self._record = record
        self._chance = chance

    def look(self, name: str, core: Leadership, latch: Latch | None, now: float) -> None:
        """A running candidate: its leadership, its place in the queue if there is one, and its clock."""
        course = Course(core, self._chance)
        course.runs()
        self._record.require(not course.wrong, "I14", f"{name}: {course.wrong}")
        if latch is not None:
            what = self._chance.choice(list(QUESTIONS))
            wrong = QUESTIONS[what](forked(latch), now, core.highest_epoch)
            self._record.require(not wrong, "I14", f"{name}, {latch.place.value}: {what}, it {wrong}")


class Course:
    """What a copy of a leadership hears, and what becomes of the office meanwhile.

    Args:
        core: The leadership as it is.
        chance: What comes.

    Attributes:
        wrong: What is, in the end; empty if nothing.
    """

    def __init__(self, core: Leadership, chance: random.Random) -> None:
        self.wrong = ""
        self._core = copy.copy(core)
        self._chance = chance
        is_at_work = core.role in (Role.GRANTED, Role.CONFIRMING, Role.LEADING)
        self._office = core.epoch if is_at_work else core._next_epoch
        self._publishing = core.epoch if core.role is Role.CONFIRMING and not core._suspended else 0
        self._is_told = True
        self._said: list[str] = []

    def runs(self) -> None:
        """Some events, and then all that was begun ends."""
        for _ in range(self._chance.randint(1, MOST)):
            possible = [what for what, may_come in self._may_come().items() if may_come]
            self._comes(self._chance.choice(possible))
        for _ in range(2 * MOST):
            what = self._is_due()
            if not what:
                break
            self._comes(what)
        core, office = self._core, self._office
        leads = core.epoch if core.role is Role.LEADING and core.may_act(core.epoch) else 0
        if leads != office or core.role in (Role.GRANTED, Role.CONFIRMING, Role.STOPPING):
            said = ", ".join(self._said)
            self.wrong = f"epoch {office} is its own after {said}, and it is {core.role.value} and leads under {leads}"

    def _is_due(self) -> str:
        """What has to come, if there is anything."""
        core = self._core
        if not self._is_told:
            return "revoked"
        if self._office and core._suspended:
            return "resumed"
        if core.role is Role.CONFIRMING and self._publishing != core.epoch:
            return ""
        return {Role.STOPPING: "stopped", Role.GRANTED: "ready", Role.CONFIRMING: "published"}.get(core.role, "")

    def _may_come(self) -> dict[str, bool]:
        core = self._core
        is_at_work = core.role in (Role.GRANTED, Role.CONFIRMING, Role.LEADING)
        return {
            "suspended": True,
            "resumed": bool(self._office) and core._suspended,
            "revoked": bool(self._office) or not self._is_told,
            "granted": core._stand and not self._office and self._is_told,
            "later": True,
            "ready": core.role is Role.GRANTED,
            "published": core.role is Role.CONFIRMING and self._publishing == core.epoch,
            "stopped": core.role is Role.STOPPING,
            "failed": is_at_work,
        }

    def _comes(self, what: str) -> None:
        core, epoch = self._core, self._core.epoch
        self._said.append(what)
        match what:
            case "suspended":
                self._publishing = 0
                effects = core.suspended()
            case "resumed":
                effects = core.resumed()
            case "revoked":
                self._office, self._is_told = 0, True
                effects = core.revoked()
            case "granted":
                self._office = core.highest_epoch + 1
                effects = core.granted(self._office)
            case "later":
                self._is_told, self._office = self._is_told and not self._office, 0
                effects = core.leader_changed(core.highest_epoch + 1)
            case "ready":
                effects = core.ready(epoch, "here")
            case "published":
                effects = core.published(epoch)
            case "stopped":
                effects = core.stopped(epoch)
            case _:
                effects = core.failed(epoch)
        self._do(effects)

    def _do(self, effects: Iterable[LeadershipEffect]) -> None:
        for effect in effects:
            match effect:
                case Publish(epoch):
                    self._publishing = epoch
                case Resign() if self._office:
                    self._comes("revoked")
                case _:
                    pass


def forked(latch: Latch) -> Latch:
    """A copy of a latch that shares nothing with it that changes."""
    fork = copy.copy(latch)
    fork._given_up = dict(latch._given_up)
    fork.heard = copy.copy(latch.heard)
    fork.heard._answered = latch.heard._answered.copy()
    if latch.tenure is not None:
        fork.tenure = copy.copy(latch.tenure)
        fork.tenure._heard = fork.heard
    return fork


def _waits(latch: Latch, effects: list[LatchEffect], asked: int = -1) -> str:
    """Whether it waits for something: an answer, also to what was asked before, a time, or others in the queue."""
    will_hear = latch.generation == asked or any(isinstance(effect, STEPS) for effect in effects)
    waits = will_hear or latch._next_at < NEVER or latch.place is Place.QUEUED
    return "" if waits or not latch.connected or not latch.is_candidate else f"waits for nothing, and is {latch.place}"


def _answered_late(latch: Latch, now: float, _: int) -> str:
    late = now + latch.heard.timeout_s
    if latch.place is Place.TAKING:
        return _waits(latch, latch.taken(latch.generation, 1, now, late))
    return _waits(latch, latch.proven(latch.generation, now, late)) if latch.place is Place.HOLDING else ""


def _fails(latch: Latch, now: float, _: int) -> str:
    return _waits(latch, latch.failed(latch.generation, now))


def _is_refused(latch: Latch, now: float, _: int) -> str:
    effects = latch.refused(latch.generation)
    return "holds an office that it was refused" if latch.tenure is not None else _waits(latch, effects)


def _is_cut_off(latch: Latch, now: float, _: int) -> str:
    latch.suspended()
    if latch.holds(latch.tenure.epoch if latch.tenure is not None else 0, now):
        return "acts without a connection"
    if latch.place is Place.TAKING:
        return "waits for an answer that does not come any more"
    return _waits(latch, latch.connected_as(latch.session or 1, latch.heard.timeout_s or 1.0, now))


def _is_answered_too_late(latch: Latch, now: float, _: int) -> str:
    asked, was_queued = latch.generation, latch.place is Place.QUEUED
    latch.suspended()
    queue = View(OfficeRecord(), (latch.name,), {latch.name: latch.session})
    effects = latch.proven(asked, now, now) + (latch.surveyed(asked, queue) if was_queued else [])
    return f"goes by that, and does {effects}" if effects else ""


def _is_to_ask(latch: Latch, now: float, _: int) -> str:
    if latch.place is not Place.QUEUED or not latch.connected:
        return ""
    effects = latch.tick(max(now, latch.heard.ask_at))
    return "" if effects else "says nothing, and will have little time when it wins"


def _is_another(latch: Latch, now: float, _: int) -> str:
    led = latch.tenure is not None and latch.tenure.granted
    effects = latch.connected_as(latch.session + 1, latch.heard.timeout_s or 1.0, now)
    if led != any(isinstance(effect, Revoked) for effect in effects):
        return "is not told that it has lost the office"
    return "has a place of the former session" if latch.name else _waits(latch, effects)


def _has_its_time_over(latch: Latch, now: float, _: int) -> str:
    if latch.tenure is None or not latch.tenure.granted:
        return ""
    effects = latch.tick(latch.tenure.deadline)
    if not any(isinstance(effect, Revoked) for effect in effects):
        return "keeps an office that is over"
    return _waits(latch, effects)


def _loses_its_place(latch: Latch, now: float, _: int) -> str:
    asked = latch.generation
    return _waits(latch, latch.gone(latch.name), asked) if latch.name else ""


def _is_forgotten(latch: Latch, now: float, heard: int) -> str:
    if latch.place is not Place.QUEUED or not latch.connected:
        return ""
    effects = latch.surveyed(latch.generation, View(OfficeRecord(), (latch.name,), {latch.name: latch.session}))
    takes = [effect.epoch for effect in effects if isinstance(effect, Take)]
    return "" if takes and takes[0] > heard else f"takes {takes}, and has heard of epoch {heard}"


QUESTIONS: dict[str, Callable[[Any, float, int], str]] = {
    "answered when its time is over": _answered_late,
    "not answered": _fails,
    "refused": _is_refused,
    "cut off for a moment": _is_cut_off,
    "answered when it is cut off": _is_answered_too_late,
    "at its time to ask the ensemble something": _is_to_ask,
    "in another session": _is_another,
    "at the end of its office": _has_its_time_over,
    "without its place": _loses_its_place,
    "of whom the ensemble knows nothing": _is_forgotten,
}
