"""Results and snapshots as MessagePack."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.slots.task_values import UnpackableValue, pack, pack_checked, unpack

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


def test_bytes_that_are_no_messagepack_are_refused() -> None:
    """A damaged state is an error, not garbage in the task."""
    with pytest.raises(UnpackableValue, match="the state of count"):
        unpack(b"\xc1", "the state of count[0]")


def test_pack_alone_lets_tuple_keys_pass() -> None:
    """`pack` is the fast one: only `pack_checked` notices what cannot be read back."""
    assert pack({(1, 2): 3}, "it")
