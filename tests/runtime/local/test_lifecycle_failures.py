"""Failures inside of hooks: what they are to the supervisor, and what is called afterwards."""

from __future__ import annotations

from typing import Any

import pytest
from structlog.testing import capture_logs

from actors import ActorInitializationError, DeathCause, Directive, Props
from actors.errors import PostRestartError
from runtime import ActorSystem, TestProbe
from tests.runtime.local.puppets import (
    PUPPETS,
    Puppet,
    child_of,
    failing_once,
    nothing,
    quiet,
    raising,
    supervisor,
)

EVERY_START = pytest.mark.parametrize("hook", ["made", "pre_start"])
EVERY_RESTART = pytest.mark.parametrize("hook", ["made", "post_restart"])
EVERY_PUPPET = pytest.mark.parametrize("puppet", PUPPETS)


@EVERY_PUPPET
async def test_post_stop_runs_once_and_last(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S39: `post_stop` runs exactly once, after all children are gone."""
    diary: list[str] = []
    probe = TestProbe(actor_system)
    ref = actor_system.spawn(Props(puppet, diary))
    for name in "gh":
        await child_of(ref, Props(puppet, diary, name))
    probe.watch(ref)
    diary.clear()

    actor_system.stop(ref)
    actor_system.stop(ref)
    await probe.expect_terminated(ref)
    await quiet()

    assert sorted(diary[:2]) == ["g1 post_stop", "h1 post_stop"]
    assert diary[2:] == ["a1 post_stop"]


@EVERY_PUPPET
async def test_a_failing_post_stop(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S39: an exception in `post_stop` is logged and the end goes on."""
    probe = TestProbe(actor_system)
    with capture_logs() as logs:
        ref = actor_system.spawn(Props(puppet, [], post_stop=raising(ValueError("in post_stop"))))
        probe.watch(ref)
        actor_system.stop(ref)
        terminated = await probe.expect_terminated(ref)

    assert terminated.cause is DeathCause.STOPPED
    assert [(entry["log_level"], entry["actor"]) for entry in logs] == [("error", str(ref))]
    assert "in post_stop" in logs[0]["error"]


@EVERY_PUPPET
async def test_a_failing_pre_restart(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S40: an exception in `pre_restart` is logged, and the restart goes on with a new instance."""
    diary: list[str] = []
    parent = actor_system.spawn(supervisor([], [ValueError]))
    child = await child_of(parent, Props(puppet, diary, "c", pre_restart=raising(OSError("in pre_restart"))))

    with capture_logs() as logs:
        child.tell(raising(ValueError()))
        child.tell("after")
        await quiet()

    assert diary[2:] == ["c1 pre_restart", "c2 made", "c2 post_restart", "c2 pre_start", "c2 after"]
    assert any("in pre_restart" in entry["error"] for entry in logs)


@EVERY_RESTART
@EVERY_PUPPET
async def test_a_failing_restart_is_a_new_failure(actor_system: ActorSystem, puppet: type[Puppet], hook: str) -> None:
    """S41: a failing constructor or `post_restart` is a `PostRestartError` with both causes."""
    judged: list[BaseException] = []
    first, second = ValueError("first"), OSError("second")

    def broken(actor: Puppet, *_: Any) -> None:
        if actor.number > 1:
            raise second

    parent = actor_system.spawn(
        supervisor([], lambda e: judged.append(e) or (Directive.RESTART if e is first else Directive.STOP))  # type: ignore[func-returns-value]
    )
    child = await child_of(parent, Props(puppet, [], "c", **{hook: broken}))

    child.tell(raising(first))
    await quiet()

    assert judged[0] is first
    assert isinstance(judged[1], PostRestartError)
    assert isinstance(judged[1], ActorInitializationError)
    assert judged[1].__cause__ is second
    assert judged[1].original is first


@EVERY_RESTART
@EVERY_PUPPET
async def test_a_failing_restart_stops_by_default(actor_system: ActorSystem, puppet: type[Puppet], hook: str) -> None:
    """S41: by default a failed restart is the end, and neither `pre_restart` nor `post_stop` see that instance."""
    diary: list[str] = []
    probe = TestProbe(actor_system)

    def broken(actor: Puppet, *_: Any) -> None:
        if actor.number > 1:
            raise OSError("second")

    child = actor_system.spawn(Props(puppet, diary, "c", **{hook: broken}))
    probe.watch(child)
    child.tell(raising(ValueError()))
    terminated = await probe.expect_terminated(child)

    assert terminated.cause is DeathCause.FAILED
    assert diary[2:5] == ["c1 pre_restart", "c1 post_stop", "c2 made"]
    assert diary[5:] == (["c2 post_restart"] if hook == "post_restart" else [])


@EVERY_RESTART
@EVERY_PUPPET
async def test_resume_after_a_failing_restart(actor_system: ActorSystem, puppet: type[Puppet], hook: str) -> None:
    """S42: with nothing to resume, resume becomes one more restart, without `pre_restart` on the broken instance."""
    diary: list[str] = []
    parent = actor_system.spawn(supervisor([], {PostRestartError: Directive.RESUME, ValueError: Directive.RESTART}))

    def broken(actor: Puppet, *_: Any) -> None:
        if actor.number == 2:
            raise OSError("once")

    child = await child_of(parent, Props(puppet, diary, "c", **{hook: broken}))
    child.tell(raising(ValueError()))
    child.tell("after")
    await quiet()

    entries = [entry for entry in diary if not entry.startswith("c1")]
    assert entries[0] == "c2 made"
    assert "c2 pre_restart" not in diary
    assert "c2 post_stop" not in diary
    assert [entry for entry in entries if entry.startswith("c3")][0:2] == ["c3 made", "c3 post_restart"]
    assert entries[-1] == "c3 after"


@EVERY_START
@EVERY_PUPPET
async def test_a_failing_start(actor_system: ActorSystem, puppet: type[Puppet], hook: str) -> None:
    """S43: a failing start is an `ActorInitializationError` with its cause; by default the end, without `post_stop`."""
    diary: list[str] = []
    error = ValueError("cannot start")
    judged: list[BaseException] = []
    parent = actor_system.spawn(supervisor([], lambda e: judged.append(e) or Directive.STOP))  # type: ignore[func-returns-value]
    await child_of(parent, Props(puppet, diary, "c", **{hook: raising(error)}))

    assert [type(failure) for failure in judged] == [ActorInitializationError]
    assert judged[0].__cause__ is error
    assert "c1 post_stop" not in diary

    probe = TestProbe(actor_system)
    top = probe.watch(actor_system.spawn(Props(puppet, diary, "t", **{hook: raising(error)})))
    terminated = await probe.expect_terminated(top)
    assert terminated.cause is DeathCause.FAILED
    assert "t1 post_stop" not in diary


@pytest.mark.parametrize("directive", [Directive.RESTART, Directive.RESUME])
@EVERY_START
@EVERY_PUPPET
async def test_starting_again(actor_system: ActorSystem, puppet: type[Puppet], hook: str, directive: Directive) -> None:
    """S44: restart or resume after a failed start is a fresh start: constructor, `pre_start`, no `post_restart`."""
    diary: list[str] = []
    parent = actor_system.spawn(supervisor([], {ActorInitializationError: directive}))
    child = await child_of(parent, Props(puppet, diary, "c", **{hook: failing_once(ValueError())}))

    child.tell("hello")
    await quiet()

    first = ["c1 made"] if hook == "made" else ["c1 made", "c1 pre_start"]
    assert diary == [*first, "c2 made", "c2 pre_start", "c2 hello"]


@EVERY_PUPPET
async def test_children_of_a_failed_start(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S44: the children that the failed start made are gone before the next begins, which may use their names."""
    diary: list[str] = []

    def spawn_and_fail(actor: Puppet) -> None:
        actor.context.spawn(Props(puppet, diary, "g"), "g")
        if actor.number == 1:
            raise ValueError

    parent = actor_system.spawn(supervisor([], [ActorInitializationError]))
    child = await child_of(parent, Props(puppet, diary, "c", pre_start=spawn_and_fail))
    child.tell("hello")
    await quiet()

    assert diary.index("g1 post_stop") < diary.index("c2 made")
    assert "c2 hello" in diary
    assert diary[-1] in ("g2 pre_start", "c2 hello")


@EVERY_START
@EVERY_PUPPET
async def test_attempts_to_start(actor_system: ActorSystem, puppet: type[Puppet], hook: str) -> None:
    """S45: with a limit of n a child that cannot start is tried n+1 times in all."""
    diary: list[str] = []
    probe = TestProbe(actor_system)
    parent = actor_system.spawn(supervisor([], [Exception], max_nr_of_retries=3))
    child = await child_of(parent, Props(puppet, diary, "c", **{hook: raising(ValueError())}))
    probe.watch(child)
    await probe.expect_terminated(child)

    assert sum(entry.endswith(" made") for entry in diary) == 4
    assert not any(entry.endswith(("post_restart", "post_stop", "pre_restart")) for entry in diary)


@EVERY_PUPPET
@pytest.mark.parametrize("verdict", [Directive.RESTART, Directive.RESUME])
async def test_children_of_a_failed_restart(
    actor_system: ActorSystem, puppet: type[Puppet], verdict: Directive
) -> None:
    """The children that a failed restart made are gone before the next begins; those that were kept stay."""
    diary: list[str] = []

    def spawn_and_fail(actor: Puppet, *_: Any) -> None:
        if actor.number < 9:  # else it would go on for ever
            actor.context.spawn(Props(puppet, diary, "n"), "new")
        if actor.number == 2:
            raise OSError

    parent = actor_system.spawn(
        supervisor([], lambda error: verdict if isinstance(error, PostRestartError) else Directive.RESTART)
    )
    child = await child_of(parent, Props(puppet, diary, "c", pre_restart=nothing, post_restart=spawn_and_fail))
    kept = await child_of(child, Props(puppet, diary, "k"))
    child.tell(raising(ValueError()))
    child.tell("hello")
    kept.tell("hello")
    await quiet()

    assert diary.index("n1 post_stop") < diary.index("c3 made") < diary.index("n2 made")
    assert {"c3 hello", "k2 hello"} <= set(diary)
    assert "k1 post_stop" in diary  # as of any restart
    assert "n2 post_stop" not in diary


@EVERY_PUPPET
async def test_kept_children_of_a_failing_restart(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S36, S41: children that were kept wait through a failed restart and are restarted after the one that succeeds."""
    diary: list[str] = []
    broken = failing_once(OSError())
    parent = actor_system.spawn(supervisor([], [Exception]))
    child = await child_of(parent, Props(puppet, diary, "c", pre_restart=nothing, post_restart=broken))
    kept = await child_of(child, Props(puppet, diary, "g"))

    child.tell(raising(ValueError()))
    kept.tell("waiting")
    await quiet()

    assert diary[-1] == "g2 waiting"
    assert diary.index("c3 post_restart") < diary.index("g2 made")


@EVERY_PUPPET
async def test_a_stop_during_a_restart(actor_system: ActorSystem, puppet: type[Puppet]) -> None:
    """S60: an actor that is stopped while it waits for children to restart ends without a new instance."""
    diary: list[str] = []
    probe = TestProbe(actor_system)
    parent = actor_system.spawn(supervisor([], [ValueError]))
    child = await child_of(parent, Props(puppet, diary, "c"))
    probe.watch(child)

    child.tell(raising(ValueError()))
    parent.tell(lambda actor: actor.context.stop(child))
    await probe.expect_terminated(child)
    await quiet()

    assert diary.count("c1 post_stop") + diary.count("c2 post_stop") == (2 if "c2 made" in diary else 1)
