"""Every exception that the actor model raises on purpose. Pure.

Errors about a call (`InvalidActorName`, `AskTimeout`, ...) are raised in the caller; errors about a life
(`ActorInitializationError`, `DeathPactError`, ...) are what a supervisor gets to judge.
"""

from __future__ import annotations


class ActorError(Exception):
    """Base class of all errors of the actor model."""


class InvalidActorName(ActorError, ValueError):
    """A name that no actor may have (S74)."""


class ActorNameInUse(ActorError, ValueError):
    """A living, or not yet fully stopped, sibling has this name (D42)."""


class AskTimeout(ActorError, TimeoutError):
    """No reply came in time. The text names target, message type and timeout (A13)."""


class MailboxFull(ActorError):
    """A bounded mailbox had no room and its policy is to say so."""


class ActorInitializationError(ActorError):
    """Constructor or `pre_start` raised (S43). The cause is `__cause__`; the default strategy stops the actor.

    Akka counterpart: `ActorInitializationException`.
    """


class PostRestartError(ActorInitializationError):
    """The new constructor or `post_restart` raised during a restart (S41).

    Attributes:
        original: Why the restart was made in the first place.
    """

    def __init__(self, text: str, original: BaseException) -> None:
        super().__init__(text)
        self.original = original


class ActorKilledError(ActorError):
    """What `Kill` raises inside its target (S63)."""


class DeathPactError(ActorError):
    """A `Terminated` came and was not handled (D35). The default strategy stops the watcher.

    Attributes:
        subject: The reference of the dead actor.
    """

    def __init__(self, subject: object) -> None:
        super().__init__(f"{subject} terminated, and its watcher does not handle Terminated")
        self.subject = subject


def text_of(error: BaseException) -> str:
    """What an exception says; also of one that cannot say it, for its class is user code."""
    try:
        return str(error)
    except BaseException:
        return "its text cannot be had"


def in_words(error: BaseException) -> str:
    """What an exception is, and what it says: `ValueError: no such thing`."""
    return f"{type(error).__name__}: {text_of(error)}"
