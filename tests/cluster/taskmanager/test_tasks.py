"""What a TaskManager does with orders, and what it reports; the processes that it keeps ready."""

from __future__ import annotations

import pytest

from actors import ActorIdentity, Identify
from cluster.protocol import (
    CancelTask,
    CheckpointAcknowledged,
    CheckpointDeclined,
    RegisterTaskManager,
    TaskProgress,
    TaskStateChanged,
    TriggerCheckpoint,
)
from cluster.slots.slot_link import (
    Cancel,
    Canceled,
    Failed,
    Finished,
    Progress,
    Ready,
    Run,
    Running,
    Snapshot,
    SnapshotDone,
    SnapshotFailed,
)
from cluster.slots.task_values import pack
from cluster.taskmanager.leader_follower import LeaderChanged
from cluster.taskmanager.settings import TaskManagerSettings
from cluster.taskmanager.task_slots import MAX_SNAPSHOTS_UNDER_WAY
from tests.cluster.taskmanager.world import Die, World, names, state


async def test_a_task_from_order_to_result(world: World) -> None:
    """An order becomes a `Run`; RUNNING is reported, and FINISHED with the result when its process is gone."""
    await world.registered()
    world.death_takes_s = 1.0
    world.deploy(restore=[3, ["n", 1, "a"]])
    run = await world.process.expect(Run)
    assert run == Run(*names(), {"code": b"x"}, "count", 0, 2, [3, ["n", 1, "a"]], "memory://x", 4 * 1024 * 1024)
    process = world.process.sender
    process.tell(Running())
    await world.master.expect(state("RUNNING"))
    began = world.system.loop.time()
    process.tell(Finished(pack({"a": [1, 2]}, "it")))
    await world.master.expect(state("FINISHED", result={"a": [1, 2]}))
    assert world.system.loop.time() == began + 1.0


async def test_a_failure_is_reported_when_the_process_is_gone(world: World) -> None:
    """The next attempt must not meet this one: a task that failed is killed before anybody hears of it."""
    await world.registered()
    process = await world.running()
    world.death_takes_s = 1.0
    began = world.system.loop.time()
    process.tell(Failed("Traceback", recoverable=False))
    await world.master.expect(state("FAILED", error="Traceback", recoverable=False))
    assert world.system.loop.time() == began + 1.0


async def test_a_process_that_dies_fails_its_task(world: World) -> None:
    """How the process ended is the error: a signal's name or an exit status."""
    await world.registered()
    process = await world.running()
    process.tell(Die("killed by SIGSEGV"))
    failed = await world.master.expect(TaskStateChanged)
    assert failed.error == "the process of count[0] ended before the task did: killed by SIGSEGV"
    assert failed.recoverable


async def test_what_a_process_said_last_counts(world: World) -> None:
    """A result that came before the process's death is a result."""
    await world.registered()
    process = await world.running()
    process.tell(Finished(pack(1, "it")))
    process.tell(Die("exit status 0"))
    await world.master.expect(state("FINISHED", result=1))


async def test_cancel_politely_then_for_certain(world: World) -> None:
    """A task is asked to end; after `task.cancellation.timeout` it is killed. Either way it is CANCELED."""
    await world.registered(cancellation_timeout_s=10.0)
    polite = await world.running(0)
    world.master.send(world.ref, CancelTask(*names()))
    await world.process.expect(Cancel)
    polite.tell(Canceled())
    await world.master.expect(state("CANCELED"))

    await world.running(1)
    began = world.system.loop.time()
    world.master.send(world.ref, CancelTask(*names(slot=1)))
    world.master.send(world.ref, CancelTask(*names(slot=1)))
    await world.process.expect(Cancel)
    await world.master.expect(state("CANCELED", slot=1), 20.0)
    assert world.system.loop.time() == began + 10.0
    await world.process.expect_no_message()


async def test_a_finish_that_crosses_a_cancel_is_canceled(world: World) -> None:
    """Who cancels gets CANCELED, whatever the task made of it."""
    await world.registered()
    process = await world.running()
    world.master.send(world.ref, CancelTask(*names()))
    process.tell(Finished(pack(1, "it")))
    await world.master.expect(state("CANCELED"))


async def test_cancel_of_the_unknown_is_answered(world: World) -> None:
    """What does not run here is CANCELED already, so nobody waits."""
    await world.registered()
    world.master.send(world.ref, CancelTask(*names(attempt=9)))
    await world.master.expect(state("CANCELED", attempt=9))


async def test_an_order_that_comes_twice(world: World) -> None:
    """A repeated order never runs a task again: it repeats the last report, also after the end."""
    await world.registered()
    world.deploy()
    world.deploy()
    await world.process.expect(Run)
    process = world.process.sender
    await world.process.expect_no_message()
    process.tell(Running())
    await world.master.expect(state("RUNNING"))
    world.deploy()
    await world.master.expect(state("RUNNING"))
    process.tell(Finished(pack(5, "it")))
    await world.master.expect(state("FINISHED", result=5))
    world.deploy()
    await world.master.expect(state("FINISHED", result=5))
    world.master.send(world.ref, CancelTask(*names()))
    await world.master.expect(state("FINISHED", result=5))
    await world.process.expect_no_message()


async def test_a_slot_takes_one_task(world: World) -> None:
    """An occupied slot, or one that does not exist, refuses with a reason; the task may run elsewhere."""
    await world.registered()
    await world.running(0, 1)
    world.deploy(0, 2)
    failed = await world.master.expect(TaskStateChanged)
    assert failed == state("FAILED", attempt=2, error="slot 0 still runs count[0], attempt 1")
    world.deploy(5)
    assert "none of number 5" in (await world.master.expect(TaskStateChanged)).error


async def test_snapshots(world: World) -> None:
    """A checkpoint is passed on and acknowledged with its handle, or declined with the reason."""
    await world.registered()
    process = await world.running()
    world.master.send(world.ref, TriggerCheckpoint(*names(), 5))
    await world.process.expect(Snapshot(5))
    process.tell(SnapshotDone(5, ["n", 1, "a"]))
    await world.master.expect(CheckpointAcknowledged(*names(), 5, ["n", 1, "a"]))
    world.master.send(world.ref, TriggerCheckpoint(*names(), 6))
    await world.process.expect(Snapshot(6))
    process.tell(SnapshotFailed(6, "disk full"))
    await world.master.expect(CheckpointDeclined(*names(), 6, "disk full"))
    world.master.send(world.ref, TriggerCheckpoint(*names(attempt=2), 7))
    await world.master.expect(CheckpointDeclined(*names(attempt=2), 7, "count[0] does not run here"))


async def test_a_state_that_is_asked_for_again_is_taken_once(world: World) -> None:
    """Two states of one checkpoint would have one name; an answer that was lost is repeated as it was."""
    await world.registered()
    process = await world.running()
    for _ in range(2):
        world.master.send(world.ref, TriggerCheckpoint(*names(), 5))
    await world.process.expect(Snapshot(5))
    await world.process.expect_no_message()
    process.tell(SnapshotDone(5, ["n", 1, "a"]))
    await world.master.expect(CheckpointAcknowledged(*names(), 5, ["n", 1, "a"]))
    world.master.send(world.ref, TriggerCheckpoint(*names(), 5))
    await world.master.expect(CheckpointAcknowledged(*names(), 5, ["n", 1, "a"]))
    await world.process.expect_no_message()
    world.master.send(world.ref, TriggerCheckpoint(*names(), 6))
    await world.process.expect(Snapshot(6))


async def test_a_checkpoint_of_a_task_that_has_just_ended_is_not_declined(world: World) -> None:
    """Its end answers for its state; a decline would count as a failed checkpoint. A lost report is repeated so."""
    await world.registered()
    process = await world.running()
    process.tell(Finished(pack(1, "it")))
    world.master.send(world.ref, TriggerCheckpoint(*names(), 5))
    await world.master.expect(state("FINISHED", result=1))
    world.master.send(world.ref, TriggerCheckpoint(*names(), 6))
    await world.master.expect(state("FINISHED", result=1))


async def test_an_offer_after_a_lost_leader_can_be_told_from_a_repeated_one(world: World) -> None:
    """Each time all tasks were stopped the session rises, also when the same leader comes back."""
    await world.registered()
    world.ref.tell(LeaderChanged(None))
    world.leads(7)
    assert (await world.leader.expect(RegisterTaskManager)).session == 3


async def test_a_blocked_task_is_not_asked_without_end(world: World) -> None:
    """A task that takes no snapshot is asked a few times at most; further checkpoints are declined."""
    await world.registered()
    process = await world.running()
    for number in range(MAX_SNAPSHOTS_UNDER_WAY + 1):
        world.master.send(world.ref, TriggerCheckpoint(*names(), number))
    declined = await world.master.expect(CheckpointDeclined)
    assert declined.reason == "count[0] is still busy with checkpoints 0, 1, 2, 3"
    process.tell(SnapshotDone(0, []))
    await world.master.expect(CheckpointAcknowledged)
    world.master.send(world.ref, TriggerCheckpoint(*names(), 9))
    await world.process.fish(lambda message: message == Snapshot(9))


async def test_progress_is_passed_on(world: World) -> None:
    """What a task says of itself reaches the JobMaster; after its end nothing does."""
    await world.registered()
    process = await world.running()
    process.tell(Progress([1, 2]))
    await world.master.expect(TaskProgress(*names(), [1, 2]))
    process.tell(Failed("x", recoverable=True))
    process.tell(Progress([3, 4]))
    await world.master.expect(TaskStateChanged)
    await world.master.expect_no_message()


# --- processes ------------------------------------------------------------------------------------------------------


async def test_processes_are_started_ahead_of_need(world: World) -> None:
    """There are slots and spares together, two starting at a time; a used one is replaced about a second later."""
    world.warm = False
    await world.registered(slots=2, warm_spares=3)
    await world.leader.expect_no_message()
    assert len(world.slots) == 2
    for number in range(5):
        world.slots[number].tell(Ready())
        await world.leader.expect_no_message()
    assert len(world.slots) == 5
    process = await world.running()
    assert process == world.slots[0]
    await world.leader.expect_no_message(5.0)
    assert len(world.slots) == 5
    process.tell(Failed("x", recoverable=True))
    await world.master.expect(TaskStateChanged)
    await world.leader.expect_no_message(0.8)
    assert len(world.slots) == 5
    await world.leader.expect_no_message(1.0)
    assert len(world.slots) == 6


async def test_without_a_warm_process_one_is_started(world: World) -> None:
    """More orders than warm processes: the rest are started on the spot, warmest first."""
    world.warm = False
    await world.registered(slots=2)
    await world.leader.expect_no_message()
    world.slots[1].tell(Ready())
    await world.leader.expect_no_message()
    world.deploy(0)
    await world.process.expect(Run)
    assert world.process.sender == world.slots[1]
    world.deploy(1)
    await world.process.expect(Run)
    assert world.process.sender == world.slots[0]
    world.slots[1].tell(Die("exit status 1"))
    await world.master.expect(TaskStateChanged)
    world.deploy(0, 2)
    await world.process.expect(Run)
    assert world.process.sender == world.slots[2]


async def test_a_warm_process_that_dies_is_replaced(world: World) -> None:
    """The death of an idle process is nobody's failure; its successor comes a second later, not in a busy loop."""
    await world.registered(slots=1)
    world.slots[0].tell(Die("killed by SIGKILL"))
    await world.leader.expect_no_message(0.9)
    assert len(world.slots) == 1
    await world.leader.expect_no_message(0.2)
    assert len(world.slots) == 2
    await world.master.expect_no_message()


async def test_it_answers_while_tasks_run(world: World) -> None:
    """A TaskManager is an ordinary actor: it answers whatever its tasks do."""
    await world.registered()
    await world.running()
    world.leader.send(world.ref, Identify(1))
    assert (await world.leader.expect(ActorIdentity)).ref == world.ref


def test_settings_must_make_sense() -> None:
    """A TaskManager without slots is refused."""
    with pytest.raises(ValueError, match="1 slot or more"):
        TaskManagerSettings("x", 0, "memory://x")
