"""What each directive does to a failed child, and how the directive is found."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from actors import ActorRef, AllForOneStrategy, DeathCause, Directive, OneForOneStrategy, Props
from actors.supervision import STOPPING_STRATEGY, default_decider
from runtime import ActorSystem, Settings, TestProbe
from tests.runtime.local.puppets import PUPPETS, Puppet, child_of, nothing, one_for_one, quiet, raising, supervisor


class Unordinary(BaseException):
    """Outside of the tree of ordinary exceptions."""


@pytest.mark.parametrize("puppet", PUPPETS)
async def test_resume(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S1: a resumed child keeps its state, loses the failing message and goes on with the next."""
    diary: list[str] = []
    parent = actor_system.spawn(supervisor(diary, {ValueError: Directive.RESUME}))
    child = await child_of(parent, Props(puppet, diary, "c"))

    for message in ("one", raising(ValueError()), "two"):
        child.tell(message)
    await quiet()

    assert diary[1:] == ["p1 pre_start", "c1 made", "c1 pre_start", "c1 one", "c1 two"]


@pytest.mark.parametrize("puppet", PUPPETS)
async def test_restart(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S2: a restarted child is a fresh instance behind the same reference, with the mailbox that it had."""
    diary: list[str] = []
    parent = actor_system.spawn(supervisor(diary, [ValueError]))
    child = await child_of(parent, Props(puppet, diary, "c"), "c")
    refs: list[ActorRef[Any]] = []

    for message in ("one", raising(ValueError()), "two", lambda actor: refs.append(actor.ref)):
        child.tell(message)
    await quiet()

    assert diary[4:] == [
        "c1 one",
        "c1 pre_restart",
        "c1 post_stop",
        "c2 made",
        "c2 post_restart",
        "c2 pre_start",
        "c2 two",
    ]
    assert refs == [child]
    assert refs[0].path.uid == child.path.uid


@pytest.mark.parametrize("puppet", PUPPETS)
async def test_stop(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S3: a stopped child ends in good order and its watchers are told, with the failure as the cause."""
    diary: list[str] = []
    probe = TestProbe(actor_system)
    parent = actor_system.spawn(supervisor(diary, {ValueError: Directive.STOP}))
    child = await child_of(parent, Props(puppet, diary, "c"))
    probe.watch(child)

    child.tell(raising(ValueError("broken")))
    terminated = await probe.expect_terminated(child)

    assert diary[-1] == "c1 post_stop"
    assert terminated.existence_confirmed
    assert terminated.cause is DeathCause.FAILED
    assert "ValueError: broken" in terminated.detail


async def test_escalate(actor_system: ActorSystem) -> None:
    """S4: on escalate the supervisor fails with the very same exception, and its own parent decides."""
    diary: list[str] = []
    judged: list[BaseException] = []
    error = ValueError("deep")

    def decider(failure: BaseException) -> Directive:
        judged.append(failure)
        return Directive.RESTART

    top = actor_system.spawn(supervisor(diary, decider))
    middle = await child_of(top, Props(Puppet, diary, "m", one_for_one({ValueError: Directive.ESCALATE})))
    child = await child_of(middle, Props(Puppet, diary, "c"))
    child.tell(raising(error))
    await quiet()

    assert judged == [error]
    assert judged[0] is error
    assert "m2 post_restart" in diary
    assert "p1 pre_restart" not in diary


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (ValueError(), "c2 pre_start"),  # restarted
        (Unordinary(), "p2 pre_start"),  # escalated to the parent, which `/user` restarts: its default is the same
    ],
    ids=["Exception", "BaseException"],
)
async def test_default_strategy(failure: BaseException, expected: str) -> None:
    """S5: without a strategy of its own a parent restarts on exceptions and escalates what is none."""
    diary: list[str] = []
    settings = Settings(guardian_strategy=one_for_one([BaseException]))
    async with ActorSystem("test", settings) as system:
        parent = system.spawn(Props(Puppet, diary, "p"))
        child = await child_of(parent, Props(Puppet, diary, "c"))

        child.tell(raising(failure))
        await quiet()

        assert expected in diary


async def test_stopping_strategy(actor_system: ActorSystem) -> None:
    """S6: under the stopping strategy an ordinary exception stops the child."""
    diary: list[str] = []
    parent = actor_system.spawn(Props(Puppet, diary, "p", STOPPING_STRATEGY))
    child = await child_of(parent, Props(Puppet, diary, "c"))
    probe = TestProbe(actor_system)
    probe.watch(child)

    child.tell(raising(ValueError()))
    await probe.expect_terminated(child)

    assert diary[-1] == "c1 post_stop"


@pytest.mark.parametrize(
    ("decider", "error", "expected"),
    [
        ({OSError: Directive.STOP}, ValueError(), "p2 made"),  # S7: no rule, escalated
        ([OSError, ValueError], ValueError(), "c2 made"),  # S8
        ([OSError], ValueError(), "p2 made"),  # S8: not in the list
        ({Exception: Directive.STOP, OSError: Directive.RESTART}, ConnectionError(), "c2 made"),  # S9
        ({OSError: Directive.RESTART, Exception: Directive.STOP}, KeyError(), "c1 post_stop"),  # S9
        (lambda e: Directive.RESUME if isinstance(e, KeyError) else default_decider(e), ValueError(), "c2 made"),  # S10
    ],
    ids=["no rule", "listed", "not listed", "most specific", "less specific", "falls back"],
)
async def test_deciders(actor_system: ActorSystem, decider: Any, error: Exception, expected: str) -> None:
    """S7, S8, S9, S10: lists, mappings and functions decide as they do in the core, and no rule means escalate."""
    diary: list[str] = []
    parent = actor_system.spawn(supervisor(diary, decider))
    child = await child_of(parent, Props(Puppet, diary, "c"))

    child.tell(raising(error))
    await quiet()

    assert expected in diary


async def test_a_decider_that_raises(actor_system: ActorSystem) -> None:
    """S11: if the decider raises, the supervisor fails with that; its restart then takes care of the failed child."""
    diary: list[str] = []
    judged: list[BaseException] = []

    def broken(error: BaseException) -> Directive:
        raise LookupError("decider is broken")

    top = actor_system.spawn(supervisor(diary, lambda error: judged.append(error) or Directive.RESTART))  # type: ignore[func-returns-value]
    middle = await child_of(top, Props(Puppet, diary, "m", OneForOneStrategy(decider=broken), pre_restart=nothing))
    child = await child_of(middle, Props(Puppet, diary, "c"))

    child.tell(raising(ValueError()))
    child.tell("after")
    await quiet()

    assert [type(error) for error in judged] == [LookupError]
    assert diary[-3:] == ["c2 post_restart", "c2 pre_start", "c2 after"]


async def test_a_strategy_that_cannot_be_read(actor_system: ActorSystem) -> None:
    """S11: a `supervisor_strategy` that raises is a failure of the supervisor like a decider that raises."""
    diary: list[str] = []

    class Undecided(Puppet):
        @property
        def supervisor_strategy(self) -> OneForOneStrategy:  # type: ignore[override]
            raise LookupError("no strategy today")

    parent = actor_system.spawn(Props(Undecided, diary, "p"))
    child = await child_of(parent, Props(Puppet, diary, "c"))

    child.tell(raising(ValueError()))
    await quiet()

    assert diary[-1] == "p2 pre_start"


async def test_the_sender_for_a_decider(actor_system: ActorSystem) -> None:
    """S12: while the decider runs, the supervisor's sender is the failing child."""
    diary: list[str] = []
    senders: list[ActorRef[Any]] = []

    class Curious(Puppet):
        def decide(self, error: BaseException) -> Directive:
            senders.append(self.sender)
            return Directive.RESTART

    def curious() -> Puppet:
        made = Curious(diary, "p")
        made.supervisor_strategy = one_for_one(made.decide)
        return made

    parent = actor_system.spawn(Props(curious))
    child = await child_of(parent, Props(Puppet, diary, "c"))

    child.tell(raising(ValueError()))
    await quiet()

    assert senders == [child]


@pytest.mark.parametrize(
    ("directive", "level"),
    [
        (Directive.RESUME, "warning"),
        (Directive.RESTART, "error"),
        (Directive.STOP, "error"),
        (Directive.ESCALATE, None),
    ],
)
@pytest.mark.parametrize("make", [OneForOneStrategy, AllForOneStrategy])
async def test_logging(make: type[OneForOneStrategy], directive: Directive, level: str | None) -> None:
    """S13: resume is a warning, restart and stop are errors with the cause, escalate leaves the log to others."""
    diary: list[str] = []
    silent = Settings(guardian_strategy=one_for_one([ValueError]))
    with capture_logs() as logs:
        async with ActorSystem("test", silent) as system:
            parent = system.spawn(Props(Puppet, diary, "p", make(decider={ValueError: directive})))
            child = await child_of(parent, Props(Puppet, diary, "c"))
            child.tell(raising(ValueError("the cause")))
            await quiet()

    assert [entry["log_level"] for entry in logs] == ([level] if level else [])
    assert all("the cause" in entry["error"] and entry["actor"] == str(child) for entry in logs)


async def test_logging_off() -> None:
    """S13: a strategy's logging can be switched off."""
    diary: list[str] = []
    with capture_logs() as logs:
        async with ActorSystem("test") as system:
            parent = system.spawn(supervisor(diary, [ValueError]))
            child = await child_of(parent, Props(Puppet, diary, "c"))
            child.tell(raising(ValueError()))
            await quiet()

    assert "c2 made" in diary
    assert logs == []
