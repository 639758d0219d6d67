"""The TaskManager: whom it follows, what it runs, and that nothing of a former leader outlives it. On virtual time."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from actors import Actor, ActorIdentity, ActorRef, Address, DeathCause, Identify, Props
from cluster.election.driver import LeaderInfo
from cluster.leader_follower import LeaderChanged, LeaderFollower
from cluster.protocol import (
    CancelTask,
    CheckpointAcknowledged,
    CheckpointDeclined,
    DeployTask,
    RegisterTaskManager,
    ShutdownTaskManager,
    StaleLeader,
    TaskManagerRefused,
    TaskManagerRegistered,
    TaskProgress,
    TaskStateChanged,
    TriggerCheckpoint,
)
from cluster.slot_link import (
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
from cluster.task_attempts import ENDS_REMEMBERED
from cluster.task_manager import TaskManager
from cluster.task_manager_settings import TaskManagerSettings
from cluster.task_slots import MAX_SNAPSHOTS_UNDER_WAY
from cluster.task_values import pack
from runtime import ActorSystem, TestProbe
from runtime.remote.events import QuarantinedBy


class Die:
    """Tells a fake slot how its process ends."""

    def __init__(self, detail: str) -> None:
        self.detail = detail


class FakeSlot(Actor[Any]):
    """Speaks the protocol of a slot: hands everything to a probe, which says what its process would say."""

    def __init__(self, world: World) -> None:
        self.world = world

    def pre_start(self) -> None:
        self.world.slots.append(self.ref)
        if self.world.warm:
            self.context.parent.tell(Ready(), self.ref)

    def receive(self, message: Any) -> None:
        match message:
            case Die(detail=detail):
                self.context.stop_self(DeathCause.PROCESS_DEAD, detail)  # type: ignore[attr-defined]
            case Run() | Cancel() | Snapshot():
                self.world.process.ref.tell(message, self.ref)
            case said:
                self.context.parent.tell(said, self.ref)

    async def post_stop(self) -> None:
        self.world.deaths.append(self.world.system.loop.time())
        if self.world.death_takes_s:
            await asyncio.sleep(self.world.death_takes_s)


class World:
    """A TaskManager with fake slots, a leader and a job master."""

    def __init__(self, system: ActorSystem) -> None:
        self.system = system
        self.warm = True
        self.death_takes_s = 0.0
        self.slots: list[ActorRef[Any]] = []
        self.deaths: list[float] = []
        self.left: list[str] = []
        self.leader = TestProbe(system, "leader")
        self.master = TestProbe(system, "master")
        self.process = TestProbe(system, "process")
        self.ref: ActorRef[Any] = system.dead_letters

    def start(self, **settings: Any) -> None:
        made = TaskManagerSettings(**{"resource_id": "tm-1", "slots": 2, "storage": "memory://x", "pid": 4, **settings})
        self.ref = self.system.spawn(Props(TaskManager, made, Props(FakeSlot, self), self.left.append), "task-manager")

    def leads(self, epoch: int, probe: TestProbe | None = None) -> None:
        leader = (probe or self.leader).ref
        self.ref.tell(LeaderChanged(LeaderInfo(epoch, str(leader.path), "actor://x/user/contender#1", "c")))

    async def registered(self, epoch: int = 7, **settings: Any) -> None:
        """Start it and let it register with the leader of `epoch`."""
        self.start(**settings)
        self.leads(epoch)
        await self.leader.expect(RegisterTaskManager)
        self.leader.reply(TaskManagerRegistered(epoch, self.leader.ref))

    def deploy(self, slot: int = 0, attempt: int = 1, epoch: int = 7, restore: Any = None) -> DeployTask:
        order = DeployTask(
            epoch, self.master.ref, "j", f"count[{slot}]", attempt, slot, {"code": b"x"}, "count", slot, 2, restore
        )
        self.master.send(self.ref, order)
        return order

    async def running(self, slot: int = 0, attempt: int = 1) -> ActorRef[Any]:
        """Deploy a task and let it run; returns its slot."""
        self.deploy(slot, attempt)
        await self.process.expect(Run)
        process = self.process.sender
        process.tell(Running())
        await self.master.expect(state("RUNNING", slot, attempt))
        return process


def state(name: str, slot: int = 0, attempt: int = 1, **more: Any) -> TaskStateChanged:
    return TaskStateChanged(7, "j", f"count[{slot}]", attempt, name, **more)


def names(attempt: int = 1, slot: int = 0) -> tuple[int, str, str, int]:
    return (7, "j", f"count[{slot}]", attempt)


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    async with ActorSystem("test") as system:
        yield World(system)


# --- whom it follows ------------------------------------------------------------------------------------------------


async def test_it_offers_its_slots_until_it_is_answered(world: World) -> None:
    """Registration is repeated after 100 ms, doubling up to 30 s, and ends with the answer."""
    world.start()
    world.leads(7)
    times = []
    for _ in range(12):
        offer = await world.leader.expect(RegisterTaskManager, 100.0)
        times.append(world.system.loop.time())
    assert offer == RegisterTaskManager(7, world.ref, "tm-1", 2, 4, [], session=1)
    waits = [round(later - earlier, 3) for earlier, later in itertools.pairwise(times)]
    assert waits == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6, 30.0, 30.0]
    world.leader.reply(TaskManagerRegistered(7, world.leader.ref))
    await world.leader.expect_no_message(200.0)


async def test_a_refusal_is_respected_for_a_while(world: World) -> None:
    """After a refusal it asks again 30 s later."""
    world.start()
    world.leads(7)
    await world.leader.expect(RegisterTaskManager)
    world.leader.reply(TaskManagerRefused(7, "no room"))
    await world.leader.expect_no_message(29.0)
    await world.leader.expect(RegisterTaskManager)


async def test_it_ends_when_no_leader_takes_it(world: World) -> None:
    """Without a leader for `taskmanager.registration.timeout` the process ends; being registered stops that clock."""
    await world.registered(registration_timeout_s=300.0)
    await world.leader.expect_no_message(1000.0)
    assert world.left == []
    world.ref.tell(LeaderChanged(None))
    await world.leader.expect_no_message(299.0)
    assert world.left == []
    await world.leader.expect_no_message(2.0)
    assert world.left == ["no leader has accepted this TaskManager for 300 s"]


async def test_the_election_is_followed_through_its_listener(world: World) -> None:
    """The driver's listener tells the TaskManager who leads; a backend that fails is no change of leader."""
    world.start()
    troubles: list[Exception] = []
    follower = LeaderFollower(world.ref, troubles.append)
    follower.granted(1)
    follower.revoked()
    follower.failed(OSError("locked"))
    follower.leader_changed(LeaderInfo(7, str(world.leader.ref.path), "x", "c"))
    assert (await world.leader.expect(RegisterTaskManager)).epoch == 7
    assert len(troubles) == 1


async def test_a_new_leader_is_met_only_when_the_old_tasks_are_dead(world: World) -> None:
    """When the leader changes all tasks are killed at once, and the offer waits for the last process to be gone."""
    await world.registered()
    await world.running(0)
    await world.running(1)
    world.death_takes_s = 5.0
    began = world.system.loop.time()
    other = TestProbe(world.system)
    world.leads(8, other)
    offer = await other.expect(RegisterTaskManager, 10.0)
    assert offer.epoch == 8
    assert offer.running == []
    assert world.deaths == [began, began]
    assert world.system.loop.time() == began + 5.0
    await world.master.expect_no_message(1.0)


async def test_a_lost_leader_stops_the_tasks_too(world: World) -> None:
    """When nobody leads tasks do not run on: the next leader will start them again."""
    await world.registered()
    await world.running()
    world.ref.tell(LeaderChanged(None))
    await world.leader.expect_no_message(1.0)
    assert len(world.deaths) == 1


async def test_old_news_of_the_election_change_nothing(world: World) -> None:
    """The same leader again, or one of a lower epoch, does not disturb the tasks."""
    await world.registered()
    await world.running()
    world.leads(7)
    world.leads(6, TestProbe(world.system))
    await world.leader.expect_no_message(1.0)
    assert world.deaths == []


async def test_orders_of_another_leader_are_refused(world: World) -> None:
    """Whoever has not the present epoch hears so, and nothing is done."""
    await world.registered()
    world.deploy(epoch=6)
    await world.master.expect(StaleLeader(6, 7))
    world.master.send(world.ref, ShutdownTaskManager(8, "not yet known"))
    await world.master.expect(StaleLeader(8, 7))
    assert world.left == []
    await world.process.expect_no_message()


async def test_a_leader_that_says_it_is_none(world: World) -> None:
    """`StaleLeader` from the leader itself stops the tasks, and it waits for the election to name the next one."""
    await world.registered()
    await world.running()
    world.leader.send(world.ref, StaleLeader(7, 9))
    await world.leader.expect_no_message(100.0)
    assert len(world.deaths) == 1
    world.leads(8)
    await world.leader.expect_no_message(100.0)
    world.leads(9)
    assert (await world.leader.expect(RegisterTaskManager)).epoch == 9


async def test_the_leader_may_send_it_away(world: World) -> None:
    """`ShutdownTaskManager` ends the process in good order."""
    await world.registered()
    world.leader.send(world.ref, ShutdownTaskManager(7, "not needed"))
    await world.leader.expect_no_message()
    assert world.left == ["the leader said: not needed"]


async def test_a_leader_that_takes_it_for_dead(world: World) -> None:
    """Quarantined by its leader it stops its tasks at once and ends: only a new incarnation can serve that leader."""
    await world.registered()
    await world.running()
    world.system.event_stream.publish(QuarantinedBy(Address("other", "127.0.0.1", 1), "silent"))
    await world.leader.expect_no_message()
    assert world.left == []
    world.system.event_stream.publish(QuarantinedBy(world.leader.ref.path.address, "silent for 4 s"))
    await world.leader.expect_no_message()
    assert len(world.deaths) == 1
    assert world.left == ["the leader at actor://test takes this process for dead: silent for 4 s"]


# --- what it runs ---------------------------------------------------------------------------------------------------


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


async def test_reports_are_remembered_within_a_bound(world: World) -> None:
    """Of very many ended attempts the oldest are forgotten."""
    await world.registered()
    for attempt in range(1, ENDS_REMEMBERED + 2):
        process = await world.running(0, attempt)
        process.tell(Failed("x", recoverable=True))
        await world.master.expect(TaskStateChanged)
    world.deploy(0, 2)
    await world.master.expect(state("FAILED", attempt=2, error="x"))
    world.deploy(0, 1)
    await world.process.expect(Run)


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
