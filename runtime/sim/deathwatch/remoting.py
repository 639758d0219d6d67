"""How the nodes of a town are set: `settings_of` for all, `with_remoting` for towns that change a part of it. Pure.

Deliberately not here: what is right for each value, which judges read from the settings of a node.
"""

from __future__ import annotations

import dataclasses
import functools
import random
from collections.abc import Callable

from runtime.settings import FailureDetectorSettings, RemoteSettings, Settings
from runtime.sim.world import PORT

SettingsOf = Callable[[str], Settings]
"""How a node is set, by its name."""


def settings_of(chance: random.Random) -> SettingsOf:
    """How all nodes of a town are set."""
    detector = FailureDetectorSettings(
        heartbeat_interval_s=1.0,
        acceptable_pause_s=3.0,
        check_interval_s=0.25,
        expected_response_after_s=2.0,
        detector=chance.choice(["chen", "chen", "two-window", "fixed", "akka-phi"]),
        heartbeat_carriage=chance.choice(["tcp", "udp"]),
    )
    idle_close_s = chance.choice([300.0, 300.0, 6.0])

    @functools.cache  # of a node's later lives
    def settings(node: str) -> Settings:
        remote = RemoteSettings(host=node, port=PORT, failure_detector=detector, idle_close_s=idle_close_s)
        return Settings(remote=remote, slow_handler_s=None, dump_on_sigusr1=False)

    return settings


def remoting(settings: Settings) -> RemoteSettings:
    """That part, which each node of a town has."""
    if settings.remote is None:
        raise AssertionError("the nodes of a town are remote")
    return settings.remote


def with_remoting(usual: SettingsOf, change: Callable[[str, RemoteSettings], RemoteSettings]) -> SettingsOf:
    """The same but for remoting, of which `change` says what it is on a node, and was."""

    @functools.cache
    def settings(node: str) -> Settings:
        made = usual(node)
        return dataclasses.replace(made, remote=change(node, remoting(made)))

    return settings
