"""DeathWatch under any sequence of watches, deaths, failures and pauses, judged by what each watcher lived through."""

from __future__ import annotations

import asyncio
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from actors import Actor, ActorRef, OneForOneStrategy, Terminated
from runtime import ActorSystem, Settings
from runtime.sim.loop import SimLoop
from tests.runtime.local.people import Do, Ill, all_is_quiet, nap, obedient

WATCHERS = SUBJECTS = 3
STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["watch", "watch_with a", "watch_with b", "unwatch", "unwatch and watch", "stop", "fail", "nap", "quiet"]
        ),
        st.integers(0, WATCHERS - 1),
        st.integers(0, SUBJECTS - 1),
    ),
    max_size=40,
)


class Diarist(Actor[Any]):
    """Writes down what it registers and what it is shown, in the order in which it lives through it."""

    def __init__(self, diary: list[tuple[str, Any, Any]]) -> None:
        self.diary = diary

    def receive(self, message: Any) -> Any:
        """Do it, or write it down."""
        if isinstance(message, Do):
            return message.what(self)
        about = None if isinstance(message, Terminated) else message[0]
        self.diary.append(("death", self.context.sender, about))
        return None

    def watch(self, subject: ActorRef[Any], message: Any) -> None:
        """Register and write it down, unless it is refused."""
        try:
            if message is None:
                self.context.watch(subject)
            else:
                self.context.watch_with(subject, (message, subject))
        except ValueError:
            self.diary.append(("refused", subject, message))
        else:
            self.diary.append(("watch", subject, message))

    def unwatch(self, subject: ActorRef[Any]) -> None:
        """Unregister and write it down."""
        self.context.unwatch(subject)
        self.diary.append(("unwatch", subject, None))


def order(what: str, subject: ActorRef[Any]) -> Do:
    """The order for a watcher."""
    match what.split():
        case ["watch"]:
            return Do(lambda actor: actor.watch(subject, None))
        case ["watch_with", message]:
            return Do(lambda actor: actor.watch(subject, message))
        case ["unwatch"]:
            return Do(lambda actor: actor.unwatch(subject))
        case ["nap"]:
            return nap(0.01)
        case ["fail"]:
            return Do(fall_ill)

    def both(actor: Any) -> None:
        actor.unwatch(subject)
        actor.watch(subject, "b")

    return Do(both)


def fall_ill(actor: Any) -> None:
    """Be restarted."""
    raise Ill


async def live_through(steps: list[tuple[str, int, int]]) -> list[list[tuple[str, Any, Any]]]:
    """Perform the steps, let all subjects die, and return the diaries."""
    silent = Settings(guardian_strategy=OneForOneStrategy(logging=False))
    async with ActorSystem("test", silent, random=random.Random(1)) as system:
        diaries: list[list[tuple[str, Any, Any]]] = [[] for _ in range(WATCHERS)]
        watchers = [system.spawn(lambda diary=diary: Diarist(diary)) for diary in diaries]
        subjects = [system.spawn(obedient()) for _ in range(SUBJECTS)]
        for what, watcher, subject in steps:
            if what == "quiet":
                await asyncio.sleep(0.005)
            elif what == "stop":
                system.stop(subjects[subject])
            else:
                watchers[watcher].tell(order(what, subjects[subject]))
        await asyncio.sleep(1.0)
        for ref in subjects:
            system.stop(ref)
        await all_is_quiet()
        await asyncio.sleep(1.0)
    return diaries


def judge(diary: list[tuple[str, Any, Any]]) -> None:
    """Each registration that stood was answered once, as it asked, and nothing else was."""
    registered: dict[Any, Any] = {}
    for what, subject, message in diary:
        if what == "watch":
            assert registered.setdefault(subject, message) == message
        elif what == "refused":
            assert registered[subject] != message
        elif what == "unwatch":
            registered.pop(subject, None)
        else:
            assert subject in registered
            assert registered.pop(subject) == message
    assert not registered


@given(STEPS, st.integers(0, 3))
def test_each_registration_is_answered_once(steps: list[tuple[str, int, int]], seed: int) -> None:
    """D1, D9, D20, D21, D24, D30, D31, D49: a registration that stands is answered once, as it asked."""
    loop = SimLoop(seed, limit_s=60.0)
    diaries = loop.run_until_complete(live_through(steps))
    loop.close()

    for diary in diaries:
        judge(diary)
