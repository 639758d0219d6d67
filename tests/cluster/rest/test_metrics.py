"""`/metrics`: what Prometheus reads of a leader and of a standby, on virtual time."""

from __future__ import annotations

import asyncio
import sys

import pytest
from prometheus_client.parser import text_string_to_metric_families

from actors import Actor, ActorRef
from tests.cluster.leader.scene import Scene
from tests.cluster.rest.web import Web

WANTED = {  # python-ecosystem, section 5, and what the documentation says of ours
    "build_info",
    "leader_is_leader",
    "leader_epoch",
    "leader_changes_total",
    "leader_failover_seconds_bucket",
    "failover_step_seconds_bucket",
    "taskmanager_suspected",
    "taskmanagers",
    "slots",
    "jobs",
    "job_restarts",
    "actor_mailbox_depth",
    "actor_mailbox_wait_seconds_bucket",
    "actor_processing_seconds_bucket",
    "actor_dead_letters_total",
    "remote_suspicions_total",
    "event_loop_lag_seconds_bucket",
}


async def samples(web: Web, jobmanager: int) -> dict[str, dict[tuple[str, ...], float]]:
    answer = await web.clients[jobmanager].get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain")
    found: dict[str, dict[tuple[str, ...], float]] = {}
    for family in text_string_to_metric_families(answer.text):
        for sample in family.samples:
            found.setdefault(sample.name, {})[tuple(sample.labels.values())] = sample.value
    return found


class Fragile(Actor[str]):
    def receive(self, message: str) -> None:
        raise ValueError(message)


async def test_a_failover_in_numbers(web: Web) -> None:
    """The new leader shows the failover's steps, jobs, slots and itself; the counters of a standby know no cluster."""
    scene = web.scene
    await scene.task_manager("tm", slots=3)
    await scene.submit("j1", tasks=2)
    await scene.all_running(2)
    scene.system.spawn(Fragile).tell("no")
    nobody: ActorRef[str] = scene.system.dead_letters
    nobody.tell("lost")
    before = await samples(web, 0)
    assert (before["leader_is_leader"][()], before["leader_epoch"][()]) == (1.0, 1.0)
    assert before["slots"] == {("free",): 1.0, ("used",): 2.0}
    assert before["jobs"] == {("RUNNING",): 1.0}
    assert before["actor_restarts_total"] == {("ValueError",): 1.0}
    assert before["actor_dead_letters_total"][()] >= 1
    assert before["actor_mailbox_depth"][("Dispatcher",)] == 0
    assert "jobs" not in await samples(web, 1)

    scene.system.stop(scene.contenders[0])
    await scene.until(lambda: (info := scene.election.info) is not None and info.epoch == 2)
    await scene.all_running(2)
    await asyncio.sleep(1.0)
    after = await samples(web, 1)
    assert (after["leader_is_leader"][()], after["leader_epoch"][()]) == (1.0, 2.0)
    assert after["leader_changes_total"][()] == 2
    assert after["leader_failover_seconds_count"][()] == 1
    assert after["failover_step_seconds_count"]["leader", "restart"] == 1
    assert (await samples(web, 0))["leader_is_leader"][()] == 0

    scene.kill("tm")
    await scene.task_manager("tm2", slots=2)
    await scene.all_running(2)
    again = await samples(web, 1)
    assert again["failover_step_seconds_count"]["task-manager", "total"] == 1
    assert again["event_loop_lag_seconds_count"][()] > 1
    assert again.keys() >= WANTED
    assert again["actor_processing_seconds_count"]["Dispatcher",] > 0
    assert again["actor_mailbox_wait_seconds_count"]["Dispatcher",] > 0


async def test_nobody_leads(scene: Scene) -> None:
    """`/metrics` is never 503: that nobody leads is what it says."""
    web = Web(scene)
    scene.election.stand = lambda driver: None  # type: ignore[method-assign]
    await web.open(1)
    found = await samples(web, 0)
    assert (found["leader_is_leader"][()], found["leader_epoch"][()]) == (0.0, 0.0)
    await web.close()


async def test_without_the_extra(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without prometheus-client the answer names what to install."""
    monkeypatch.setitem(sys.modules, "prometheus_client", None)
    assert "deathwatch[metrics]" in (await web.get("/metrics", status=501))["errors"][0]
