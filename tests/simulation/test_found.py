"""Seeds that have once shown a defect are well now, and show it again when its mend is taken out.

The tables are in `found` and `misjudged`, one for each scenario.
"""

from __future__ import annotations

import pytest

from tests.simulation.ablation import broken, patched
from tests.simulation.pin import Pin, pins_in

TABLES = [*pins_in("found"), *pins_in("misjudged")]
ALL = [pin for _, pin in TABLES]


def name(pin: Pin) -> str:
    return f"{pin.scenario}-{pin.seed}"


@pytest.mark.parametrize("pin", ALL, ids=name)
def test_a_seed_that_was_found_breaks_no_rule(pin: Pin) -> None:
    """What it was is said in the table."""
    outcome = pin.play()
    assert not outcome.error, f"{pin.what}\n{outcome.error}"


@pytest.mark.parametrize("pin", ALL, ids=name)
def test_without_its_mend_it_breaks_one(pin: Pin) -> None:
    """The pin is of use: it would tell if the defect came back."""
    with patched(pin.patches):
        outcome = pin.play()
    assert broken(outcome) in pin.shows.split(), outcome.error or f"it is well without: {pin.what}"


def test_a_pin_is_where_one_looks_for_it() -> None:
    """A table has the pins of the scenario that it is named after, and there is one."""
    assert ALL
    assert [name(pin) for table, pin in TABLES if table != pin.scenario] == []
