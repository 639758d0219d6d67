"""What the effects of the lifecycle table do to the children of a cell: suspend, stop, restart them. SHELL.

A part of `runtime.effects`. Deliberately not here: judging a child (`runtime.supervising`).
"""

from __future__ import annotations

from typing import Any, Final

from actors.children import NO_CHILDREN
from actors.lifecycle import Event
from actors.signals import SUSPEND, TERMINATE, Recreate, Resume

_CHILDREN_GONE: Final = Event.CHILDREN_GONE  # at hand: a member of an enumeration is looked up through its metaclass


def suspend_children(cell: Any) -> None:
    """All but who is to blame, and but those of an earlier restart that wait for it already."""
    if cell.family is None:
        return
    for child in cell.family.refs():
        if child != cell.perpetrator and child not in cell.survivors:
            child.sink.signal(SUSPEND)


def resume_children(cell: Any) -> None:
    """All; whoever is to blame hears the verdict."""
    if cell.family is None:
        return
    cause, perpetrator = cell.verdict_cause, cell.perpetrator
    if cause is not None:
        cell.perpetrator = None
    for child in cell.family.refs():
        # The one whose failure was escalated hears the verdict; for the others it is the end of the suspension (S58).
        child.sink.signal(Resume(cause if child == perpetrator else None))


def stop_children(cell: Any) -> None:
    """All, the youngest first."""
    if cell.family is not None and cell.family is not NO_CHILDREN:
        for child in reversed(cell.family.alive()):
            stop_child(cell, child.ref)


def stop_offspring(cell: Any) -> None:
    """Those that a failed restart has made, the youngest first."""
    if cell.family is not None:
        for child in reversed(cell.family.alive()):
            if child.ref not in cell.survivors:
                stop_child(cell, child.ref)


def await_stopping(cell: Any) -> None:
    """At once, if nobody is waited for."""
    family = cell.family
    if family is None or family is NO_CHILDREN or not (family.any_stopping or (family.closed and len(family))):
        cell.advance(_CHILDREN_GONE)


def restart_children(cell: Any) -> None:
    """Those that `pre_restart` kept."""
    survivors, cell.survivors = cell.survivors, ()
    cell.perpetrator = None
    for ref in survivors:
        if cell.family is not None and ref in cell.family:
            ref.sink.signal(Recreate(cell.reason))
    cell.reason = None


def stop_child(cell: Any, ref: Any) -> bool:
    """Tell a child to stop, once. Returns whether it was told now."""
    family = cell.family
    if family is None or not family.mark_stopping(ref):
        return False
    ref.sink.signal(TERMINATE)
    return True
