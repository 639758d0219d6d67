"""A `TestProbe` stands in for an actor: it is found, watched, and dies as one does."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import Actor, ActorRef, DeadLetter, DeathCause, Kill, PoisonPill, Props, Terminated
from runtime import TestProbe, graceful_stop
from runtime.sim import SimLoop, World
from runtime.system import ActorSystem


class Watcher(Actor[Any]):
    def __init__(self, subject: ActorRef[Any], told: list[Terminated]) -> None:
        self.subject, self.told = subject, told

    def pre_start(self) -> None:
        self.context.watch(self.subject)

    def receive(self, message: Any) -> None:
        if isinstance(message, Terminated):
            self.told.append(message)
        else:
            self.context.unwatch(self.subject)


def on_virtual_time(story: Any) -> None:
    async def run() -> None:
        async with ActorSystem("probes") as system:
            await story(system)

    with asyncio.Runner(loop_factory=lambda: SimLoop(1)) as runner:
        runner.run(run())


def stop(probe: TestProbe) -> None:
    probe.stop()


@pytest.mark.parametrize(
    ("end", "cause"),
    [
        (stop, DeathCause.STOPPED),
        (lambda probe: probe.ref.tell(PoisonPill()), DeathCause.STOPPED),
        (lambda probe: probe.ref.tell(Kill()), DeathCause.KILLED),
    ],
)
def test_who_watches_a_probe_is_told_of_its_end_once(end: Any, cause: DeathCause) -> None:
    """Whatever ends it, and however often."""

    async def story(system: ActorSystem) -> None:
        probe, told = TestProbe(system), list[Terminated]()
        system.spawn(Props(Watcher, probe.ref, told))
        await asyncio.sleep(1)
        assert not told
        end(probe)
        probe.stop()
        await asyncio.sleep(1)
        assert told == [Terminated(probe.ref, True, False, cause)]

    on_virtual_time(story)


def test_who_watches_no_more_or_too_late() -> None:
    """The first hears nothing, the other at once that it is dead (D2, D8)."""

    async def story(system: ActorSystem) -> None:
        probe, told, late = TestProbe(system), list[Terminated](), list[Terminated]()
        system.spawn(Props(Watcher, probe.ref, told)).tell("unwatch")
        await asyncio.sleep(1)
        await graceful_stop(probe.ref)
        system.spawn(Props(Watcher, probe.ref, late))
        await asyncio.sleep(1)
        assert not told
        killed = TestProbe(system)
        killed.ref.tell(Kill())
        system.spawn(Props(Watcher, killed.ref, late))
        await asyncio.sleep(1)
        assert late == [
            Terminated(probe.ref, False, False, DeathCause.STOPPED),
            Terminated(killed.ref, False, False, DeathCause.KILLED),
        ]

    on_virtual_time(story)


def test_what_a_stopped_probe_is_told_is_a_dead_letter_and_what_it_watched_is_watched_no_more() -> None:
    """And what had come before its end can be expected still."""

    async def story(system: ActorSystem) -> None:
        probe, other, office = TestProbe(system), TestProbe(system), TestProbe(system)
        system.event_stream.subscribe(office.ref, DeadLetter)
        probe.watch(other.ref)
        probe.tell("before")
        probe.stop()
        probe.tell("after", other.ref)
        assert (await office.expect(DeadLetter)).message == "after"
        await probe.expect("before")
        other.stop()
        await probe.expect_no_message(1.0)
        assert system.find_temporary(probe.ref.name) is None

    on_virtual_time(story)


async def a_probe_far_away(world: World) -> Terminated:
    here, there = await world.start("here"), await world.start("there")
    probe, subject = TestProbe(here), TestProbe(there, "subject")
    found = probe.watch(await here.resolve(f"{there.address}/temp/subject"))
    await asyncio.sleep(1)
    subject.stop()
    end = await probe.expect_terminated(found)
    await probe.expect_no_message(10.0)
    with pytest.raises(LookupError):
        await here.resolve(f"{there.address}/temp/subject")
    return end


def test_a_probe_is_found_and_watched_from_another_node() -> None:
    """It answers `Identify`, and says that it ends, as an actor's runtime does."""
    end = World.run(a_probe_far_away, seed=1)
    assert (end.cause, end.existence_confirmed) == (DeathCause.STOPPED, True)
