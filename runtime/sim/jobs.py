"""Seeds of a scenario played in several processes, as if by one. SHELL over `multiprocessing`.

What comes of them comes in the order of the seeds, whoever was ready first. Not in `runtime.sim.__main__`, which a
process that was started for it does not import under that name: nothing could be found there.
Deliberately not here: what is said of the outcomes.
"""

from __future__ import annotations

import functools
import multiprocessing
from collections.abc import Iterator
from dataclasses import replace

from runtime.observability import configure_logging
from runtime.sim.campaign import Outcome, found, play

MOST_AT_ONCE = 4
"""Seeds that a process takes from the heap."""


def outcomes(scenario: str, seeds: range, jobs: int) -> Iterator[Outcome]:
    """Play all seeds, in order.

    Args:
        scenario: Its name.
        seeds: Which.
        jobs: Processes that play them; with 1 it is this one.
    """
    play_one = functools.partial(played, scenario)
    if jobs <= 1:
        yield from map(play_one, seeds)
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:
        # A seed takes much longer than its way here and back, and in small heaps all processes end at the same time.
        yield from pool.imap(play_one, seeds, chunksize=max(1, min(MOST_AT_ONCE, len(seeds) // (4 * jobs))))


def played(scenario: str, seed: int) -> Outcome:
    """Play one seed, without a word of the logs; of one that is well nobody asks what happened in it."""
    configure_logging(level="critical")
    outcome = play(found(scenario), seed)
    return outcome if outcome.error else replace(outcome, events=[])
