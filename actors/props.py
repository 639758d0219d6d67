"""`Props`: how to make an actor, again and again. Pure.

A recipe rather than an object, because a restart needs a fresh instance (S2). Deliberately not here: making one, which
`runtime.cell` does.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, ParamSpec, TypeAlias, TypeVar

from actors.actor import Actor, Home, making
from actors.mailbox import MailboxSettings

M = TypeVar("M")
M_contra = TypeVar("M_contra", contravariant=True)
P = ParamSpec("P")


class Props(Generic[M_contra]):
    """An immutable recipe, used for the first instance and for each restart.

    Attributes:
        factory: The actor's class, or a function that makes one.
        mailbox: Bound of the mailbox; `None` for the system's default.
    """

    __slots__ = ("_args", "_kwargs", "_plain", "factory", "mailbox")

    def __init__(self, factory: Callable[P, Actor[M_contra]], /, *args: P.args, **kwargs: P.kwargs) -> None:
        """Make a recipe: `Props(Counter, 10)`.

        Args:
            factory: The actor's class, or a function that makes one.
            *args: What it is called with at each start and restart.
            **kwargs: Likewise.

        Raises:
            TypeError: If `factory` cannot be called, or is a class that is no actor.
        """
        if isinstance(factory, type) and not issubclass(factory, Actor):
            raise TypeError(f"{factory.__qualname__} is not an Actor")
        if not callable(factory):
            raise TypeError(f"Props needs an actor class or a function that makes an actor, not {factory!r}")
        self.factory: Callable[..., Actor[M_contra]] = factory
        self._args: tuple[Any, ...] = args
        self._kwargs: dict[str, Any] = kwargs
        self._plain: bool = isinstance(factory, type) and _is_plain(factory)
        self.mailbox: MailboxSettings | None = None

    def with_mailbox(self, mailbox: MailboxSettings) -> Props[M_contra]:
        """The same recipe with a mailbox of its own."""
        made: Props[M_contra] = Props.__new__(Props)
        made.factory, made._args, made._kwargs, made._plain = self.factory, self._args, self._kwargs, self._plain
        made.mailbox = mailbox
        return made

    def make(self, home: Home | None = None) -> Actor[M_contra]:
        """Make one instance.

        Args:
            home: Its cell, which its constructor can use already.

        Raises:
            TypeError: If the factory returns something that is no actor.
        """
        instance: Any
        if self._plain:
            # What calling a class does, with the home put in between: a variable that is set and reset costs more.
            instance = object.__new__(self.factory)  # type: ignore[arg-type]
            instance._actor_home = home
            returned = instance.__init__(*self._args, **self._kwargs)
            if returned is not None:
                raise TypeError(f"__init__() of {self!r} should return None, not {returned!r}")
        else:
            token = making.set(home)
            try:
                instance = self.factory(*self._args, **self._kwargs)
            finally:
                making.reset(token)
        if not isinstance(instance, Actor):
            raise TypeError(f"{self!r} made {instance!r}, which is not an Actor")
        return instance

    @property
    def class_name(self) -> str:
        """What to call such an actor in logs and trees."""
        return getattr(self.factory, "__qualname__", None) or type(self.factory).__qualname__

    def __repr__(self) -> str:
        return f"Props({self.class_name})"


def _is_plain(factory: Any) -> bool:
    """Whether calling a class makes an object and initialises it, and nothing else."""
    return factory.__new__ is Actor.__new__ and type(factory).__call__ is type.__call__


Spawnable: TypeAlias = "Props[M] | Callable[[], Actor[M]]"
"""What can be spawned: `Props`, an actor class without arguments, or a function that makes an actor."""


def to_props(what: Spawnable[M]) -> Props[M]:
    """The recipe behind whatever was given to `spawn`; of a class always the same."""
    if isinstance(what, Props):
        return what
    if not isinstance(what, type):
        return Props(what)
    props: Props[M] | None = vars(what).get("_actor_props")
    if props is None:
        props = Props(what)
        what._actor_props = props  # type: ignore[attr-defined] # kept with the class, so that it ends with it
    return props
