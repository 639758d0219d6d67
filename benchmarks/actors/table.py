"""What is measured of actors in one process, beside which ceiling, and what is to be reached."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any, NamedTuple

from benchmarks.actors import ceiling, importing, lives, messages

Measured = Callable[[int], Coroutine[Any, Any, list[float]]]


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        measure: Takes a count; returns one rate, or many times.
        operations: In a round.
        unit: Of what it returns.
        goal: At least so much `per s`, at most so much of anything else (the median).
        goal_p99: At most so much, for times.
        raw: What its ceiling is measured by.
    """

    measure: Measured
    operations: int
    unit: str
    goal: float | None = None
    goal_p99: float | None = None
    raw: Measured | None = None


ROWS: dict[str, Row] = {
    "tell": Row(messages.tell, 300_000, "per s", 1_800_000, None, ceiling.tell),
    "ping-pong round trips": Row(messages.ping_pong, 100_000, "per s", 400_000, None, ceiling.ping_pong),
    "  beside 10,000 suspended": Row(messages.ping_pong_beside_sleepers, 100_000, "per s", 400_000, None, None),
    "ring of 1,000": Row(messages.ring, 300_000, "per s", 600_000, None, ceiling.ring),
    "fan-in 100 to 1": Row(messages.fan_in, 300_000, "per s", 1_500_000, None, ceiling.fan_in),
    "ask from outside": Row(messages.ask, 20_000, "us", 5, 15, ceiling.ask),
    "spawn + first message": Row(lives.spawn, 10_000, "per s", 150_000, None, ceiling.spawn),
    "stop": Row(lives.stop, 10_000, "per s", 150_000),
    "memory of an idle actor": Row(lives.memory, 10_000, "bytes", 1500),
    "death to Terminated": Row(lives.death, 5_000, "us", 5, 30),
    "1 death, 10,000 watchers": Row(lives.many_watchers, 10_000, "ms", 17, None, ceiling.many_watchers),
    "restart": Row(lives.restart, 5_000, "us", 15),
    "import actors, runtime": Row(importing.library, 5, "ms", 60, None, importing.asyncio_alone),
}
