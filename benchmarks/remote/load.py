"""What travels between the two processes."""

from __future__ import annotations

from actors import message

BYTES = 100
PAYLOAD = b"x" * BYTES


@message(name="load")
class Load:
    """A message with a payload."""

    payload: bytes


@message(name="hatch")
class Hatch:
    """Make so many actors."""

    count: int


@message(name="die")
class Die:
    """Stop them all."""
