"""Defects of the product that seeds of `whims` have shown, and how to have them back."""

from __future__ import annotations

import contextlib

from kazoo.exceptions import KazooException

from cluster.election.zookeeper import sight
from cluster.election.zookeeper.steps import UNKNOWN
from cluster.election.zookeeper.watches import LatchWatches
from tests.simulation.pin import Pin


async def _counts_as_watched(watches: LatchWatches, name: str) -> None:
    """Whoever could not be watched counts as watched, though there is a connection."""
    if name not in watches.names:
        watches.names.add(name)
        with contextlib.suppress(KazooException, *UNKNOWN):
            if await watches._client.exists(watches._layout.latch(name), lambda: watches._gone(name)) is None:
                watches._gone(name)


WATCHED = ((LatchWatches, "watch", _counts_as_watched),)
NEVER_AGAIN = ((sight, "AGAIN_S", 1e9),)
PINS = [
    Pin(
        "whims",
        9510000,
        "who could not read who is shown, though it had a connection, did not look again until it had another",
        (
            "8.0 deny@get-info.arrived for=0.5 count=4.0 rights=0.0 nth=1.0 after=-1.0",
            "8.0 kill leader for=0.5",
        ),
        NEVER_AGAIN,
        "I14",
    ),
    Pin(
        "whims",
        9510004,
        "who could not watch the one before it, though it had a connection, waited for it when it had gone",
        (
            "2.47 deny@drop.arrived for=0.143 count=1.0 rights=1.0 nth=6.0 after=-1.0",
            "2.47 deny@drop.arrived for=0.275 count=1000000.0 rights=0.0 nth=6.0 after=-1.0",
            "2.47 deny@drop.arrived for=0.393 count=1.0 rights=1.0 nth=2.0 after=-1.0",
            "2.47 claim c1 for=0.776 back=0.0",
            "8.401 deny@drop.arrived for=0.644 count=1.0 rights=0.0 nth=1.0 after=-1.0",
            "8.401 deny@drop.arrived for=0.049 count=1000000.0 rights=1.0 nth=1.0 after=-1.0",
            "8.401 deny@drop.arrived for=0.651 count=4.0 rights=0.0 nth=1.0 after=-1.0",
            "8.401 new-session leader for=0.059 quietly=0.0",
            "17.378 deny@drop.arrived for=0.419 count=1.0 rights=0.0 nth=6.0 after=-1.0 first=9.0",
            "17.378 deny@drop.arrived for=0.446 count=1000000.0 rights=0.0 nth=1.0 after=-1.0 behind=9.0",
            "17.378 claim former for=1.809 back=0.0",
            "23.217 deny@drop.arrived for=0.668 count=2.0 rights=1.0 nth=3.0 after=-1.0 first=12.0",
            "23.217 deny@drop.arrived for=0.245 count=1.0 rights=1.0 nth=3.0 after=-1.0 behind=12.0",
            "23.217 break leader for=2.886",
            "30.856 deny@drop.arrived for=0.261 count=1000000.0 rights=1.0 nth=1.0 after=-1.0",
            "30.856 deny@drop.arrived for=0.347 count=1000000.0 rights=0.0 nth=6.0 after=-1.0",
        ),
        WATCHED,
        "I14",
    ),
]
