"""Defects of the product that seeds of `endings` have shown, and how to have them back."""

from __future__ import annotations

from cluster.leader.member_record import MemberRecord
from cluster.leader.orphans import Orphans
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin
from tests.simulation.unmended import work

PINS = [
    Pin(
        "endings",
        9120508,
        "an order to end a task without master was lost, its slot stayed taken, and its job was never tried again",
        (
            "0.8 reset leader tm1 for=0.7 cut=1.0",
            "0.8 reset leader tm2 for=0.7 cut=1.0",
            "0.8 reset leader tm3 for=0.7 cut=1.0",
            "0.9 break leader for=0.1 part=2 which=2",
        ),
        ((Orphans, "_later", lambda orphans: None),),
        "I8",
    ),
    Pin(
        "endings",
        9121000,
        "a TaskManager came back while it was struck off the record, and was taken in by the record of before",
        None,
        (wrapped(MemberRecord, "add", work.recorded_before),),
        "I15",
    ),
]
