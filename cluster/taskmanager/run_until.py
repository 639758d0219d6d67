"""`RunUntil`: what a TaskManager tells the actor behind a slot about the lease of its task. Pure data.

Beside the link: the process must hear of it also while user code holds its loop. Deliberately not here: the lease
(`cluster.model.task_lease`), and who ends the process (`cluster.slots.lifeline`).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunUntil:
    """The task may run until then unless told otherwise; after that its process ends itself.

    Attributes:
        until: Seconds of the machine's monotonic clock; infinity is for ever.
    """

    until: float
