"""Defects of the product that seeds of `endings` have shown, and how to have them back."""

from __future__ import annotations

from cluster.leader.member_record import MemberRecord
from cluster.leader.orphans import Orphans
from cluster.leader.registrations import Registrations
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
        "",  # sessions are told late since, and this seed has no such moment any more; the test of `MemberRecord` has
    ),
    Pin(
        "endings",
        9220135,
        "a TaskManager that had died before it was recorded was taken in beside its successor, and got tasks",
        (
            "0.1 disk-slow for=0.625 seconds=0.2",
            "0.2 break-contender@TriggerCheckpoint.said leader for=0.059 nth=2.0 each=1.0 after=0.0",
            "0.2 break-worker@RegisterTaskManager.said worker for=0.064 nth=3.0 each=1.0 after=0.05",
        ),
        (wrapped(Registrations, "_admit", work.beside_its_former),),
        "",  # the former is known still when its successor offers itself, since a name is no proof of its death
    ),
]
