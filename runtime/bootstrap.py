"""Composition root of one actor system: guardians, children, and remoting if its settings say so. SHELL.

Deliberately not here: what any of these parts does once it is made.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from actors.address import ActorPath, Address
from actors.children import Children
from actors.props import Props, Spawnable, to_props
from actors.ref import ActorRef
from actors.signals import START
from runtime.cell import Cell
from runtime.dispatcher import Dispatcher, Observer
from runtime.guardians import AboveRoot, Guardian, RootGuardian

M = TypeVar("M")


def make_dispatcher(system: Any, observer: Observer) -> Dispatcher:
    """Make the ready queue on the running loop."""
    return Dispatcher(asyncio.get_running_loop(), system.settings.throughput, observer)


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
    root.signal(START)
    children: list[Cell] = []
    for name in ("user", "system"):
        path = ActorPath(address, (name,), system.next_uid())
        child = Cell(system, Props(Guardian, system.settings.guardian_strategy), path, root.ref)
        root.family.add(child.ref)
        root.context.watch(child.ref)
        child.signal(START)
        children.append(child)
    return root, children[0], children[1]


def make_child(system: Any, parent: Cell, what: Spawnable[M], name: str | None) -> ActorRef[M]:
    """Make a child of a cell; it starts in its first turn."""
    props = to_props(what)
    family = parent.family
    if family is None:
        raise RuntimeError(f"{parent.ref} has no family to take a child")
    above = parent.ref
    cell = Cell(system, props, above.path.child(family.choose_name(name), system.next_uid()), above, parent.suspensions)
    family.add(cell.ref)
    cell.signal(START)
    return cell.ref


async def start_remoting(system: Any, transport: Any) -> tuple[Any, Address]:
    """Connect the system to others if its settings say so. Returns the provider and the address it is known by."""
    settings = system.settings.remote
    if settings is None:
        return None, Address(system.name)
    from runtime.remote.provider import RemoteProvider
    from runtime.transport.tcp import TcpTransport

    transport = transport or TcpTransport()
    if settings.tls is None and not settings.insecure and isinstance(transport, TcpTransport):
        transport = transport.on_loopback_only()  # also if it was given to us
    if settings.tls is not None:
        from runtime.transport.tls import TlsTransport

        transport = TlsTransport(transport, settings.tls)
    provider = RemoteProvider(system, transport, settings)
    return provider, await provider.start()
