"""Results and snapshots as MessagePack."""

from __future__ import annotations

import datetime as dt
from typing import Any
from unittest.mock import Mock

import msgpack
import pytest
from hypothesis import given
from hypothesis import strategies as st

from actors.address import Address
from cluster.commands.output import as_json
from cluster.model.job import JobStatus
from cluster.model.job_result import JobResult
from cluster.protocol import TaskStateChanged
from cluster.slots.task_values import MAX_SENT_VALUES, UnpackableValue, pack, pack_checked, pack_sent, unpack
from runtime.protocol.codec import Codec

plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text() | st.integers(0, 9), inner, max_size=4),
    max_leaves=20,
)


@given(plain)
def test_plain_values_come_back_equal(value: Any) -> None:
    """A value made of the plain types is the same after a checkpoint."""
    assert unpack(pack_checked(value, "it"), "it") == value


class Self:
    def __repr__(self) -> str:
        raise RuntimeError


loop: list[Any] = []
loop.append(loop)


@pytest.mark.parametrize(
    ("value", "place"),
    [
        ({1, 2}, "a value of type set: {1, 2}"),
        ({"words": [1, 2, dt.date(2020, 1, 2)]}, "a value of type datetime.date at ['words'][2]: datetime.d"),
        ({"a": {("x", 1): 2}}, "a key of type tuple in the dict at ['a']: ('x', 1)"),
        ([1, 2**64], "an int at [1] is beyond 64 bits"),
        (["\ud800"], "a str at [0] that is not valid Unicode"),
        ([Self()], "(its repr fails)"),
        (loop, "nested too deeply"),
    ],
)
def test_the_error_names_place_and_type(value: Any, place: str) -> None:
    """What MessagePack cannot carry is named with its type and where it is in the value."""
    with pytest.raises(UnpackableValue) as error:
        pack_checked(value, "the result of count[0]")
    assert str(error.value).startswith("the result of count[0] cannot be carried by MessagePack: ")
    assert place in str(error.value)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("value", [nested(200), [0] * MAX_SENT_VALUES, msgpack.Timestamp(1, 2), b"x" * 600_000])  # type: ignore[attr-defined]
def test_what_is_sent_can_be_written_and_read(value: Any) -> None:
    """A message between machines carries it, the result of its job holds it, and it can be shown."""
    packed, copy = pack_sent(value, "it")
    assert copy == value == unpack(packed, "it")
    codec = Codec(Address("a", "host", 1), Mock())
    report = codec.decode(codec.encode(TaskStateChanged(1, "j", "a[0]", 1, "FINISHED", copy)))
    assert report.result == value
    result = JobResult.from_bytes(JobResult("j", "j", JobStatus.FINISHED, {"a[0]": copy}).to_bytes())
    assert result.results == {"a[0]": value}
    as_json(value)


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (nested(201), "nested more than 200 deep"),
        (nested(1022), "nested more than 200 deep"),
        ([[0] * 300_000, [0] * 200_000], "more than 490000 values"),
        ({"a": msgpack.ExtType(5, b"x")}, "an extension of MessagePack, of type 5"),
        ({msgpack.ExtType(1, b"x"): 1}, "a key of type msgpack.ext.ExtType"),
    ],
)
def test_what_no_message_carries_is_not_sent(value: Any, why: str) -> None:
    """Each is MessagePack, and yet its message would be dropped, by whoever writes or reads it."""
    with pytest.raises(UnpackableValue, match=f"it .*({why})"):
        pack_sent(value, "it")


def test_bytes_that_are_no_messagepack_are_refused() -> None:
    """A damaged state is an error, not garbage in the task."""
    with pytest.raises(UnpackableValue, match="the state of count"):
        unpack(b"\xc1", "the state of count[0]")


def test_pack_alone_lets_tuple_keys_pass() -> None:
    """`pack` is the fast one: only `pack_checked` notices what cannot be read back."""
    assert pack({(1, 2): 3}, "it")
