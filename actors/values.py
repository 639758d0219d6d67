"""`value`: frozen, slotted dataclasses that are cheap to define and cheap to make. Pure.

The same as `dataclasses.dataclass(frozen=True, slots=True)`, which for each class writes and compiles six functions,
half a millisecond each time, and sets each field through `object.__setattr__`. Here one function is compiled, which
sets the slots directly, and the others are closures: the library is imported in less time, and a value is made in half
of it. Whatever a class asks for beyond plain fields (`field`, `ClassVar`, a dataclass as its base, an `__eq__` of its
own) is left to `dataclass`. Deliberately not here: names on the wire (`actors.message`).
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from dataclasses import MISSING, Field, FrozenInstanceError, dataclass
from operator import attrgetter
from reprlib import recursive_repr
from types import MemberDescriptorType
from typing import Any, TypeVar, dataclass_transform

T = TypeVar("T")

_OWN = frozenset(
    "__init__ __eq__ __hash__ __repr__ __setattr__ __delattr__ __getstate__ __setstate__ __slots__".split()  # noqa: SIM905
)
_SPECIAL = ("ClassVar", "InitVar", "KW_ONLY")


@dataclass_transform(frozen_default=True)
def value(cls: type[T]) -> type[T]:
    """Make a class a frozen, slotted dataclass, equal and hashable by its fields."""
    return _made(cls, frozen=True)


@dataclass_transform()
def internal_value(cls: type[T]) -> type[T]:
    """The same without the refusal to change a field: made at half the price, for what no user sees."""
    return _made(cls, frozen=False)


def _made(cls: type[T], *, frozen: bool) -> type[T]:
    annotations = inspect.get_annotations(cls)
    if not _is_plain(cls, annotations):
        return dataclass(frozen=frozen, unsafe_hash=not frozen, slots=True)(cls)
    if not cls.__doc__:
        cls.__doc__ = (
            f"{cls.__name__}({', '.join(annotations)})"  # or `dataclass` looks for a signature, which takes long
        )
    made: Any = dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    made.__dataclass_params__.frozen, made.__dataclass_params__.eq = frozen, True  # so that a dataclass can derive
    names = tuple(annotations)
    if names or hasattr(made, "__post_init__"):
        made.__init__ = _initialiser(made, annotations, frozen=frozen)
    made.__repr__ = _representation(names)
    made.__eq__, made.__hash__ = _comparison(names)
    if frozen:
        made.__setattr__, made.__delattr__ = _refusals(made, names)
    made.__getstate__, made.__setstate__ = _copying(names)
    result: type[T] = made
    return result


def _is_plain(cls: type, annotations: dict[str, Any]) -> bool:
    body = vars(cls)
    if not _OWN.isdisjoint(body) or "self" in annotations:
        return False
    if any(dataclasses.is_dataclass(base) for base in cls.__mro__[1:]):
        return False
    if any(word in str(annotation) for annotation in annotations.values() for word in _SPECIAL):
        return False
    defaults = [getattr(cls, name, MISSING) for name in annotations]
    if any(isinstance(default, Field | MemberDescriptorType) for default in defaults):
        return False
    first = next((index for index, default in enumerate(defaults) if default is not MISSING), len(defaults))
    return MISSING not in defaults[first:]


def _initialiser(made: Any, annotations: dict[str, Any], *, frozen: bool) -> Callable[..., None]:
    scope: dict[str, Any] = {}
    parameters, body = ["self"], []
    for field in dataclasses.fields(made):
        if frozen:
            scope[f"_set_{field.name}"] = getattr(made, field.name).__set__
        parameters.append(field.name)
        if field.default is not MISSING:
            scope[f"_default_{field.name}"] = field.default
            parameters[-1] += f"=_default_{field.name}"
        set_field = f"_set_{field.name}(self, {field.name})" if frozen else f"self.{field.name} = {field.name}"
        body.append(f" {set_field}\n")
    if hasattr(made, "__post_init__"):
        body.append(" self.__post_init__()\n")
    exec(f"def __init__({', '.join(parameters)}):\n{''.join(body)}", scope)  # noqa: S102 - names of fields, as in `dataclass`
    initialiser: Callable[..., None] = scope["__init__"]
    initialiser.__qualname__ = f"{made.__qualname__}.__init__"
    initialiser.__annotations__ = {**annotations, "return": None}
    return initialiser


def _representation(names: tuple[str, ...]) -> Callable[[Any], str]:
    @recursive_repr()
    def repr_(self: Any) -> str:
        return f"{self.__class__.__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    return repr_


def _fields_of(names: tuple[str, ...]) -> Callable[[Any], tuple[Any, ...]]:
    match names:
        case ():
            return lambda self: ()
        case (name,):
            return lambda self: (getattr(self, name),)
        case _:
            return attrgetter(*names)


def _comparison(names: tuple[str, ...]) -> tuple[Callable[[Any, object], Any], Callable[[Any], int]]:
    fields_of = _fields_of(names)

    def eq_(self: Any, other: object) -> Any:
        if other is self:
            return True
        if other.__class__ is not self.__class__:
            return NotImplemented
        return fields_of(self) == fields_of(other)

    def hash_(self: Any) -> int:
        return hash(fields_of(self))

    return eq_, hash_


def _refusals(made: Any, names: tuple[str, ...]) -> tuple[Callable[[Any, str, Any], None], Callable[[Any, str], None]]:
    def setattr_(self: Any, name: str, value: Any) -> None:
        if type(self) is made or name in names:
            raise FrozenInstanceError(f"cannot assign to field {name!r}")
        super(made, self).__setattr__(name, value)

    def delattr_(self: Any, name: str) -> None:
        if type(self) is made or name in names:
            raise FrozenInstanceError(f"cannot delete field {name!r}")
        super(made, self).__delattr__(name)

    return setattr_, delattr_


def _copying(names: tuple[str, ...]) -> tuple[Callable[[Any], list[Any]], Callable[[Any, list[Any]], None]]:
    def getstate_(self: Any) -> list[Any]:
        return [getattr(self, name) for name in names]

    def setstate_(self: Any, state: list[Any]) -> None:
        for name, field in zip(names, state, strict=True):
            object.__setattr__(self, name, field)

    return getstate_, setstate_
