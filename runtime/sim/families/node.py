"""`settings`: how the nodes of the scenario `families` are set. Pure.

Deliberately not here: who lives on them (`house`).
"""

from __future__ import annotations

from typing import Any

from runtime.settings import FailureDetectorSettings, RemoteSettings, Settings
from runtime.sim.families.lane import STASH
from runtime.sim.world import PORT


def settings(node: str, strategy: Any) -> Settings:
    """Of a node, with a strategy for its guardian."""
    detector = FailureDetectorSettings(
        heartbeat_interval_s=1.0, acceptable_pause_s=3.0, check_interval_s=0.25, expected_response_after_s=2.0
    )
    remote = RemoteSettings(host=node, port=PORT, failure_detector=detector)
    return Settings(
        remote=remote, guardian_strategy=strategy, stash_capacity=STASH, slow_handler_s=None, dump_on_sigusr1=False
    )
