"""`Moments`: faults that fire when something is seen to happen in a simulated world, not at a time of the clock. SHELL.

A fault `kill@CancelTask.said` is a `kill` that waits from its `at_s` on for the `nth` time that a `CancelTask` is said,
and strikes `after` seconds later: at once, or while it is on its way. Whoever looks at a simulation tells of what it
sees (`happens`), with whoever has to do with it; the targets of such a fault may be `who` and `peer` of the moment.
Deliberately not here: what can be seen in a world, which each scenario says.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from runtime.sim.nemesis import Nemesis
from runtime.sim.performer import Undo
from runtime.sim.schedule import Fault

AT = "@"
"""Between the kind of a fault and the moment that it waits for."""
WHO, PEER = "who", "peer"
ROLES = (WHO, PEER)
MOST_STRIKES = 4
"""Of a fault that strikes each time."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that has happened.

    Attributes:
        kind: In a word.
        who: The process that did it.
        peer: The other one that it is about; empty if there is none.
        about: What else a fault may be about, such as a job.
    """

    kind: str
    who: str = ""
    peer: str = ""
    about: str = ""


Strike = Callable[[Moment], None]


@dataclass(slots=True)
class _Armed:
    left: int
    strikes: int
    strike: Strike


class Moments:
    """All that happens in a world, and who waits for what of it."""

    def __init__(self) -> None:
        self._armed: dict[str, list[_Armed]] = {}

    def happens(self, moment: Moment) -> None:
        """Something happens; who waits for it strikes before this returns."""
        for one in list(self._armed.get(moment.kind, ())):
            one.left -= 1
            if one.left <= 0 < one.strikes:
                one.strikes -= 1
                one.strike(moment)

    def wait_for(self, kind: str, nth: int, strike: Strike, strikes: int = 1) -> None:
        """Strike at the `nth` time from now on, and if there are more strikes each time after that."""
        self._armed.setdefault(kind, []).append(_Armed(nth, strikes, strike))

    def forget_all(self) -> None:
        """Nobody waits any more."""
        self._armed.clear()


class MomentNemesis(Nemesis):
    """A nemesis whose faults may wait for moments. To be mixed in before another one.

    Attributes:
        moments: Is told by the scenario of what happens.
        struck: The moment at which a fault strikes now.
    """

    at_once: Iterable[str] = ()
    """Kinds that may strike in the midst of what happens, before it is done."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.moments = Moments()
        self.struck = Moment("")
        self._waiting: dict[int, list[Callable[[], None]]] = {}
        self._healed = False

    def meant(self, target: str, moment: Moment) -> str:
        """The process that a target means at that moment."""
        roles = {WHO: moment.who, PEER: moment.peer}
        return roles[target] if target in roles else self.who(target)

    def check(self, faults: Iterable[Fault]) -> None:
        """See `Nemesis`."""
        super().check(replace(fault, kind=kind_of(fault)) for fault in faults)

    def heal(self) -> None:
        """See `Nemesis`; and nothing strikes any more."""
        self._healed = True
        self.moments.forget_all()
        super().heal()

    async def _one(self, fault: Fault) -> None:
        if AT not in fault.kind:
            await super()._one(fault)
            return
        self._network.at(self._network.now() + fault.at_s, self._arm, fault)

    def _arm(self, fault: Fault) -> None:
        behind = int(fault.number("behind"))
        if behind:  # it waits for another to strike before
            self._waiting.setdefault(behind, []).append(lambda: self._await(replace(fault, numbers=without(fault))))
        else:
            self._await(fault)

    def _await(self, fault: Fault) -> None:
        kind, _, event = fault.kind.partition(AT)
        after_s, first = fault.number("after"), int(fault.number("first"))
        is_at_once = kind in self.at_once and after_s < 0

        def strike(moment: Moment) -> None:
            for arm in self._waiting.pop(first, ()) if first else ():
                arm()
            if is_at_once:
                self._strike(fault, moment)
            else:
                self._network.at(self._network.now() + max(after_s, 0.0), self._strike, fault, moment)

        strikes = MOST_STRIKES if fault.number("each") > 0 else 1
        self.moments.wait_for(event, max(int(fault.number("nth", 1.0)), 1), strike, strikes)

    def _strike(self, fault: Fault, moment: Moment) -> None:
        if self._healed:
            return
        kind, targets = kind_of(fault), tuple(self.meant(one, moment) for one in fault.targets)
        fault = replace(fault, kind=kind, at_s=0.0, targets=targets)
        self.struck = moment
        undo: Undo | None = self._struck(fault, targets)
        if undo is not None:
            self._record.sometimes(f"{kind}{AT}{moment.kind}")
            number = self._note(fault, targets, undo, f", at {moment.kind}")
            self._network.at(self._network.now() + fault.for_s, self._take_back, number)


def kind_of(fault: Fault) -> str:
    """The kind of a fault, whatever it waits for."""
    return fault.kind.partition(AT)[0]


def without(fault: Fault) -> tuple[tuple[str, float], ...]:
    """Its numbers, when what it was behind has struck."""
    return tuple(one for one in fault.numbers if one[0] != "behind")
