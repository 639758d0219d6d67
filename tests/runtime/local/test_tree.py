"""Seeing inside: the tree as text, as data, and with the stacks of suspended handlers."""

from __future__ import annotations

import asyncio
import io
import json
import os
import signal
import sys
from typing import Any

import pytest

from actors import Actor
from runtime import ActorSystem, Settings, TestKit
from runtime.observability import dump_on_signal
from tests.runtime.local.people import Do, Stashing, all_is_quiet, nap, obedient, spawned, watching


def found(data: dict[str, Any], name: str) -> dict[str, Any]:
    """The actor with this name in the data of a tree."""
    if data["name"] == name:
        return data
    for child in data["children"]:
        below = found(child, name)
        if below:
            return below
    return {}


async def test_one_signal_that_waits_is_counted(actor_system: ActorSystem) -> None:
    """An actor that was made and has not had its turn yet is shown, with the signal that starts it."""
    actor_system.spawn(obedient(), "new")

    assert found(actor_system.tree_data(), "new")["signals"] == 1


async def test_the_tree_as_data(actor_system: ActorSystem, test_kit: TestKit) -> None:
    """Each actor is there with path, class, state, queues, watches and what it is busy with; JSON takes it all."""
    probe = test_kit.probe()
    parent = actor_system.spawn(obedient(), "parent")
    child = await spawned(parent, obedient(), "child")
    parent.tell(watching(child))
    probe.watch(child)
    stashing = test_kit.spawn(lambda: Stashing(probe), "stashing")
    stashing.tell("a")
    stashing.tell("b")
    await all_is_quiet()
    child.tell(nap(100.0))
    await asyncio.sleep(2.5)
    child.tell("waits")
    data = json.loads(json.dumps(actor_system.tree_data()))

    assert (data["name"], [child["name"] for child in data["children"]]) == ("/", ["user", "system"])
    assert found(data, "child") == {
        "path": str(child),
        "name": "child",
        "class": "Obedient",
        "state": "running",
        "mailbox": 1,
        "signals": 0,
        "stash": 0,
        "suspensions": 0,
        "watchers": [str(probe.ref), str(parent)],
        "watching": [],
        "busy_s": 2.5,
        "busy_with": "Do",
        "children": [],
    }
    assert found(data, "parent")["watching"] == [str(child)]
    assert found(data, "parent")["busy_s"] is None
    assert found(data, "stashing")["stash"] == 2


async def test_a_system_that_does_not_run_has_no_data() -> None:
    """Before the start the tree is empty, after the end it has only its root."""
    system = ActorSystem("test")
    assert (system.tree_data(), system.tree(), system.stacks()) == ({}, "", "")
    async with system:
        system.spawn(obedient())
    assert system.tree_data()["state"] == "terminated"
    assert system.tree_data()["children"] == []


class Told(io.StringIO):
    """A stream that tells of each flush."""

    def __init__(self) -> None:
        super().__init__()
        self._flushed = asyncio.Semaphore(0)

    def flush(self) -> None:
        """Tell."""
        self._flushed.release()

    async def prints(self, times: int) -> None:
        """Wait for so many flushes."""
        for _ in range(times):
            await self._flushed.acquire()


class Deep(Actor[Any]):
    """Waits at some depth."""

    def __init__(self, through_a_task: bool = False) -> None:
        self.through_a_task = through_a_task

    async def receive(self, message: Any) -> None:
        """Wait."""
        if self.through_a_task:
            await asyncio.ensure_future(self.deeper())
        else:
            await self.deeper()

    async def deeper(self) -> None:
        """Wait."""
        await asyncio.sleep(100.0)


@pytest.mark.parametrize("through_a_task", [False, True])
async def test_the_stack_of_a_suspended_handler(actor_system: ActorSystem, through_a_task: bool) -> None:
    """The stack names the calls from the handler to where it waits, also through a task, and the message."""
    actor = actor_system.spawn(lambda: Deep(through_a_task))
    actor_system.spawn(obedient())
    actor.tell("message")
    await asyncio.sleep(1.0)
    text = actor_system.stacks()

    assert text.startswith(f"{actor} has been busy with str for 1.000 s:\n")
    assert text.count("has been busy") == 1
    assert text.index("in receive") < text.index("in deeper") < text.index("in sleep")


async def test_the_stack_of_a_hook(actor_system: ActorSystem) -> None:
    """A hook that is suspended has a stack, too."""

    class Late(Actor[Any]):
        async def pre_start(self) -> None:
            await asyncio.sleep(10.0)

    actor_system.spawn(Late)
    await all_is_quiet()

    assert "busy with a hook" in actor_system.stacks()
    assert "in pre_start" in actor_system.stacks()


@pytest.mark.real
@pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])
async def test_sigusr1_prints_all_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGUSR1 prints tree and stacks of each living system; the last one that ends gives the signal back."""
    out = Told()
    monkeypatch.setattr(sys, "stderr", out)
    async with ActorSystem("test", Settings(stop_timeout_s=0.05)) as system, ActorSystem("other") as other:
        waiting = system.spawn(Deep, "waiting")
        waiting.tell("message")
        idle = other.spawn(obedient(), "idle")
        await system.spawn(obedient()).ask(Do(lambda actor: actor.reply("started")))
        os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.wait_for(out.prints(2), 10.0)

        assert f"    {waiting} Deep running busy mailbox=0" in out.getvalue()
        assert f"{waiting} has been busy with str" in out.getvalue()
        assert f"    {idle} Obedient running mailbox=0" in out.getvalue()
    assert signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL


@pytest.mark.real
@pytest.mark.asyncio(loop_factories=["asyncio"])
@pytest.mark.parametrize("handled", [False, True])
async def test_sigusr1_of_a_program_is_its_own(handled: bool) -> None:
    """A system that is told so does not touch SIGUSR1, nor does any if the program handles it."""
    mine: Any = (lambda number, frame: None) if handled else signal.SIG_DFL
    usual = signal.signal(signal.SIGUSR1, mine)
    try:
        async with ActorSystem("test", Settings(dump_on_sigusr1=handled)):
            assert signal.getsignal(signal.SIGUSR1) is mine
        assert signal.getsignal(signal.SIGUSR1) is mine
    finally:
        signal.signal(signal.SIGUSR1, usual)


@pytest.mark.real
@pytest.mark.asyncio(loop_factories=["asyncio", "uvloop"])
async def test_a_signal_prints_the_tree() -> None:
    """With `dump_on_signal` SIGUSR1 prints tree and stacks; after the end of the system the signal is free again."""
    out = Told()
    async with ActorSystem("test", Settings(stop_timeout_s=0.05)) as system:
        dump_on_signal(system, stream=out)
        waiting = system.spawn(Deep, "waiting")
        waiting.tell("message")
        await system.spawn(obedient()).ask(Do(lambda actor: actor.reply("started")))
        os.kill(os.getpid(), signal.SIGUSR1)
        await asyncio.wait_for(out.prints(1), 10.0)

        assert f"    {waiting} Deep running busy mailbox=0" in out.getvalue()
        assert f"{waiting} has been busy with str" in out.getvalue()
    assert signal.getsignal(signal.SIGUSR1) is signal.SIG_DFL
