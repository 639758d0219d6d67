"""Defects of the product that seeds of `retries` have shown, and how to have them back."""

from __future__ import annotations

from cluster.leader.resource_manager import ResourceManager
from cluster.leader.second_tries import SecondTries
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin
from tests.simulation.unmended import work

PINS = [
    Pin(
        "retries",
        9523007,
        "a job that was set aside was tried again beside tasks of a TaskManager that was silent, and waited for",
        None,
        (wrapped(ResourceManager, "receive", work.whoever_is_waited_for),),
        "I7",
    ),
    Pin(
        "retries",
        9523016,
        "a job that had ended, and whose result could not be read, was tried again, and ran again",
        None,
        (wrapped(SecondTries, "_read", work.ended_or_not),),
        "I11",
    ),
]
