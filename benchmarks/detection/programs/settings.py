"""What an order to start means in settings of `runtime`: profile, detector and carriage by their names."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable, Coroutine
from typing import Any

from runtime import FailureDetectorSettings, RemoteSettings, Settings

PROFILES: dict[str, Callable[[], FailureDetectorSettings]] = {
    "lan": FailureDetectorSettings.lan,
    "default": FailureDetectorSettings.default,
    "wan": FailureDetectorSettings.wan,
    "akka": FailureDetectorSettings.akka,
}


def settings_of(order: dict[str, Any]) -> Settings:
    """The settings of a system.

    Raises:
        ValueError: If it has no such profile, detector or carriage.
    """
    if order["profile"] not in PROFILES:
        raise ValueError(f"there is no profile {order['profile']!r}")
    judged = PROFILES[order["profile"]]()
    if order.get("detector", "default") != "default":
        judged = dataclasses.replace(judged, detector=order["detector"])
    judged = dataclasses.replace(judged, heartbeat_carriage=order.get("carriage", judged.heartbeat_carriage))
    host, port = order.get("host", "127.0.0.1"), order.get("port", 0)
    return Settings(remote=RemoteSettings(host=host, port=port, failure_detector=judged, insecure=True))


def run(main: Callable[[], Coroutine[Any, Any, None]], loop: str) -> None:
    """Run a program on `asyncio` or `uvloop`; uvloop is only loaded where it is used."""
    if loop == "uvloop":
        import uvloop

        uvloop.run(main())
    else:
        asyncio.run(main())
