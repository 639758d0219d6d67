"""What nests too deep or has too many values is refused by both sides, and the codec works on."""

from __future__ import annotations

import gc
import itertools
from typing import Any

import msgpack
import pytest

from runtime.protocol.codec import Codec
from runtime.protocol.codec_errors import (
    Malformed,
    TooDeep,
    TooManyValues,
)
from runtime.protocol.culprit import MAX_DEPTH
from runtime.protocol.maps import may_harm
from tests.runtime.protocol.coding import HERE, One, Pair, make_codec, ref


def test_too_deep_nesting_is_refused_in_both_directions() -> None:
    """A value that contains itself, or bytes that nest without end, end in TooDeep, not in a stack overflow."""
    codec = make_codec()
    endless: list[Any] = []
    endless.append(endless)
    deep: Any = 1
    for _ in range(MAX_DEPTH):
        deep = One(deep)
    assert codec.decode(codec.encode(deep)) == deep
    for value in (endless, One(deep), (endless,)):
        with pytest.raises(TooDeep):
            codec.encode(value)
    packed = msgpack.packb(1)
    for _ in range(MAX_DEPTH + 1):
        packed = msgpack.packb(msgpack.ExtType(1, b"\x91" + packed))
    with pytest.raises(TooDeep):
        codec.decode(packed)
    with pytest.raises(Malformed):
        codec.decode(b"\x91" * 5000 + b"\xc0")


def nested(depth: int, value: Any) -> Any:
    """Tuples and messages around a value."""
    for _ in range(depth):
        value = One((value,))
    return value


ALIKE = list(itertools.product((-1, -2), repeat=10))  # all of one hash, for that of -1 is -2


@pytest.mark.parametrize("keys", [ALIKE, [ref(f"actor://b@b:1/user/{number}#5") for number in range(300)]])
@pytest.mark.parametrize("around", [lambda value: value, One, lambda value: [(value,)] * 2])
def test_keys_of_one_hash_are_not_compared_with_each_other(keys: list[Any], around: Any) -> None:
    """Some are read as any others; with many a few hundred kilobytes would stop the loop for a quarter of a minute."""
    codec = make_codec()
    for few in (keys[:64], [*keys[:60], *range(5000)], list(itertools.product(range(50), repeat=2))):
        value = around(dict.fromkeys(few, "x" * 20))
        assert codec.decode(codec.encode(value)) == value
    packed = codec.encode(around(dict.fromkeys(keys, "x" * 20)))
    with pytest.raises(Malformed, match="same hash"):
        codec.decode(packed)
    fine, refused = codec.decode_each(b"\x92\x05" + packed)
    assert fine == 5
    assert isinstance(refused, Malformed)


def test_only_what_may_have_many_keys_that_are_extensions_is_looked_into() -> None:
    """A look takes as long again as reading: lists of tuples, and long texts, are read without it."""
    encode, small = make_codec().encode, {(number,): "" for number in range(15)}
    pairs, many = [(number, "x") for number in range(100)], {(number,): "" for number in range(100)}
    for harmless in (pairs, [small] * 10, "\u00e9" * 10_000, dict.fromkeys(range(16), "x" * 10_000)):
        assert not may_harm(encode(harmless))
    for suspect in (many, [many, "x" * 10_000], ["x" * 10_000, many], One([One(many)])):
        assert may_harm(encode(suspect))


CROWDS: list[Any] = [
    [0] * 1001,
    [[]] * 1001,
    [[0] * 99] * 11,
    [{number: [] for number in range(90)} for _ in range(12)],
    One([0] * 1001),
    [One([0] * 90)] * 12,
    nested(3, [[0] * 100] * 11),
    Pair(b"x" * 5000, [0] * 1001),
    ["x" * 50] * 1001,
]


@pytest.mark.parametrize("value", CROWDS, ids=lambda value: repr(value)[:40])
def test_a_message_has_a_limited_number_of_values(value: Any) -> None:
    """Too many are neither written nor read, wherever they are; the text says what to do, and the codec works on."""
    codec, large = Codec(HERE, ref, max_values=1000), make_codec()
    packed = large.encode(value)
    assert large.decode(packed) == value
    with pytest.raises(TooManyValues, match=r"a (list|One|Pair) holds more than 1000 values .*max_message_values"):
        codec.encode(value)
    with pytest.raises(TooManyValues, match="what came holds more than 1000 values"):
        codec.decode(packed)
    assert codec.decode(codec.encode([(1, 2), One(3)])) == [(1, 2), One(3)]


@pytest.mark.parametrize(
    "value",
    [
        [0] * 1000,
        b"x" * 5000,
        "x" * 5000,
        Pair(b"x" * 5000, "y" * 5000),
        [b"x" * 5000] * 3,
        One([b"x" * 100] * 500),
        {number: number for number in range(1000)},
        nested(20, ["x" * 100] * 900),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_is_large_but_has_few_values_passes(value: Any) -> None:
    """Bytes and text are one value, however long."""
    codec = Codec(HERE, ref, max_values=1000)
    assert codec.decode(codec.encode(value)) == value
    assert gc.isenabled()


def test_messages_that_share_a_frame_share_the_limit() -> None:
    """Read one by one, because one of them cannot be: the first that exceeds it, and what comes behind, are errors."""
    codec = Codec(HERE, ref, max_values=1000)
    packed = msgpack.packb([msgpack.ExtType(77, b""), [0] * 600, [0] * 600, 1])
    strange, whole, *rest = codec.decode_each(packed)
    assert isinstance(strange, Malformed)
    assert whole == [0] * 600
    assert isinstance(rest[0], TooManyValues)
    assert rest[1] == 1
    with pytest.raises(TooManyValues):
        codec.decode_each(msgpack.packb([0] * 1001))
    assert codec.decode(msgpack.packb([1] * 900)) == [1] * 900
