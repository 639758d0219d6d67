"""A job that counts, and the ledger that it writes to: every lost, doubled or stale step shows. Pure but for the task.

The ledger stands for the world outside of the cluster: what a task has done there cannot be undone by a restart. The
simulated cluster's processes share it by name. Deliberately not here: what is to be true of it (`invariants`).
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from actors.values import value
from cluster.model.job import Job, Task, TaskContext, TaskSpec
from cluster.model.restart import ExponentialDelay, FailureRate, FixedDelay, NoRestart, RestartStrategy
from runtime.sim.process import PROCESS
from runtime.sim.trace import Told, unheard


@value
class Step:
    """One step that a task did.

    Attributes:
        at_s: When, by the task's clock.
        process: In which process.
        index: Of the task.
        attempt: Of the task, as it knows it.
        life: Which start of the task it belongs to, in the order of starts.
        number: The count that it reached.
        order: Among the steps of all tasks.
    """

    at_s: float
    process: str
    index: int
    attempt: int
    life: int
    number: int
    order: int


@dataclass(slots=True)
class Ledger:
    """What the tasks of one job have done.

    Attributes:
        steps: In order.
        lives: How often each task was started.
        began: With which count each start began.
        owed: The count of each task in the newest checkpoint that counts, as the judge has it.
        due: What was owed at each start.
        kept: The counts of each task in all checkpoints that have counted, as the judge has them.
        unkept: Starts that went on from a count in none of them.
        unpointed: The counts of a task in checkpoints that have not counted, and may be gone on from now all the same.
        attempts: Of each task in the newest checkpoint that counts.
        repeated: Starts under a number that is not higher than that, with both.
        snapshots: The counts that were asked of each task for a checkpoint.
        thaws: Processes that were thawed, each with the number of steps that had been done by then.
        tell: Is told where an attempt begins and ends.
        job: Goes before the numbers of its tasks where there are several jobs.
        runs: Whether a process is at work now; where tasks have processes of their own, else always False.
        processes: In which process each start was.
        beside: Starts that found an earlier one at work, with both processes.
        places: How many steps had been done at each start.
        ended: How many had been done when the job ended; `None` if it has not.
    """

    steps: list[Step] = field(default_factory=list)
    lives: dict[int, int] = field(default_factory=dict)
    began: dict[tuple[int, int], int] = field(default_factory=dict)
    owed: dict[int, int] = field(default_factory=dict)
    due: dict[tuple[int, int], int] = field(default_factory=dict)
    kept: dict[int, set[int]] = field(default_factory=dict)
    unkept: list[tuple[int, int, int]] = field(default_factory=list)
    unpointed: Callable[[int], Collection[int]] = lambda index: ()
    attempts: dict[int, int] = field(default_factory=dict)
    repeated: list[tuple[int, int, int, int]] = field(default_factory=list)
    snapshots: dict[int, set[int]] = field(default_factory=dict)
    thaws: list[tuple[str, int]] = field(default_factory=list)
    tell: Told = unheard
    job: str = ""
    runs: Callable[[str], bool] = lambda name: False
    processes: dict[tuple[int, int], str] = field(default_factory=dict)
    beside: list[tuple[int, int, int, str, str]] = field(default_factory=list)
    places: dict[tuple[int, int], int] = field(default_factory=dict)
    ended: int | None = None

    def start(self, index: int, number: int, process: str = "", attempt: int = 1) -> int:
        """A task starts with a count; returns which start it is."""
        life = self.lives[index] = self.lives.get(index, 0) + 1
        for former in range(1, life):
            if self.runs(self.processes[index, former]):
                self.beside.append((index, former, life, self.processes[index, former], process))
        self.processes[index, life], self.places[index, life] = process, len(self.steps)
        if attempt <= self.attempts.get(index, 0):
            self.repeated.append((index, life, attempt, self.attempts[index]))
        self.began[index, life] = number
        self.due[index, life] = self.owed.get(index, 0)
        if number not in self.kept.get(index, {0}) and number not in self.unpointed(index):
            self.unkept.append((index, life, number))
        return life


LEDGERS: dict[str, Ledger] = {}
"""Of the running simulations, by name."""
FAILURES: Mapping[str, type[BaseException]] = {"exits": SystemExit, "ends-itself": asyncio.CancelledError}
"""How a task fails that has one of these misdeeds; without one, as user code mostly does."""
ODD = object()
"""What no message can have in it."""
REFUSES = 0.5
"""How likely a task refuses its state at a count, where that is its misdeed."""


class Counting(Task):
    """Counts to `up_to`, one step every `step_s` seconds."""

    def __init__(self) -> None:
        self._number = 0
        self._snapshots: set[int] = set()
        self._misdeed = ""
        self._moods = random.Random(0)

    async def run(self, context: TaskContext) -> Any:
        """Count; returns where it ended."""
        ledger = LEDGERS[context.config["ledger"]]
        self._misdeed = context.config.get("misdeed", "")
        self._snapshots = ledger.snapshots.setdefault(context.index, {0})
        process = PROCESS.get()
        name = process.name if process is not None else ""
        life = ledger.start(context.index, self._number, name, context.attempt)
        self._moods = random.Random(f"{context.config['ledger']}/{context.index}/{life}/moods")
        fails_at = _fails_at(context, life, self._number)
        step_s = context.config["step_s"] * (1 + context.index * context.config.get("slower", 0.0))
        task = f"{ledger.job}{context.index}"
        ledger.tell(name, "task started", f"{task}, attempt {context.attempt}, from {self._number}")
        try:
            while self._number < context.config["up_to"]:
                await asyncio.sleep(step_s)
                self._number += 1
                now = asyncio.get_running_loop().time()
                step = Step(now, name, context.index, context.attempt, life, self._number, len(ledger.steps))
                ledger.steps.append(step)
                if self._number == fails_at:
                    raise FAILURES.get(self._misdeed, OSError)("a counting task fails, as user code does")
        except asyncio.CancelledError:
            ledger.tell(name, "task stopped", f"{task}, at {self._number}")
            if context.config.get("deaf", 0.0):
                await _never()
            raise
        ledger.tell(name, "task ended", f"{task}, at {self._number}")
        return ODD if self._misdeed == "odd-result" else self._number

    def snapshot(self) -> Any:
        """The count."""
        if self._misdeed == "odd-state":
            return ODD
        if self._misdeed == "refuses" and self._moods.random() < REFUSES:
            raise ValueError("a counting task gives no state, as user code may")
        self._snapshots.add(self._number)
        return self._number

    def restore(self, state: int) -> None:
        """Go on from there."""
        self._number = state


async def _never() -> None:
    """Not to end, whoever asks for it, as user code can."""
    while True:
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


def _fails_at(context: TaskContext, life: int, number: int) -> int:
    """The count at which this start fails by itself; 0 for never. The same in each run of a seed."""
    chance = random.Random(f"{context.config['ledger']}/{context.index}/{life}")
    return number + chance.randint(1, 60) if chance.random() < context.config.get("fails", 0.0) else 0


def job(arguments: Mapping[str, str]) -> Job:
    """A counting job.

    Args:
        arguments: `ledger`, its name; `up_to`; `parallelism`; `step_s`, by default 0.05; `attempts`, by default 1000;
            `fails`, how likely a start fails by itself, by default never; `delay_s` of restarts, by default 0.1;
            `slower`, by how much each task is than the one before; `deaf`, 1 for tasks that do not end when they are
            cancelled; `strategy`, `fixed` by default, or `rate`, `expo` or `none`, with `within_s`; `interval_s` of
            checkpoints, by default 0.5; `misdeed`, what its tasks do that no task should: one `exits` or `ends-itself`
            where it fails, `refuses` to give its state now and then, or has an `odd-state` or an `odd-result`.
    """
    config: dict[str, Any] = {
        "ledger": arguments["ledger"],
        "up_to": int(arguments["up_to"]),
        "step_s": float(arguments.get("step_s", "0.05")),
    }
    config |= {word: float(arguments[word]) for word in ("fails", "slower", "deaf") if word in arguments}
    config |= {word: arguments[word] for word in ("misdeed",) if word in arguments}
    return Job(
        "counting",
        [TaskSpec("count", Counting, parallelism=int(arguments["parallelism"]), config=config)],
        checkpoint_interval_s=float(arguments.get("interval_s", "0.5")),
        restart_strategy=_strategy(arguments),
    )


def _strategy(arguments: Mapping[str, str]) -> RestartStrategy:
    attempts, delay_s = int(arguments.get("attempts", "1000")), float(arguments.get("delay_s", "0.1"))
    match arguments.get("strategy", "fixed"):
        case "rate":
            return FailureRate(attempts, float(arguments["within_s"]), delay_s)
        case "expo":
            return ExponentialDelay(
                initial_backoff_s=delay_s,
                max_backoff_s=4 * delay_s,
                backoff_multiplier=2.0,
                reset_backoff_threshold_s=float(arguments["within_s"]),
                attempts_before_reset_backoff=attempts,
            )
        case "none":
            return NoRestart()
        case _:
            return FixedDelay(attempts, delay_s)
