"""References to nobody in particular, for tests of the cores: they only have to be equal and hashable."""

from __future__ import annotations

from typing import Any

from actors.address import ActorPath, Address
from actors.ref import ActorRef

HERE = Address("test")


class Nowhere:
    """A sink that keeps what it is given."""

    def __init__(self) -> None:
        self.told: list[tuple[Any, ActorRef[Any] | None]] = []
        self.signalled: list[Any] = []
        self.sender: ActorRef[Any] | None = None
        self.asked: list[tuple[ActorRef[Any], Any, float]] = []

    @property
    def host(self) -> Nowhere:
        """Itself: it stands for the system too."""
        return self

    def tell(self, message: Any, sender: ActorRef[Any] | None = None) -> None:
        """Keep a message."""
        self.told.append((message, sender))

    def signal(self, signal: Any) -> None:
        """Keep a signal."""
        self.signalled.append(signal)

    async def ask(self, ref: ActorRef[Any], message: Any, timeout_s: float) -> Any:
        """Keep a question, and answer it with its own name."""
        self.asked.append((ref, message, timeout_s))
        return f"answer to {message}"

    async def tell_when_room(
        self, ref: ActorRef[Any], message: Any, sender: ActorRef[Any] | None, timeout_s: float
    ) -> None:
        """There is always room."""
        self.tell(message, sender)

    def current_sender(self) -> ActorRef[Any] | None:
        """Whom the test wants to be the sender."""
        return self.sender


def ref(name: str, uid: int = 1, address: Address = HERE, sink: Nowhere | None = None) -> ActorRef[Any]:
    """The reference of `/user/<name>`."""
    return ActorRef(ActorPath(address, ("user", name), uid), sink or Nowhere())
