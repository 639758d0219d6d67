"""What a schedule asks for is done to processes: here to ones that only sleep, which is all that signals need."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from benchmarks.detection.trials.network import Place
from benchmarks.failover.divided import Network
from benchmarks.soak.nemesis import Nemesis
from benchmarks.soak.victims import Victims
from runtime.process import Child, ExitStatus
from runtime.sim.schedule import parsed

pytestmark = pytest.mark.real


class Rules:
    def __init__(self, lines: list[str], applied: list[str]) -> None:
        self._lines, self._applied = lines, applied

    async def apply(self) -> None:
        self._applied.append(self._lines[-1])


class Router:
    """Takes rules, and drops nothing."""

    def __init__(self) -> None:
        self.watcher = Place("", "10.0.0.1")
        self.subjects = [Place("", f"10.0.{number}.2") for number in (1, 2, 3)]
        self.applied: list[str] = []

    async def rules(self, lines: list[str]) -> Rules:
        return Rules(lines, self.applied)


class Sleepers:
    """Victims that sleep; they remember when each was started."""

    def __init__(self) -> None:
        self.children: dict[str, Child] = {}
        self.thaws: dict[int, list[float]] = {}
        self.lives: dict[str, list[int]] = {}
        self.router = Router()
        self.divided = Network(cast(Any, self.router))
        for name in ("jm1", "tm1"):
            self.start(name)

    def start(self, name: str) -> None:
        self.children[name] = Child(["sleep", "60"], lambda _: None)
        self.lives.setdefault(name, []).append(self.children[name].pid)

    def place(self, name: str) -> Place:
        return self.router.subjects[["jm1", "tm1"].index(name)]

    def slots_of(self, name: str) -> list[int]:
        return [self.children["jm1"].pid, self.children[name].pid]


def went_on(pid: int) -> bool:
    """Whether a process of ours stood still, and goes on since: the kernel remembers that for whoever waits for it."""
    return os.waitid(os.P_PID, pid, os.WCONTINUED | os.WNOHANG) is not None


async def play(victims: Sleepers, schedule: str) -> Nemesis:
    """Play a schedule."""

    async def leader_pid() -> int | None:
        return victims.children["jm1"].pid

    nemesis = Nemesis(cast(Victims, victims), leader_pid)
    await nemesis.perform(parsed(schedule))
    return nemesis


async def end(children: Iterable[Child]) -> None:
    for child in children:
        await child.end(0.0)


async def test_who_is_killed_or_stopped_is_replaced() -> None:
    """SIGKILL and SIGTERM, each followed by another process; the leader is looked for at the moment."""
    victims = Sleepers()
    first = dict(victims.children)
    try:
        nemesis = await play(victims, "0.0 kill tm1 for=0.01\n0.05 stop-leader leader for=0.01")
        assert {name: len(lives) for name, lives in victims.lives.items()} == {"jm1": 2, "tm1": 2}
        assert first["tm1"].status == ExitStatus(-signal.SIGKILL)
        assert first["jm1"].status == ExitStatus(-signal.SIGTERM)
        assert nemesis.blows == {"kill": 1, "stop-leader": 1}
        assert "stop-leader leader for=0.01: jm1" in nemesis.log[1]
    finally:
        await end(victims.children.values())


async def test_who_is_frozen_stands_still_for_a_while() -> None:
    """SIGSTOP, and SIGCONT in the end, of which is taken note; a slot is chosen by its index."""
    victims = Sleepers()
    try:
        nemesis = await play(victims, "0.0 freeze tm1 for=0.3\n0.6 freeze-slot tm1 for=0.05 index=3.0")
        assert went_on(victims.children["tm1"].pid)
        assert len(victims.thaws[victims.children["tm1"].pid]) == 2
        assert nemesis.blows == {"freeze": 1, "freeze-slot": 1}
    finally:
        await end(victims.children.values())


async def test_a_cut_drops_its_pairs_until_it_is_over() -> None:
    """One way is one pair; overlapping cuts of one pair end with the last; whoever vanishes dies behind a cut."""
    victims = Sleepers()
    try:
        schedule = "0.0 cut jm1 tm1 for=0.6 one_way=1.0\n0.05 isolate jm1 for=0.05\n0.9 vanish tm1 for=0.0"
        await play(victims, schedule)
        there = "10.0.1.2 . 10.0.2.2"
        rules = victims.router.applied
        assert [there in rule for rule in rules] == [True, True, True, False, True, False]
        assert ["10.0.0.1 . 10.0.1.2" in rule for rule in rules] == [False, True, False, False, False, False]
        assert "10.0.0.1 . 10.0.2.2" in rules[4]
        assert rules[0] == f"add element inet harness cuts {{ {there} }}"
        assert rules[-1] == "flush set inet harness cuts"
        assert len(victims.lives["tm1"]) == 2
    finally:
        await end(victims.children.values())


class Server:
    """A member of an ensemble that serves somewhat after its start."""

    def __init__(self) -> None:
        self.runs, self.is_frozen, self.serves = True, False, True
        self.hurt: list[str] = []

    def kill(self) -> None:
        self.hurt.append("kill")
        self.runs = self.serves = False

    def start(self) -> None:
        self.runs = True

    def freeze(self) -> None:
        self.hurt.append("freeze")
        self.is_frozen = True

    def thaw(self) -> None:
        self.is_frozen = False


async def nobody() -> int | None:
    return None


class Servers:
    def __init__(self) -> None:
        self.members = [Server() for _ in range(3)]

    def mode(self, member: Server) -> str:
        return "follower" if member.serves else ""


async def test_a_member_is_hurt_only_while_all_serve() -> None:
    """Decision 18: a release that forgets when two are hurt at once, or one is restored, is not what is judged."""
    ensemble = Servers()
    victims: Any = SimpleNamespace(
        ensemble=ensemble, member=lambda name: ensemble.members[int(name[2:]) - 1], children={}, thaws={}
    )
    schedule = "0.0 freeze-member zk1 for=0.2\n0.1 kill-member zk2 for=0.1\n0.4 kill-member zk3 for=0.05"
    nemesis = Nemesis(victims, leader_pid=nobody)
    await nemesis.perform(parsed(f"{schedule}\n0.7 freeze-member zk1 for=0.01"))
    assert [one.hurt for one in ensemble.members] == [["freeze"], [], ["kill"]]
    assert nemesis.blows == {"freeze-member": 1, "kill-member": 1}
