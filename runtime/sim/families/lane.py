"""`Lane`: what must be in an actor's mailbox and stash in the scenario `families`, message by message. Pure.

A message that is told within a process is known by identity: it is handled exactly once, in the order in which it was
put in (the stash goes to the front, A6), or becomes a dead letter exactly once, and what ends the actor is behind
nothing that is handled. Timers' ticks, notices and what comes from other nodes are not in it. Deliberately not here:
whether the actor may handle anything now (`law`).
"""

from __future__ import annotations

from collections import deque
from typing import Any

from actors import Identify, Kill, Overflow, PoisonPill, Terminated
from actors.mailbox import MailboxSettings
from runtime.sim.families.words import Gone

_SILENT = (Identify, Gone, Terminated, PoisonPill, Kill)
"""What may be left and is no dead letter; or is one that nobody misses, if it has not been heeded already."""
STASH = 6
"""`Settings.stash_capacity` of all nodes."""


class Lane:
    """Mailbox and stash of one actor.

    Args:
        bound: Of the mailbox.

    Attributes:
        queue: What waits.
        stashed: What was put aside.
        doomed: What has to become a dead letter at once.
        stashed_ever: Whatever was put aside.
        moved_at: When the first that waits came there.
    """

    def __init__(self, bound: MailboxSettings | None = None) -> None:
        self.queue: deque[Any] = deque()
        self.stashed: list[Any] = []
        self.doomed: list[Any] = []
        self._bound = bound
        self.stashed_ever: list[Any] = []
        self.moved_at = 0.0

    @property
    def is_bounded(self) -> bool:
        """Whether it can be full."""
        return self._bound is not None

    def put(self, message: Any) -> bool:
        """A message is about to be told. Returns whether `MailboxFull` has to be raised."""
        if self._bound is not None and self._bound.capacity is not None and len(self.queue) >= self._bound.capacity:
            if self._bound.overflow is Overflow.FAIL:
                return True
            if self._bound.overflow is Overflow.DROP_NEW:
                self.doomed.append(message)
                return False
            self.doomed.append(self.queue.popleft())
        self.queue.append(message)
        return False

    def take(self, message: Any) -> str:
        """A message is handled. Returns what is wrong with that; empty if nothing is."""
        while self.queue and self.queue[0] is not message and type(self.queue[0]) is Identify:
            self.queue.popleft()
        if self.queue and self.queue[0] is message:
            self.queue.popleft()
            return ""
        if any(one is message for one in self.queue):
            return f"is handled before {_text(self.queue[0])}, which was told earlier"
        stashed = any(one is message for one in self.stashed)
        return "is handled though it is stashed" if stashed else "is handled though it does not wait there"

    def take_kind(self, kind: type) -> Any:
        """The runtime has handled a message of that class. Returns it, `None` if it was not its turn."""
        while self.queue and type(self.queue[0]) is Identify:
            self.queue.popleft()
        return self.queue.popleft() if self.queue and type(self.queue[0]) is kind else None

    def is_first(self, kind: type) -> bool:
        """Whether a message of that class is the next, or is being handled by the runtime."""
        return next((type(one) is kind for one in self.queue if type(one) is not Identify), False)

    def is_next(self, message: Any) -> bool:
        """Whether that very message is the first."""
        return bool(self.queue) and self.queue[0] is message

    def has_back(self, notice: Any) -> bool:
        """Whether a notice that is handled was stashed and put back; if so it is taken."""
        if self.queue and self.queue[0] is notice:
            self.queue.popleft()
            return True
        return False

    def unstash(self) -> None:
        """Everything from the stash goes to the front."""
        self.queue.extendleft(reversed(self.stashed))
        self.stashed.clear()

    def drop_notices(self, uid: int) -> None:
        """A registration is ended: its notice is shown no more."""
        self.stashed = [one for one in self.stashed if not _tells_of(one, uid)]
        self.queue = deque(one for one in self.queue if not _tells_of(one, uid))

    def die(self, message: Any, *, is_over: bool) -> str:
        """A message has become a dead letter. Returns what is wrong with that."""
        for place, one in enumerate(self.doomed):
            if one is message:
                del self.doomed[place]
                return ""
        if not is_over:
            return "is a dead letter though its recipient lives and has room"
        if self.stashed:
            self.unstash()
        while self.queue and self.queue[0] is not message and type(self.queue[0]) in _SILENT:
            self.queue.popleft()
        if self.queue and self.queue[0] is message:
            self.queue.popleft()
            return ""
        return "is a dead letter out of its turn, or for the second time"

    def left(self) -> list[Any]:
        """What is left of the dead that should have become dead letters."""
        return [one for one in (*self.stashed, *self.queue) if type(one) not in _SILENT]

    def has_words_of(self, who: int) -> bool:
        """Whether words of somebody wait that were never stashed."""
        return any(getattr(one, "author", 0) == who and not self._was_stashed(one) for one in self.queue)

    def has_stashed(self, uid: int) -> bool:
        """Whether the news of somebody's death is stashed."""
        return any(_tells_of(one, uid) for one in self.stashed)

    def stash(self, message: Any) -> bool:
        """A message is about to be stashed. Returns whether there is room."""
        if len(self.stashed) >= STASH:
            return False
        self.stashed.append(message)
        self.stashed_ever.append(message)
        return True

    def _was_stashed(self, message: Any) -> bool:
        return any(one is message for one in self.stashed_ever)


def _tells_of(message: Any, uid: int) -> bool:
    if type(message) is Terminated:
        return message.ref.path.uid == uid
    return type(message) is Gone and message.uid == uid


def _text(message: Any) -> str:
    return f"{type(message).__name__} {getattr(message, 'what', '')}".strip()
