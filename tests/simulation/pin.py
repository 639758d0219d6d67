"""`Pin`: a seed that has once shown a defect, and how to have that defect back.

A seed alone plays another schedule as soon as anything is drawn differently, so most are pinned by their faults. What
was mended is taken out again by patches, which are in `unmended` where they take more than a line.

A pin belongs into the module with the name of its scenario: in `found` if the product was wrong or a nemesis, in
`misjudged` if a judge was. A module is found by its being there, and ends with the list `PINS`.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from runtime.sim.campaign import Outcome, found, play
from runtime.sim.schedule import parsed
from tests.simulation.ablation import Patch


@dataclass(frozen=True)
class Pin:
    """A seed that was found.

    Attributes:
        scenario: Whose.
        seed: Of everything but the faults.
        what: It was.
        faults: What went wrong, as few as sufficed, in order of time; `None` for what the seed draws.
        patches: What takes the mend out again.
        shows: The rules of which one breaks then. A seed is no pin if what was mended later keeps it well, too.
    """

    scenario: str
    seed: int
    what: str
    faults: tuple[str, ...] | None
    patches: tuple[Patch, ...]
    shows: str

    def play(self) -> Outcome:
        """Play it, as it was found."""
        faults = None if self.faults is None else parsed("\n".join(self.faults))
        return play(found(self.scenario), self.seed, faults)


def pins_in(folder: str) -> list[tuple[str, Pin]]:
    """All pins in a folder beside this module, each with the name of the module that it is in."""
    names = sorted(path.stem for path in (Path(__file__).parent / folder).glob("*.py"))
    return [(name, pin) for name in names for pin in import_module(f"tests.simulation.{folder}.{name}").PINS]
