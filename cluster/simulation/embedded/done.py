"""`done`: what the threads of simulated processes do with their file: moments for faults to wait for. SHELL.

An operation begins, for what the loop has asked or for a look; a transaction gets the lock; a statement changes the
office or a value, which is then committed; and the loop is told. So `take.written` is the moment in which the lease in
the file names another and its own loop does not know it. The methods of `SimKeeperPlace` are wrapped while a scenario
is played. Deliberately not here: which faults wait for what (`hitches`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any

from cluster.simulation.embedded.keeper_place import SimKeeperPlace
from cluster.simulation.wrapping import Asks, around
from runtime.sim.moments import Moment, Moments

STATEMENTS = {
    "INSERT OR REPLACE INTO lease": "take",
    "UPDATE lease SET renewed_at": "renew",
    "UPDATE lease SET info": "show",
    "UPDATE lease SET holder": "free",
    "INSERT OR REPLACE INTO pointer": "put",
    "DELETE FROM pointer": "drop",
}
CHANGES = tuple(STATEMENTS.values())
TOLD = ("Seated", "Unseated", "LeaderSeen", "Trouble")
MOMENTS = (
    "job.begins",
    "look.begins",
    "transaction.begins",
    "refusal.written",
    *(f"{what}.{how}" for what in CHANGES for how in ("done", "written")),
    *(f"{what.lower()}.told" for what in TOLD),
    "answer.told",
)
"""All that a fault can wait for."""


@contextlib.contextmanager
def done(moments: Moments) -> Iterator[None]:
    """Tell of all that is done with the file, as long as the block lasts."""
    changing: dict[SimKeeperPlace, str] = {}

    def happens(place: SimKeeperPlace, what: str) -> None:
        moments.happens(Moment(what, place.name))

    def begins(original: Asks, place: SimKeeperPlace, turn: int) -> None:
        is_asked, was_doing = bool(place._jobs), place._doing
        original(place, turn)
        if place._doing is not was_doing:
            happens(place, "job.begins" if is_asked else "look.begins")

    def traced(original: Asks, place: SimKeeperPlace, statement: str) -> None:
        original(place, statement)
        if statement.startswith("BEGIN"):
            happens(place, "transaction.begins")
        elif statement == "COMMIT":
            what = changing.pop(place, "")
            happens(place, f"{what}.written" if what else "refusal.written")
        else:
            what = next((name for begin, name in STATEMENTS.items() if statement.startswith(begin)), "")
            if what:
                changing[place] = what
                happens(place, f"{what}.done")

    def posts(original: Asks, place: SimKeeperPlace, call: Callable[..., None], *args: Any) -> None:
        original(place, call, *args)
        kinds = [type(one).__name__ for one in args if type(one).__name__ in TOLD]
        happens(place, f"{kinds[0].lower()}.told" if kinds else "answer.told")

    with around(
        [(SimKeeperPlace, "_begin", begins), (SimKeeperPlace, "_traced", traced), (SimKeeperPlace, "_post", posts)]
    ):
        yield
