"""Offices of the scenario `names`: a name on each node that several bear, one after the other, and who calls there.

People of other nodes watch an office by its name, by the reference of whoever keeps it or has kept it, or by both, and
change their minds just when its keeper changes. A watch of the name ends with the first keeper whose end is heard of.
What is asked of them: D1 who is told of a keeper, or of the name, watches just that; D7 no keeper who lives is said to
be dead by his own node; and in the end D5 nobody waits for a death that was, and D8 the keeper knows who watches him,
by uid or by name, and nobody else. Deliberately not here: people (`names`), and who tells them what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from actors import Actor, ActorRef, Terminated
from actors.address import ActorPath
from runtime.sim.deathwatch.audit import Audit
from runtime.sim.deathwatch.judge import Judge
from runtime.sim.deathwatch.truth import Being, Key, Life, key_of

OFFICE = "office"


class Keeper(Actor[Any]):
    """Keeps an office, and does nothing."""

    def receive(self, message: Any) -> None:
        """Nobody says anything to it."""


class OfficeJudge(Judge):
    """The judge of `names`.

    Attributes:
        keepers: Whether they live, and were not told to stop, of all who ever were.
    """

    keepers: dict[Key, Life]

    def begin(self) -> None:
        """Nobody has kept an office yet."""
        self.keepers = {}

    def called(self, who: int, path: ActorPath) -> None:
        """Somebody has begun to watch an office, or a keeper."""
        self._truth.calls(self._truth.beings[who], key_of(path), self._now())

    def hung_up(self, who: int, path: ActorPath) -> None:
        """Somebody watches it no longer."""
        self._truth.beings[who].calls.pop(key_of(path), None)

    def answered(self, who: int, notice: Terminated) -> None:
        """Somebody is told of the end of a keeper, perhaps by the name."""
        being, key = self._truth.beings[who], key_of(notice.ref.path)
        text = f"{self._text(who)} is told that {key} is dead: {notice.cause.value}"
        self._record.require(being.calls.pop(key, None) is not None, "D1", f"{text}, and does not watch that")
        life = self.keepers.get(key)
        if not notice.address_terminated and life is not None:
            self._record.require(life.gone_at is not None or life.is_leaving, "D7", f"{text}, and lives")


class OfficeAudit(Audit):
    """The audit of `names`, which knows of offices."""

    def watches(self, life: Life, other: Life) -> int:
        """See `Audit`."""
        return super().watches(life, other) + sum(len(self._calls(one, other)) for one in self._people(life))

    def watchers(self, life: Life, other: Life) -> int:
        """See `Audit`."""
        return super().watchers(life, other) + sum(bool(self._calls(one, other)) for one in self._people(life))

    def close(self, systems: Mapping[str, Any]) -> None:
        """See `Audit`."""
        super().close(systems)
        for node, system in systems.items():
            keeper = system.find_local(ActorPath(system.address, ("user", OFFICE)))
            for other in systems:
                if other != node and not self._is_disturbed(node, other) and not self._are_estranged(node, other):
                    self._kept(node, keeper, other, systems)

    def _kept(self, node: str, keeper: ActorRef[Any] | None, other: str, systems: Mapping[str, Any]) -> None:
        """What people of another node watch of an office, and what its keeper knows of them."""
        lives, living = self._truth.lives, set[Key]()
        if keeper is not None:
            living = {(node, OFFICE, 0), (node, OFFICE, keeper.path.uid)}
        callers = set[str]()
        for being in self._people(lives[other]):
            calls = self._calls(being, lives[node])
            for key in calls - living:
                self._record.require(False, "D5", f"{other}/{being.path.name} was not told of {key}")
            if calls:
                callers.add(being.path.name)
        book: Any = None if keeper is None else keeper.sink.book  # type: ignore[attr-defined] # a cell
        known = set[str]()
        if book is not None:
            known = {ref.path.name for ref in book.watchers if ref.path.address.system == other}
        if self._has_met(systems[node], other):
            text = f"the office of {node} is watched by {sorted(callers)} of {other}, and knows of {sorted(known)}"
            self._record.require(callers == known, "D8", text)

    def _people(self, life: Life) -> list[Being]:
        return [being for being in self._truth.living(life.node) if being.life is life]

    def _calls(self, being: Being, other: Life) -> set[Key]:
        return {key for key in being.calls if key[0] == other.node}
