"""What was mended in elections and in what judges them, as it was before."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from cluster.election.driver import ElectionUnavailable
from cluster.election.zookeeper.sight import LeaderWatch
from cluster.election.zookeeper.steps import OfficeSteps
from cluster.election.zookeeper.transaction import Op, Refused, delete
from cluster.model.tenure import REPORTS_PER_TIMEOUT, Tenure
from cluster.simulation.election.candidate import REST_S, Candidate
from cluster.simulation.election.faults import CANDIDATES
from cluster.simulation.election.house import House
from cluster.simulation.election.layers import Layers
from cluster.simulation.election.leaving import Leaving
from cluster.simulation.election.nemesis import Nemesis
from cluster.simulation.election.rules import Rules
from cluster.simulation.member import Member
from cluster.simulation.polls import Polls
from runtime.sim.loop import SimLoop


def trusts_who_is_behind(watch: LeaderWatch) -> None:
    watch.look()


def accused_in_its_place(original: Any, nemesis: Nemesis, name: str) -> None:
    """When a candidate is killed, all others take whoever leads for dead, though it had succeeded that one."""
    epoch = nemesis._house.rules.epoch
    original(nemesis, name)
    for each in CANDIDATES:
        nemesis._house.accuse(each, epoch)


def deposed_by_heirs_alone(original: Any, rules: Rules, owner: str) -> None:
    """Of whom a process that does not stand deposes it is not known that it was deposed."""
    before = dict(rules._deposed)
    original(rules, owner)
    if owner not in CANDIDATES:
        rules._deposed = before


class _Unheeded(dict[str, float]):
    """Says of nobody what it knows."""

    def get(self, key: str, default: Any = None, /) -> Any:
        """The default."""
        return default


def with_time_enough(original: Any, nemesis: Leaving, *args: Any) -> None:
    """Whoever is told to leave is taken to have left."""
    original(nemesis, *args)
    nemesis.hurried = _Unheeded()


async def freed_though_shown_meanwhile(office: OfficeSteps, *ops: Op) -> bool:
    """Who was not shown a moment ago is taken not to be shown."""
    for shown in ((delete(office._layout.info),), ()):
        with contextlib.suppress(Refused):
            await office._client.multi(*ops, *shown)
            return True
    return False


def not_asked_while_still(polls: Polls, member: Member) -> None:
    """A question to a member that stands still is lost."""
    if not polls._network.process(member.name).frozen:
        polls._answer(member)


def blind_between_looks(original: Any, layers: Layers, name: str, *seen: Any) -> None:
    """Who has had a connection between two looks only has had none."""
    since = layers._since.get((name, "blind"))
    original(layers, name, *seen)
    if since is not None:
        layers._since[name, "blind"] = since


async def stands_whether_or_not_it_left(candidate: Candidate) -> None:
    """Who rests stands again when it has rested, and fails if it has left meanwhile."""
    with contextlib.suppress(ElectionUnavailable):
        await candidate.driver.resign()
    await asyncio.sleep(REST_S)
    await candidate.driver.stand(candidate._name)


def pinged_all_the_time(original: Any, tenure: Tenure, sent_at: float, answered_at: float) -> None:
    """Whoever wins has pinged the ensemble until then as it should, and its member has heard each ping at once."""
    if not tenure.granted:
        pinged_at = sent_at - tenure._heard.timeout_s * (1 / REPORTS_PER_TIMEOUT + 1 / 3)
        tenure._heard.known_at = max(tenure._heard.known_at, pinged_at)
    original(tenure, sent_at, answered_at)


def known_to_lead(original: Any, house: House, name: str) -> None:
    """Whoever has the office and dies is taken to be known to lead."""
    shown, house.rules.shown = house.rules.shown, house.rules.epoch
    original(house, name)
    house.rules.shown = shown


def hears_the_dead(original: Any, loop: SimLoop, context: dict[str, Any]) -> None:
    """What comes up when the tasks of killed processes are let go of is told."""
    loop._is_burying, was_burying = False, loop._is_burying
    original(loop, context)
    loop._is_burying = was_burying
