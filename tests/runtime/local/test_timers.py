"""Timers and the receive timeout of an actor, on virtual time."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from actors import Actor, ActorRef, DeadLetter, Identify, PoisonPill, Props, ReceiveTimeout
from runtime import ActorSystem, TestProbe
from tests.runtime.local.puppets import PUPPETS, Puppet, child_of, quiet, raising, supervisor


class Timed(Puppet):
    """Notes the time of each message, in tenths of a second."""

    def receive(self, message: Any) -> Any:
        if callable(message):
            return message(self)
        return self.write(f"{message} {asyncio.get_running_loop().time() * 10:.0f}")


def entries(diary: list[str]) -> list[str]:
    """Only messages."""
    return [entry for entry in diary if entry[-1].isdigit()]


async def test_single_and_periodic(actor_system: ActorSystem) -> None:
    """A single timer comes once after its delay, a periodic one after each interval until it is cancelled."""
    diary: list[str] = []
    ref = actor_system.spawn(Props(Timed, diary))
    ref.tell(lambda actor: actor.context.timers.start_single("s", "single", 0.5))
    ref.tell(lambda actor: actor.context.timers.start_periodic("p", "periodic", 1.0))
    await quiet(3.5)
    ref.tell(lambda actor: actor.context.timers.cancel("p"))
    await quiet(10.0)

    assert entries(diary) == ["a1 single 5", "a1 periodic 10", "a1 periodic 20", "a1 periodic 30"]


@pytest.mark.parametrize("change", ["replace", "cancel"])
async def test_a_queued_tick_of_an_old_timer(actor_system: ActorSystem, change: str) -> None:
    """A1: the same key replaces a timer; replacing or cancelling also discards a tick that already waits."""
    diary: list[str] = []
    ref = actor_system.spawn(Props(Timed, diary))

    async def be_late(actor: Puppet) -> None:
        actor.context.timers.start_single("t", "old", 0.1)
        await asyncio.sleep(1.0)  # the tick is in the mailbox by now
        if change == "replace":
            actor.context.timers.start_single("t", "new", 0.1)
        else:
            actor.context.timers.cancel("t")
        assert actor.context.timers.is_active("t") is (change == "replace")

    ref.tell(be_late)
    await quiet(3.0)

    assert entries(diary) == (["a1 new 11"] if change == "replace" else [])


@pytest.mark.parametrize("puppet", PUPPETS)
async def test_timers_end_with_their_instance(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """A2: a restart cancels all timers, and a tick that the old instance queued is not seen by the new one."""
    diary: list[str] = []
    parent = actor_system.spawn(supervisor([], [ValueError]))
    child = await child_of(parent, Props(puppet, diary, "c"))

    async def queue_and_fail(actor: Puppet) -> None:
        actor.context.timers.start_single("queued", "queued", 0.1)
        actor.context.timers.start_periodic("running", "running", 0.2)
        await asyncio.sleep(1.0)
        raise ValueError

    child.tell(queue_and_fail)
    await quiet(5.0)

    assert [entry for entry in diary if "queued" in entry or "running" in entry] == []
    assert diary[-1] == "c2 pre_start"


async def test_timers_of_a_failed_start(actor_system: ActorSystem) -> None:
    """A2, S44: a timer that a failed start has set is not one of the next."""
    diary: list[str] = []

    def start(actor: Puppet) -> None:
        if actor.number == 1:
            actor.context.timers.start_periodic("t", "of the first", 0.1)
            actor.context.become(lambda message: diary.append("the first still listens"))
            raise ValueError

    parent = actor_system.spawn(supervisor([], [Exception]))
    child = await child_of(parent, Props(Puppet, diary, pre_start=start))
    child.tell("hello")
    child.tell(lambda actor: actor.context.unbecome())
    child.tell("again")
    await quiet(3.0)

    assert diary[-2:] == ["a2 hello", "a2 again"]


async def test_a_stop_ends_timers(actor_system: ActorSystem) -> None:
    """A2: a stop cancels all timers, those that `post_stop` sets included: nothing comes to dead letters later."""
    letters: list[DeadLetter] = []
    actor_system.event_stream.subscribe(letters.append, DeadLetter)

    def set_one_more(actor: Puppet) -> None:
        actor.context.timers.start_periodic("q", "late", 0.1)
        actor.context.set_receive_timeout(0.1)

    ref = actor_system.spawn(Props(Puppet, [], post_stop=set_one_more))
    ref.tell(lambda actor: actor.context.timers.start_periodic("t", "tick", 0.1))
    await quiet(1.0)
    actor_system.stop(ref)
    await quiet(5.0)

    assert letters == []


async def test_a_timer_may_carry_a_poison_pill(actor_system: ActorSystem) -> None:
    """A3: a timer with a poison pill ends its actor in good order."""
    diary: list[str] = []
    probe = TestProbe(actor_system)
    ref = probe.watch(actor_system.spawn(Props(Puppet, diary)))
    ref.tell(lambda actor: actor.context.timers.start_single("t", PoisonPill(), 0.5))
    await probe.expect_terminated(ref)

    assert diary[-1] == "a1 post_stop"


@pytest.mark.parametrize("seconds", [0.0, -1.0, float("nan")])
async def test_nonsense_is_refused(actor_system: ActorSystem, seconds: float) -> None:
    """An interval or timeout that is not above zero is refused where it is asked for."""
    errors: list[Exception] = []
    ref = actor_system.spawn(Props(Puppet, []))

    def ask_for_it(actor: Puppet) -> None:
        for what in (
            lambda: actor.context.timers.start_periodic("t", "x", seconds),
            lambda: actor.context.set_receive_timeout(seconds),
        ):
            with pytest.raises(ValueError) as caught:
                what()
            errors.append(caught.value)

    ref.tell(ask_for_it)
    await quiet()

    assert len(errors) == 2


async def test_receive_timeout(actor_system: ActorSystem) -> None:
    """A4: after so much silence a `ReceiveTimeout` comes, again and again, until it is switched off."""
    diary: list[str] = []
    ref = actor_system.spawn(Props(Timed, diary))
    ref.tell(lambda actor: actor.context.set_receive_timeout(1.0))
    await quiet(0.6)
    ref.tell("message")
    await quiet(2.9)
    ref.tell(lambda actor: actor.context.set_receive_timeout(None))
    await quiet(10.0)

    timeout = ReceiveTimeout(1.0)
    assert entries(diary) == ["a1 message 6", f"a1 {timeout} 16", f"a1 {timeout} 26"]


async def test_identify_is_no_message_for_the_receive_timeout(actor_system: ActorSystem) -> None:
    """A4: an `Identify` does not put the receive timeout off."""
    diary: list[str] = []
    ref: ActorRef[Any] = actor_system.spawn(Props(Timed, diary))
    ref.tell(lambda actor: actor.context.set_receive_timeout(1.0))
    await quiet(0.6)
    ref.tell(Identify(1), TestProbe(actor_system).ref)
    await quiet(0.6)

    assert entries(diary) == [f"a1 {ReceiveTimeout(1.0)} 10"]


async def test_work_is_no_silence(actor_system: ActorSystem) -> None:
    """A4: while a handler works, or its actor waits for a verdict, no receive timeout is due."""
    diary: list[str] = []
    ref = actor_system.spawn(Props(Timed, diary))
    ref.tell(lambda actor: actor.context.set_receive_timeout(1.0))
    ref.tell(lambda actor: asyncio.sleep(10.0))
    await quiet(10.5)
    assert entries(diary) == []
    await quiet(0.7)

    assert entries(diary) == [f"a1 {ReceiveTimeout(1.0)} 110"]


async def test_the_receive_timeout_ends_with_its_actor(actor_system: ActorSystem) -> None:
    """A4: a stop ends the receive timeout without a stray dead letter."""
    letters: list[Any] = []
    actor_system.event_stream.subscribe(letters.append, object)
    ref = actor_system.spawn(Props(Puppet, []))
    ref.tell(lambda actor: actor.context.set_receive_timeout(1.0))
    await quiet()
    actor_system.stop(ref)
    await quiet(5.0)

    assert letters == []


@pytest.mark.parametrize("hook", ["pre_start", "post_restart"])
async def test_a_receive_timeout_set_in_a_restart(actor_system: ActorSystem, hook: str) -> None:
    """A5: a receive timeout that is set in the hooks of a restart takes effect."""
    seen: list[Any] = []

    class Restarted(Actor[Any]):
        def receive(self, message: Any) -> Any:
            return message(self) if callable(message) else seen.append(message)

        async def pre_start(self) -> None:
            if hook == "pre_start":
                self.context.set_receive_timeout(0.6)

        async def post_restart(self, reason: BaseException) -> None:
            await super().post_restart(reason)
            if hook == "post_restart":
                self.context.set_receive_timeout(0.6)

    parent = actor_system.spawn(supervisor([], [ValueError]))
    child = await child_of(parent, Restarted)
    child.tell(lambda actor: actor.context.set_receive_timeout(None))
    child.tell(raising(ValueError()))
    await quiet(0.7)

    assert seen == [ReceiveTimeout(0.6)]
