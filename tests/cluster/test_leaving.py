"""A JobManager that is told to leave gives its office back at once, whatever its actors are busy with."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from unittest.mock import AsyncMock, Mock

import pytest

from actors import Actor
from cluster import node
from cluster.assembly import HANDOVER_S, JobManagerParts, TaskManagerParts
from cluster.backends import candidate_driver
from cluster.config import load
from cluster.election.memory import MemoryElection
from runtime import ActorSystem
from tests.conformance.election.suite import Candidate


class Deaf(Actor[object]):
    """Never ends its handler by itself."""

    async def receive(self, message):
        await asyncio.Event().wait()


async def test_a_leader_whose_actors_do_not_end_hands_over_all_the_same():
    """A handler that does not end may delay the end of its process, but not the next leader."""
    election = MemoryElection()
    config, _ = load(None, ["high-availability=memory"])
    loop = asyncio.get_running_loop()
    async with ActorSystem("jobmanager") as system:
        parts = JobManagerParts(config, system, election.driver(), candidate="one")
        await parts.start()
        parts.contender = system.spawn(Deaf, "deaf")
        parts.contender.tell("hold on")
        heir = Candidate("two", election.driver())
        await heir.driver.start(heir.heard)
        await heir.driver.stand("two")
        began = loop.time()

        await parts.stop()

        await asyncio.sleep(0)
        assert heir.heard.leads
        assert loop.time() - began <= HANDOVER_S + 0.001  # virtual seconds
        await heir.driver.close()


async def test_what_has_not_begun_leaves_at_once():
    """A start that fails half-way is followed by an end, which has nobody to wait for."""
    config, _ = load(None, ["high-availability=memory"])
    loop = asyncio.get_running_loop()
    async with ActorSystem("jobmanager") as system:
        driver = MemoryElection().driver
        began = loop.time()
        await JobManagerParts(config, system, driver()).stop()
        await TaskManagerParts(config, system, driver(), print).stop()
        assert loop.time() == began


@pytest.mark.asyncio(loop_factories=["asyncio"])
async def test_a_process_whose_start_fails_gives_back_what_it_has():
    """It may lead already when its HTTP cannot be served: others would wait until its session is over."""
    config, _ = load(None, ["high-availability=none", "taskmanager.host=127.0.0.1"])
    parts = AsyncMock()
    parts.start.side_effect = OSError("no such port")
    with pytest.raises(OSError, match="no such port"):
        await node._serve("jobmanager", config, "127.0.0.1", (0,), lambda *_: parts)
    parts.stop.assert_awaited_once()


@pytest.mark.asyncio(loop_factories=["asyncio"])
@pytest.mark.parametrize(("reason", "code"), [("start_again", 128 + signal.SIGTERM), ("because", node.OK)])
async def test_a_first_signal_ends_nobody_at_once_who_is_about_to_leave(monkeypatch, reason, code):
    """It is not forgotten either, if another incarnation was about to begin."""
    config, _ = load(None, ["high-availability=none", "taskmanager.host=127.0.0.1"])
    ended, parts = Mock(), AsyncMock()
    monkeypatch.setattr(os, "_exit", ended)

    def make(_, leaving):
        parts.start.side_effect = lambda: getattr(leaving, reason)("taken for dead, or the leader says so")
        parts.stop.side_effect = lambda: leaving._signalled(signal.SIGTERM)
        return parts

    assert await node._serve("jobmanager", config, "127.0.0.1", (0,), make) == code
    ended.assert_not_called()


def test_each_jobmanager_without_an_election_leads_under_an_epoch_of_its_own(monkeypatch):
    """One that is started again within a second is newer all the same; its TaskManagers tell them apart by that."""
    config, _ = load(None, ["high-availability=none"])
    monkeypatch.setattr(time, "time_ns", iter([1_700_000_000_100_000_000, 1_700_000_000_900_000_000]).__next__)
    first, second = (candidate_driver(config)._election.epoch for _ in range(2))
    assert first < second
