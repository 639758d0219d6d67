"""The paths that every JobManager serves."""

from __future__ import annotations

FLINK_PATHS = ["/overview", "/config", "/jobmanager/config", "/taskmanagers", "/jobs", "/jobs/overview", "/jobs/j1"]

JOB_PATHS = ["config", "exceptions", "checkpoints", "execution-result"]
