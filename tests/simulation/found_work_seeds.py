"""Seeds of the scenarios with jobs that have once shown a defect of the product, and how to have that defect back.

As `found_seeds`, which has those of actors and of the election.
"""

from __future__ import annotations

from cluster.leader import dispatcher
from tests.simulation.found_seeds import Pin

FOUND_AT_WORK = [
    Pin(
        "clients",
        8700034,
        "a leader that stood still past its session says from memory that there is no job which its successor accepted",
        (
            "5.949 stop-leader leader for=0.064",
            "6.658 freeze-leader leader for=2.967",
            "8.58 lag zk2 for=1.266",
        ),
        ((dispatcher, "_OfClients", ()),),
        "I16",
    ),
]
