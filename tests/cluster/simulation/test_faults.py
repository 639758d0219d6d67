"""Single kinds of fault: each does what its name says, and is told where it happens."""

from __future__ import annotations

import asyncio

import pytest

from cluster.simulation.cluster import SimCluster
from cluster.simulation.disk import SimDisk, Trouble
from cluster.store.blobs import BlobStore
from cluster.store.places import StorageError
from runtime.sim.campaign import Outcome, found, play
from runtime.sim.loop import SimLoop
from runtime.sim.schedule import parsed
from runtime.sim.timeline import timeline
from runtime.sim.world import World


def played(schedule: str, scenario: str = "cluster") -> Outcome:
    outcome = play(found(scenario), 0, parsed(schedule))
    assert not outcome.error, outcome.error
    return outcome


async def test_a_slow_disk_takes_its_time_and_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is written is there after the delay; what would take longer than the store waits is an error, in time."""
    trouble = Trouble(slow_s=2.0)
    monkeypatch.setitem(SimDisk.troubles, "slow", trouble)
    store = BlobStore("sim://slow", timeout_s=5.0)
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SimLoop)
    handle = await store.write("a", b"kept")
    assert loop.time() == 2.0
    trouble.slow_s = 60.0
    with pytest.raises(StorageError, match="has taken more than 5 s"):
        await store.read(handle)
    assert loop.time() == 7.0
    trouble.slow_s = 0.0
    assert await store.read(handle) == b"kept"
    SimDisk.forget("slow")


def test_a_leader_that_leaves_hands_over_at_once() -> None:
    """A leader that is told to stop is followed by another within a fraction of its session."""
    outcome = played("5.0 stop-leader leader for=2.0")
    grants = [event.at_s for event in outcome.events if event.kind == "grant"]
    assert len(grants) == 2
    assert 5.0 < grants[1] < 5.5


def test_who_sets_the_time_of_day_changes_no_leader() -> None:
    """A jump back and one by years ahead, and back again: one leader, no task starts twice, and the job ends."""
    outcome = played("3.0 jump leader for=2.0 by=-300.0\n4.0 jump leader for=6.0 by=100000000.0")
    assert [event.kind for event in outcome.events].count("grant") == 1
    assert [event.kind for event in outcome.events].count("task started") == 3


async def test_each_host_has_a_time_of_day_of_its_own() -> None:
    """What is set on one is seen by all that lives there, and by nobody else."""
    async with World(0) as world:
        cluster = SimCluster(world, 0)
        cluster.start()
        await asyncio.sleep(1.0)
        cluster.set_day("jm1", -300.0)
        one, other = (cluster.offices[name].office._wall_time() for name in ("jm1", "jm2"))
        assert other - one == 300.0
        world.abandon()
        await cluster.close()


@pytest.mark.parametrize(
    "schedule",
    [
        "3.0 freeze-members for=1.0\n6.0 freeze-members for=4.0",
        "3.0 stop tm1 for=1.0\n5.0 stop tm2 for=0.1\n5.1 stop jm1 for=0.5",
        "3.0 disk-slow for=8 seconds=4.0\n4.0 kill-leader leader for=1.0\n7.0 stop-leader leader for=1.0",
    ],
)
def test_all_is_well_afterwards(schedule: str) -> None:
    """The job ends exactly, under one leader."""
    played(schedule)


def test_a_link_that_was_cut_twice_is_whole_when_both_are_over() -> None:
    """Who is isolated while one of its links is cut comes back to all others, and to that one when its cut ends."""
    outcome = played("3.0 cut tm1 jm1 for=2.0\n3.5 isolate tm1 for=0.5\n4.0 cut jm1 tm1 for=0.25 one_way=1.0")
    healed = [(event.at_s, event.host, event.detail) for event in outcome.events if event.kind == "link healed"]
    assert [at_s for at_s, *way in healed if way == ["tm1", "to jm1"]] == [5.0]
    assert [at_s for at_s, *way in healed if way == ["jm1", "to tm1"]] == [5.0]
    assert {at_s for at_s, *way in healed if way in (["tm1", "to jm2"], ["zk1", "to tm1"])} == {4.0}


def test_what_the_simulation_does_not_have_is_said() -> None:
    """One error that names the lines: a kind or a process that does not exist here."""
    error = play(found("cluster"), 0, parsed("1.0 kill-slot tm1\n2.0 kill tm9 for=1.0")).error
    assert "no such fault in this simulation: 1.0 kill-slot tm1 for=0.0; 2.0 kill tm9 for=1.0" in error


def test_a_run_tells_what_its_page_shows() -> None:
    """Lives, the leader with its epoch, cuts, attempts of tasks, verdicts with their cause, and clocks."""
    outcome = played("0.0 clock jm2 offset=5.0 rate=1.001\n3.0 kill tm1 for=1.0\n6.0 cut leader tm2 for=0.5")
    drawn = timeline(outcome.events)
    rows = {(span.row, span.lane) for span in drawn.spans}
    assert {("life", "jm1"), ("life", "zk1"), ("life", "tm1"), ("task", "tm1"), ("fault", "tm1")} <= rows
    assert any(span.row == "leads" and "epoch" in span.text for span in drawn.spans)
    assert any(span.kind == "cut" and "tm2" in span.lane for span in drawn.spans)
    assert any(mark.kind == "convicted" and "process-dead, certain" in mark.text for mark in drawn.marks)
    assert any(mark.kind == "clock" and mark.lane == "jm2" for mark in drawn.marks)
