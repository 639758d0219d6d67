"""Slots: given as they come free, one for each task, never on a suspect, spread over TaskManagers."""

from __future__ import annotations

from unittest.mock import Mock

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from cluster.model.failover import FailoverStrategy
from cluster.model.placement import Candidate, Places
from cluster.model.slots import Allocation, SlotPool


def pool(**task_managers: int) -> SlotPool:
    made = SlotPool()
    for name, slots in task_managers.items():
        made.register(name, slots)
    return made


def places(given: list[Allocation]) -> dict[str, str]:
    return {one.task_id: one.task_manager for one in given}


def test_tasks_are_spread() -> None:
    """One death shall cost a job as little as possible."""
    given = pool(x=2, y=2).declare("j", ["a", "b", "c", "d"])
    assert places(given) == {"a": "x", "b": "y", "c": "x", "d": "y"}
    assert sorted((one.task_manager, one.slot) for one in given) == [("x", 0), ("x", 1), ("y", 0), ("y", 1)]


@pytest.mark.parametrize(
    ("candidates", "expected"),
    [
        ([], None),
        ([Candidate("x", 0, 2, 0)], None),
        ([Candidate("x", 1, 0, 0, suspect=True)], None),
        ([Candidate("x", 1, 0, 0, suspect=True), Candidate("y", 1, 9, 9)], "y"),
        ([Candidate("x", 1, 3, 1), Candidate("y", 1, 5, 0)], "y"),
        ([Candidate("x", 1, 3, 1), Candidate("y", 1, 2, 1)], "y"),
        ([Candidate("y", 1, 0, 0), Candidate("x", 1, 0, 0)], "x"),
    ],
)
def test_choice(candidates: list[Candidate], expected: str | None) -> None:
    """Fewest tasks of the job, then fewest tasks, then the first by id; never full, never suspect."""
    places = Places(candidates)
    assert (places.take() if places else None) == expected


def test_what_cannot_be_given_waits_for_the_next_task_manager() -> None:
    """S27: tasks wait until there are resources."""
    made = pool(x=1)
    assert places(made.declare("j", ["a", "b"])) == {"a": "x"}
    assert made.waiting("j") == ("b",)
    assert made.missing == 1
    assert places(made.register("y", 2)) == {"b": "y"}
    assert (made.waiting("j"), made.missing, made.free, made.total) == ((), 0, 1, 3)


def test_who_has_a_slot_is_looked_for_once_if_nobody_has(monkeypatch: pytest.MonkeyPatch) -> None:
    """Thousands of tasks may wait, and each slot that changes hands has them looked at again."""
    made, looks = pool(x=1), Mock(side_effect=SlotPool._able)
    monkeypatch.setattr(SlotPool, "_able", lambda one, job_id: looks(one, job_id))
    assert len(made.declare("j", [str(number) for number in range(1000)])) == 1
    assert looks.call_count == 1
    assert len(made.release("x", "j", "0")) == 1


def test_a_released_slot_goes_to_who_waits() -> None:
    """A slot that comes free serves the waiting."""
    made = pool(x=1)
    made.declare("j", ["a"])
    made.declare("k", ["b"])
    assert places(made.release("x", "j", "a")) == {"b": "x"}


@pytest.mark.parametrize("where", [("y", "j", "a"), ("x", "k", "a"), ("x", "j", "b")])
def test_unknown_releases_are_ignored(where: tuple[str, str, str]) -> None:
    """A release of what is not there frees nothing."""
    made = pool(x=1)
    made.declare("j", ["a"])
    assert made.release(*where) == []
    assert made.free == 0


def test_a_task_never_has_two_slots() -> None:
    """A need that is declared again while the slot was already given does not get a second one."""
    made = pool(x=2)
    made.declare("j", ["a"])
    assert made.declare("j", ["a"]) == []
    assert (made.free, made.missing) == (1, 0)
    assert places(made.release("x", "j", "a")) == {"a": "x"}


def test_a_declaration_replaces_the_former() -> None:
    """A job that needs less gets less."""
    made = pool()
    made.declare("j", ["a", "b"])
    made.declare("j", ["b"])
    assert places(made.register("x", 2)) == {"b": "x"}
    made.declare("j", [])
    assert made.waiting("j") == ()


def test_a_lost_task_manager_takes_its_slots_along() -> None:
    """2.6: the slots are gone; a task that is declared again while its death is on the way gets another."""
    made = pool(x=2, y=2)
    made.declare("j", ["a"])
    made.declare("j", ["a"])
    assert made.lose("x") == [Allocation("j", "a", "y", 0)]
    assert made.lose("x") == []
    assert (made.total, made.task_managers) == (2, ("y",))


def test_suspects_get_nothing_new() -> None:
    """Section 8 of the reference: no task is placed on a TaskManager whose death is suspected."""
    made = pool(x=1)
    made.suspect("x")
    assert made.declare("j", ["a"]) == []
    assert made.missing == 1
    assert places(made.trust("x")) == {"a": "x"}


def test_attempts_of_an_earlier_leader_hold_their_slot_and_their_task() -> None:
    """Never two live attempts of one task: the new one waits until the old one has ended, wherever slots are free."""
    made = SlotPool()
    made.register("x", 1, {0: ("j", "a")})
    made.register("y", 1)
    assert made.declare("j", ["a"]) == []
    assert made.missing == 0
    assert made.slots_of("x") == (("j", "a"),)
    assert len(made.release("x", "j", "a")) == 1


def test_a_task_manager_that_comes_late_may_hold_what_was_given_again() -> None:
    """The old attempt's lease is over: it ends, and frees its own slot only, which the pool may give like any other."""
    made = SlotPool()
    made.register("y", 1)
    made.declare("j", ["a"])
    made.register("x", 1, {0: ("j", "a")})
    made.check()
    assert made.free == 0
    assert made.release("x", "j", "a") == []
    assert made.slots_of("y") == (("j", "a"),)
    assert places(made.declare("j", ["b"])) == {"b": "x"}
    made._task_managers["y"].slots = [("j", "b")]
    with pytest.raises(AssertionError, match="two slots for"):
        made.check()


def test_registering_again_changes_nothing() -> None:
    """A repeated registration of the same incarnation keeps what was given."""
    made = pool(x=1)
    made.declare("j", ["a"])
    assert made.register("x", 1) == []
    assert made.free == 0


@pytest.mark.parametrize(
    ("strategy", "everything", "expected"),
    [
        (FailoverStrategy.REGION, False, {"a"}),
        (FailoverStrategy.REGION, True, {"a", "b"}),
        (FailoverStrategy.FULL, False, {"a", "b"}),
        (FailoverStrategy.FULL, True, {"a", "b"}),
    ],
)
def test_failover_strategies(strategy: FailoverStrategy, everything: bool, expected: set[str]) -> None:
    """4.7: region restarts the failed, full restarts all, and what is finished for good never runs again."""
    assert strategy.tasks_to_restart({"a"}, {"a", "b", "c"}, {"c"}, everything=everything) == expected


class AnyOrder(RuleBasedStateMachine):
    """Registrations, deaths, needs, releases and suspicions in any order."""

    TASK_MANAGERS = st.sampled_from(["x", "y", "z"])
    JOBS = st.sampled_from(["j", "k"])
    TASKS = ("a", "b", "c")

    def __init__(self) -> None:
        super().__init__()
        self.made = SlotPool()
        self.suspects: set[str] = set()

    def perform(self, given: list[Allocation]) -> None:
        for one in given:
            assert self.made.slots_of(one.task_manager)[one.slot] == (one.job_id, one.task_id)
            assert one.task_manager not in self.suspects
            assert one.task_id not in self.made.waiting(one.job_id)

    @rule(
        name=TASK_MANAGERS,
        slots=st.integers(1, 3),
        occupied=st.dictionaries(st.just(0), st.tuples(JOBS, st.sampled_from(TASKS))),
    )
    def register(self, name: str, slots: int, occupied: dict[int, tuple[str, str]]) -> None:
        self.perform(self.made.register(name, slots, occupied))

    @rule(name=TASK_MANAGERS)
    def lose(self, name: str) -> None:
        self.suspects.discard(name)
        self.perform(self.made.lose(name))

    @rule(name=TASK_MANAGERS)
    def suspect(self, name: str) -> None:
        if name in self.made.task_managers:
            self.suspects.add(name)
        self.made.suspect(name)

    @rule(name=TASK_MANAGERS)
    def trust(self, name: str) -> None:
        self.suspects.discard(name)
        self.perform(self.made.trust(name))

    @rule(job=JOBS, tasks=st.sets(st.sampled_from(TASKS)))
    def declare(self, job: str, tasks: set[str]) -> None:
        self.perform(self.made.declare(job, sorted(tasks)))

    @rule(name=TASK_MANAGERS, job=JOBS, task=st.sampled_from(TASKS))
    def release(self, name: str, job: str, task: str) -> None:
        self.perform(self.made.release(name, job, task))

    @invariant()
    def holds(self) -> None:
        self.made.check()
        assert 0 <= self.made.free <= self.made.total


TestAnyOrder = AnyOrder.TestCase
TestAnyOrder.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)
