"""The judge of a cluster at rest."""

from __future__ import annotations

import msgpack
import pytest

from cluster.simulation.settled import _read


@pytest.mark.parametrize("kept", [b"", b"\xc1", msgpack.packb(3), msgpack.packb([3]), msgpack.packb([None])])
def test_failovers_that_nobody_can_read_differ_from_any(kept: bytes) -> None:
    """It ended by an error of its own, which names no rule (I13)."""
    assert "unreadable" in _read(kept)
    assert _read(None) == _read(msgpack.packb([])) == []
    assert _read(msgpack.packb([{"epoch": 1, "waiting": ["j"]}])) == [{"epoch": 1}]
