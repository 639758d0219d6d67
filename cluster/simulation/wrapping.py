"""`around`: judges look into methods of the product while it is played. SHELL: classes are changed for a `with`.

Deliberately not here: what is asked (`cluster.simulation.layers`, `told`, `inside`).
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeAlias

Asks: TypeAlias = Callable[..., Any]
"""Gets the original method before its arguments, and calls it."""


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
