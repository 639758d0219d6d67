"""What has come from one incarnation of a peer, on both lanes, and in which order it counts. Pure.

Control traffic does not wait for ordinary messages, but a death is told only after everything that its subject had sent
(D57). So each system message says how many ordinary messages were sent before it, and the news of a death waits here
until so many were read, or it is known that they will not come. So do answers that come another way. `Arrivals`
outlives connections. What waits has a bound: what finds no room is as if it had not come, and comes again. The shells
are `runtime.remote.inlet` and the readers of the lanes. Deliberately not here: what is in the messages.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, NamedTuple, TypeVar

from runtime.protocol.delivery import SystemReceiver
from runtime.protocol.past import NOTHING_CAME, Came

T = TypeVar("T")


class Room(NamedTuple):
    """How much may wait: so many news, and more than one only within so many bytes."""

    news: int
    size_bytes: int


class Held(NamedTuple, Generic[T]):
    """News that wait until so many ordinary messages were read."""

    position: int
    news: T
    size_bytes: int


class Arrivals(Generic[T]):
    """The receiving side, for one incarnation of the sender.

    Args:
        uid: The sender's incarnation.
        room: For what waits.
        came: What is remembered of it, if it was known before.

    Attributes:
        uid: The sender's incarnation.
        system: Its system messages.
        read: How many of its ordinary messages were read or will not come.
        lost: How many of those were lost on their way, without a dead letter at the sender.
        is_over: It was given up: nothing waits any more.
    """

    def __init__(self, uid: int, room: Room, came: Came = NOTHING_CAME) -> None:
        self.uid = uid
        self.system = SystemReceiver()
        self.system.delivered = came.letters
        self.read = came.read
        self.lost = 0
        self.is_over = False
        self._given_up = came.given_up
        self._room = room
        self._held: deque[Held[T]] = deque()
        self._held_bytes = 0

    def __len__(self) -> int:
        return len(self._held)

    @property
    def past(self) -> Came:
        """What is to be remembered."""
        return Came(self.uid, self.system.delivered, self.read, self._given_up)

    def lacks_room(self, position: int, size_bytes: int) -> bool:
        """Whether what comes behind so many ordinary messages might have to wait, and may not.

        That ends: whoever means well sends what is waited for, or says that it will not come, and nothing of it waits
        for what was sent later.
        """
        if position <= self.read or not self._held or self.is_over:
            return False
        return len(self._held) >= self._room.news or self._held_bytes + size_bytes > self._room.size_bytes

    def hold(self, position: int, news: T, size_bytes: int) -> bool:
        """Whether `news` has to wait for ordinary messages; if so, it is kept. Ask before whether there is room.

        Args:
            position: How many ordinary messages were sent before it.
            news: What waits; behind all that waits for as many or fewer.
            size_bytes: What keeping it takes.
        """
        if position <= self.read or self.is_over:
            return False
        at = len(self._held)
        while at and self._held[at - 1].position > position:
            at -= 1
        self._held.insert(at, Held(position, news, size_bytes))
        self._held_bytes += size_bytes
        return True

    def count(self, messages: int) -> list[T]:
        """So many more ordinary messages were read. Returns the news that waited for them."""
        self.read += messages
        return self._release() if self._held else []

    def settle(self, position: int, given_up: int) -> list[T]:
        """Ordinary messages up to this number that have not come will not. Returns the news that waited for them.

        Args:
            position: The number.
            given_up: How many the sender has ever given up, and announced as dead letters.
        """
        if position < self.read:
            return []
        if self._given_up is not None:  # what was before the first word is not known
            self.lost += max(0, position - self.read - (given_up - self._given_up))
        self._given_up = given_up
        self.read = position
        return self._release()

    def give_up(self) -> list[T]:
        """No ordinary message will come any more, and nothing waits for any. Returns all news."""
        self.is_over = True
        held, self._held = self._held, deque()
        self._held_bytes = 0
        return [one.news for one in held]

    def check(self) -> None:
        """Assert what must always hold.

        Raises:
            AssertionError: If the state contradicts itself.
        """
        if self.lost < 0 or self.read < 0:
            raise AssertionError(f"{self.read} messages are read, and {self.lost} lost")
        if not self._held:
            if self._held_bytes:
                raise AssertionError(f"no news wait, and {self._held_bytes} bytes of them")
            return
        positions = [one.position for one in self._held]
        is_beyond = len(positions) > self._room.news or (
            len(positions) > 1 and self._held_bytes > self._room.size_bytes
        )
        if is_beyond or self._held_bytes != sum(one.size_bytes for one in self._held):
            raise AssertionError(f"{len(positions)} news wait, {self._held_bytes} bytes, and there is {self._room}")
        if positions[0] <= self.read or positions != sorted(positions):
            raise AssertionError(f"news wait for messages {positions}, and {self.read} are read")

    def _release(self) -> list[T]:
        released = []
        while self._held and self._held[0].position <= self.read:
            one = self._held.popleft()
            self._held_bytes -= one.size_bytes
            released.append(one.news)
        return released
