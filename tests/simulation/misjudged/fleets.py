"""Mistakes of judges that seeds of `fleets` have shown, and how to have them back."""

from __future__ import annotations

from typing import Any

from cluster.simulation import staff as staff_of
from cluster.simulation.staff import Staff
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin


def _busy_when_it_hears(original: Any, staff: Staff, hears: Any, bond: Any, *more: Any) -> Any:
    answer = original(staff, hears, bond, *more)
    if bond.registered:
        staff._bonds[bond].busy_at = staff._record.now()
    return answer


def _former_only(staff: Staff, original: Any, *more: Any) -> Any:
    return original(*more)


PINS = [
    Pin(
        "fleets",
        9020058,
        "the judge counts from when a TaskManager hears that it was taken in, not from when it was",
        None,
        (wrapped(Staff, "bound", _busy_when_it_hears),),
        "I18",
    ),
    Pin(
        "fleets",
        9030057,
        "the judge knows of those only that were dead before they came back, not of those that have died since",
        None,
        ((Staff, "loses", _former_only),),
        "I18",
    ),
    Pin(
        "fleets",
        9920003,
        "the judge does not notice that a TaskManager whose lease has lapsed says so, and counts from later",
        ("1.508 shun for=7.0 which=0.0",),
        ((staff_of, "HEARS", ("follow", "tasks_stopped", "accepted", "refused")),),
        "I18",
    ),
]
