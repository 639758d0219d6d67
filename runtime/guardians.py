"""The actors at the top: `/` with `/user` and `/system` under it, and what stands above `/`. SHELL.

`/user` and `/system` supervise what is spawned from outside. If `/user` ends, for whatever reason, the system ends
(S70, S71).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.actor import Actor
from actors.notices import Terminated
from actors.ref import ActorRef
from actors.signals import DeathWatchNotification, Failed, Signal, Terminate
from actors.supervision import Directive, OneForOneStrategy
from runtime.host import Host


class Guardian(Actor[Any]):
    """Parent of what is spawned from outside; what nobody understands is unhandled (S73)."""

    def __init__(self, strategy: OneForOneStrategy) -> None:
        self.supervisor_strategy = strategy


class RootGuardian(Actor[Any]):
    """Ends the system when `/user` ends: first `/system`, then itself."""

    supervisor_strategy: OneForOneStrategy = OneForOneStrategy(decider=lambda error: Directive.STOP)

    def receive(self, message: Any) -> None:
        """Follow the end of `/user` with that of `/system`, and then the end of all."""
        match message:
            case Terminated(ref) if ref.name == "user":
                system = self.context.child("system")
                if system is not None:
                    self.context.stop(system)
            case Terminated():
                self.context.stop(self.ref)
            case _:
                self.unhandled(message)


class AboveRoot:
    """The sink that root reports to: its death is the system's end, its failure a reason for it."""

    def __init__(self, host: Host, ended: Callable[[], None]) -> None:
        self.host = host
        self._ended = ended

    def tell(self, message: Any, sender: ActorRef[Any] | None = None) -> None:
        """Nobody talks to what is above root."""

    def signal(self, signal: Signal) -> None:
        """Root is dead, or failed."""
        if isinstance(signal, DeathWatchNotification):
            self._ended()
        elif isinstance(signal, Failed):
            signal.child.sink.signal(Terminate())
