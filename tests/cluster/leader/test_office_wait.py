"""A leader that may not act answers nobody from memory: another may lead, and know better."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import AskTimeout
from cluster.protocol import (
    CancelJob,
    DropRetained,
    GetCluster,
    GetJob,
    GetResult,
    GetTaskResult,
    ListJobs,
    RetryJob,
    SubmitJob,
)
from tests.cluster.leader.scene import Scene

AWAY_S = 2.0


async def ended_and_running(scene: Scene) -> None:
    """`j1` has ended, `j2` runs."""
    await scene.job_manager()
    await scene.leading()
    await scene.task_manager("x", 2)
    await scene.submit(tasks=1)
    await scene.all_running(1)
    scene.report("a[0]", "FINISHED", result=1)
    await scene.status("FINISHED")
    await scene.submit("j2", tasks=2)
    await scene.all_running(2, "j2")


def questions(scene: Scene) -> list[Any]:
    """One of each kind, of jobs in each state, that a leader could answer from memory."""
    about = [GetJob("j1"), GetJob("j2"), GetJob("j3"), GetResult("j1"), GetResult("j2"), GetTaskResult("j1", "a[0]")]
    orders = [CancelJob("j1"), CancelJob("j3"), RetryJob("j2"), DropRetained("j1"), SubmitJob("j1", scene.record("j2"))]
    return [*about, *orders, SubmitJob("j2", scene.record("j2")), ListJobs(), GetCluster()]


async def test_nobody_is_answered_while_the_office_may_not_act(scene: Scene) -> None:
    """No question has an answer meanwhile, not even that there is no such job; all have one as soon as it may act."""
    await ended_and_running(scene)
    core, clock = scene.offices[0].core, scene.system.loop.time
    core.suspended()
    began, answered = clock(), []

    async def ask(question: Any) -> Any:
        answer = await scene.dispatcher.ask(question, timeout=60.0)
        answered.append(clock() - began)
        return answer

    asked = asyncio.gather(*(ask(question) for question in questions(scene)))
    await asyncio.sleep(AWAY_S)
    assert not answered
    core.resumed()
    answers = await asked
    assert AWAY_S <= min(answered) <= max(answered) < AWAY_S + 0.1
    assert answers[2]["not_found"]
    assert (answers[3]["status"], answers[4]["status"]) == ("FINISHED", "RUNNING")


@pytest.mark.parametrize("deposed", [False, True])
async def test_nobody_is_ended_by_who_may_not_act(scene: Scene, *, deposed: bool) -> None:
    """A TaskManager that is dead from here may be another leader's by now: no provider ends it before that is known."""
    await ended_and_running(scene)
    scene.offices[0].core.suspended()
    scene.kill("x")
    await asyncio.sleep(AWAY_S)
    assert not scene.provider.dead
    if deposed:
        scene.election.revoke()
    else:
        scene.offices[0].core.resumed()
    await asyncio.sleep(AWAY_S)
    assert ("x" in scene.provider.dead) is not deposed


async def test_a_leader_that_was_deposed_meanwhile_answers_nobody(scene: Scene) -> None:
    """It does not say that there is no job which its successor has accepted; the client asks that one."""
    await ended_and_running(scene)
    former = scene.dispatcher
    await scene.job_manager()
    scene.offices[0].core.suspended()
    asked = [asyncio.ensure_future(former.ask(GetJob("j3"), timeout=AWAY_S)) for _ in range(2)]
    await asyncio.sleep(0.5)
    scene.election.revoke()
    await scene.until(lambda: scene.election.info is not None and scene.election.info.epoch == 2)
    await scene.submit("j3", tasks=1)
    for one in asked:
        with pytest.raises(AskTimeout):
            await one
    assert (await scene.job("j3"))["id"] == "j3"
