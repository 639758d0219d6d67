"""Diaries of watchers who live through any sequence of watches and deaths, and their judge; for tests."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from actors import Actor, ActorRef, Terminated
from tests.runtime.local.people import Do, Ill, nap

WATCHERS = 3

SUBJECTS = 3

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
