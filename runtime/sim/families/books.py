"""`Books`: what cells, asks and timers of a node have on their own books, compared with what is so. SHELL: only reads.

What is not cancelled, forgotten or put back shows in nothing that people see, until much later. Deliberately not here:
what people see (`law`, `deaths`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from actors.lifecycle import State
from actors.mailbox import BoundedLane, _Exempt
from runtime.ask import expire
from runtime.sim.campaign import Record
from runtime.sim.families.asks import Asks
from runtime.sim.families.truth import RUNNING, Life, Member, Truth
from runtime.sim.process import PROCESS
from runtime.supervising import _restart_later
from runtime.timers import CellTimers, ReceiveTimer


class Books:
    """Looks into them.

    Args:
        truth: What is so.
        record: Is told, and raises.
    """

    def __init__(self, truth: Truth, record: Record) -> None:
        self._truth = truth
        self._record = record

    def look(self, life: Life) -> None:
        """No book contradicts itself, and no ask that is over waits for its time; at any time."""
        for queue in life.system.deadlines._queues.values():
            is_late = any(future.done() for future in queue.waiting)
            self._record.require(not is_late, "D8", f"{life.node} keeps the deadline of an ask that is over")
        for member in self._truth.living(life.node):
            cell: Any = member.ref.sink
            if not member.lane.stashed_ever and (wrong := of_mailbox(cell)):
                self._record.require(False, "D61", f"{member} {wrong}")
            for book in (cell.family, cell.book):
                if book is not None:
                    try:
                        book.check()
                    except AssertionError as error:
                        self._record.require(False, "D8", f"{member}: {error}")

    def wait(self, loop: Any) -> None:
        """No timer outlives its reason."""
        for wrong in waiting(loop):
            self._record.require(False, "D10", wrong)

    def close(self, life: Life, asks: Asks) -> None:
        """All was well for long enough: nothing is left behind."""
        system, guardian = life.system, self._truth.guardians[life.node]
        members = [one for one in self._truth.living(life.node) if not one.has_ended]
        self._family(guardian, system._user)
        life.services.close()
        for member in members:
            self._cell(member, member.ref.sink)
        self._require(not system._registry.temporary, life, f"{len(system._registry.temporary)} asks can be found")
        waiting = sum(len(queue.waiting) for queue in system.deadlines._queues.values())
        self._require(not waiting, life, f"{waiting} asks that are over have a deadline")
        self._require(not system.dispatcher.ending, life, "tasks of actors have not ended")
        for ask in asks.all.values():
            if ask.asker.life is life:
                asks.look(ask)

    def _cell(self, member: Member, cell: Any) -> None:
        what = {
            f"is {cell.state.name}": cell.state is not State.RUNNING
            or (member.state != RUNNING and not member.is_doubtful),
            f"is suspended {cell.suspensions} times": cell.suspensions,
            "is busy": cell.busy,
            "keeps messages": cell.user,
            "keeps signals": cell.system,
            "keeps deferred signals": cell.deferred,
            f"keeps its failure {cell.failure!r}": cell.failure,
            "keeps who was to blame": cell.perpetrator,
            "keeps a restart's reason": cell.reason,
            "keeps survivors of a restart": cell.survivors,
            "keeps restarts of children": cell.restarts,
            "keeps tasks": cell.tasks,
            f"has {len(cell.stashed or ())} in its stash": len(cell.stashed or ()) != len(member.lane.stashed),
        }
        for text, is_so in what.items():
            self._require(not is_so, member, text)
        self._family(member, cell)
        keys = set() if cell.timers is None else set(cell.timers._running)
        self._require(keys == set(member.timers), member, f"has timers {sorted(keys)}, not {sorted(member.timers)}")
        is_set = cell.receive_timer is not None
        self._require(is_set == (member.quiet is not None), member, f"has a receive timeout: {is_set}")
        book = cell.book
        have = set() if book is None else {ref.path.uid for ref in (*book.watching, *book.queued)}
        self._require(have == set(member.watching), member, f"watches {have}, and should watch {set(member.watching)}")
        watchers = set() if book is None else {ref.path.uid for ref in book.watchers if ref.path.address.host is None}
        staff, watchers = watchers & member.life.staff, watchers - member.life.staff
        meant = member.life.services.watchers(member)
        self._require(staff == meant, member, f"is watched by {staff} of the staff, and should be by {meant}")
        should = {
            one.ref.path.uid
            for one in self._truth.living(member.life.node)
            if member.ref.path.uid in one.watching
            and not one.has_ended
            and not one.lane.has_stashed(member.ref.path.uid)
        }
        self._require(watchers == should, member, f"is watched by {watchers}, and should be by {should}")

    def _family(self, member: Member, cell: Any) -> None:
        have = set() if cell.family is None else {ref.path.uid for ref in cell.family.refs()} - member.life.staff
        should = {child.ref.path.uid for child in member.living()}
        self._require(have == should, member, f"has {len(have)} children, and should have {len(should)}")

    def _require(self, holds: Any, who: Any, text: str) -> None:
        whom = who.node if isinstance(who, Life) else str(who)
        self._record.require(bool(holds), "D8", f"{whom} {text}, though nothing has happened for long")


def of_mailbox(cell: Any) -> str:
    """What is wrong with a mailbox; empty if nothing is.

    No more waits than may, beside what is exempt, and each death that is noted as waiting does wait there, or was put
    aside.
    """
    lane, book = cell.user, cell.book
    envelopes: list[Any] = list(getattr(lane, "_envelopes", lane) or ())
    waits = [getattr(message, "message", message) if type(message) is _Exempt else message for message, _ in envelopes]
    if isinstance(lane, BoundedLane):
        exempt = sum(type(message) is _Exempt for message, _ in envelopes)
        if exempt != lane._exempt or len(waits) - exempt > lane._capacity:
            return f"has {len(waits)} messages in its mailbox, {exempt} beyond any bound, and counts {lane._exempt}"
    waits += [message for message, _ in cell.stashed or ()]
    for subject, notice in book.queued.items() if book is not None else ():
        if not any(message is notice for message in waits):
            return f"was told of the end of {subject}, and it does not wait in its mailbox"
    return ""


def waiting(loop: Any) -> Iterator[str]:
    """What is wrong with the timers of actors: whoever has set one lives, and still knows it."""
    for _, _, timer in loop._timers:
        if not timer._cancelled and timer._context is not None:
            process = timer._context.get(PROCESS)
            if process is not None and process.alive and (wrong := _complaint(timer)):
                yield f"{process.name}: {wrong}"


def _complaint(timer: asyncio.TimerHandle) -> str:
    """What is wrong with a timer; empty if nothing is, or if it is none of an actor."""
    callback: Any = timer._callback  # type: ignore[attr-defined]
    given: Any = timer._args
    owner: Any = getattr(callback, "__self__", None)
    if type(owner) in (CellTimers, ReceiveTimer) and owner._cell.state is State.TERMINATED:
        return f"a timer of {owner._cell.ref}, which is dead"
    if type(owner) is CellTimers:
        running = owner._running.get(given[0].key)
        is_known = running is not None and running[0] == given[0].generation
        return "" if is_known else "a timer of an actor was forgotten"
    if type(owner) is ReceiveTimer:
        return "" if owner._cell.receive_timer is owner else "a receive timeout was forgotten"
    if callback is expire:
        return "the deadline of an ask that is over" if given[0].done() else ""
    if callback.__qualname__.startswith(_restart_later.__qualname__):
        named = dict(
            zip(callback.__code__.co_freevars, (cell.cell_contents for cell in callback.__closure__), strict=True)
        )
        parent: Any = named["verdict"].restart[0].ref.sink.parent.sink
        return "" if parent.restarts is named["restarts"] else "a restart whose supervisor has forgotten it"
    return ""
