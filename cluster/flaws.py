"""What is wrong with a message of another process: a field of another type than its class says. Pure.

A peer that is let in may be of another release, or have a defect. An error at its message would end the actor that
takes it: a JobMaster, and with it a job; a leader; or all tasks of a TaskManager. So what makes no sense is dropped,
with a line. The codec sees that a message has its fields (`runtime.protocol.codec`), whatever their types, which are
the user's own affair in a user's messages. Deliberately not here: what the values mean.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Mapping
from typing import Any

from actors import Request
from actors.context import ActorContext
from cluster import protocol
from cluster.election import protocol as election_protocol


def flaw_of(message: Any) -> str:
    """The first field that is of another type; empty if none is, or if it is no message between processes."""
    for name, allowed in _FIELDS.get(message.__class__, {}).items():
        value = getattr(message, name)
        if not isinstance(value, allowed) or (value.__class__ is bool and bool not in allowed):
            return f"{name} is {repr(value)[:80]}"
    return ""


def drops(context: ActorContext, log: Any, message: Any) -> bool:
    """Whether an actor is to do nothing about the message that it handles: then the log, and who asks, hear why."""
    flaw = flaw_of(message)
    if not flaw:
        return False
    kind = type(message).__name__
    text, sender = "a message is dropped, since it makes no sense", str(context.sender.path)
    log.warning(text, message=kind, flaw=flaw, sender=sender)
    if isinstance(message, Request):
        context.sender.tell({"error": f"this {kind} makes no sense: {flaw}"})
    return True


def _checked(kind: type[Any]) -> Mapping[str, tuple[type[Any], ...]]:
    """What each field may be, by name; what may be anything is left out."""
    return {name: _types(hint) for name, hint in typing.get_type_hints(kind).items() if hint is not Any}


def _types(hint: Any) -> tuple[type[Any], ...]:
    if isinstance(hint, types.UnionType):
        return tuple(each for part in typing.get_args(hint) for each in _types(part))
    kind = typing.get_origin(hint) or hint
    return (float, int) if kind is float else (kind,)


_FIELDS = {
    kind: _checked(kind)
    for module in (protocol, election_protocol)
    for kind in vars(module).values()
    if isinstance(kind, type) and kind.__module__ == module.__name__
}
