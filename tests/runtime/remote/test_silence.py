"""What silence leads to: suspicion, its withdrawal, and the judgement, in simulated networks."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from actors import Terminated
from tests.runtime.remote.nodes import Echo, Nodes, probe, seen_from


@pytest.fixture
def logs() -> Iterator[list[Any]]:
    with capture_logs() as logs:
        yield logs


async def test_f8_a_long_gap_is_logged(logs: list[Any], nodes: Nodes) -> None:
    """F8: a gap of two thirds of the acceptable pause is a warning with address and gap, a shorter one is not."""
    a, b = await nodes.start("a"), await nodes.start("b")
    me = probe(a)
    me.watch(seen_from(a, b, b.spawn(Echo)))
    for freeze_s, warnings in ((1.0, 0), (2.2, 1)):
        await asyncio.sleep(5.0)
        nodes.net.freeze("b")
        await asyncio.sleep(freeze_s)
        nodes.net.thaw("b")
        await asyncio.sleep(5.0)
        slow = [line for line in logs if line["event"] == "heartbeats come slowly"]
        assert len(slow) == warnings
    assert slow[0]["peer"] == str(b.address)
    assert 2.0 < slow[0]["gap_s"] < 2.8
    await me.expect_no_message(1.0)
    nodes.net.freeze("b")
    await me.expect(Terminated, timeout_s=5.0)
