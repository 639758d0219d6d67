"""Coordinated shutdown: phases in their order, tasks beside each other, patience, and the end in any case."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

import pytest
from structlog.testing import capture_logs

from actors import Actor
from runtime import ActorSystem, Phase, Settings
from runtime.phases import LAST, PHASES, in_order
from tests.runtime.local.people import Do, Obedient, all_is_quiet, obedient


def noting(log: list[str], entry: str, takes_s: float = 0.0) -> Callable[[], Awaitable[None]]:
    """A task that takes its time and then writes an entry."""

    async def task() -> None:
        await asyncio.sleep(takes_s)
        log.append(entry)

    return task


def failing(error: BaseException) -> Callable[[], Awaitable[None]]:
    """A task that fails."""

    async def task() -> None:
        raise error

    return task


def test_the_usual_phases_are_a_chain() -> None:
    """The phases of every system come one after the other, the end of the actors at last."""
    assert in_order(PHASES) == tuple(PHASES)
    assert in_order(PHASES)[-1] == LAST


def test_a_phase_comes_after_what_it_depends_on() -> None:
    """Any graph without a circle is put in order, the same each time, and the last phase is the last."""
    phases = {LAST: Phase(), "d": Phase(("b", "c")), "c": Phase(("a",)), "b": Phase(("a",)), "a": Phase(), "e": Phase()}

    assert in_order(phases) == ("a", "e", "c", "b", "d", LAST)


@pytest.mark.parametrize(
    ("phases", "text"),
    [
        ({"a": Phase()}, "need one called"),
        ({LAST: Phase(), "a": Phase(("b",))}, "'b', which is no phase"),
        ({LAST: Phase(), "a": Phase((LAST,))}, "cannot come after"),
        ({LAST: Phase(), "a": Phase(("b",)), "b": Phase(("a",))}, "in a circle: [ab] -> [ab] -> [ab]"),
    ],
)
def test_phases_that_make_no_sense(phases: dict[str, Phase], text: str) -> None:
    """Unknown and circular dependencies are refused where the settings are made, by name."""
    with pytest.raises(ValueError, match=text):
        Settings(shutdown_phases=phases)


def test_a_phase_takes_time() -> None:
    """A phase without patience is refused."""
    with pytest.raises(ValueError, match="timeout_s"):
        Phase(timeout_s=0)


async def test_phases_run_in_order_and_before_the_actors_stop() -> None:
    """Tasks run phase by phase, all before any actor stops; those of the last phase beside the end of the actors."""
    log: list[str] = []

    class Leaving(Obedient):
        async def post_stop(self) -> None:
            await asyncio.sleep(1.0)
            log.append("actor")

    async with ActorSystem("test") as system:
        system.spawn(Leaving)
        shutdown = system.coordinated_shutdown
        for phase in (LAST, "cluster-leave", "service-stop", "before-service-unbind"):
            shutdown.add_task(phase, "note", noting(log, phase))

    assert log == ["before-service-unbind", "service-stop", "cluster-leave", LAST, "actor"]
    assert (shutdown.reason, shutdown.phase) == ("terminate", LAST)


async def test_tasks_of_a_phase_run_beside_each_other() -> None:
    """A phase takes as long as its longest task, and the next one begins after all of them."""
    log: list[str] = []
    loop = asyncio.get_running_loop()
    async with ActorSystem("test") as system:
        for takes_s in (3.0, 1.0, 2.0):
            system.coordinated_shutdown.add_task("service-stop", "note", noting(log, f"{takes_s}", takes_s))
        system.coordinated_shutdown.add_task("cluster-leave", "note", noting(log, "next"))
        began_at = loop.time()

    assert log == ["1.0", "2.0", "3.0", "next"]
    assert loop.time() - began_at == 3.0


async def test_a_late_task_is_cancelled_and_the_shutdown_goes_on() -> None:
    """A task has its phase's timeout, 5 s; then it is cancelled and named in the log, and the next phase runs."""
    log: list[str] = []
    loop = asyncio.get_running_loop()
    with capture_logs() as logs:
        async with ActorSystem("test") as system:
            system.coordinated_shutdown.add_task("service-stop", "slow", noting(log, "slow", 100.0))
            system.coordinated_shutdown.add_task("service-stop", "quick", noting(log, "quick"))
            system.coordinated_shutdown.add_task("cluster-leave", "next", noting(log, "next"))
            began_at = loop.time()

    assert log == ["quick", "next"]
    assert loop.time() - began_at == 5.0
    (line,) = [line for line in logs if line["event"] == "shutdown task failed"]
    assert (line["phase"], line["task"]) == ("service-stop", "slow")
    assert "within 5.0 s" in line["error"]


async def test_a_task_that_swallows_its_cancellation_is_left_behind() -> None:
    """A task that does not even end when it is cancelled cannot hold the shutdown up, and is named."""
    enough = asyncio.Event()

    async def stubborn() -> None:
        while not enough.is_set():
            try:
                await enough.wait()
            except asyncio.CancelledError:
                continue

    with capture_logs() as logs:
        async with ActorSystem("test") as system:
            system.coordinated_shutdown.add_task("service-stop", "stubborn", stubborn)
    enough.set()
    await all_is_quiet()

    assert [line["task"] for line in logs if line["event"] == "shutdown task left behind"] == ["stubborn"]


async def test_a_failing_task_is_only_logged() -> None:
    """By default a failure is logged and neither the phase's other tasks nor the next phases hear of it."""
    log: list[str] = []
    with capture_logs() as logs:
        async with ActorSystem("test") as system:
            system.coordinated_shutdown.add_task("service-stop", "bad", failing(ValueError("no")))
            system.coordinated_shutdown.add_task("service-stop", "good", noting(log, "good"))
            system.coordinated_shutdown.add_task("cluster-leave", "next", noting(log, "next"))

    assert log == ["good", "next"]
    assert [line["error"] for line in logs if line["event"] == "shutdown task failed"] == ["ValueError: no"]


async def test_a_phase_that_does_not_recover() -> None:
    """With `recover=False` the phases behind are left out, the actors stop all the same, and terminate raises."""
    log: list[str] = []
    phases = {**PHASES, "service-stop": Phase(("service-requests-done",), recover=False)}
    system = ActorSystem("test", Settings(shutdown_phases=phases))
    await system.start()
    system.coordinated_shutdown.add_task("service-stop", "bad", failing(ValueError("no")))
    system.coordinated_shutdown.add_task("cluster-leave", "next", noting(log, "next"))
    system.on_termination(lambda: log.append("actors gone"))
    with pytest.raises(ValueError, match="no"):
        await system.terminate()

    assert log == ["actors gone"]
    await system.when_terminated()


async def test_a_phase_can_be_switched_off() -> None:
    """The tasks of a phase that is not enabled are not run."""
    log: list[str] = []
    phases = {**PHASES, "service-stop": Phase(("service-requests-done",), enabled=False)}
    async with ActorSystem("test", Settings(shutdown_phases=phases)) as system:
        system.coordinated_shutdown.add_task("service-stop", "note", noting(log, "off"))
        system.coordinated_shutdown.add_task("cluster-leave", "note", noting(log, "on"))

    assert log == ["on"]


async def test_it_runs_once_and_the_first_reason_counts() -> None:
    """However often and by whomever it is begun, each task runs once, and the first reason is kept."""
    log: list[str] = []
    async with ActorSystem("test") as system:
        shutdown = system.coordinated_shutdown
        shutdown.add_task("service-stop", "note", noting(log, "once", 1.0))
        assert shutdown.reason is None
        await asyncio.gather(shutdown.run("upgrade"), shutdown.run("again"), system.terminate())

    assert log == ["once"]
    assert shutdown.reason == "upgrade"


async def test_a_task_may_be_added_late_but_not_too_late() -> None:
    """A task may add tasks to later phases; for its own or an earlier phase, or an unknown one, it is refused."""
    log: list[str] = []
    async with ActorSystem("test") as system:
        shutdown = system.coordinated_shutdown

        async def add() -> None:
            shutdown.add_task("cluster-leave", "late", noting(log, "late"))
            for phase in ("service-stop", "before-service-unbind"):
                with pytest.raises(RuntimeError, match="too late"):
                    shutdown.add_task(phase, "too late", noting(log, phase))
            log.append("refused")

        shutdown.add_task("service-stop", "add", add)
        with pytest.raises(ValueError, match="no phase 'lunch'"):
            shutdown.add_task("lunch", "eat", add)

    assert log == ["refused", "late"]


async def test_a_task_can_be_taken_back() -> None:
    """What `add_task` returns takes the task back, and may be called twice."""
    log: list[str] = []
    async with ActorSystem("test") as system:
        take_back = system.coordinated_shutdown.add_task("service-stop", "note", noting(log, "never"))
        take_back()
        take_back()

    assert log == []


async def test_actors_can_be_asked_in_the_phases() -> None:
    """All actors live while the phases before the last one run, and no new refusals apply yet."""
    answers: list[str] = []

    class Echo(Actor[str]):
        def receive(self, message: str) -> None:
            self.reply(message)

    async with ActorSystem("test") as system:
        echo = system.spawn(Echo)

        async def ask() -> None:
            answers.append(await echo.ask("alive"))  # type: ignore[arg-type]

        system.coordinated_shutdown.add_task("before-actor-system-terminate", "ask", ask)

    assert answers == ["alive"]


async def test_a_system_that_ends_by_itself_runs_the_phases() -> None:
    """When `/user` is stopped from inside, the tasks run all the same, once the actors are gone."""
    log: list[str] = []
    async with ActorSystem("test") as system:
        system.coordinated_shutdown.add_task("service-stop", "note", noting(log, "task"))
        system.on_termination(lambda: log.append("callback"))
        actor = system.spawn(obedient())
        actor.tell(Do(lambda actor: actor.context.system.root.context.stop(actor.context.parent)))
        await system.when_terminated()

    assert log == ["task", "callback"]
    assert system.coordinated_shutdown.reason == "all actors have stopped"


@pytest.mark.real
@pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])
async def test_a_signal_begins_it() -> None:
    """With `on_signals` a SIGTERM runs the shutdown with the signal's name as reason; afterwards it is ours no more."""
    log: list[str] = []
    async with ActorSystem("test") as system:
        system.coordinated_shutdown.on_signals(signal.SIGTERM)
        system.coordinated_shutdown.add_task("service-stop", "note", noting(log, "task"))
        os.kill(os.getpid(), signal.SIGTERM)
        await system.when_terminated()

    assert log == ["task"]
    assert system.coordinated_shutdown.reason == "SIGTERM"
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
