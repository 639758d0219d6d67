"""Who supervises what is spawned from outside, and what happens when that fails itself."""

from __future__ import annotations

import asyncio

import pytest

from actors import ActorRef, Directive, Kill, Props
from runtime import ActorSystem, Settings
from tests.runtime.local.puppets import Puppet, one_for_one, quiet, raising


class Unordinary(BaseException):
    """Outside of the tree of ordinary exceptions."""


async def test_the_default_for_top_level_actors(actor_system: ActorSystem) -> None:
    """S69: top-level actors are supervised by `/user` with the default strategy: an exception restarts."""
    diary: list[str] = []
    ref = actor_system.spawn(Props(Puppet, diary))

    ref.tell(raising(ValueError()))
    ref.tell("after")
    await quiet()

    assert diary[-1] == "a2 after"
    assert ref.path.elements[0] == "user"


async def test_a_strategy_for_top_level_actors() -> None:
    """S69: the strategy of `/user` can be set."""
    diary: list[str] = []
    settings = Settings(guardian_strategy=one_for_one({ValueError: Directive.STOP}))
    async with ActorSystem("test", settings) as system:
        system.spawn(Props(Puppet, diary)).tell(raising(ValueError()))
        await quiet()

        assert diary[-1] == "a1 post_stop"


async def _escalated(system: ActorSystem, ref: ActorRef[object]) -> None:
    ref.tell(raising(Unordinary()))


async def _killed(system: ActorSystem, ref: ActorRef[object]) -> None:
    user = system.find_local(type(ref.path).parse(f"actor://{system.name}/user"))
    assert user is not None
    user.tell(Kill())


@pytest.mark.parametrize("end", [_escalated, _killed], ids=["escalated", "killed"])
async def test_the_end_of_user(end: object) -> None:
    """S70: if `/user` is killed, or fails because a failure is escalated to it, the whole system ends by itself."""
    diary: list[str] = []
    async with ActorSystem("test") as system:
        system.spawn_system(Props(Puppet, diary, "s"))
        ref = system.spawn(Props(Puppet, diary))
        await end(system, ref)  # type: ignore[operator]

        async with asyncio.timeout(5.0):
            await system.when_terminated()

        assert diary[-2:] == ["a1 post_stop", "s1 post_stop"]
        with pytest.raises(RuntimeError):
            system.spawn(Props(Puppet, diary))
