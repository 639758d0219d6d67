"""`Stage`: where a story of watchers and subjects is played, in one system or in two over a simulated network.

A story says which side an actor is on and which side uses a reference; in one system both sides are the same. What an
actor is told as a `Do` stays on its side, for functions do not travel; everything else may be told from anywhere.
"""

from __future__ import annotations

import asyncio
from typing import Any

from actors import ActorPath, ActorRef
from runtime import ActorSystem, TestProbe
from tests.runtime.local.people import Do, Obedient


class Stage:
    """One story's systems.

    Args:
        here: Where the watchers and the probes live.
        there: Where the subjects live; the same system, or another one.
    """

    def __init__(self, here: ActorSystem, there: ActorSystem) -> None:
        self.here, self.there = here, there
        self.is_split = here is not there

    def probe(self) -> TestProbe:
        """A probe on the watchers' side."""
        return TestProbe(self.here)

    def watcher(self, what: Any) -> ActorRef[Any]:
        """An actor on the watchers' side."""
        return self.here.spawn(what)

    def subject(self, what: Any = Obedient, name: str | None = None) -> ActorRef[Any]:
        """An actor on the subjects' side, as the watchers know it."""
        return self.seen_here(self.there.spawn(what, name))

    async def child(self, parent: ActorRef[Any], what: Any = Obedient, name: str | None = None) -> ActorRef[Any]:
        """A child of an `Obedient` subject, as the watchers know it."""
        made: list[ActorRef[Any]] = []
        self.order(parent, lambda actor: made.append(actor.context.spawn(what, name)))
        await self.quiet()
        return self.seen_here(made[0])

    def order(self, subject: ActorRef[Any], what: Any) -> None:
        """Make an `Obedient` subject do something."""
        self.at_home(subject).tell(Do(what))

    def stop(self, subject: ActorRef[Any]) -> None:
        """Stop a subject, by its own system."""
        self.there.stop(self.at_home(subject))

    def at_home(self, subject: ActorRef[Any]) -> ActorRef[Any]:
        """A subject as its own system knows it; a dead reference if it is gone."""
        return self._translate(subject, self.there) if self.is_split else subject

    def seen_here(self, ref: ActorRef[Any]) -> ActorRef[Any]:
        """A reference of the subjects' side, as the watchers have it."""
        return self._translate(ref, self.here, self.there) if self.is_split else ref

    def seen_there(self, ref: ActorRef[Any]) -> ActorRef[Any]:
        """A reference of the watchers' side, as the subjects have it."""
        return self._translate(ref, self.there, self.here) if self.is_split else ref

    def nobody(self) -> ActorRef[Any]:
        """A reference to a path on the subjects' side where nobody ever lived."""
        return self.here.ref_for(ActorPath.parse(f"{self.there.address}/user/nobody"))

    async def quiet(self) -> None:
        """Until nobody has anything left to do and nothing is on the wire; handlers that nap are not waited for."""
        await asyncio.sleep(0.1 if self.is_split else 0.001)

    @staticmethod
    def _translate(ref: ActorRef[Any], user: ActorSystem, owner: ActorSystem | None = None) -> ActorRef[Any]:
        path = ref.path if owner is None else ref.path.at(owner.address)
        assert user.remote is not None
        found: ActorRef[Any] = user.remote.resolve_text(str(path))
        return found
