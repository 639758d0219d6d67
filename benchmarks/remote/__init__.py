"""Actors of two processes: messages, questions and watches by the thousand, beside a raw ceiling in the same run."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from benchmarks.loops import run_on
from benchmarks.records import Record, quantile, spread
from benchmarks.remote import messages, raw, watches
from benchmarks.remote.load import PAYLOAD
from benchmarks.remote.process import Peer

Measured = Callable[[dict[str, Any], int], Coroutine[Any, Any, list[float]]]
ROUNDS = 3
WATCHES = 10_000


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        measure: Takes what the peer said and a count; returns one rate, or many times.
        operations: In a round.
        unit: Of what it returns.
        goal: At least so much `per s`.
        goal_of_ceiling: At most so many times the ceiling, for times.
        raw: What its ceiling is measured by.
    """

    measure: Measured
    operations: int
    unit: str
    goal: float | None = None
    goal_of_ceiling: float | None = None
    raw: Measured | None = None


ROWS: dict[str, Row] = {
    "tell, 100 bytes": Row(messages.tell_bytes, 300_000, "per s", 400_000, None, raw.tell_bytes),
    "tell, 100 bytes; ceiling with MessagePack": Row(
        messages.tell_bytes, 300_000, "per s", 400_000, None, raw.tell_msgpack
    ),
    "tell, @message of 100 bytes": Row(messages.tell_message, 300_000, "per s", 400_000, None, raw.tell_msgpack),
    "ask, 100 bytes": Row(messages.ask, 3_000, "us", None, 1.5, raw.ask),
}


def run(loop: str, scale: float = 1.0) -> list[Record]:
    """Measure everything on one loop.

    Args:
        loop: `asyncio` or `uvloop`; the peer has the same.
        scale: Share of the usual number of operations.
    """
    return run_on(loop, lambda: _all(loop, scale))


async def _all(loop: str, scale: float) -> list[Record]:
    records: list[Record] = []
    async with Peer(loop) as peer:
        for name, row in ROWS.items():
            records.append(await _row(name, row, loop, scale, peer.said))
        rested = [sample / 1e3 for sample in await raw.ask(peer.said, max(5, int(100 * scale)), watches.PAUSE_S)]
        records.append(spread("remote", "raw echo after the same pause", loop, rested))
        for name, flood in (("quiet", None), ("flood of 100 bytes", PAYLOAD), ("flood of 8 MB", watches.LARGE)):
            samples = await watches.round_trips(peer.said, max(5, int(100 * scale)), flood)
            records.append(spread("remote", f"control round trip, {name}", loop, samples))
    async with Peer(loop) as peer:
        count = max(10, int(WATCHES * scale))
        for name, samples in (await watches.many(peer.said, count)).items():
            records.append(spread("remote", name, loop, samples))
    return records


async def _row(name: str, row: Row, loop: str, scale: float, said: dict[str, Any]) -> Record:
    count = max(1, int(row.operations * scale))
    found: list[float] = []
    ceiling: list[float] = []
    for _ in range(ROUNDS):
        # The ceiling is measured in each round, so that a machine which slows down slows both.
        found += await row.measure(said, count)
        if row.raw is not None:
            ceiling += await row.raw(said, count)
    ordered = sorted(found)
    values = {"p50": quantile(ordered, 0.5)}
    if len(found) >= 100:
        values |= {"p99": quantile(ordered, 0.99)}
    if ceiling:
        values["ceiling"] = quantile(sorted(ceiling), 0.5)
        values["of ceiling"] = values["p50"] / values["ceiling"]
    if row.goal is not None:
        values["goal"] = row.goal
    if row.goal_of_ceiling is not None:
        values["goal of ceiling"] = row.goal_of_ceiling
    return Record("remote", name, loop, row.unit, values, count * ROUNDS, found if len(found) <= 100 else [])
