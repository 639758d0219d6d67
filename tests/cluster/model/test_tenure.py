"""How long an office may be used without word: never longer than the ensemble's leader keeps its session."""

from __future__ import annotations

import random

import pytest

from cluster.model.latch_effects import Granted, Vacancy
from cluster.model.tenure import ASKS_PER_TIMEOUT, CLOCK_SKEW, PROBES_PER_TIMEOUT, Heard, Tenure

TICK_S = 2.0


class Ensemble:
    """What its leader knows of a session, by way of a member that tells it of its clients each half tick.

    Args:
        chance: For when that happens, and how long everything takes.
        timeout_s: Of the session.
        slow_s: The longest way of anything.
    """

    def __init__(self, chance: random.Random, timeout_s: float, slow_s: float) -> None:
        self.chance = chance
        self.timeout_s = timeout_s
        self.slow_s = slow_s
        self.reports_at = [chance.uniform(0.0, TICK_S / 2)]
        self.arrivals: list[float] = []

    def answer(self, sent_at: float) -> float:
        """A request; when its answer comes."""
        arrives_at = max([sent_at, *self.arrivals[-1:]]) + self.chance.uniform(0.0, self.slow_s)
        self.arrivals.append(arrives_at)
        return arrives_at + self.chance.uniform(0.0, self.slow_s)

    def ends_at(self, cut_at: float) -> float:
        """When the session ends for the leader, at the earliest, if its member dies then: by the fastest clock."""
        while self.reports_at[-1] + TICK_S / 2 <= cut_at:
            self.reports_at.append(self.reports_at[-1] + self.chance.uniform(0.0, TICK_S / 2))
        heard_at = 0.0
        before = float("-inf")
        for report_at in (one for one in self.reports_at if one <= cut_at):
            if any(before < arrived <= report_at for arrived in self.arrivals):
                heard_at = report_at
            before = report_at
        return heard_at + self.timeout_s * (1 - CLOCK_SKEW)


@pytest.mark.parametrize("ticks", [2, 3, 10])
@pytest.mark.parametrize("slow", [0.0, 0.01, 0.4])
def test_nobody_acts_longer_than_the_ensemble_s_leader_keeps_the_session(ticks: int, slow: float) -> None:
    """The last answered probe may be unknown to the leader, when the member that took it dies before it has told."""
    timeout_s = ticks * TICK_S
    for seed in range(300):
        chance = random.Random(seed)
        ensemble = Ensemble(chance, timeout_s, slow * timeout_s)
        heard, at = Heard(), 0.0
        heard.connected(at, timeout_s)
        while at < 3 * timeout_s:  # a standby asks
            heard.answered(at, ensemble.answer(at))
            at += chance.uniform(0.2, 1.0) * timeout_s / ASKS_PER_TIMEOUT
        tenure = Tenure(1, 0, Vacancy.FIRST, heard)
        answered_at = at
        for _ in range(chance.randrange(1, 20)):
            sent_at = max(answered_at, tenure.probe_at)
            sent_at += chance.choice([0.0, chance.uniform(0.0, 0.3)]) * timeout_s  # a loop that is held up
            answered_at = ensemble.answer(sent_at)
            tenure.prove(sent_at, answered_at)
        if not tenure.granted:
            is_in_time = answered_at < tenure.acts_until
            assert tenure.go_on(answered_at) == [Granted(1, Vacancy.FIRST)] * is_in_time
        ends_at = ensemble.ends_at(cut_at=ensemble.arrivals[-1])
        assert not tenure.holds(ends_at + 1e-9), (seed, ends_at, tenure.acts_until, tenure.deadline)


def test_who_is_answered_in_time_may_act_all_the_time() -> None:
    """Probes that come and go as they should leave time for a probe that fails, and one more."""
    timeout_s = 8.0
    now = 100.0
    tenure = won(now, timeout_s)
    tenure.prove(now, now + 0.01)
    tenure.go_on(now)
    for _ in range(50):
        now = tenure.probe_at + 0.02
        assert tenure.holds(now + 0.01)
        tenure.prove(now, now + 0.01)
    assert tenure.acts_until - now > 4 * timeout_s / PROBES_PER_TIMEOUT
    assert tenure.acts_until < tenure.deadline


def test_it_is_given_up_later_than_it_is_used() -> None:
    """Between the two ends nothing is done, and an answer lets it go on: nobody else had it."""
    tenure = won(-3.0)
    tenure.prove(0.0, 0.1)
    tenure.go_on(0.1)
    assert not tenure.holds(tenure.acts_until)
    assert not tenure.is_over(tenure.acts_until)
    late = tenure.acts_until + 1.0
    tenure.prove(late - 0.5, late)
    assert tenure.holds(late)


def test_answers_that_overtake_each_other_prove_no_less() -> None:
    """An older answer that comes later moves no end back, and does no harm."""
    tenure = won(0.0)
    tenure.prove(0.0, 0.1)
    tenure.prove(4.0, 4.1)
    ends = (tenure.acts_until, tenure.deadline)
    tenure.prove(1.0, 1.5)
    assert tenure.acts_until >= ends[0]
    assert tenure.deadline == ends[1]


@pytest.mark.parametrize("silent_s", [0.0, 2.0, 6.0])
def test_who_was_not_answered_before_it_won_is_told_when_the_leader_knows_of_it(silent_s: float) -> None:
    """It stood still, or was cut off for a while: the ensemble's leader may have its session for nearly over."""
    heard, now, timeout_s = Heard(), 0.0, 8.0
    heard.connected(now, timeout_s)
    while now < 20.0:
        heard.answered(now, now + 0.01)
        assert not heard.is_to_ask(heard.ask_at - 0.01)
        now = heard.ask_at
        assert heard.is_to_ask(now)
        assert heard.ask_at > now
    won_at = now + silent_s
    tenure = Tenure(1, 0, Vacancy.FIRST, heard)
    tenure.prove(won_at, won_at + 0.1)
    assert now - 2 * timeout_s / ASKS_PER_TIMEOUT < heard.known_at < now
    assert bool(tenure.go_on(won_at + 0.1)) == (silent_s < 6.0)
    for _ in range(3):
        probe_at = tenure.probe_at
        tenure.prove(probe_at, probe_at + 0.1)
        tenure.go_on(probe_at + 0.1)
    assert tenure.holds(probe_at + 0.1)


def test_who_has_just_been_admitted_is_known_to_the_leader() -> None:
    """So the first of all leads at once; and what was answered on a connection before says nothing of this one."""
    heard = Heard()
    heard.connected(0.0, 8.0)
    heard.answered(1.0, 1.1)
    heard.connected(2.0, 8.0)
    heard.decided(5.0)
    assert heard.known_at == 2.0
    heard.connected(1.5, 8.0)  # heard of late
    assert heard.known_at == 2.0


def test_a_standby_keeps_no_more_than_it_needs() -> None:
    """It may wait for years."""
    heard = Heard()
    heard.connected(0.0, 8.0)
    for number in range(1000):
        heard.answered(float(number), number + 0.1)
    assert len(heard._answered) < 5
    heard.decided(1000.0)
    assert heard.known_at == 997.0


def won(now: float, timeout_s: float = 8.0) -> Tenure:
    """Of who has just been admitted."""
    heard = Heard()
    heard.connected(now, timeout_s)
    return Tenure(1, 0, Vacancy.FIRST, heard)
