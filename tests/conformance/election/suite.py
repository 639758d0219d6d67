"""What every election backend promises. The classes of the test modules beside this one bring a backend."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from functools import partial
from typing import Protocol

import pytest

from cluster.election.driver import ElectionDriver, LeaderInfo, StaleEpoch, Succession


class Backend(Protocol):
    """One election, to which drivers can be made."""

    def driver(self) -> ElectionDriver:
        """A connection as of a new process."""
        ...

    def let_lease_run_out(self) -> None:
        """Let the time pass that an abandoned lease holds."""


class Recorder:
    """A listener that keeps what it hears."""

    def __init__(self) -> None:
        self.events: list[object] = []
        self.epochs: list[int] = []
        self.leads = 0
        self.info: LeaderInfo | None = None
        self.failures: list[Exception] = []

    def granted(self, epoch: int) -> None:
        self.events.append(("granted", epoch))
        self.epochs.append(epoch)
        self.leads = epoch

    def revoked(self) -> None:
        self.events.append("revoked")
        self.leads = 0

    def suspended(self) -> None:
        self.events.append("suspended")

    def resumed(self) -> None:
        self.events.append("resumed")

    def leader_changed(self, info: LeaderInfo | None) -> None:
        self.events.append(("leader", info and info.epoch))
        self.info = info

    def failed(self, error: Exception) -> None:
        self.failures.append(error)


class Candidate:
    """A driver with its recorder."""

    def __init__(self, name: str, driver: ElectionDriver) -> None:
        self.name = name
        self.driver = driver
        self.heard = Recorder()

    async def publish(self, epoch: int | None = None) -> bool:
        epoch = self.heard.leads if epoch is None else epoch
        return await self.driver.publish(LeaderInfo(epoch, f"actor://{self.name}", f"actor://{self.name}", self.name))


async def until(condition: Callable[[], object]) -> None:
    """Wait for a condition, with a limit that only a failure reaches."""
    async with asyncio.timeout(50):
        while not condition():  # noqa: ASYNC110 - any condition of any backend, none of which has an event to wait for
            await asyncio.sleep(0.002)


class Scene:
    """The candidates of one test, closed at its end."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.all: list[Candidate] = []

    async def follower(self, name: str) -> Candidate:
        one = Candidate(name, self.backend.driver())
        self.all.append(one)
        await one.driver.start(one.heard)
        return one

    async def candidate(self, name: str) -> Candidate:
        one = await self.follower(name)
        await one.driver.stand(name)
        return one

    async def leader(self, name: str) -> Candidate:
        one = await self.candidate(name)
        await until(lambda: one.heard.leads)
        return one

    async def close(self) -> None:
        for one in self.all:
            await one.driver.close()


class ElectionConformance:
    """The suite."""

    async def test_one_of_several_candidates_leads(self, scene: Scene) -> None:
        """Of several candidates exactly one is granted, under an epoch above 0."""
        several = [await scene.candidate(f"c{n}") for n in range(3)]
        await until(lambda: any(one.heard.leads for one in several))
        await several[2].driver.pointers.get("a round trip through the backend")

        assert [one.heard.leads for one in several].count(0) == 2
        assert max(one.heard.leads for one in several) > 0

    async def test_who_only_follows_never_leads(self, scene: Scene) -> None:
        """A driver that does not stand is granted nothing, also when nobody leads."""
        follower = await scene.follower("f")
        await follower.driver.pointers.get("x")

        assert follower.heard.epochs == []

    async def test_only_a_confirmed_leader_is_seen(self, scene: Scene) -> None:
        """A grant is nobody else's business; a publication reaches all followers, also those who come later."""
        follower = await scene.follower("f")
        leader = await scene.leader("a")
        await follower.driver.pointers.get("x")
        assert follower.heard.info is None

        assert await leader.publish()
        late = await scene.follower("late")
        await until(lambda: all(one.heard.info for one in (follower, leader, late)))
        assert follower.heard.info == late.heard.info == leader.heard.info
        assert follower.heard.info is not None
        assert follower.heard.info.candidate == "a"

    async def test_an_unearned_publication_is_refused(self, scene: Scene) -> None:
        """Publishing under an epoch that is not one's own is answered False, and nobody sees it."""
        leader = await scene.leader("a")
        standby = await scene.candidate("b")

        assert not await standby.publish(leader.heard.leads)
        assert not await leader.publish(leader.heard.leads + 1)
        assert not await leader.publish(leader.heard.leads - 1)
        assert standby.heard.info is None

    async def test_resigning_hands_over_at_once(self, scene: Scene) -> None:
        """When a leader resigns, the next candidate leads without waiting for any lease, under a higher epoch."""
        leader = await scene.leader("a")
        standby = await scene.candidate("b")
        first = leader.heard.leads
        await leader.publish()
        await until(lambda: standby.heard.info)

        await leader.driver.resign()
        await until(lambda: standby.heard.leads)

        assert standby.heard.leads > first
        assert standby.driver.succession is Succession.RESIGNED
        assert leader.heard.leads == 0
        assert leader.heard.events.count("revoked") == 1
        assert standby.heard.info is None
        assert leader.heard.epochs == [first]

    async def test_closing_hands_over_at_once_and_is_silent(self, scene: Scene) -> None:
        """Closing resigns; the closed one's listener hears nothing more."""
        leader = await scene.leader("a")
        standby = await scene.candidate("b")
        heard = list(leader.heard.events)

        await leader.driver.close()
        await until(lambda: standby.heard.leads)

        assert leader.heard.events == heard

    async def test_a_crashed_leader_is_succeeded_when_its_lease_runs_out(self, scene: Scene) -> None:
        """What a crash leaves holds for the lease's time and not longer; followers hear that nobody leads."""
        leader = await scene.leader("a")
        follower = await scene.follower("f")
        first = leader.heard.leads
        await leader.publish()
        await until(lambda: follower.heard.info)

        await leader.driver.abandon()
        standby = await scene.candidate("b")
        scene.backend.let_lease_run_out()
        await until(lambda: standby.heard.leads)

        assert standby.heard.leads > first
        assert standby.driver.succession is Succession.LEASE_EXPIRED
        await until(lambda: follower.heard.info is None)

    async def test_a_challenge_hands_over_at_once(self, scene: Scene) -> None:
        """Certain knowledge of the holder's death need not wait for the lease, and the challenger itself leads."""
        leader = await scene.leader("a")
        first = leader.heard.leads
        await scene.candidate("b")
        challenger = await scene.candidate("c")
        await leader.driver.abandon()

        await challenger.driver.challenge(first)
        await until(lambda: challenger.heard.leads)

        assert challenger.heard.leads == first + 1
        assert challenger.driver.succession is Succession.CHALLENGED

    async def test_a_deposed_leader_is_followed_by_its_successor(self, scene: Scene) -> None:
        """Followers see the one and then the other, with nobody in between or not, and never the first again."""
        leader, challenger = await scene.leader("a"), await scene.candidate("b")
        follower = await scene.follower("f")
        first = leader.heard.leads
        await leader.publish()
        await until(lambda: follower.heard.info and challenger.heard.info)
        await challenger.driver.challenge(first)
        await until(lambda: challenger.heard.leads)
        assert await challenger.publish()
        await until(lambda: follower.heard.info and follower.heard.info.candidate == "b")

        shown = [event for event in follower.heard.events if event != ("leader", None)]
        assert shown == [("leader", first), ("leader", first + 1)]

    async def test_of_two_challengers_one_leads(self, scene: Scene) -> None:
        """Two standbys with the same knowledge do not depose each other."""
        leader = await scene.leader("a")
        first = leader.heard.leads
        b, c = await scene.candidate("b"), await scene.candidate("c")
        await leader.driver.abandon()

        await asyncio.gather(b.driver.challenge(first), c.driver.challenge(first))
        await until(lambda: b.heard.leads or c.heard.leads)
        await b.driver.pointers.get("x")
        await c.driver.pointers.get("x")

        assert sorted([b.heard.leads, c.heard.leads]) == [0, first + 1]

    async def test_only_the_holder_holds(self, scene: Scene) -> None:
        """Whether the office is ours is answered at once: before each act, and no later than the revocation is told."""
        leader, standby = await scene.leader("a"), await scene.candidate("b")
        first = leader.heard.leads
        await standby.driver.pointers.get("x")

        assert leader.driver.holds(first)
        assert [leader.driver.holds(first + 1), leader.driver.holds(0), standby.driver.holds(first)] == [False] * 3
        await standby.driver.challenge(first)
        await until(lambda: standby.heard.leads and not leader.heard.leads)
        assert standby.driver.holds(first + 1)
        assert not leader.driver.holds(first)
        await standby.driver.resign()
        assert not standby.driver.holds(first + 1)

    @pytest.mark.parametrize("seed", range(3))
    async def test_many_candidates_in_any_order(self, scene: Scene, seed: int) -> None:
        """Whoever comes, goes, crashes or is challenged: one leads at last, and epochs rise."""
        chance = random.Random(seed)
        there = [await scene.candidate(f"c{number}") for number in range(4)]
        for number in range(4, 12):
            await until(lambda: any(one.heard.leads for one in there))
            leader = next(one for one in there if one.heard.leads)
            match chance.choice(["come", "go", "crash", "challenge"]):
                case "go":
                    await leader.driver.close()
                    there.remove(leader)
                case "crash":
                    epoch = leader.heard.leads
                    await leader.driver.abandon()
                    there.remove(leader)
                    await chance.choice(there).driver.challenge(epoch)
                case "challenge":
                    await chance.choice(there).driver.challenge(leader.heard.leads)
            there.append(await scene.candidate(f"c{number}"))

        def newest() -> int:
            return max(epoch for one in scene.all for epoch in one.heard.epochs)

        # Who was challenged may not have heard of it yet.
        await until(lambda: [one.heard.leads for one in there if one.heard.leads] == [newest()])
        epochs = [epoch for one in scene.all for epoch in one.heard.epochs]
        assert len(epochs) == len(set(epochs))
        assert all(one.heard.epochs == sorted(one.heard.epochs) for one in scene.all)

    async def test_a_wrong_challenge_costs_the_office_only(self, scene: Scene) -> None:
        """A challenged leader that lives hears that it is revoked, its writes are refused, and it stays a candidate."""
        leader = await scene.leader("a")
        challenger = await scene.candidate("b")
        first = leader.heard.leads

        await challenger.driver.challenge(first)
        await until(lambda: challenger.heard.leads and not leader.heard.leads)
        with pytest.raises(StaleEpoch):
            await leader.driver.pointers.put("k", b"v", first)
        assert not await leader.publish(first)

        await challenger.driver.resign()
        await until(lambda: leader.heard.leads)
        assert leader.heard.leads == first + 2

    async def test_a_challenge_of_a_past_epoch_does_nothing(self, scene: Scene) -> None:
        """Late news of an earlier leader's death does not touch its successor."""
        leader = await scene.leader("a")
        first = leader.heard.leads
        await leader.driver.close()
        successor = await scene.leader("b")
        standby = await scene.candidate("c")

        await standby.driver.challenge(first)
        await standby.driver.pointers.get("x")

        assert successor.heard.leads == first + 1
        assert standby.heard.leads == 0
        assert await successor.publish()

    async def test_a_follower_may_free_the_office_of_a_dead_leader(self, scene: Scene) -> None:
        """A process that is no candidate does not lead by its challenge; a candidate does."""
        leader = await scene.leader("a")
        follower = await scene.follower("f")
        standby = await scene.candidate("b")
        first = leader.heard.leads
        await leader.driver.abandon()

        await follower.driver.challenge(first)
        await until(lambda: standby.heard.leads)

        assert standby.heard.leads == first + 1
        assert follower.heard.epochs == []

    async def test_epochs_rise_for_ever(self, scene: Scene) -> None:
        """Every leadership has a higher epoch than all before: also over challenges and a new start of all."""
        epochs: list[int] = []
        for round_ in range(3):
            one = await scene.leader(f"a{round_}")
            epochs.append(one.heard.leads)
            other = await scene.candidate(f"b{round_}")
            await other.driver.challenge(epochs[-1])
            await until(partial(getattr, other.heard, "leads"))
            epochs.append(other.heard.leads)
            await one.driver.close()
            await other.driver.close()

        assert epochs == sorted(set(epochs))

    async def test_values_are_kept_over_leaders(self, scene: Scene) -> None:
        """What one leader wrote, every process reads, also under the next leader; in the order of the keys."""
        leader = await scene.leader("a")
        epoch = leader.heard.leads
        for key in ("jobs/b", "jobs/a", "other", "jobs%c", "jobs/é"):
            await leader.driver.pointers.put(key, key.encode(), epoch)
        await leader.driver.pointers.put("jobs/b", b"newer", epoch)
        await leader.driver.close()

        reader = await scene.follower("f")
        assert await reader.driver.pointers.get("jobs/b") == b"newer"
        assert await reader.driver.pointers.get("jobs/none") is None
        found = await reader.driver.pointers.list("jobs/")
        assert list(found) == ["jobs/a", "jobs/b", "jobs/é"]
        assert found["jobs/a"] == b"jobs/a"

    async def test_values_of_a_new_folder_may_be_written_at_once(self, scene: Scene) -> None:
        """Several of them, of which each finds the folder missing: one makes it, and all are written."""
        leader = await scene.leader("a")
        keys = [f"results/deep/{number}" for number in range(5)]
        writes = [leader.driver.pointers.put(key, key.encode(), leader.heard.leads) for key in keys]
        await asyncio.gather(*writes)
        assert list(await leader.driver.pointers.list("results/")) == keys

    async def test_a_stale_write_is_refused_and_names_the_epochs(self, scene: Scene) -> None:
        """I3: only the newest epoch may write or delete; an epoch that nobody was granted neither."""
        former = await scene.leader("a")
        old = former.heard.leads
        await former.driver.pointers.put("k", b"1", old)
        current = await scene.candidate("b")
        await current.driver.challenge(old)
        await until(lambda: current.heard.leads)

        with pytest.raises(StaleEpoch) as refused:
            await former.driver.pointers.put("k", b"stale", old)
        assert (refused.value.epoch, refused.value.current) == (old, old + 1)
        with pytest.raises(StaleEpoch):
            await former.driver.pointers.delete("k", old)
        with pytest.raises(StaleEpoch):
            await current.driver.pointers.put("k", b"future", old + 2)
        assert await current.driver.pointers.get("k") == b"1"

    async def test_deleting_says_whether_it_was_there(self, scene: Scene) -> None:
        """A value can be deleted once."""
        leader = await scene.leader("a")
        epoch = leader.heard.leads
        await leader.driver.pointers.put("k", b"", epoch)

        assert await leader.driver.pointers.get("k") == b""
        assert await leader.driver.pointers.delete("k", epoch)
        assert not await leader.driver.pointers.delete("k", epoch)
        assert await leader.driver.pointers.get("k") is None
