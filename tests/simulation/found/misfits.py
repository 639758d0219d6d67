"""Defects of the product that seeds of `misfits` have shown, and how to have them back."""

from __future__ import annotations

from cluster.election.service import Contender
from cluster.leader.dispatcher import Dispatcher
from cluster.model.slots import SlotPool
from cluster.taskmanager.task_manager import TaskManager
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin
from tests.simulation.unmended import work

PINS = [
    Pin(
        "misfits",
        8822003,
        "a TaskManager that broke and began anew followed nobody until the leader changed, and its leader relied on it",
        ("4.0 break-worker tm3 for=0.26",),
        ((TaskManager, "post_restart", lambda worker, reason: worker.pre_start()),),
        "I8",
    ),
    Pin(
        "misfits",
        8822068,
        "nobody cleaned up behind jobs any more when who did so under a leader broke",
        ("5.042 break leader for=0.064 part=3.0 which=0.0",),
        (wrapped(Dispatcher, "_gone", work.cleaner_is_not_missed),),
        "I13",
    ),
    Pin(
        "misfits",
        8822012,
        "a contender that broke and began anew watched for ever who had stood by for it before",
        ("3.851 break-contender leader for=2.694", "6.0 break-contender leader for=2.694"),
        ((Contender, "post_stop", work.watches_on),),
        "I13",
    ),
    Pin(
        "misfits",
        8825402,
        "a job was tried again while its former tasks lived, and ended at once when it was cancelled just then",
        (
            "0.5 away-at for=7.098 what=1.0 after=0.03",
            "3.361 disk-full for=2.122",
            "3.95 break leader for=0.277 part=2.0 which=1.0",
            "5.716 kill tm3 for=1.69",
        ),
        ((SlotPool, "holds", work.nothing_held),),
        "I7 I11",
    ),
]
