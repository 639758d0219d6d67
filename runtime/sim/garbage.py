"""When garbage is collected while a seed is played: at moments of the world's clock, and never in between.

What the product keeps only as long as somebody else does (an association that rests), and what an object says when it
is let go of (a future whose error nobody has looked at), depends on when that is. Python's collector goes by how many
objects there are, so that a seed would depend on what was played in the same process before it. SHELL over `gc`.
Deliberately not here: the loop, which collects when its time has come (`runtime.sim.loop`).
"""

from __future__ import annotations

import contextlib
import gc
import itertools
from collections.abc import Iterator

EVERY_S = 40.0
"""Virtual seconds between two collections: one in the midst of a scenario of a minute, for each costs as much as one or
two seconds of it."""

OLD_EVERY = 50
"""Seeds between two looks at what an earlier one has left: a scenario may keep its world until the next one is made."""

_played = itertools.count(1)


@contextlib.contextmanager
def collected_by_the_clock() -> Iterator[None]:
    """The collector stands still, and what was there before is not looked at; what was made meanwhile goes at the end.

    One inside another changes nothing.
    """
    if not gc.isenabled():
        yield
        return
    was_frozen = gc.get_freeze_count() > 0
    gc.disable()
    if not was_frozen:
        if next(_played) % OLD_EVERY == 0:
            gc.collect()
        gc.freeze()
    try:
        yield
    finally:
        gc.collect()
        if not was_frozen:
            gc.unfreeze()
        gc.enable()
