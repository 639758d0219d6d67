"""Seeds of scenarios played in several processes, as if by one. SHELL over `multiprocessing`.

What comes of them comes in the order of the seeds, whoever was ready first. Not in `runtime.sim.__main__`, which a
process that was started for it does not import under that name: nothing could be found there.
Deliberately not here: what is said of the outcomes.
"""

from __future__ import annotations

import functools
import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from runtime.observability import configure_logging
from runtime.sim.campaign import Outcome, found, play

MOST_AT_ONCE = 4
"""Seeds that a process takes from the heap."""


@contextmanager
def players(jobs: int) -> Iterator[Callable[[str, range], Iterator[Outcome]]]:
    """Processes that play seeds, for as long as they are wanted.

    Args:
        jobs: How many; with 1 it is this one.

    Yields:
        What plays the seeds of the scenario of a name, in order.
    """
    if jobs <= 1:
        yield lambda scenario, seeds: map(functools.partial(played, scenario), seeds)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        # A seed takes much longer than its way here and back, and in small heaps all processes end at the same time.
        yield lambda scenario, seeds: pool.imap(
            functools.partial(played, scenario), seeds, max(1, min(MOST_AT_ONCE, len(seeds) // (4 * jobs)))
        )


def played(scenario: str, seed: int) -> Outcome:
    """Play one seed, without a word of the logs; of one that is well nobody asks what happened in it."""
    configure_logging(level="critical")
    outcome = play(found(scenario), seed)
    return outcome if outcome.error else replace(outcome, events=[])
