"""Seeds of scenarios played in several processes, as if by one. SHELL over `multiprocessing`.

What comes of them comes in the order of the seeds, whoever was ready first. A process that ends while it plays (it was
killed, or the seed's code has ended it) is a failure of the seed that it played, and another goes on in its place; a
pool of `multiprocessing` would wait for that seed for ever. Not in `runtime.sim.__main__`, which a process that was
started for it does not import under that name: nothing could be found there.
Deliberately not here: what is said of the outcomes.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import replace
from multiprocessing.connection import Connection, wait
from multiprocessing.resource_tracker import ensure_running

from runtime.observability import configure_logging
from runtime.sim.campaign import Outcome, found, play
from runtime.sim.interruptions import heed_interruption, postponed

MOST_AT_ONCE = 4
"""Seeds that a process takes from the heap."""
_NEW = multiprocessing.get_context("spawn")


@contextlib.contextmanager
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
    team = [_Player() for _ in range(jobs)]
    try:
        yield functools.partial(_together, team)
    finally:
        for player in team:
            player.end()


def played(scenario: str, seed: int) -> Outcome:
    """Play one seed, without a word of the logs; of one that is well nobody asks what happened in it."""
    configure_logging(level="critical")
    outcome = play(found(scenario), seed)
    return outcome if outcome.error else replace(outcome, events=[])


def _together(team: list[_Player], scenario: str, seeds: range) -> Iterator[Outcome]:
    # A seed takes much longer than its way here and back, and in small heaps all processes end at the same time.
    size = max(1, min(MOST_AT_ONCE, len(seeds) // (4 * len(team))))
    rest, ready = iter(seeds), dict[int, Outcome]()
    for seed in seeds:
        heed_interruption()
        while seed not in ready:
            for player in team:
                if not player.owes and (heap := list(itertools.islice(rest, size))):
                    player.take(scenario, heap)
            speaking = wait([player.pipe for player in team if player.owes])
            for player in team:
                if player.pipe in speaking:
                    outcome = player.hear()
                    ready[outcome.seed] = outcome
        yield ready.pop(seed)


class _Player:
    """A process that plays seeds, and the one that takes its place if it ends.

    Attributes:
        pipe: To it.
        owes: The seeds that it has still to play, in order.
    """

    def __init__(self) -> None:
        self.owes: deque[int] = deque()
        self._scenario = ""
        self._begin()

    def _begin(self) -> None:
        self.pipe, theirs = _NEW.Pipe()
        self._process = _NEW.Process(target=_serve, args=(theirs,), daemon=True)
        ensure_running()  # which the first start would do, and have Ctrl-C heard again
        with postponed():  # on a terminal it is for all processes, and this one cannot bear it yet
            self._process.start()
        theirs.close()  # else its end would not be heard

    def take(self, scenario: str, seeds: list[int]) -> None:
        """Have these played."""
        self._scenario = scenario
        self.owes.extend(seeds)
        with contextlib.suppress(OSError):  # it has ended meanwhile, which `hear` will see
            self.pipe.send((scenario, seeds))

    def hear(self) -> Outcome:
        """What came of the next one."""
        try:
            outcome: Outcome = self.pipe.recv()
        except (EOFError, OSError):
            self._process.join()
            code, seed = self._process.exitcode or 0, self.owes.popleft()
            how = f"by signal {-code}" if code < 0 else f"with exit code {code}"
            self.pipe.close()
            self._begin()
            self.take(self._scenario, [self.owes.popleft() for _ in range(len(self.owes))])
            why = f"the process that played this seed has ended, {how}"
            return Outcome(seed, [], "", why, why)
        self.owes.popleft()
        return outcome

    def end(self) -> None:
        """Whatever it does."""
        self._process.kill()
        self._process.join()
        self.pipe.close()


def _serve(pipe: Connection) -> None:
    """Play what is asked for, until nobody asks any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for who asks
    while True:
        try:
            scenario, seeds = pipe.recv()
        except EOFError:
            return
        for seed in seeds:
            outcome = played(scenario, seed)
            try:
                pipe.send(outcome)
            except OSError:  # nobody listens any more
                return
