"""Safeguards of the election, and bugs of Curator, kazoo and Flink, that `election` and its sister scenarios miss."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cluster.election.memory import MemoryElection
from cluster.election.office import LeaderOffice
from cluster.election.zookeeper.driver import ZookeeperElectionDriver
from cluster.election.zookeeper.pointers import ZookeeperPointers
from cluster.election.zookeeper.steps import OfficeSteps
from cluster.election.zookeeper.transaction import Refused, check
from cluster.model import latch_order
from cluster.model.latch import Latch
from cluster.model.leader_sight import LeaderSight
from cluster.model.leadership import Leadership
from cluster.model.tenure import Tenure
from cluster.taskmanager.registration import Registration
from tests.simulation.ablation import Ablation, wrapped

NEVER = float("inf")


async def _unfenced(pointers: ZookeeperPointers, epoch: int, *ops: Any) -> None:
    try:
        await pointers._client.multi(*ops)
    except Refused as refused:
        raise refused.error from refused


def _follows_anybody_else(registration: Registration, leader: Any) -> bool:
    """Epochs are only told apart, as Flink's random ids."""
    if leader == registration.leader:
        return False
    registration.leader, registration.registered = leader, False
    if leader is not None:
        registration.epoch = leader.epoch
    return True


def _outdated_by_any_other(registration: Registration, current: int) -> bool:
    if current == registration.epoch:
        return False
    registration.epoch = current
    return registration.follow(None)


def _without_compare(original: Any, steps: OfficeSteps, take: Any) -> Any:
    return original(steps, replace(take, version=-1, deposed=""))


def _in_any_session(original: Any, latch: Latch, generation: int, view: Any) -> Any:
    return original(latch, generation, replace(view, owners=dict.fromkeys(view.queue, latch.session)))


def _counted_in_memory(original: Any, latch: Latch, view: Any, how: Any, deposed: str = "") -> Any:
    """Each process counts its own offices."""
    take = original(latch, view, how, deposed)
    latch._taking = vars(latch)["offices"] = vars(latch).get("offices", 0) + 1
    return replace(take, epoch=latch._taking)


def _in_the_same_session(original: Any, latch: Latch, session: int, *args: float) -> Any:
    latch.session = session
    return original(latch, session, *args)


def _steps_down(original: Any, latch: Latch) -> Any:
    effects = [*latch._let_go()] if latch.tenure is not None else []
    return [*effects, *original(latch)]


def _stays(latch: Latch) -> list[Any]:
    latch.connected = False
    return []


def _deadline_from_disconnect(original: Any, driver: ZookeeperElectionDriver, event: Any) -> None:
    tenure = driver._latch.tenure
    if type(event).__name__ == "Disconnected" and tenure is not None:
        tenure._proven_at = driver._clock()
    original(driver, event)


UNTIMED = property(lambda tenure: tenure._proven_at + tenure._heard.timeout_s if tenure.is_suspended else NEVER)

LATE = property(lambda tenure: tenure._proven_at + 1.5 * tenure._heard.timeout_s)


async def _asks_for_nothing(steps: OfficeSteps, probe: Any) -> None:
    await steps._client.multi(check(steps._layout.record))


def _certain_of_any(original: Any, leadership: Leadership, epoch: int, *, certain: bool) -> Any:
    return original(leadership, epoch, certain=True)


def _kept(original: Any, leadership: Leadership, epoch: int) -> Any:
    """Who has failed goes on to be a candidate, and holds what it holds."""
    effects = original(leadership, epoch)
    leadership._resign = False
    return effects


async def _vacates_any(original: Any, steps: OfficeSteps, epoch: int) -> None:
    view = await steps.survey()
    await original(steps, view.record.epoch)


async def _as_it_is(pointers: ZookeeperPointers) -> None:
    """What is read is what the member has that one is connected to."""


def _endless(one: str, other: str) -> int:
    """Numbers of places are compared as if there were no end of them."""
    return latch_order.sequence_of(one) - latch_order.sequence_of(other)


def _frees_a_later(original: Any, election: MemoryElection, epoch: int) -> None:
    original(election, election.epoch)


def _anew(sight: LeaderSight, now: float) -> list[Any]:
    if sight.shown is not None:
        sight.distrust_at = now + sight.patience_s
    return []


ABLATIONS = [
    Ablation(
        "an office is believed longer than its session",
        [(Tenure, "acts_until", LATE), (Tenure, "deadline", LATE)],
        0,
        "I1 I1b I14",
        "stalls",
    ),
    Ablation(
        "who acts does not look at the clock (the driver's holds)",
        [(LeaderOffice, "may_act", lambda office, epoch: office.core.may_act(epoch))],
        0,
        "I1 I1b I14",
        "stalls",
    ),
    Ablation("a write is not fenced", [(ZookeeperPointers, "_write", _unfenced)], 3, "I3 I4 I6 I7", "election"),
    Ablation(
        "epochs are equal or not, and have no order",
        [
            (Registration, "follow", _follows_anybody_else),
            (Registration, "outdated", _outdated_by_any_other),
        ],
        4,
        "I4 I10",
        "election",
    ),
    Ablation("the epoch is not durable", [wrapped(Latch, "_take", _counted_in_memory)], 0, "I1 I2 I14", "election"),
    Ablation(
        "the office is taken without compare-and-set",
        [wrapped(OfficeSteps, "take", _without_compare)],
        3,
        "I1 I1b I2 I9 I14",
        "election",
    ),
    Ablation(
        "a deadline from the disconnect (CURATOR-460)",
        [
            (Tenure, "deadline", UNTIMED),
            (Tenure, "acts_until", property(lambda _: NEVER)),
            wrapped(ZookeeperElectionDriver, "_heard", _deadline_from_disconnect),
        ],
        30,
        "I1 I1b I14",
        "election",
    ),
    Ablation(
        "the owner of a node is not looked at (CURATOR-696)",
        [wrapped(Latch, "surveyed", _in_any_session)],
        15,
        "I3 I1b",
        "election",
    ),
    Ablation(
        "sessions are not compared (CURATOR-220)",
        [wrapped(Latch, "connected_as", _in_the_same_session)],
        5,
        "I3 I1b I14",
        "election",
    ),
    Ablation(
        "a leader steps down when the connection is gone (FLINK-10052)",
        [wrapped(Latch, "suspended", _steps_down)],
        5,
        "I9",
        "election",
    ),
    Ablation(
        "a leader out of sight is trusted (FLINK-18677)",
        [(LeaderSight, "suspended", lambda *_: [])],
        6,
        "I10 I14",
        "election",
    ),
    Ablation(
        "a leader that is lost stays (kazoo's Lock and Election)",
        [
            (Latch, "lost", _stays),
            wrapped(Latch, "connected_as", _in_the_same_session),
            (Tenure, "deadline", property(lambda _: NEVER)),
            (Tenure, "acts_until", property(lambda _: NEVER)),
        ],
        5,
        "I1b I3 I14",
        "election",
    ),
    Ablation(
        "whoever was leader may act",
        [(LeaderOffice, "may_act", lambda office, epoch: office.core.highest_epoch > 0)],
        30,
        "I1 I1b I14",
        "election",
    ),
    Ablation(
        "another word of a lost connection is the first",
        [(LeaderSight, "suspended", _anew)],
        1010,
        "I14",
        "flaps",
        ("election", 700008),
    ),
    Ablation("who is shown is unknown to the latch", [(Latch, "heard_of", lambda *_: [])], 0, "I14", "election"),
    Ablation("who has lost touch is not told", [(Tenure, "suspend", lambda _: [])], 5003, "I14", "election"),
    Ablation(
        "an office outlasts its session",
        [(Tenure, "deadline", property(lambda tenure: tenure._proven_at + 1.5 * tenure._heard.timeout_s))],
        5005,
        "I14",
        "election",
    ),
    Ablation(
        "whom silence convicts is deposed",
        [wrapped(Leadership, "leader_dead", _certain_of_any)],
        1000,
        "I9",
        "handovers",
    ),
    Ablation(
        "who has failed as a leader keeps the office",
        [wrapped(Leadership, "failed", _kept)],
        1000,
        "I14 I9 I8",
        "handovers",
    ),
    Ablation(
        "who does not stand frees the office of any epoch",
        [wrapped(OfficeSteps, "vacate", _vacates_any)],
        1018,
        "I9",
        "handovers",
    ),
    Ablation("values are read as they are", [(ZookeeperPointers, "_catch_up", _as_it_is)], 1001, "I16", "handovers"),
    Ablation("numbers of places have no end", [(latch_order, "_compare", _endless)], 1006, "I14", "handovers"),
    Ablation(
        "in memory: values are not fenced",
        [(MemoryElection, "check_epoch", lambda *_: None)],
        1000,
        "I3",
        "inmemory",
    ),
    Ablation(
        "in memory: the end of an old lease frees a later office",
        [wrapped(MemoryElection, "_expire", _frees_a_later)],
        1021,
        "I9",
        "inmemory",
    ),
    Ablation("a probe asks for nothing", [(OfficeSteps, "probe", _asks_for_nothing)], 5004, "I14", "election"),
]
