"""Safeguards of the steps of an election, between what is asked and what is answered, that its scenarios miss."""

from __future__ import annotations

import contextlib
from typing import Any

from cluster.election.driver import ElectionUnavailable, StaleEpoch
from cluster.election.memory import MemoryElection
from cluster.election.zookeeper import steps
from cluster.election.zookeeper.client import NotConnected, Unanswered, ZookeeperClient
from cluster.election.zookeeper.driver import ZookeeperElectionDriver
from cluster.election.zookeeper.pointers import ZookeeperPointers
from cluster.election.zookeeper.steps import OfficeSteps
from cluster.election.zookeeper.transaction import Op, Refused, create
from cluster.model import tenure
from cluster.model.latch import NEVER, Latch
from cluster.model.latch_effects import Place, Probe, Remove
from cluster.model.leadership import Leadership
from cluster.model.tenure import Tenure
from tests.simulation.ablation import Ablation, wrapped


async def _at_once(original: Any, pointers: ZookeeperPointers, what: str, work: Any) -> Any:
    async def once() -> Any:
        try:
            return await work()
        except Unanswered as error:
            raise ElectionUnavailable(what) from error

    return await original(pointers, what, once)


async def _as_if_asked_anew(original: Any, pointers: ZookeeperPointers, what: str, work: Any) -> Any:
    async def anew() -> Any:
        outcomes = [cell.cell_contents for cell in work.__closure__ if isinstance(cell.cell_contents, list)]
        for seen in outcomes:
            seen.clear()  # what the first look of a deletion found
        return await work()

    return await original(pointers, what, anew)


def _still_taking(original: Any, latch: Latch) -> Any:
    was_taking = latch.place is Place.TAKING
    effects = original(latch)
    if was_taking:
        latch.place = Place.TAKING
    return effects


def _unasked(original: Any, latch: Latch, *args: Any) -> Any:
    return [effect for effect in original(latch, *args) if not isinstance(effect, Probe)]


def _with_ghosts(original: Any, latch: Latch, generation: int, view: Any) -> Any:
    return [effect for effect in original(latch, generation, view) if not isinstance(effect, Remove)]


def _as_suspended_as_before(original: Any, leadership: Leadership, epoch: int) -> Any:
    was_suspended = leadership._suspended
    effects = original(leadership, epoch)
    leadership._suspended = was_suspended
    return effects


async def _refused_in_any_case(original: Any, pointers: ZookeeperPointers, what: str, work: Any) -> Any:
    """Of a write that was not answered, and then refused, it is said that it was refused."""
    refusals: list[StaleEpoch] = []

    async def noted() -> Any:
        try:
            return await work()
        except StaleEpoch as refusal:
            refusals.append(refusal)
            raise

    try:
        return await original(pointers, what, noted)
    except ElectionUnavailable:
        if refusals:
            raise refusals[-1] from None
        raise


async def _without_an_end(pointers: ZookeeperPointers, what: str, work: Any) -> Any:
    """Whoever asks for a value waits until there is an answer."""
    while True:
        await pointers._client.connected.wait()
        with contextlib.suppress(NotConnected, Unanswered):
            return await work()


async def _still_shown(office: OfficeSteps, *ops: Op) -> bool:
    try:
        await office._client.multi(*ops)
    except Refused:
        return False
    return True


def _shown_for_ever(path: str, data: bytes, acl: Any, *, ephemeral: bool = False, sequence: bool = False) -> Op:
    return create(path, data, acl, ephemeral=ephemeral and sequence, sequence=sequence)


async def _left(*_: Any) -> None:
    """Nothing is tidied."""


def _in_any_office(driver: ZookeeperElectionDriver, epoch: int) -> tuple[str, int] | None:
    tenure = driver._latch.tenure
    return None if tenure is None else (driver._latch.name, tenure.version)


def _put_off_for_ever(leadership: Leadership) -> list[Any]:
    leadership._suspended = False
    return []


def _forgotten_while_ending(original: Any, leadership: Leadership, epoch: int) -> Any:
    effects = original(leadership, epoch)
    leadership._next_epoch = 0
    return effects


def _not_looked_at_again(original: Any, latch: Latch, tenure: Tenure, *times: float) -> Any:
    effects = original(latch, tenure, *times)
    return effects if tenure.granted or latch._next_at < NEVER else []


def _not_dropped(_: ZookeeperClient, reply: Any) -> None:
    if not reply.done():
        reply.set_exception(Unanswered())


def _still_answered(latch: Latch) -> list[Any]:
    latch.connected, latch._next_at = False, NEVER
    latch.place = Place.SEEKING if latch.place is Place.TAKING else latch.place
    return [] if latch.tenure is None else [*latch.tenure.suspend()]


ABLATIONS = [
    Ablation(
        "a connection stays on which a request was not answered",
        [(ZookeeperClient, "_overdue", _not_dropped)],
        9510005,
        "I16",
        "whims",
    ),
    Ablation(
        "an answer of a connection that has gone counts",
        [(Latch, "suspended", _still_answered)],
        9510000,
        "I14",
        "handovers",
    ),
    Ablation(
        "a value is waited for without an end",
        [(ZookeeperPointers, "_patiently", _without_an_end)],
        9510005,
        "I16",
        "whims",
    ),
    Ablation(
        "who gives the office back stays shown",
        [(OfficeSteps, "_free", _still_shown)],
        9510000,
        "I3",
        "handovers",
    ),
    Ablation("who is shown outlasts its session", [(steps, "create", _shown_for_ever)], 9510000, "I14", "handovers"),
    Ablation(
        "each answered probe is known to the ensemble",
        [(tenure, "REPORTS_PER_TIMEOUT", 1e9)],
        9510000,
        "I14",
        "election",
    ),
    Ablation("a step that fails is not tried again", [(Latch, "failed", lambda *_: [])], 9510004, "I14", "whims"),
    Ablation("folders of values stay", [(ZookeeperPointers, "_tidy", _left)], 9510000, "I16", "whims"),
    Ablation(
        "who comes later does not hear who leads (memory)",
        [(MemoryElection, "join", lambda election, driver: election._followers.append(driver))],
        9510000,
        "I14",
        "inmemory",
    ),
    Ablation(
        "a take that was cut off is waited for",
        [wrapped(Latch, "suspended", _still_taking)],
        8971019,
        "I14",
        "election",
    ),
    Ablation(
        "a holder that is connected again does not ask",
        [wrapped(Latch, "connected_as", _unasked)],
        8971006,
        "I14",
        "election",
    ),
    Ablation(
        "a grant leaves the office suspended",
        [wrapped(Leadership, "granted", _as_suspended_as_before)],
        8971023,
        "I8",
        "election",
    ),
    Ablation("ghosts stay in the queue", [wrapped(Latch, "surveyed", _with_ghosts)], 9114116, "I14 I8", "junctures"),
    Ablation(
        "a write of which nobody knows is said to be refused",
        [wrapped(ZookeeperPointers, "_patiently", _refused_in_any_case)],
        9114219,
        "I16",
        "junctures",
    ),
    Ablation(
        "what is asked under an earlier office of one's own is let through",
        [(ZookeeperElectionDriver, "_seat", _in_any_office)],
        9813000,
        "I3 I16",
        "whims",
    ),
    Ablation(
        "a publication that was put off is not made",
        [(Leadership, "resumed", _put_off_for_ever)],
        9813000,
        "I14",
        "whims",
    ),
    Ablation(
        "a grant while the former part ends is forgotten",
        [wrapped(Leadership, "granted", _forgotten_while_ending)],
        9813000,
        "I14",
        "whims",
    ),
    Ablation(
        "a first answer that came late is not looked at again",
        [wrapped(Latch, "_prove", _not_looked_at_again)],
        9813020,
        "I14",
        "junctures",
    ),
    Ablation(
        "an interruption is not waited out",
        [wrapped(ZookeeperPointers, "_patiently", _at_once)],
        9980202,
        "I16",
        "junctures",
    ),
    Ablation(
        "a deletion that is made again says that nothing was there",
        [wrapped(ZookeeperPointers, "_patiently", _as_if_asked_anew)],
        9980301,
        "I16",
        "junctures",
        faults="5.0 hang-up@drop.applied who peer for=0.1 nth=1.0 after=0.0",
    ),
]
