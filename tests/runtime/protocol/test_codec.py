"""Values cross the wire as what they are, or are refused by name."""

from __future__ import annotations

import contextlib
import enum
from dataclasses import dataclass, field
from typing import Any

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.message import message
from actors.notices import ActorIdentity, DeathCause, Identify, PoisonPill
from actors.signals import DeathWatchNotification, Terminate, Unwatch, Watch
from runtime.protocol.codec_errors import (
    CodecError,
    Malformed,
    NotWritable,
    RemoteFailure,
    UnknownMessage,
    WrongFields,
)
from tests.runtime.protocol.coding import HERE, One, Pair, make_codec, ref


@message(name="test.codec.empty")
class Empty:
    pass


@message(name="test.codec.keywords")
class Keywords:
    first: int = 1
    second: int = field(default=2, kw_only=True)


@message(name="test.codec.picky")
class Picky:
    value: int

    def __post_init__(self) -> None:
        if self.value < 0:
            raise ValueError("below zero")


keys = st.text(max_size=5) | st.integers(-100, 100)
leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.binary(max_size=20)
    | st.sampled_from([Empty(), ref("actor://b@127.0.0.1:9/user/x#5"), *DeathCause])
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(keys, inner, max_size=3)
        | st.lists(inner, max_size=4).map(tuple)
        | st.builds(Pair, inner, inner)
        | st.builds(One, inner)
    ),
    max_leaves=20,
)


@given(values)
def test_every_value_comes_back_as_it_was(value: Any) -> None:
    """Plain values, tuples, messages and references in any mixture survive the round trip with their types."""
    codec = make_codec()
    assert codec.decode(codec.encode(value)) == value


@given(values, st.data())
def test_damaged_bytes_raise_only_codec_errors(value: Any, data: st.DataObject) -> None:
    """Cut, flipped or inserted bytes give a value or a CodecError, and the codec still works afterwards."""
    codec = make_codec()
    packed = bytearray(codec.encode([value, Pair(1, (2, One(3)))]))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(packed) - 1))
        match data.draw(st.integers(0, 2)):
            case 0:
                packed[at] = data.draw(st.integers(0, 255))
            case 1:
                del packed[at:]
            case _:
                packed[at:at] = data.draw(st.binary(min_size=1, max_size=4))
        if not packed:
            break
    with contextlib.suppress(CodecError):
        codec.decode(bytes(packed))
    assert codec.decode(codec.encode(Pair(1, 2))) == Pair(1, 2)


@given(st.binary(max_size=200))
def test_garbage_raises_only_codec_errors(data: bytes) -> None:
    """Whatever a stranger sends, nothing but a CodecError comes out."""
    with contextlib.suppress(CodecError):
        make_codec().decode(data)


@pytest.mark.parametrize(
    "signal",
    [
        Watch(ref("actor://b@h:1/user/a#1"), ref("actor://c@h:2/user/b#2")),
        Unwatch(ref("actor://b@h:1/user/a#1"), ref("actor://c@h:2/user/b#2")),
        DeathWatchNotification(ref("actor://b@h:1/user/a#1"), False, False, DeathCause.FAILED, "ValueError: 3"),
        Terminate(),
        Identify(("a", 1)),
        ActorIdentity(None, ref("actor://b@h:1/user/a#1")),
        PoisonPill(),
        Keywords(5, second=6),
    ],
)
def test_signals_and_notices_cross(signal: Any) -> None:
    """What the runtime says across nodes comes back equal, causes of death included."""
    codec = make_codec()
    assert codec.decode(codec.encode(signal)) == signal


def test_a_local_reference_gets_the_address_of_its_system() -> None:
    """A reference without host is written with the full address, so that the other side can answer."""
    codec = make_codec()
    assert codec.text_of(ref("actor://here/user/a#7")) == "actor://here@127.0.0.1:2552/user/a#7"
    assert codec.text_of(ref("actor://b@h:1/user/a#7")) == "actor://b@h:1/user/a#7"
    assert codec.decode(codec.encode(ref("actor://here/user/a#7"))).path.address == HERE


def test_a_reference_of_another_system_without_network_is_refused() -> None:
    """Nobody could ever answer to it, so it is refused at the sender with its path."""
    with pytest.raises(NotWritable, match=r"actor://other/user/a#7 belongs to another actor system"):
        make_codec().encode(One(ref("actor://other/user/a#7")))


def test_an_exception_crosses_as_the_name_of_its_type_and_its_text() -> None:
    """The object never travels; what arrives is an ActorError that says what happened there."""
    codec = make_codec()
    failure = codec.decode(codec.encode(KeyError("x")))
    assert isinstance(failure, RemoteFailure)
    assert (failure.type_name, failure.text, str(failure)) == ("KeyError", "'x'", "KeyError: 'x'")
    again = codec.decode(codec.encode(failure))
    assert str(again) == "KeyError: 'x'"


class Colour(enum.IntEnum):
    RED = 1


@dataclass(frozen=True)
class NotAMessage:
    x: int


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (One({"a": [1, NotAMessage(3)]}), r"NotAMessage cannot cross the wire.*\(at One\.value\['a'\]\[1\]\)"),
        ({1, 2}, r"builtins\.set cannot cross the wire"),
        (Pair(1, 2**64), r"an int of 65 bits does not fit into 64 bits.*\(at Pair\.right\)"),
        ([-(2**63) - 1], r"does not fit into 64 bits \(at \[0\]\)"),
        ([10**400], r"does not fit into 64 bits"),
        ([Colour.RED], r"a Colour is not written as an int; send int\(value\) \(at \[0\]\)"),
        ((1, One("\ud800")), r"surrogates not allowed.*\(at \[1\]\.value\)"),
        ({(1, object()): 2}, r"builtins\.object cannot cross.*key"),
        (lambda: None, r"function cannot cross the wire"),
    ],
)
def test_what_cannot_be_written_is_named_with_its_place(value: Any, text: str) -> None:
    """The error names the type and where in the value it is; the codec works on afterwards."""
    codec = make_codec()
    with pytest.raises(NotWritable, match=text):
        codec.encode(value)
    assert codec.decode(codec.encode([(1, 2), One(3)])) == [(1, 2), One(3)]


def message_bytes(*items: Any) -> bytes:
    packed: bytes = msgpack.packb(msgpack.ExtType(2, msgpack.packb(list(items))))
    return packed


@pytest.mark.parametrize(
    ("data", "error", "text"),
    [
        (message_bytes("test.codec.nobody", 1), UnknownMessage, "no message is registered as 'test.codec.nobody'"),
        (message_bytes("os:system", "ls"), UnknownMessage, "os:system"),
        (message_bytes("test.codec.pair", 1), WrongFields, "has 2 fields here and 1 in the bytes"),
        (message_bytes("test.codec.picky", -1), WrongFields, "refuses its fields: ValueError: below zero"),
        (message_bytes(5), Malformed, "name and its fields"),
        (msgpack.packb(msgpack.ExtType(77, b"")), Malformed, "ext type 77"),
        (msgpack.packb(msgpack.ExtType(3, b"nonsense")), Malformed, "not an actor path"),
        (msgpack.packb(msgpack.ExtType(5, b"never")), Malformed, "never"),
        (b"", Malformed, "0 bytes"),
    ],
)
def test_what_cannot_be_read_is_one_clear_error(data: bytes, error: type[CodecError], text: str) -> None:
    """Unknown names, wrong arity, refusing constructors and strange bytes each have their error."""
    with pytest.raises(error, match=text):
        make_codec().decode(data)
