"""`@message` makes a class a message: frozen, slotted, known to the wire by a registered name. Pure.

Any object but `None` may be sent within a process; only a `@message` (or a plain MessagePack value) crosses the wire.
The name on the wire is looked up here and nowhere else: a peer can name registered classes, never an import path.
The bytes are made in `runtime.protocol.codec`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, Self, TypeVar, dataclass_transform, overload

from actors.ref import ActorRef
from actors.values import value

R = TypeVar("R")
T = TypeVar("T")

_classes: dict[str, type] = {}
_names: dict[type, str] = {}


class Request(Generic[R]):
    """Base of messages that are answered with an `R`: `await ref.ask(GetTotal())` is then typed as `R`.

    For type checkers only: nothing compares the answer at run time. With `self.reply(value, to=request)` they compare
    it in the actor too.
    """

    __slots__ = ()

    def __ask_reply__(self, ref: ActorRef[Self], /) -> R:  # never called: it ties the message to the reply's type
        raise NotImplementedError


@overload
def message(cls: type[T], /) -> type[T]: ...
@overload
def message(*, name: str) -> Callable[[type[T]], type[T]]: ...
@dataclass_transform(frozen_default=True)
def message(cls: type[T] | None = None, /, *, name: str | None = None) -> type[T] | Callable[[type[T]], type[T]]:
    """Make a class a message: a frozen, slotted dataclass that the wire knows under a name.

    Args:
        cls: The class.
        name: The name on the wire; by default `module:QualName`. Give one to keep it when the class moves, and always
            for classes of a script's `__main__` that other processes shall read.

    Returns:
        The class, made anew as a dataclass.

    Raises:
        ValueError: If another class of another place already has that name.
    """

    def make(cls: type[T]) -> type[T]:
        made = value(cls)
        register(made, name or f"{made.__module__}:{made.__qualname__}")
        return made

    return make if cls is None else make(cls)


def register(cls: type, name: str) -> None:
    """Let `cls` cross the wire as `name`.

    The same class defined anew (a module loaded twice) replaces the old one.

    Raises:
        ValueError: If a different class has that name.
    """
    known = _classes.get(name)
    if known is not None and (known.__module__, known.__qualname__) != (cls.__module__, cls.__qualname__):
        raise ValueError(
            f"the message name {name!r} belongs to {known.__module__}.{known.__qualname__} already; "
            f"give {cls.__module__}.{cls.__qualname__} another with @message(name=...)"
        )
    _classes[name] = cls
    _names[cls] = name


def wire_name(cls: type) -> str | None:
    """The registered name of `cls`, or `None` if it is not a message."""
    return _names.get(cls)


def wire_class(name: str) -> type | None:
    """The class registered as `name`, or `None`."""
    return _classes.get(name)
