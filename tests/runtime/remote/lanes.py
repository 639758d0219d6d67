"""The lanes of one peer, looked at and made deaf, for tests."""

from __future__ import annotations

from typing import Any

from runtime import ActorSystem
from runtime.protocol.handshake import Lane


def inbound(system: ActorSystem, lane: Lane) -> Any:
    """The connection of that lane on which the other system speaks to `system`."""
    (link,) = [link for link in system.remote._inbound if link.lane is lane]
    return link


def outbox(system: ActorSystem, other: ActorSystem) -> Any:
    """What `system` sends to `other` with."""
    return system.remote.peer(other.address)._outbox


def deaf(system: ActorSystem, lane: Lane) -> Any:
    """Let `system` read no more of what comes on that lane; returns the connection."""
    link = inbound(system, lane)
    link._connection.pause_reading()
    return link


def counted(system: ActorSystem, kind: type) -> list[Any]:
    """The events of that class, as they come."""
    seen: list[Any] = []
    system.event_stream.subscribe(seen.append, kind)
    return seen
