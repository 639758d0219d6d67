"""Candidates and members of a real ensemble are killed, frozen and challenged at random: no invariant breaks.

`ZOOKEEPER_CAMPAIGN_S=3600` makes it an hour; the suite has a few seconds. The seed is printed with a failure.
Members are frozen only, since those of Debian's 3.8.0 lose acknowledged writes when they are killed while others are
being restored (ZOOKEEPER-4643, see decision 18); `ZOOKEEPER_CAMPAIGN_KILLS=members` kills them, too, one at a time.
"""

from __future__ import annotations

import os
import random
import signal
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from benchmarks.ensemble import Ensemble
from benchmarks.failover.candidates import CandidateProcess, Moment
from tests.integration.history import kept_by, violations

LASTS_S = float(os.environ.get("ZOOKEEPER_CAMPAIGN_S", "7"))
SEED = int(os.environ.get("ZOOKEEPER_CAMPAIGN_SEED", "1"))
LONG_S = 60.0
"""A campaign that lasts so long has seen everything."""
SESSION_S = 1.5
MEMBERS_DIE = os.environ.get("ZOOKEEPER_CAMPAIGN_KILLS") == "members"
PATIENCE_S = 100.0
"""Until somebody leads and writes. Busy machines take long; nobody waits so long for good."""

pytestmark = [pytest.mark.real, pytest.mark.timeout(LASTS_S + 400)]


@dataclass
class Campaign:
    """Three candidates in one cluster of an ensemble, and who breaks them."""

    ensemble: Ensemble
    directory: Path
    cluster: str
    all: list[CandidateProcess]
    random: random.Random
    done: Counter[str]

    def start(self) -> None:
        """One more candidate; some have evidence of the leader's death, and sometimes are wrong."""
        name = f"c{len(self.all)}"
        options = [f"--session={SESSION_S}", "--wrong=0.1", *(["--evidence"] if len(self.all) % 3 else [])]
        self.all.append(CandidateProcess(self.directory, name, self.ensemble.hosts, self.cluster, *options))

    def running(self) -> list[CandidateProcess]:
        return [one for one in self.all if one.runs]

    def strike(self) -> None:
        """Something bad, or the end of something bad."""
        strikes = ["kill", "freeze", "thaw", "thaw", "member frozen", "heal", "heal", "member frozen", "heal"]
        what = self.random.choice([*strikes, *(["member killed"] * 2 if MEMBERS_DIE else [])])
        self.done[what] += 1
        candidate, member = self.random.choice(self.running()), self.random.choice(self.ensemble.members)
        match what:
            case "kill":
                candidate.kill()
                self.start()
            case "freeze":
                candidate.signal(signal.SIGSTOP)
            case "thaw":
                for one in self.running():
                    one.signal(signal.SIGCONT)
            case "member killed" if not self.is_whole():
                self.heal()
            case "member killed":
                member.kill()
            case "member frozen":
                member.freeze()
            case "heal":
                self.heal()

    def is_whole(self) -> bool:
        """Whether all members serve: none is killed while another is being restored."""
        return all(self.ensemble.mode(one) for one in self.ensemble.members)

    def heal(self) -> None:
        """Thaw and start all members, and do not wait for them."""
        for one in self.ensemble.members:
            one.thaw()
            if not one.runs:
                one.start()

    def moments(self) -> list[Moment]:
        return sorted((moment for one in self.all for moment in one.moments()), key=lambda moment: moment.at)

    def epochs(self) -> set[int]:
        """Those that were granted. On a busy machine it takes a while until there are some."""
        return {one.epoch for one in self.moments() if one.what == "granted"}

    def written_after(self, moment: float) -> bool:
        return any(one.what == "ok" and one.at > moment for one in self.moments())


@pytest.fixture
def campaign(ensemble: Ensemble, tmp_path: Path) -> Iterator[Campaign]:
    one = Campaign(ensemble, tmp_path, uuid.uuid4().hex, [], random.Random(SEED), Counter())
    for _ in range(3):
        one.start()
    try:
        yield one
    finally:
        for candidate in one.all:
            candidate.kill()


def until(condition: Callable[[], bool]) -> None:
    """Wait for something that other processes do."""
    deadline = time.monotonic() + PATIENCE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def wait_for_a_write(campaign: Campaign) -> None:
    """I8: with all well, somebody leads and writes before long."""
    now = time.monotonic()
    while not campaign.written_after(now):
        assert time.monotonic() < now + PATIENCE_S, f"seed {SEED}: nobody has written for {PATIENCE_S} s"
        time.sleep(0.1)


def test_no_invariant_breaks(campaign: Campaign) -> None:
    """I1 to I8, over random kills, freezes, wrong challenges and broken ensembles."""
    wait_for_a_write(campaign)
    end = time.monotonic() + LASTS_S
    while time.monotonic() < end or (len(campaign.epochs()) < 3 and time.monotonic() < end + LONG_S):
        campaign.strike()
        time.sleep(campaign.random.uniform(0.05, 0.6))
    for one in campaign.running():
        one.signal(signal.SIGCONT)
    campaign.ensemble.heal()
    wait_for_a_write(campaign)
    for one in campaign.all:
        one.kill()

    moments, kept = campaign.moments(), kept_by(campaign.ensemble.hosts, campaign.cluster)
    assert violations(moments, kept) == [], f"seed {SEED}"
    seen = Counter(one.what for one in moments)
    reached = ("ok", "suspended", "resumed", "revoked", "refused", "unknown", "convicted", "wrong")
    story = f"seed {SEED}: {campaign.done}, {seen}, {len(kept)} writes kept"
    assert len(campaign.epochs()) > 2, story
    assert LASTS_S < LONG_S or [what for what in reached if not seen[what]] == [], story


def test_a_leader_that_was_frozen_wakes_up_deposed(campaign: Campaign) -> None:
    """Its session has ended while it was frozen: it does nothing any more under its epoch, and stands again."""
    wait_for_a_write(campaign)
    last = [one for one in campaign.moments() if one.what == "ok"][-1]
    leader = next(one for one in campaign.all if one.name == last.candidate)
    leader.signal(signal.SIGSTOP)
    frozen_at = time.monotonic()
    wait_for_a_write(campaign)
    leader.signal(signal.SIGCONT)
    until(lambda: any(one.what == "revoked" and one.epoch == last.epoch for one in leader.moments()))
    wait_for_a_write(campaign)
    for one in campaign.all:
        one.kill()

    later = [one for one in leader.moments() if one.at > frozen_at and one.epoch == last.epoch]
    assert [one for one in later if one.what == "ok"] == []
    assert len([one for one in later if one.what == "invoke"]) <= 1, "at most the one that was under way"
    assert violations(campaign.moments(), kept_by(campaign.ensemble.hosts, campaign.cluster)) == []
