"""DeathWatch: who watches and does not handle the death dies of it."""

from __future__ import annotations

from typing import Any

from actors import DeathCause, DeathPactError, Directive, OneForOneStrategy, Props, UnhandledMessage, default_decider
from runtime import ActorSystem, TestKit, TestProbe
from tests.runtime.local.people import Oblivious, Supervising, all_is_quiet, obedient, spawned, watching


class Judge(Supervising):
    """Reports each failure of a child before it decides."""

    def __init__(self, report: TestProbe, *restarting: type[Exception]) -> None:
        def decide(error: BaseException) -> Directive:
            report.tell(error)
            return Directive.RESTART if isinstance(error, restarting) else default_decider(error)

        super().__init__(OneForOneStrategy(decider=decide), report)


class Reviving(Oblivious):
    """Says which life it is in."""

    def __init__(self, report: TestProbe) -> None:
        report.tell("alive")


async def test_a_death_that_is_not_handled_is_a_failure(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D35: the watcher fails with DeathPactError of that subject; it is no unhandled message."""
    probe, unhandled, subject = test_kit.probe(), test_kit.probe(), test_kit.spawn(obedient())
    actor_system.event_stream.subscribe(unhandled.tell, UnhandledMessage)
    watcher = await spawned(test_kit.spawn(Props(Judge, probe)), Oblivious)
    watcher.tell(watching(subject))
    await all_is_quiet()
    actor_system.stop(subject)

    assert (await probe.expect(DeathPactError)).subject == subject
    await unhandled.expect_no_message()


async def test_the_pact_is_kept_without_receive(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D35: an actor that has no receive of its own keeps the pact as well."""
    from actors import Actor

    class Idle(Actor[Any]):
        def pre_start(self) -> None:
            self.context.watch(subject)

    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watcher = probe.watch(test_kit.spawn(Idle))
    await all_is_quiet()
    actor_system.stop(subject)

    await probe.expect_terminated(watcher)


async def test_the_watcher_is_stopped_and_its_watchers_told(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D36: by default the watcher is stopped, not restarted; its own watchers hear of it after the judgement."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    parent = test_kit.spawn(Props(Judge, probe))
    watcher = await spawned(parent, lambda: Reviving(probe))
    await probe.expect("alive")
    watcher.tell(watching(subject))
    parent.tell(watching(watcher))
    await all_is_quiet()
    actor_system.stop(subject)

    await probe.expect(DeathPactError)
    terminated = await probe.expect_terminated(watcher)
    assert terminated.cause is DeathCause.FAILED
    assert "DeathPactError" in terminated.detail
    assert str(subject) in terminated.detail
    await probe.expect_no_message()


async def test_pacts_make_chains(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D36: a chain of watchers dies from its first subject on."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    chain = [subject]
    for _ in range(4):
        watcher = test_kit.spawn(Oblivious)
        watcher.tell(watching(chain[-1]))
        chain.append(watcher)
    probe.watch(chain[-1])
    await all_is_quiet()
    actor_system.stop(subject)

    await probe.expect_terminated(chain[-1])


async def test_a_strategy_may_forgive(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """D37: where the strategy restarts on DeathPactError, the watcher goes on with a new instance."""
    probe, subject = test_kit.probe(), test_kit.spawn(obedient())
    watcher = await spawned(test_kit.spawn(Props(Judge, probe, DeathPactError)), lambda: Reviving(probe))
    await probe.expect("alive")
    watcher.tell(watching(subject))
    await all_is_quiet()
    actor_system.stop(subject)

    await probe.expect(DeathPactError)
    await probe.expect("alive")
    probe.watch(watcher)
    await probe.expect_no_message()
