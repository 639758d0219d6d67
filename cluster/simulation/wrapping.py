"""`around`: judges look into methods of the product while it is played. SHELL: classes are changed for a `with`.

A `Judge` says at each of its methods, with `asks`, around which methods of the product it is put.

Deliberately not here: what is asked (`cluster.simulation.layers`, `told`, `inside`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias, TypeVar

from runtime.sim.campaign import Record

Asks: TypeAlias = Callable[..., Any]
"""Gets the original method before its arguments, and calls it."""
A = TypeVar("A", bound=Asks)
_PUT: dict[Asks, list[tuple[type, str]]] = {}
"""Around which methods those of judges are put."""


def asks(owner: type, *names: str) -> Callable[[A], A]:
    """A method of a judge is put around these methods of the product."""

    def put(method: A) -> A:
        _PUT.setdefault(method, []).extend((owner, name) for name in names)
        return method

    return put


class Judge:
    """Looks into methods of the product.

    Args:
        record: Is told, and raises.
    """

    def __init__(self, record: Record) -> None:
        self._record = record

    @property
    def around(self) -> Sequence[tuple[type, str, Asks]]:
        """What is put around which methods."""
        own = [(name, method) for name, method in vars(type(self)).items() if callable(method) and method in _PUT]
        return [(*put, getattr(self, name)) for name, method in own for put in _PUT[method]]


@contextlib.contextmanager
def around(methods: Iterable[tuple[type, str, Asks]]) -> Iterator[None]:
    """Put something around methods until this ends.

    Args:
        methods: Owner, name, and what is put around it. The owner may have inherited it.
    """
    methods = list(methods)
    originals = [(owner, name, vars(owner).get(name)) for owner, name, _ in methods]
    for owner, name, asks in methods:
        setattr(owner, name, _wrapped(getattr(owner, name), asks))
    try:
        yield
    finally:
        for owner, name, original in reversed(originals):
            if original is None:
                delattr(owner, name)
            else:
                setattr(owner, name, original)


def _wrapped(original: Asks, asks: Asks) -> Asks:
    def method(*args: Any, **options: Any) -> Any:
        return asks(original, *args, **options)

    return method
