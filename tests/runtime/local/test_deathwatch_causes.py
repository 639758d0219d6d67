"""DeathWatch says why: the cause of a death, and a text about it for people."""

from __future__ import annotations

from typing import Any

import pytest

from actors import DeathCause, Kill, PoisonPill, Terminated
from runtime import ActorSystem, TestKit
from tests.runtime.local.people import Do, Ill, Obedient, all_is_quiet, fail, nap, obedient, spawned, stop


class Stillborn(Obedient):
    """Fails at its start."""

    def pre_start(self) -> None:
        """Fail."""
        raise Ill("cannot start")


@pytest.mark.parametrize(
    ("last", "cause", "detail"),
    [
        (Do(stop), DeathCause.STOPPED, ""),
        (PoisonPill(), DeathCause.STOPPED, ""),
        (Kill(), DeathCause.KILLED, "was killed"),
        (
            Do(lambda actor: actor.context.stop_self(DeathCause.PROCESS_DEAD, "exit 3")),
            DeathCause.PROCESS_DEAD,
            "exit 3",
        ),
    ],
)
async def test_the_cause_of_an_end(test_kit: TestKit, last: Any, cause: DeathCause, detail: str) -> None:
    """D5: a stop, a kill and a cause of the actor's own are told apart."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    probe.watch(subject)
    subject.tell(last)

    terminated = await probe.expect_terminated(subject)
    assert (terminated.cause, detail in terminated.detail) == (cause, True)


async def test_a_failed_start_is_a_death(test_kit: TestKit) -> None:
    """D5, S43: an actor that cannot start existed, failed, and its watchers read why."""
    probe = test_kit.probe()
    subject = probe.watch(test_kit.spawn(Stillborn))

    terminated = await probe.expect_terminated(subject)
    assert (terminated.existence_confirmed, terminated.cause) == (True, DeathCause.FAILED)
    assert "cannot start" in terminated.detail


async def test_who_goes_with_his_parent_is_stopped(test_kit: TestKit) -> None:
    """D44: a child that ends because its parent failed was stopped; the failure is the parent's."""
    probe, parent = test_kit.probe(), test_kit.spawn(obedient())
    child = await spawned(parent, obedient())
    probe.watch(child)
    parent.tell(Do(fail))

    assert (await probe.expect_terminated(child)).cause is DeathCause.STOPPED


async def test_a_failure_that_was_overcome_is_no_cause(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D10: an actor that is stopped after a restart was stopped, whatever the restart was for."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    probe.watch(subject)
    subject.tell(Do(fail))
    await all_is_quiet()
    actor_system.stop(subject)

    terminated = await probe.expect_terminated(subject)
    assert (terminated.cause, terminated.detail) == (DeathCause.STOPPED, "")


async def test_the_dead_keep_their_cause(test_kit: TestKit) -> None:
    """D3: who watches a dead actor whose reference is still held reads why it died."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    subject.tell(Kill())
    await all_is_quiet()
    probe.watch(subject)

    terminated = await probe.expect(Terminated)
    assert (terminated.cause, terminated.existence_confirmed) == (DeathCause.KILLED, False)


async def test_the_end_of_the_system_ends_everybody_in_order() -> None:
    """D44: when a system ends, who watches from outside hears of each death, also of one that took its time."""
    system = ActorSystem("test")
    await system.start()
    kit = TestKit(system)
    probe, subjects = kit.probe(), [kit.spawn(obedient()) for _ in range(3)]
    for subject in subjects:
        probe.watch(subject)
    subjects[0].tell(nap(1.0))
    await all_is_quiet()
    await system.terminate()

    assert {(await probe.expect(Terminated)).ref for _ in subjects} == set(subjects)
