from __future__ import annotations

from typing import Any

import msgpack
import pytest

from actors.address import ActorPath, Address
from actors.notices import PoisonPill
from actors.ref import ActorRef
from actors.signals import Terminate
from runtime.protocol import envelope
from runtime.protocol.codec import Codec, Malformed
from runtime.protocol.envelope import Kind


class Nowhere:
    host: Any = None

    def tell(self, message: Any, sender: ActorRef[Any] | None = None) -> None: ...
    def signal(self, signal: Any) -> None: ...
    async def ask(self, ref: ActorRef[Any], message: Any, timeout_s: float) -> Any: ...


def ref(text: str) -> ActorRef[Any]:
    return ActorRef(ActorPath.parse(text), Nowhere())


CODEC = Codec(Address("here", "127.0.0.1", 1), ref)
THERE = ref("actor://there@127.0.0.1:2/user/a#1")


def test_a_user_message_travels_with_recipient_and_sender() -> None:
    """An ordinary body gives back recipient, sender and message; the sender may be missing."""
    assert envelope.open_body(CODEC, envelope.ordinary(CODEC, THERE, THERE, [1])) == (
        Kind.ORDINARY,
        [THERE, THERE, [1]],
    )
    assert envelope.open_body(CODEC, envelope.ordinary(CODEC, THERE, None, "x")) == (Kind.ORDINARY, [THERE, None, "x"])


def test_a_signal_travels_as_a_numbered_letter() -> None:
    """The letter is made once and numbered for each sending."""
    content = envelope.letter(CODEC, THERE, Terminate())
    assert envelope.open_body(CODEC, envelope.system(7, content)) == (Kind.SYSTEM, [7, content])
    assert envelope.open_letter(CODEC, content) == (THERE, Terminate())


@pytest.mark.parametrize("kind", [Kind.ACK, Kind.NACK])
def test_numbers_travel(kind: Kind) -> None:
    """Acknowledgements are a kind and a number."""
    assert envelope.open_body(CODEC, envelope.numbers(kind, 2**63)) == (kind, [2**63])


@pytest.mark.parametrize("kind", [Kind.HEARTBEAT, Kind.HEARTBEAT_REPLY])
def test_heartbeats_travel(kind: Kind) -> None:
    """Heartbeats are a kind and their content."""
    assert envelope.open_body(CODEC, envelope.beat(kind, b"content")) == (kind, [b"content"])


def test_goodbye_travels() -> None:
    """Goodbye is a kind alone."""
    assert envelope.open_body(CODEC, envelope.numbers(Kind.GOODBYE)) == (Kind.GOODBYE, [])


@pytest.mark.parametrize(
    "body",
    [5, [], [99], ["x"], [1, 2, 3, 4], [2, 1], [2, "1", b""], [3], [3, "x"], [7, 1], {}, [True, 1]],
)
def test_other_bodies_are_malformed(body: Any) -> None:
    """Anything that this protocol does not say is one kind of error."""
    with pytest.raises(Malformed):
        envelope.open_body(CODEC, msgpack.packb(body))


def test_a_letter_with_anything_but_a_crossing_signal_is_malformed() -> None:
    """A peer cannot put other things into the system lane of an actor."""
    for content in ([THERE, PoisonPill()], [THERE], [1, Terminate()], 5):
        with pytest.raises(Malformed):
            envelope.open_letter(CODEC, CODEC.encode(content))
    with pytest.raises(Malformed):
        envelope.open_body(CODEC, CODEC.encode([1, THERE, None, None]))
