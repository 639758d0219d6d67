"""Stories of watching and dying between systems, as Hypothesis makes them up."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from actors import Actor, ActorRef, Terminated, message
from runtime import ActorSystem
from runtime.remote.events import NodeTerminated
from runtime.sim.loop import SimLoop
from runtime.testkit import TestProbe
from tests.runtime.remote.nodes import Nodes, here, probe


@message(name="test.story.speak")
class Speak:
    """Tell `to` the next number."""

    to: ActorRef[Any]


@message(name="test.story.spoken")
class Spoken:
    by: ActorRef[Any]
    number: int


class Speaker(Actor[Any]):
    """Counts aloud."""

    def __init__(self) -> None:
        self.number = 0

    def receive(self, message: Any) -> None:
        self.number += 1
        message.to.tell(Spoken(self.ref, self.number), self.ref)


@dataclass
class Subject:
    """One actor of the far system and what the watcher knows of it."""

    ref: ActorRef[Any]
    incarnation: int
    is_alive: bool = True
    is_watched: bool = False
    is_over: bool = False
    heard: int = 0


class Story:
    """Two systems, one watcher, and everything that can happen to them."""

    def __init__(self, seed: int) -> None:
        self.nodes = Nodes(seed)
        self.subjects: list[Subject] = []
        self.incarnation = 0
        self.ended: list[NodeTerminated] = []
        self.near: ActorSystem
        self.far: ActorSystem
        self.me: TestProbe

    async def begin(self) -> None:
        self.near = await self.nodes.start("near", port=1)
        self.far = await self.nodes.start("far", port=2)
        self.me = probe(self.near)
        self.near.event_stream.subscribe(self.ended.append, NodeTerminated)

    async def happen(self, what: str, which: int) -> None:
        subject = self.subjects[which % len(self.subjects)] if self.subjects else None
        match what:
            case "spawn":
                ref = self.near.remote.resolve_text(here(self.far, self.far.spawn(Speaker)))
                self.subjects.append(Subject(ref, self.incarnation))
            case "watch" if subject and not subject.is_watched:
                subject.is_watched, subject.is_over = True, False
                self.me.watch(subject.ref)
            case "unwatch" if subject and subject.is_watched:
                subject.is_watched = False
                self.me.unwatch(subject.ref)
            case "speak" if subject:
                subject.ref.tell(Speak(self.me.ref))
            case "stop" if subject and subject.incarnation == self.incarnation:
                subject.is_alive = False
                self.far.stop(self.far.remote.resolve_text(str(subject.ref.path)))
            case "restart":
                self.nodes.net.thaw("far")
                self.nodes.kill(self.far, listeners_linger_s=0.0)
                self.incarnation += 1
                for one in self.subjects:
                    one.is_alive = False
                self.far = await self.nodes.start("far", port=2)
            case "cut":
                self.nodes.net.cut("near", "far", one_way=which % 3 == 0)
            case "heal":
                self.nodes.net.heal("near", "far")
            case "freeze":
                self.nodes.net.freeze("far")
            case "thaw":
                self.nodes.net.thaw("far")
            case "break":
                for system in (self.near, self.far):
                    for link in list(system.remote._inbound)[which % 3 : 1 + which % 4]:
                        link.drop()
            case "deafen" | "undeafen":
                for link in list(self.near.remote._inbound)[which % 3 :]:
                    if link._connection is not None:
                        (link._connection.resume_reading if what == "undeafen" else link._connection.pause_reading)()
            case "pass":
                await asyncio.sleep((0.0002, 0.001, 0.05, 1.0, 6.0, 6.0)[which % 6])
        self.listen()

    def listen(self) -> None:
        """Check each message that came, in its order."""
        while self.me._came:
            came, _ = self.me._came.popleft()
            subject = next(
                one for one in self.subjects if one.ref in (getattr(came, "ref", None), getattr(came, "by", 0))
            )
            if isinstance(came, Terminated):
                assert subject.is_watched, "told of a death that nobody watches for, or twice"
                # R22: who never introduced itself cannot be quarantined, and may be heard of later.
                known = not came.address_terminated or self.ended[-1].uid != 0
                subject.is_watched, subject.is_over = False, known
                assert not came.cause.is_certain or not subject.is_alive, "a living actor was certainly dead"
            else:
                assert came.number > subject.heard, "a message came twice, or out of order"
                assert not subject.is_over, "a message of the dead came after its Terminated"
                subject.heard = came.number

    async def heal(self) -> None:
        """Everything heals, and what is dead must be known."""
        self.nodes.net.heal("near", "far")
        self.nodes.net.thaw("far")
        await self.happen("undeafen", 0)
        await asyncio.sleep(400.0)  # the longest pause between two retransmissions of a cut link is 120 s
        self.listen()
        missing = [one for one in self.subjects if one.is_watched and not one.is_alive]
        assert not missing, f"nobody told of {missing}"


OFTEN = ["watch", "speak", "speak", "freeze", "pass", "pass"]
EVENTS = ["spawn", "watch", "unwatch", "speak", "stop", "restart", "cut", "heal", "freeze", "thaw", "break"]
EVENTS += ["deafen", "undeafen", *OFTEN]
STEPS = st.tuples(st.sampled_from(EVENTS), st.integers(0, 20))


async def tell(seed: int, steps: list[tuple[str, int]]) -> None:
    """One story from its beginning to its end."""
    story = Story(seed)
    try:
        await story.begin()
        await story.happen("spawn", 0)
        for what, which in steps:
            await story.happen(what, which)
        await story.heal()
    finally:
        await story.nodes.end()


@settings(max_examples=60)
@given(seed=st.integers(0, 1000), steps=st.lists(STEPS, max_size=60))
def test_every_story_keeps_the_promises_of_death_watch(seed: int, steps: list[tuple[str, int]]) -> None:
    """Whatever happens to two nodes and their link: one Terminated for each watch, behind the subject's messages.

    Of the dead only, where it claims certainty; and never missing in the end. Callbacks run in an order of the seed's.
    """
    with asyncio.Runner(loop_factory=lambda: SimLoop(seed, limit_s=100_000.0)) as runner:
        runner.run(tell(seed, steps))
