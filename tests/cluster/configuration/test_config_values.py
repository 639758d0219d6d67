"""Each form of value is read as people and Flink write it, and refused otherwise."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.configuration.values import format_duration, parse_duration, parse_ports, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        *(("10 s", 10.0), ("500 ms", 0.5), ("1 min", 60.0), ("1h", 3600.0), ("2 d", 172800.0), ("1500", 1.5)),
        *(("0", 0.0), ("10S", 10.0), ("  7  seconds ", 7.0), ("1.5 s", 1.5), ("250 µs", 0.00025), ("3 m", 180.0)),
    ],
)
def test_a_duration_is_read_as_flink_reads_it(text: str, seconds: float) -> None:
    """A number with a unit, with or without a blank, is that time; a bare number is milliseconds."""
    assert parse_duration(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "-1 s", "10 parsecs", "1 s 2 ms", "ten", "1e3", "1,5 s", "."])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """Anything else is refused, never guessed."""
    with pytest.raises(ValueError):
        parse_duration(text)


@given(st.floats(min_value=0, max_value=1e9, allow_nan=False).map(lambda s: round(s, 9)))
def test_a_duration_survives_writing_and_reading(seconds: float) -> None:
    """Whatever is written is read back as exactly the same time."""
    assert parse_duration(format_duration(seconds)) == seconds


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (86400, "1 d"), (90, "90 s"), (0.25, "250 ms"), (3600, "1 h"), (1e-6, "1 us")]
)
def test_a_duration_is_written_in_the_largest_whole_unit(seconds: float, text: str) -> None:
    """People get `1 h`, not `3600 s`."""
    assert format_duration(seconds) == text


@pytest.mark.parametrize(
    ("text", "size"),
    [("1024", 1024), ("10485760b", 10485760), ("8 mb", 8 << 20), ("64k", 65536), ("1g", 1 << 30), ("1.5 kb", 1536)],
)
def test_a_size_counts_in_1024(text: str, size: int) -> None:
    """Sizes are bytes, with units of 1024."""
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "-1", "8 mm", "mb"])
def test_what_is_no_size_is_refused(text: str) -> None:
    """Anything else is refused."""
    with pytest.raises(ValueError):
        parse_size(text)


@pytest.mark.parametrize(
    ("text", "ports"), [("0", (0,)), ("6123", (6123,)), ("50000-50002, 6123", (50000, 50001, 50002, 6123))]
)
def test_ports_keep_their_order(text: str, ports: tuple[int, ...]) -> None:
    """One port, a range, or several; in the order in which they are to be tried."""
    assert parse_ports(text) == ports


@pytest.mark.parametrize("text", ["", "65536", "5-4", "http", "1,,2", "-1"])
def test_what_is_no_port_is_refused(text: str) -> None:
    """A port beyond 65535 or a backward range is refused."""
    with pytest.raises(ValueError):
        parse_ports(text)
