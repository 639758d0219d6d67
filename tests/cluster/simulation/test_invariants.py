"""The judge's rules by themselves: what breaks each is named."""

from __future__ import annotations

import pytest

from cluster.election.zookeeper.layout import Layout
from cluster.simulation.invariants import Invariants, check_ledger
from cluster.simulation.ledger import Ledger, Step
from cluster.simulation.scenarios import LeadersScenario
from cluster.simulation.tree import Tree
from runtime.sim.campaign import Record, Violation, play
from runtime.sim.schedule import parsed
from runtime.sim.trace import Trace


def record() -> Record:
    return Record(Trace(), lambda: 0.0)


def ledger(begins: int, kept: set[int]) -> Ledger:
    """Of a task that did three steps, and then the rest from `begins` on."""
    made = Ledger(snapshots={0: {0, *kept}}, kept={0: {0, *kept}})
    for start, numbers in ((0, range(1, 4)), (begins, range(begins + 1, 7))):
        life = made.start(0, start)
        for number in numbers:
            made.steps.append(Step(0.0, "tm1", 0, life, life, number, len(made.steps)))
    return made


def test_a_start_goes_on_from_a_checkpoint() -> None:
    """I6: a count that was reached, but of which nobody took a snapshot, is a state out of nowhere."""
    check_ledger(ledger(2, {2}), 6, 1, record())
    with pytest.raises(Violation, match="I6: task 0 life 2 begins at 2, of which no checkpoint was made"):
        check_ledger(ledger(2, {3}), 6, 1, record())


def thawed_beside(steps: int, after: int = 0) -> Ledger:
    """Of a task that is at work when a process is thawed that was to begin an earlier attempt, so many steps ago."""
    made = Ledger(snapshots={0: {0}}, kept={0: {0}}, runs=lambda name: name == "tm1")
    made.start(0, 0, "tm1", 2)
    made.thaws.append(("tm2", 0))
    made.steps += [Step(0.0, "tm1", 0, 1, 1, number, number - 1) for number in range(1, after + 1)]
    late = made.start(0, 0, "tm2", 1)
    for life, process, first, count in ((late, "tm2", 1, steps), (1, "tm1", after + 1, 3)):
        for number in range(first, count + 1):
            made.steps.append(Step(0.0, process, 0, life, life, number, len(made.steps)))
    return made


def test_who_only_begins_when_it_is_thawed_does_no_harm() -> None:
    """I7: its lease is over, and it ends in that moment (cues 8988125); if it does a step it counts as at work."""
    check_ledger(thawed_beside(0), 3, 1, record())
    with pytest.raises(Violation, match="I7"):
        check_ledger(thawed_beside(1), 3, 1, record())
    check_ledger(thawed_beside(0, after=1), 3, 1, record())
    with pytest.raises(Violation, match="I7"):
        check_ledger(thawed_beside(0, after=2), 3, 1, record())


def test_numbers_of_checkpoints_rise() -> None:
    """I2: whoever keeps an older checkpoint after a newer one has not read what was there."""
    layout = Layout("/flink", "/default")
    rules = Invariants(layout, Tree(), record())
    rules.numbered("jm1", f"{layout.base}/checkpoints/a/1")
    rules.numbered("jm1", f"{layout.base}/checkpoints/b/1")
    rules.numbered("jm1", f"{layout.base}/checkpoints/a/3")
    with pytest.raises(Violation, match="I2: jm2 keeps /flink/default/checkpoints/a/2 after 3"):
        rules.numbered("jm2", f"{layout.base}/checkpoints/a/2")


def test_a_kept_task_that_restarts_is_missed() -> None:
    """I9: in `leaders` no task starts twice; where tasks are not kept, the rule breaks."""
    schedule = parsed("4.0 kill-leader leader for=1.0")
    assert not play(LeadersScenario(), 0, schedule).error
    scenario = LeadersScenario()
    scenario._settings = ()
    assert "I9: tasks were started more than once" in play(scenario, 0, schedule).error
