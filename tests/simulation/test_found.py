"""Seeds that have once shown a defect are well now, and show it again when its mend is taken out.

The tables are `found_seeds`, `found_work_seeds` and `misjudged_seeds`.
"""

from __future__ import annotations

import pytest

from tests.simulation.ablation import broken, patched
from tests.simulation.found_seeds import FOUND, Pin
from tests.simulation.found_work_seeds import FOUND_AT_WORK
from tests.simulation.misjudged_seeds import MISJUDGED

ALL = [*FOUND, *FOUND_AT_WORK, *MISJUDGED]


def name(pin: Pin) -> str:
    return f"{pin.scenario}-{pin.seed}"


@pytest.mark.parametrize("pin", ALL, ids=name)
def test_a_seed_that_was_found_breaks_no_rule(pin: Pin) -> None:
    """What it was is said in the table."""
    outcome = pin.play()
    assert not outcome.error, f"{pin.what}\n{outcome.error}"


@pytest.mark.parametrize("pin", [pin for pin in ALL if pin.shows], ids=name)
def test_without_its_mend_it_breaks_one(pin: Pin) -> None:
    """The pin is of use: it would tell if the defect came back."""
    with patched(pin.patches):
        outcome = pin.play()
    assert broken(outcome) in pin.shows.split(), outcome.error or f"it is well without: {pin.what}"
