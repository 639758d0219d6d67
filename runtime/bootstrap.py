"""Composition root of one actor system: settings, transport and loop become guardians and, if wanted, remoting. SHELL."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from actors.address import ActorPath, Address
from actors.children import Children
from actors.props import Props
from actors.ref import ActorRef
from actors.signals import Start
from runtime.cell import Cell
from runtime.guardians import AboveRoot, Guardian, RootGuardian


def make_guardians(system: Any, ended: Callable[[], None]) -> tuple[Cell, Cell, Cell]:
    """Make `/`, `/user` and `/system`.

    Args:
        system: The system they belong to.
        ended: Called when `/` is dead.
    """
    address = Address(system.name)
    above: ActorRef[Any] = ActorRef(ActorPath(address, (), 0), AboveRoot(system, ended))
    root = Cell(system, Props(RootGuardian), ActorPath(address, (), system.next_uid()), above)
    root.family = Children()
    root.signal(Start())
    children: list[Cell] = []
    for name in ("user", "system"):
        path = ActorPath(address, (name,), system.next_uid())
        child = Cell(system, Props(Guardian, system.settings.guardian_strategy), path, root.ref)
        root.family.add(child.ref)
        root.context.watch(child.ref)
        child.signal(Start())
        children.append(child)
    return root, children[0], children[1]


async def start_remoting(system: Any, transport: Any) -> tuple[Any, Address]:
    """Connect the system to others if its settings say so. Returns the provider and the address it is known by."""
    settings = system.settings.remote
    if settings is None:
        return None, Address(system.name)
    from runtime.remote.provider import RemoteProvider  # noqa: PLC0415 - a local system needs no sockets
    from runtime.transport.tcp import TcpTransport  # noqa: PLC0415

    provider = RemoteProvider(system, transport or TcpTransport(), settings)
    return provider, await provider.start()


