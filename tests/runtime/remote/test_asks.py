"""Questions across the network: who waits for an answer goes on at once, and strange texts of askers harm nobody."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgpack
import pytest

from actors import Actor, AskTimeout
from runtime import ActorSystem
from runtime.answer import Answer
from runtime.protocol.handshake import Lane
from tests.runtime.remote.nodes import Echo, Nodes, Say, seen_from, until
from tests.runtime.remote.strangers import STRANGER, goes_on, welcomed


def in_a_callback(system: ActorSystem, action: Callable[[], None]) -> asyncio.Future[None]:
    """Do that where data is read: in a callback of the loop, in which nobody has anything else to do."""
    done = system.loop.create_future()

    def callback() -> None:
        try:
            assert system.dispatcher.hold()
            action()
        except BaseException as error:
            done.set_exception(error)
        else:
            done.set_result(None)

    system.loop.call_soon(callback)
    return done


def answer_of(system: ActorSystem) -> Answer:
    answer = Answer(loop=system.loop)
    answer.dispatcher = system.dispatcher
    return answer


async def test_who_waits_goes_on_in_the_callback_that_brings_the_answer(actor_system: ActorSystem) -> None:
    """Not in the middle of reading, but at its end, and without another turn of the loop; all of them, in order."""
    answers = [answer_of(actor_system) for _ in range(3)]
    went_on: list[int] = []

    async def wait(number: int) -> None:
        went_on.append(await answers[number])
        assert await asyncio.wait_for(asyncio.sleep(0, "a task as any other"), 1.0) == "a task as any other"

    tasks = [asyncio.create_task(wait(number)) for number in range(3)]
    await asyncio.sleep(0)

    def read() -> None:
        for number, answer in enumerate(answers):
            answer.set_result(number)
        assert went_on == []
        actor_system.dispatcher.drain()
        assert went_on == [0, 1, 2]

    await in_a_callback(actor_system, read)
    await asyncio.gather(*tasks)


async def test_an_answer_at_another_time_is_an_ordinary_future(actor_system: ActorSystem) -> None:
    """Outside of such a callback: a result, an exception and a cancellation reach the task in the loop's next turn."""

    async def wait(answer: Answer) -> Any:
        return await answer

    ends: list[tuple[Callable[[Answer], object], type[BaseException] | None]] = [
        (lambda answer: answer.set_result(1), None),
        (lambda answer: answer.set_exception(KeyError("no")), KeyError),
        (lambda answer: answer.cancel(), asyncio.CancelledError),
    ]
    for end, expected in ends:
        answer = answer_of(actor_system)
        task = asyncio.create_task(wait(answer))
        await asyncio.sleep(0)
        end(answer)
        assert not task.done()
        if expected is None:
            assert await task == 1
        else:
            with pytest.raises(expected):
                await task
    answer = answer_of(actor_system)
    task = asyncio.create_task(wait(answer))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert answer.cancelled()


async def test_a_task_that_breaks_breaks_no_other(actor_system: ActorSystem) -> None:
    """What leaves a task and ends the loop is raised; those behind it go on in the loop's next turn."""
    went_on: list[int] = []

    def breaks(_: Any) -> None:
        raise KeyError("as SystemExit would")

    def read() -> None:
        actor_system.dispatcher.wake(breaks, None, None)
        actor_system.dispatcher.wake(lambda _: went_on.append(1), None, None)
        with pytest.raises(KeyError):
            actor_system.dispatcher.drain()
        assert went_on == []

    await in_a_callback(actor_system, read)
    await asyncio.sleep(0)
    assert went_on == [1]
    assert not actor_system.dispatcher.armed


async def test_asks_of_all_kinds_across_the_network(nodes: Nodes) -> None:
    """One after the other, many at once, from handlers, too late, and given up: each gets its own answer or none."""
    a, b = await nodes.start("a"), await nodes.start("b")
    echo = seen_from(a, b, b.spawn(Echo))

    class Asks(Actor[Any]):
        async def receive(self, message: Any) -> None:
            self.reply([await echo.ask(message), await echo.ask(message)])

    for number in range(50):
        assert await echo.ask(number) == number
    assert await asyncio.gather(*(echo.ask(number) for number in range(500))) == list(range(500))
    asks = [a.spawn(Asks) for _ in range(20)]
    assert await asyncio.gather(*(one.ask(5) for one in asks)) == [[5, 5]] * 20
    nodes.net.freeze("b")
    with pytest.raises(AskTimeout):
        await echo.ask(Say("late"), 0.5)
    given_up = asyncio.create_task(echo.ask(Say("never"), 60.0))
    await asyncio.sleep(0.1)
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    nodes.net.thaw("b")
    assert await echo.ask("after") == "after"
    assert a._registry.temporary.keys() == b._registry.temporary.keys() == set()


class WatchesWhoAsks(Actor[Any]):
    """Answers nothing."""

    def receive(self, message: Any) -> None:
        self.context.watch(self.sender)


async def test_d14_the_end_of_a_node_that_watches_an_ask_is_no_answer(nodes: Nodes) -> None:
    """D14, D72, A13: whoever was asked watches the asker and is gone with its node; another one still may answer."""
    a, b, c = await nodes.start("a"), await nodes.start("b", port=7), await nodes.start("c")
    silent, echo = seen_from(a, b, b.spawn(WatchesWhoAsks)), seen_from(a, c, c.spawn(Echo))

    class Asks(Actor[Any]):
        async def receive(self, message: Any) -> None:
            silent.tell("watch", self.sender)
            await asyncio.sleep(message)
            echo.forward("answer")

    asks = a.spawn(Asks)
    unanswered = asyncio.create_task(silent.ask("anything", 30.0))
    answered = asyncio.create_task(asks.ask(20.0, 30.0))
    await until(lambda: a.remote.watch_counts() == {b.address: (0, 2)})
    nodes.kill(b)

    assert await answered == "answer"
    with pytest.raises(AskTimeout):
        await unanswered
    assert a.remote.watch_counts() == {}
    assert a._registry.temporary == {}


@pytest.mark.parametrize(
    "tail",
    [
        "$5#5",
        "$5#6",
        "$#",
        "$",
        "$05#05",
        "$\u0663#\u0663",
        "$5#5#5",
        "$x#x",
        f"${10**19}#{10**19}",
        f"${10**20}#{10**20}",
        "$-1#-1",
    ],
)
async def test_strange_texts_of_askers(nodes: Nodes, tail: str) -> None:
    """A sender that is an ask, or looks like one: answered at exactly that text, or dropped; the system goes on."""
    a = await nodes.start("a", port=7)
    stranger = await welcomed(nodes, a, Lane.ORDINARY)
    senders: list[Any] = []

    class Listens(Actor[Any]):
        def receive(self, message: Any) -> None:
            senders.append(self.sender)
            self.sender.tell(message)

    ears = a.spawn(Listens)
    text = f"{STRANGER}/temp/{tail}"
    for message in (1, 2):
        stranger.say(msgpack.packb([1, str(ears.path.at(a.address)), text, message]))
    await goes_on(nodes, a)
    for sender in senders:
        assert sender.path.address == STRANGER
        assert sender == senders[0]
        assert str(sender.path).split("#")[0] == text.split("#")[0]
