"""What is measured of actors in one process, beside which ceiling, and what is to be reached.

Rates and imports are per second of the processor, which on an idle machine is the same as of the clock on the wall, and
on a busy one is what can be compared. Latencies are by the clock on the wall.
"""

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
        rounds: How often.
        fixed: The number of operations is in its name; it is never scaled.
    """

    measure: Measured
    operations: int
    unit: str
    goal: float | None = None
    goal_p99: float | None = None
    raw: Measured | None = None
    rounds: int = 20
    fixed: bool = False


ROWS: dict[str, Row] = {
    "tell": Row(messages.tell, 75_000, "per s", 1_800_000, None, ceiling.tell),
    "ping-pong round trips": Row(messages.ping_pong, 25_000, "per s", 400_000, None, ceiling.ping_pong),
    "  beside 10,000 suspended": Row(messages.ping_pong_beside_sleepers, 25_000, "per s", None, None, None, 5),
    "  while turns are inspected": Row(messages.ping_pong_inspected, 25_000, "per s", None, None, None, 5),
    "ring of 1,000": Row(messages.ring, 75_000, "per s", 600_000, None, ceiling.ring),
    "fan-in 100 to 1": Row(messages.fan_in, 75_000, "per s", 1_500_000, None, ceiling.fan_in),
    "ask from outside": Row(messages.ask, 5_000, "us", 5, 15, ceiling.ask),
    "spawn + first message": Row(lives.spawn, 5_000, "per s", 150_000, None, ceiling.spawn),
    "stop": Row(lives.stop, 5_000, "per s", 150_000),
    "memory of an idle actor": Row(lives.memory, 10_000, "bytes", 1500, rounds=3),
    "death to Terminated": Row(lives.death, 2_000, "us", 5, 30),
    "1 death, 10,000 watchers": Row(lives.many_watchers, 10_000, "ms", 17, None, ceiling.many_watchers, 10, fixed=True),
    "restart": Row(lives.restart, 2_000, "us", 15),
    "import actors, runtime": Row(importing.library, 2, "ms", 60, None, importing.asyncio_alone),
    "  and runtime.ActorSystem": Row(importing.system, 2, "ms", None, None, importing.asyncio_alone),
    "  the process, and a bare one": Row(importing.process, 2, "ms", None, None, importing.bare_process),
}
