"""Asks, and the death of their temporary references."""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

from actors import Actor, ActorRef, AskTimeout, DeadLetter
from runtime import ActorSystem, TestKit, TestProbe
from tests.runtime.local.people import Do, all_is_quiet, nap, obedient, watching


class Answering(Actor[Any]):
    """Tells a probe who asks, and answers what it is told to."""

    def __init__(self, report: TestProbe) -> None:
        self.report = report

    def receive(self, message: Any) -> None:
        """Report the asker; answer unless the question is "?"."""
        self.report.tell(self.sender)
        if message != "?":
            self.reply(message)


@pytest.mark.parametrize("answered", [True, False])
async def test_an_ask_can_be_watched(test_kit: TestKit, answered: bool) -> None:
    """D14: the temporary reference of an ask dies when it is answered or times out; the subject is that reference."""
    probe, askers = test_kit.probe(), test_kit.probe()
    target = test_kit.spawn(lambda: Answering(askers))
    question = asyncio.ensure_future(target.ask("?", timeout=1.0))
    asker: ActorRef[Any] = await askers.receive_one()
    test_kit.spawn(obedient(probe)).tell(watching(asker))
    await probe.expect_no_message(0.5)
    if answered:
        asker.tell("answer")
        assert await question == "answer"
    else:
        with pytest.raises(AskTimeout):
            await question

    terminated = await probe.expect_terminated(asker)
    assert terminated.existence_confirmed
    await probe.expect_no_message()


async def test_an_ask_that_is_over_can_be_watched(test_kit: TestKit) -> None:
    """D14: watched after its end, an ask answers at once, its existence confirmed."""
    probe, askers = test_kit.probe(), test_kit.probe()
    await test_kit.spawn(lambda: Answering(askers)).ask("question")
    asker = await askers.receive_one()

    probe.watch(asker)

    assert (await probe.expect_terminated(asker)).existence_confirmed


async def test_an_ask_can_be_unwatched(test_kit: TestKit) -> None:
    """D14: who unwatched an ask hears nothing of its end."""
    probe, askers = test_kit.probe(), test_kit.probe()
    question = asyncio.ensure_future(test_kit.spawn(lambda: Answering(askers)).ask("?"))
    asker = await askers.receive_one()
    probe.watch(asker)
    probe.unwatch(asker)
    asker.tell("answer")
    await question

    await probe.expect_no_message()


async def test_the_first_reply_counts(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A13: the first reply is returned, later ones are dead letters; a reply after the end of the ask is one, too."""
    letters, askers = test_kit.probe(), test_kit.probe()
    actor_system.event_stream.subscribe(letters.tell, DeadLetter)
    question = asyncio.ensure_future(test_kit.spawn(lambda: Answering(askers)).ask("?"))
    asker = await askers.receive_one()
    asker.tell("first")
    asker.tell("second")
    assert await question == "first"
    asker.tell("third")

    assert [(await letters.expect(DeadLetter)).message for _ in range(2)] == ["second", "third"]


async def test_an_exception_as_reply_is_raised(test_kit: TestKit) -> None:
    """A13: a reply that is an exception is raised in the asker."""
    target = test_kit.spawn(lambda: Answering(test_kit.probe()))

    with pytest.raises(LookupError, match="none here"):
        await target.ask(LookupError("none here"))


async def test_a_reply_that_no_future_takes_harms_only_who_asked(test_kit: TestKit) -> None:
    """A13: a `StopIteration` as reply is raised as the cause of a RuntimeError, and whoever replied it goes on."""
    target = test_kit.spawn(lambda: Answering(test_kit.probe()))

    with pytest.raises(RuntimeError, match="cannot be raised") as caught:
        await target.ask(StopIteration("over"))

    assert isinstance(caught.value.__cause__, StopIteration)
    assert await target.ask("and now?") == "and now?"


async def test_a_timeout_names_everything(test_kit: TestKit) -> None:
    """A13: the error names target, asking actor, message type and timeout."""
    probe, target = test_kit.probe(), test_kit.spawn(lambda: Answering(test_kit.probe()))

    async def ask_in_vain(actor: Any) -> None:
        with pytest.raises(AskTimeout) as caught:
            await target.ask("?", timeout=1.5)
        probe.tell(str(caught.value))

    asker = test_kit.spawn(obedient())
    asker.tell(Do(ask_in_vain))

    text = await probe.receive_one()
    assert [part for part in (str(target), str(asker), "str", "1.5 s") if part not in text] == []


async def test_a_timeout_outside_of_actors(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A13: the timeout is in seconds of the loop; who asks from outside is not named."""
    target = test_kit.spawn(lambda: Answering(test_kit.probe()))
    begun = actor_system.now()

    with pytest.raises(AskTimeout, match=re.escape(f"{target} did not answer str within 2.5 s")):
        await target.ask("?", timeout=2.5)
    assert actor_system.now() - begun == pytest.approx(2.5)
    with pytest.raises(TimeoutError):
        await target.ask("?", timeout=0.5)


async def test_asking_the_dead(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """A13: an ask of a dead actor fails when its time is over, and the question is a dead letter."""
    letters, target = test_kit.probe(), test_kit.spawn(obedient())
    actor_system.event_stream.subscribe(letters.tell, DeadLetter)
    actor_system.stop(target)
    await all_is_quiet()

    with pytest.raises(AskTimeout):
        await target.ask("question", timeout=1.0)
    assert (await letters.expect(DeadLetter)).message == "question"


@pytest.mark.parametrize("seconds", [0, -1.0, float("nan")])
async def test_no_time_to_answer(actor_system: ActorSystem, test_kit: TestKit, seconds: float) -> None:
    """A13: an ask without time fails at once, and nothing is sent."""
    probe = test_kit.probe()
    begun = actor_system.now()

    with pytest.raises(AskTimeout):
        await test_kit.spawn(obedient(probe)).ask("question", timeout=seconds)
    assert actor_system.now() == begun
    await probe.expect_no_message()


async def test_an_ask_that_is_cancelled_is_over(test_kit: TestKit) -> None:
    """D14: an asker that is cancelled leaves nothing behind: its reference dies."""
    probe, askers = test_kit.probe(), test_kit.probe()
    question = asyncio.ensure_future(test_kit.spawn(lambda: Answering(askers)).ask("?"))
    asker = await askers.receive_one()
    probe.watch(asker)
    question.cancel()

    await probe.expect_terminated(asker)


async def test_actors_go_on_while_one_asks(test_kit: TestKit) -> None:
    """A13: an actor that waits for an answer handles nothing else meanwhile; others do."""
    probe, slow = test_kit.probe(), test_kit.spawn(lambda: Answering(test_kit.probe()))
    asker, other = test_kit.spawn(obedient(probe)), test_kit.spawn(obedient(probe))

    async def ask(actor: Any) -> None:
        with pytest.raises(AskTimeout):
            await slow.ask("?", timeout=1.0)

    asker.tell(Do(ask))
    asker.tell("later")
    other.tell(nap(0.5))
    other.tell("sooner")

    await probe.expect("sooner")
    await probe.expect("later")
