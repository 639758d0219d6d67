"""Safeguards of the steps of an election, between what is asked and what is answered, that its scenarios miss."""

from __future__ import annotations

from typing import Any

from cluster.election.driver import ElectionUnavailable, StaleEpoch
from cluster.election.zookeeper.driver import ZookeeperElectionDriver
from cluster.election.zookeeper.pointers import ZookeeperPointers
from cluster.model.latch import Latch
from cluster.model.latch_effects import Place, Probe, Remove
from cluster.model.leadership import Leadership
from tests.simulation.ablation import Ablation, wrapped


class _Kept(set[str]):
    """A set that is never cleared."""

    def clear(self) -> None:
        """It stays as it is."""


def _never_cleared(original: Any, driver: ZookeeperElectionDriver, *args: Any, **options: Any) -> None:
    original(driver, *args, **options)
    driver._watched = _Kept()


def _still_taking(original: Any, latch: Latch) -> Any:
    was_taking = latch.place is Place.TAKING
    effects = original(latch)
    if was_taking:
        latch.place = Place.TAKING
    return effects


def _unasked(original: Any, latch: Latch, session: int, timeout_s: float) -> Any:
    return [effect for effect in original(latch, session, timeout_s) if not isinstance(effect, Probe)]


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


ABLATIONS = [
    Ablation(
        "what was watched on a lost connection counts as watched",
        [wrapped(ZookeeperElectionDriver, "__init__", _never_cleared)],
        8971004,
        "I14",
        "election",
    ),
    Ablation(
        "a take that was cut off is waited for",
        [wrapped(Latch, "suspended", _still_taking)],
        8971015,
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
        9114206,
        "I16",
        "junctures",
    ),
]
