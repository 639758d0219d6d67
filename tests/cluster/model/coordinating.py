"""A coordinator of checkpoints, and what tests do with it."""

from __future__ import annotations

from typing import Any

from cluster.model.checkpoints import (
    CheckpointCoordinator,
    CheckpointSettings,
)
from cluster.model.completed_checkpoint import StateHandle


def handle(name: str, number: int = 1) -> StateHandle:
    return (f"{number}/{name}", 10, "sha")


def coordinator(**changes: Any) -> CheckpointCoordinator:
    return CheckpointCoordinator(CheckpointSettings(interval_s=1.0, **changes))
