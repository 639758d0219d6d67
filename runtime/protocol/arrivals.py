"""What has come from one incarnation of a peer, on both lanes, and in which order it counts. Pure.

Control traffic does not wait for ordinary messages, but a death is told only after everything that its subject had sent
(D57). So each system message says how many ordinary messages were sent before it, and the news of a death waits here
until so many were read, or it is known that they will not come. So do answers that come another way. `Arrivals`
outlives connections. The shells are `runtime.remote.inlet` and the readers of the lanes. Deliberately not here: what is
in the messages.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, TypeVar

from runtime.protocol.delivery import SystemReceiver
from runtime.protocol.past import NOTHING_CAME, Came

T = TypeVar("T")


class Arrivals(Generic[T]):
    """The receiving side, for one incarnation of the sender.

    Args:
        uid: The sender's incarnation.
        came: What is remembered of it, if it was known before.

    Attributes:
        uid: The sender's incarnation.
        system: Its system messages.
        read: How many of its ordinary messages were read or will not come.
        lost: How many of those were lost on their way, without a dead letter at the sender.
    """

    def __init__(self, uid: int, came: Came = NOTHING_CAME) -> None:
        self.uid = uid
        self.system = SystemReceiver()
        self.system.delivered = came.letters
        self.read = came.read
        self.lost = 0
        self._given_up = came.given_up
        self._held: deque[tuple[int, T]] = deque()

    def __len__(self) -> int:
        return len(self._held)

    @property
    def past(self) -> Came:
        """What is to be remembered."""
        return Came(self.uid, self.system.delivered, self.read, self._given_up)

    def hold(self, position: int, news: T) -> bool:
        """Whether `news` has to wait for ordinary messages; if so, it is kept.

        Args:
            position: How many ordinary messages were sent before it.
            news: What waits; behind all that waits for as many or fewer.
        """
        if position <= self.read:
            return False
        at = len(self._held)
        while at and self._held[at - 1][0] > position:
            at -= 1
        self._held.insert(at, (position, news))
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
        """No ordinary message will come any more. Returns all news."""
        held, self._held = self._held, deque()
        return [news for _, news in held]

    def check(self) -> None:
        """Assert what must always hold.

        Raises:
            AssertionError: If the state contradicts itself.
        """
        if self.lost < 0 or self.read < 0:
            raise AssertionError(f"{self.read} messages are read, and {self.lost} lost")
        positions = [position for position, _ in self._held]
        if positions and (positions[0] <= self.read or positions != sorted(positions)):
            raise AssertionError(f"news wait for messages {positions}, and {self.read} are read")

    def _release(self) -> list[T]:
        released = []
        while self._held and self._held[0][0] <= self.read:
            released.append(self._held.popleft()[1])
        return released
