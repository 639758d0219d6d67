"""Whoever has a reference may end the actor or ask who it is, whichever messages that takes."""

from __future__ import annotations

from typing import assert_type

from actors import ActorIdentity, ActorRef, Identify, Kill, PoisonPill
from runtime import TestProbe


async def end(ref: ActorRef[str], probe: TestProbe) -> None:
    assert_type(await ref.ask(Identify("who")), ActorIdentity)
    ref.tell(Identify(), probe.ref)
    probe.send(ref, PoisonPill())
    await ref.tell_when_room(Kill())
    ref.forward(PoisonPill())
    ref.tell(PoisonPill())
    ref.tell("last")
