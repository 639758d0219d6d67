"""What is in a frame: messages, system messages, answers and numbers, and what is none of them."""

from __future__ import annotations

from typing import Any

import msgpack
import pytest

from actors.address import ActorPath, Address
from actors.message import message
from actors.notices import DeathCause, PoisonPill
from actors.ref import ActorRef
from actors.signals import DeathWatchNotification, Terminate, Unwatch, Watch
from runtime.protocol import envelope, paths
from runtime.protocol.codec import Codec
from runtime.protocol.codec_errors import Malformed, UnknownMessage
from runtime.protocol.envelope import Kind
from runtime.protocol.frames import FrameDecoder, encode_frame


class Nowhere:
    host: Any = None

    def tell(self, message: Any, sender: ActorRef[Any] | None = None) -> None: ...
    def signal(self, signal: Any) -> None: ...
    async def ask(self, ref: ActorRef[Any], message: Any, timeout_s: float) -> Any: ...


def ref(text: str) -> ActorRef[Any]:
    return ActorRef(ActorPath.parse(text), Nowhere())


CODEC = Codec(Address("here", "127.0.0.1", 1), ref)
THERE = ref("actor://there@127.0.0.1:2/user/a#1")


def packed(*values: Any) -> list[bytes]:
    return [CODEC.encode(value) for value in values]


@pytest.mark.parametrize("count", [1, 5, 1000])
def test_many_user_messages_share_a_frame(count: int) -> None:
    """An ordinary body gives back what stands for recipient and sender, and the message, of each in order."""
    parts = [part for number in range(count) for part in packed(0, None, [number])]
    kind, values = envelope.open_body(CODEC, envelope.ordinary(parts, count))
    assert kind is Kind.ORDINARY
    assert values == [value for number in range(count) for value in (0, None, [number])]


def test_one_message_that_cannot_be_read_costs_no_other() -> None:
    """In its place stands the error: an unknown class, wrong fields, an unknown extension; the rest is as it was."""
    unknown = msgpack.packb(msgpack.ExtType(2, msgpack.packb(["never.registered", 1])))
    strange = msgpack.packb(msgpack.ExtType(99, b"x"))
    body = envelope.ordinary([*packed(0, None), unknown, *packed(1, None), strange, *packed(2, 3, THERE)], 3)
    _, values = envelope.open_body(CODEC, body)
    assert isinstance(values[2], UnknownMessage)
    assert isinstance(values[5], Malformed)
    assert (values[:2], values[3:5], values[6:]) == ([0, None], [1, None], [2, 3, THERE])


def test_a_signal_travels_as_a_numbered_letter() -> None:
    """The letter is made once, numbered for each sending, and says how many ordinary messages were before it."""
    content = envelope.letter(CODEC, THERE, Terminate())
    assert envelope.open_body(CODEC, envelope.system(7, 12, content)) == (Kind.SYSTEM, [7, 12, content])
    assert envelope.open_letter(CODEC, content) == (THERE, Terminate())


@pytest.mark.parametrize("kind", [Kind.ACK, Kind.NACK, Kind.AFTER])
def test_numbers_travel(kind: Kind) -> None:
    """Acknowledgements are a kind and a number."""
    assert envelope.open_body(CODEC, envelope.numbers(kind, 2**63)) == (kind, [2**63])


@pytest.mark.parametrize("kind", [Kind.HEARTBEAT, Kind.HEARTBEAT_REPLY])
def test_heartbeats_travel(kind: Kind) -> None:
    """Heartbeats are a kind and their content."""
    body = envelope.beat(kind, b"content")
    assert envelope.open_body(CODEC, body) == (kind, [b"content"])
    assert envelope.beat_frame_head(kind, 7) + b"content" == encode_frame(body, 100)


def test_an_answer_travels() -> None:
    """It has the text of its recipient, a position and a message; one that cannot be read is replaced by the error."""
    frame = envelope.answer_frame(paths.text_bytes("actor://a@h:1/temp/$5#5"), 300, CODEC.encode((1, THERE)))
    assert frame[4:6] == envelope.ONE_ANSWER
    (body,) = FrameDecoder(1000).feed(frame)
    assert envelope.open_body(CODEC, body) == (Kind.ANSWER, ["actor://a@h:1/temp/$5#5", 300, (1, THERE)])
    unknown = msgpack.packb([11, "text", 0, msgpack.ExtType(99, b"x")])
    _, (text, position, error) = envelope.open_body(CODEC, unknown)
    assert (text, position) == ("text", 0)
    assert isinstance(error, Malformed)


@pytest.mark.parametrize("kind", [Kind.GOODBYE, Kind.IDLE])
def test_a_word_of_parting_travels(kind: Kind) -> None:
    """It is a kind alone."""
    assert envelope.open_body(CODEC, envelope.numbers(kind)) == (kind, [])


@pytest.mark.parametrize(
    "body",
    [
        *(5, {}, [], [99], ["x"], [True, 1]),
        *([1], [1, 2, 3], [1, 2, 3, 4, 5]),
        *(
            [2, 1],
            [2, 1, b""],
            [2, "1", 0, b""],
            [2, 1, -1, b""],
            [2, 1, 0, "x"],
            [2, True, 0, b""],
            [2, 1, False, b""],
        ),
        *([3], [3, "x"], [3, -1], [3, 1, 2], [8, 1], [8, 1, True], [7, 1], [10, 1]),
        *([2, 1, 2**63 + 1, b""], [3, 2**63 + 1], [8, 2**64 - 1, 0], [11, "x", 2**63 + 1, 1]),
        *([11], [11, "x", 0], [11, 5, 0, 1], [11, "x", -1, 1], [11, "x", True, 1], [11, "x", 0, 1, 2]),
    ],
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


def test_a_signal_has_fields_of_its_kind() -> None:
    """Who watches whom are references, a cause is a cause; what is something else reaches nobody who would ask it."""
    wrong = [
        *(Watch(5, THERE), Watch(THERE, None), Unwatch("x", THERE), Unwatch(THERE, [])),  # type: ignore[arg-type]
        *(DeathWatchNotification(5), DeathWatchNotification(THERE, 1)),  # type: ignore[arg-type]
        DeathWatchNotification(THERE, True, False, "stopped"),  # type: ignore[arg-type]
        DeathWatchNotification(THERE, True, False, DeathCause.STOPPED, 7),  # type: ignore[arg-type]
    ]
    for signal in wrong:
        with pytest.raises(Malformed):
            envelope.open_letter(CODEC, CODEC.encode([THERE, signal]))


@message(name="test.envelope.touchy")
class Touchy:
    """Whose code fails whatever it is asked."""

    def __eq__(self, other: object) -> bool:
        raise ValueError("it is compared with nothing")

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        raise ValueError("it says nothing")


def test_what_stands_in_the_wrong_place_is_asked_for_nothing() -> None:
    """A peer may put an object of user code wherever it likes; its methods are not called to find that out."""
    with pytest.raises(Malformed):
        envelope.open_body(CODEC, msgpack.packb([Touchy(), 1, 2, 3], default=CODEC._extend))
    with pytest.raises(Malformed):
        paths.PathReader(ref, lambda _: True).read(Touchy())
