"""`drawn`: the configuration of a simulated cluster, as a seed draws it: of each key one of some values. Pure.

A scenario says which keys and values matter to it. Deliberately not here: what a cluster needs in any case
(`cluster.simulation.cluster.SETTINGS`).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import TypeAlias

Choices: TypeAlias = Mapping[str, Sequence[object]]
"""By key: what it may be; a text is what it is."""

KEPT = ("jobmanager.failover.tasks=keep",)
IMPATIENT = ("heartbeat.timeout=1 s",)
RETENTIONS = ("no_externalized_checkpoints", "delete_on_cancellation", "retain_on_cancellation")
"""Which checkpoints outlive their job: none; those of one that failed; and of one that was cancelled."""
STRATEGY = {"jobmanager.execution.failover-strategy": ("region", "full")}
TOLERABLE = "execution.checkpointing.tolerable-failed-checkpoints"
TIMEOUT = "execution.checkpointing.timeout"
PAUSE = "execution.checkpointing.min-pause"
SLOT_TIMEOUT = "slot.request.timeout"
CANCELLATION = "task.cancellation.timeout"
SPARES = {"taskmanager.slot.warm-spares": (0, 1, 2)}
RETENTION = {"execution.checkpointing.externalized-checkpoint-retention": RETENTIONS}
RETAINED = "state.checkpoints.num-retained"
LEASE = "taskmanager.task-lease"


def drawn(chance: random.Random, choices: Choices, kept: float = 0.0, impatient: float = 0.0) -> list[str]:
    """`key=value` words.

    Args:
        chance: Of the seed.
        choices: What else is drawn, in this order.
        kept: In which part of the seeds tasks outlive their leader.
        impatient: In which part of them a silence of a second is death.
    """
    words = [
        word
        for share, some in ((kept, KEPT), (impatient, IMPATIENT))
        if share and chance.random() < share
        for word in some
    ]
    return words + [f"{key}={some if isinstance(some, str) else chance.choice(some)}" for key, some in choices.items()]
