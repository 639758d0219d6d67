"""The forms of configuration values: durations, sizes, numbers, choices, ports, paths. Pure.

Each `ValueType` knows how to read its text and how to tell people what it accepts. Which key has which type is in
`cluster.configuration.keys`. Deliberately not here: where the text comes from.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Generic, TypeVar

T = TypeVar("T")

_DURATION_UNITS_S: dict[str, Decimal] = {
    name: Decimal(seconds)
    for names, seconds in (
        ("d day days", "86400"),
        ("h hour hours", "3600"),
        ("min m minute minutes", "60"),
        ("s sec secs second seconds", "1"),
        ("ms milli millis millisecond milliseconds", "0.001"),
        ("us µs micro micros microsecond microseconds", "0.000001"),
        ("ns nano nanos nanosecond nanoseconds", "0.000000001"),
    )
    for name in names.split()
}
_SIZE_UNITS_BYTES: dict[str, int] = {
    name: 1024**power
    for power, names in enumerate(
        (
            "b byte bytes",
            "k kb kibibyte kibibytes",
            "m mb mebibyte mebibytes",
            "g gb gibibyte gibibytes",
            "t tb tebibyte",
        )
    )
    for name in names.split()
}
_NUMBER_WITH_UNIT = re.compile(r"(\d+(?:\.\d+)?)\s*([a-zµ]*)\Z")
_HOST = re.compile(r"(?:[\w.-]+|\[[0-9a-fA-F:.]+\])(?::(?P<port>\d{1,5}))?\Z")
_PORT_RANGE = re.compile(r"(\d{1,5})(?:\s*-\s*(\d{1,5}))?\Z")


@dataclass(frozen=True, slots=True)
class ValueType(Generic[T]):
    """One kind of value.

    Attributes:
        accepted: What to write, in words that complete "accepted is ...".
        read: Turns the text into the value; raises `ValueError` when it has another form.
    """

    accepted: str
    read: Callable[[str], T]


def parse_duration(text: str) -> float:
    """Read a duration: `10 s`, `500 ms`, `1 min`, `1h`, `2 d`; a bare number is milliseconds, as in Flink.

    Returns:
        Seconds, zero or more.

    Raises:
        ValueError: If `text` has another form or an unknown unit.
    """
    match = _NUMBER_WITH_UNIT.match(text.strip().lower())
    if match is None:
        raise ValueError(f"{text!r} is not a duration")
    unit = _DURATION_UNITS_S.get(match[2] or "ms")
    if unit is None:
        raise ValueError(f"{match[2]!r} is not a unit of time")
    return float(Decimal(match[1]) * unit)


def format_duration(seconds: float) -> str:
    """Write a duration so that `parse_duration` reads it back exactly, in the largest unit that keeps it whole.

    Args:
        seconds: Zero or more.
    """
    exact = Decimal(repr(float(seconds)))
    for name in ("d", "h", "min", "s", "ms", "us", "ns"):
        amount = exact / _DURATION_UNITS_S[name]
        if amount == amount.to_integral_value() and (amount or name == "s"):
            return f"{int(amount)} {name}"
    return f"{exact:f} s"


def parse_size(text: str) -> int:
    """Read a memory size: `8 mb`, `64k`, `1g`, `10485760b`; a bare number is bytes, units count in 1024.

    Returns:
        Bytes, zero or more; a broken one is rounded up.

    Raises:
        ValueError: If `text` has another form or an unknown unit.
    """
    match = _NUMBER_WITH_UNIT.match(text.strip().lower())
    if match is None or (match[2] or "b") not in _SIZE_UNITS_BYTES:
        raise ValueError(f"{text!r} is not a size")
    return int((Decimal(match[1]) * _SIZE_UNITS_BYTES[match[2] or "b"]).to_integral_value(ROUND_CEILING))


def parse_ports(text: str) -> tuple[int, ...]:
    """Read one port, a range `50000-50100`, or several of these with commas; 0 lets the system choose.

    Returns:
        The candidates in the order in which they are tried.

    Raises:
        ValueError: If a part is no port, or a range runs backwards.
    """
    ports: list[int] = []
    for part in text.split(","):
        match = _PORT_RANGE.match(part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (-1, -1)
        if not 0 <= first <= last <= 65535:
            raise ValueError(f"{part.strip()!r} is not a port")
        ports.extend(range(first, last + 1))
    return tuple(ports)


def parse_hosts(text: str) -> str:
    """Read `host:port` of one or several servers, with commas and perhaps blanks between them; the port may be absent.

    Returns:
        The same without blanks.

    Raises:
        ValueError: If a part has another form.
    """
    hosts = [part.strip() for part in text.split(",")]
    for one in hosts:
        match = _HOST.match(one)
        if match is None or not 1 <= int(match["port"] or 1) <= 65535:
            raise ValueError(f"{one!r} is not host:port")
    return ",".join(hosts)


def _parse_credentials(text: str) -> str:
    scheme, separator, credentials = text.strip().partition(":")
    if not (scheme and separator and credentials):
        raise ValueError("it has not the form scheme:credentials")
    return text.strip()


def _parse_text(text: str) -> str:
    if not text.strip():
        raise ValueError("it is empty")
    return text.strip()


def whole(lowest: int, highest: int = 2**31 - 1) -> ValueType[int]:
    """Whole numbers from `lowest` to `highest`, both included."""

    def read(text: str) -> int:
        number = int(text)
        if not lowest <= number <= highest:
            raise ValueError(f"{number} is out of range")
        return number

    bound = f" to {highest}" if highest != 2**31 - 1 else " or more"
    return ValueType(f"a whole number, {lowest}{bound}", read)


def endless(lowest: int) -> ValueType[int | None]:
    """Whole numbers from `lowest`, or `infinite` (None)."""
    number = whole(lowest)
    return ValueType(
        f"{number.accepted}, or infinite",
        lambda text: None if text.strip().lower() in ("infinite", "inf", "none") else number.read(text),
    )


def real(lowest: float, highest: float | None = None, *, above: bool = False) -> ValueType[float]:
    """Numbers from `lowest` (or, with `above`, greater than it) to `highest`."""

    def read(text: str) -> float:
        number = float(text)
        low_enough = highest is None or number <= highest
        if not (low_enough and (number > lowest or (number == lowest and not above))):
            raise ValueError(f"{number} is out of range")
        return number

    words = f"a number greater than {lowest:g}" if above else f"a number of {lowest:g} or more"
    return ValueType(words if highest is None else f"a number from {lowest:g} to {highest:g}", read)


def choice(*names: str, aliases: dict[str, str] | None = None) -> ValueType[str]:
    """One of `names`, in any case; `aliases` are read as the names that they map to."""
    known = {name: name for name in names} | (aliases or {})

    def read(text: str) -> str:
        name = known.get(text.strip().lower())
        if name is None:
            raise ValueError(f"{text!r} is unknown")
        return name

    return ValueType("one of " + ", ".join(names), read)


def _parse_flag(text: str) -> bool:
    known = {"true": True, "false": False}
    if text.strip().lower() not in known:
        raise ValueError(f"{text!r} is neither true nor false")
    return known[text.strip().lower()]


def _duration_from(lowest_s: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        seconds = parse_duration(text)
        if seconds < lowest_s:
            raise ValueError(f"{text!r} is too short")
        return seconds

    return read


_DURATION_FORM = "a duration such as 10 s, 500 ms, 1 min or 1h (a bare number is milliseconds)"

DURATION = ValueType(_DURATION_FORM, parse_duration)
DURATION_POSITIVE = ValueType(f"{_DURATION_FORM} of at least 1 ms", _duration_from(0.001))
SECONDS = ValueType(
    "a whole number of seconds, or a duration such as 1h",
    lambda text: float(text) if text.strip().isdigit() else parse_duration(text),
)
FLAG = ValueType("true or false", _parse_flag)
SIZE = ValueType("a size such as 8 mb, 64k or 1g (a bare number is bytes)", parse_size)
PORTS = ValueType("a port from 0 to 65535, a range such as 50000-50100, or several with commas", parse_ports)
PORT = ValueType("a port from 0 to 65535", whole(0, 65535).read)
TEXT = ValueType("a text that is not empty", _parse_text)
PATH = ValueType("a path or a URL such as file:///srv/deathwatch", _parse_text)
HOSTS = ValueType("host:port, or several with commas", parse_hosts)
CREDENTIALS = ValueType("scheme:credentials, such as digest:user:password", _parse_credentials)
