"""Those of the scenario `workshops` who hear of an end and do something about it at once. SHELL.

An heir has somebody else under the same name; a mourner watches the dead anew and puts the news aside. Each tells its
`Bench`. Deliberately not here: whose ends these are (`hands`).
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from actors import Actor, ActorRef, Terminated
from actors.errors import ActorNameInUse
from actors.values import value
from runtime.sim.families.benches import Bench


@value
class Mourn:
    """An order to watch somebody.

    Attributes:
        ref: That.
        is_anew: Whether whoever hears of the end watches again before it puts the news aside.
    """

    ref: ActorRef[Any]
    is_anew: bool


class Boss(Actor[Any]):
    """Is at the top of its node, and stops when anybody says anything."""

    def receive(self, message: Any) -> None:
        """Stop."""
        self.context.stop(self.ref)


class Heir(Actor[Any]):
    """Has another boss as soon as it hears of the end of the last.

    Args:
        bench: Is told.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench

    def pre_start(self) -> None:
        """The first boss."""
        self._boss = self._another()

    def receive(self, message: Any) -> None:
        """Hear of an end, or see to it."""
        if isinstance(message, Terminated):
            self._boss = self._another()
        else:
            self._boss.tell(message)

    def _another(self) -> Any:
        try:
            return self.context.watch(self.context.system.spawn(Boss, "boss"))
        except ActorNameInUse:
            self._bench.require(False, "D45", "the name of who is said to have ended is in use")
            raise


class Mourner(Actor[Any]):
    """Puts the news of an end aside, and watches the dead anew perhaps: what it hears then is heard once (D19, D20).

    Args:
        bench: Is told.
    """

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._anew: dict[ActorRef[Any], bool] = {}
        self._put_aside: set[ActorRef[Any]] = set()
        self._handled: Counter[ActorRef[Any]] = Counter()

    def receive(self, message: Any) -> None:
        """Hear of an end, or watch."""
        if isinstance(message, Mourn):
            self.context.unstash_all()
            if message.ref not in self._anew:
                self._anew[message.ref] = message.is_anew
                self.context.watch(message.ref)
        elif isinstance(message, Terminated) and message.ref not in self._put_aside:
            self._put_aside.add(message.ref)
            if self._anew[message.ref]:
                self.context.watch(message.ref)
                self._bench.sometimes("the dead were watched anew, and the news put aside")
            self.context.stash()
        elif isinstance(message, Terminated):
            self._handled[message.ref] += 1
            text = f"the end of {message.ref} is heard {self._handled[message.ref]} times"
            self._bench.require(self._handled[message.ref] == 1, "D19", text)
