"""`value` against `dataclass(frozen=True, slots=True)`: whoever uses such a class sees no difference."""

from __future__ import annotations

import copy
import dataclasses
import inspect
import pickle
from collections.abc import Callable
from dataclasses import FrozenInstanceError, dataclass, field
from typing import Any, ClassVar

import pytest

from actors.values import internal_value, value

KINDS = [pytest.param(value, id="value"), pytest.param(dataclass(frozen=True, slots=True), id="dataclass")]
Kind = Callable[[Any], Any]


@value
class Point:
    """A place."""

    x: int
    y: float = 1.5
    name: str = "here"


def point(kind: Kind) -> Any:
    class Spot:
        """A place."""

        x: int
        y: float = 1.5
        name: str = "here"

    return kind(Spot)


@pytest.mark.parametrize("kind", KINDS)
def test_fields_by_place_and_by_name(kind: Kind) -> None:
    """Fields are given by place or by name, and those with a default may be left out."""
    cls = point(kind)
    made = cls(3, name="there")

    assert (made.x, made.y, made.name) == (3, 1.5, "there")
    assert cls.__match_args__ == ("x", "y", "name")
    assert list(inspect.signature(cls).parameters) == ["x", "y", "name"]
    for arguments in ((), (1, 2, "a", "b")):
        with pytest.raises(TypeError):
            cls(*arguments)
    with pytest.raises(TypeError):
        cls(1, z=2)


@pytest.mark.parametrize("kind", KINDS)
def test_frozen_and_slotted(kind: Kind) -> None:
    """Nothing can be set, deleted or added."""
    made = point(kind)(3)

    with pytest.raises(FrozenInstanceError):
        made.x = 4
    with pytest.raises((FrozenInstanceError, TypeError)):  # Python 3.11's `dataclass` stumbles here
        made.other = 4
    with pytest.raises(FrozenInstanceError):
        del made.x
    assert not hasattr(made, "__dict__")
    assert made.x == 3


@pytest.mark.parametrize("kind", KINDS)
def test_equal_by_fields_and_class(kind: Kind) -> None:
    """Equal are objects of one class with equal fields; then their hashes are equal too."""
    cls, other = point(kind), point(kind)

    assert cls(1) == cls(1, 1.5, "here")
    assert hash(cls(1)) == hash(cls(1))
    assert cls(1) != cls(2)
    assert cls(1) != other(1)
    assert cls(1) != (1, 1.5, "here")
    with pytest.raises(TypeError, match="unhashable"):
        hash(cls([]))


@pytest.mark.parametrize("kind", KINDS)
def test_text(kind: Kind) -> None:
    """An object is shown as it would be written, also one that contains itself."""
    cls = point(kind)
    own: list[Any] = []
    own.append(cls(own))

    assert repr(cls(1)).endswith("Spot(x=1, y=1.5, name='here')")
    assert "..." in repr(own[0])
    assert cls.__doc__ == "A place."


@pytest.mark.parametrize("kind", KINDS)
def test_one_field_and_none(kind: Kind) -> None:
    """Also classes with one field, or without any, are equal by value and hashable."""

    class One:
        only: Any

    class Nothing:
        pass

    one, nothing = kind(One), kind(Nothing)
    assert one(1) == one(1) != one(2)
    assert len({one(1), one(1), nothing(), nothing()}) == 2
    assert nothing() == nothing()
    with pytest.raises(TypeError):
        nothing(1)


@pytest.mark.parametrize("kind", KINDS)
def test_post_init_is_called(kind: Kind) -> None:
    """`__post_init__` may refuse values."""

    class Positive:
        number: int

        def __post_init__(self) -> None:
            if self.number < 1:
                raise ValueError(self.number)

    cls = kind(Positive)
    assert cls(1).number == 1
    with pytest.raises(ValueError, match="0"):
        cls(0)


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_not_plain(kind: Kind) -> None:
    """`field`, `ClassVar`, methods of one's own and dataclasses as bases mean what they mean in a dataclass."""

    class Rich:
        many: list[int] = field(default_factory=list, compare=False)
        shared: ClassVar[int] = 7

        def __repr__(self) -> str:
            return "rich"

    cls = kind(Rich)
    assert cls().many is not cls().many
    assert cls([1]) == cls([2])
    assert (cls.shared, repr(cls())) == (7, "rich")
    base = point(kind)

    class Far(base):  # type: ignore[misc, valid-type]
        distance: int = 9

    far = kind(Far)
    assert far(1, 2.0, "a", 3) == far(1, 2.0, "a", 3) != far(1, 2.0, "a", 4)
    plain: Any = dataclass(frozen=True)(type("Plain", (base,), {}))
    assert plain(5).x == 5


@pytest.mark.parametrize("kind", KINDS)
def test_what_no_dataclass_may_be(kind: Kind) -> None:
    """A default before a field without one, or one that is shared and can change, is refused."""

    class Disordered:
        x: int = 1
        y: int

    class Shared:
        x: list[int] = []  # noqa: RUF012

    with pytest.raises(TypeError, match="non-default argument"):
        kind(Disordered)
    with pytest.raises(ValueError, match="mutable default"):
        kind(Shared)


def test_tools_for_dataclasses_work() -> None:
    """`fields`, `replace`, `asdict`, `copy` and `pickle` take a value as a dataclass."""
    made: Any = Point(1)

    assert [each.name for each in dataclasses.fields(made)] == ["x", "y", "name"]
    assert dataclasses.replace(made, x=2) == Point(2)
    assert dataclasses.asdict(made) == {"x": 1, "y": 1.5, "name": "here"}
    for again in (copy.copy(made), copy.deepcopy(made), pickle.loads(pickle.dumps(made))):
        assert again == made


def test_internal_values_are_not_frozen() -> None:
    """`internal_value` differs in one thing: a field can be set."""

    @internal_value
    class Signal:
        x: int
        y: str = "default"

    made: Any = Signal(1)
    assert (made, hash(made), repr(made)) == (
        Signal(1, "default"),
        hash(Signal(1)),
        f"{Signal.__qualname__}(x=1, y='default')",
    )
    assert made != Signal(2)
    made.x = 2
    assert made == Signal(2) == dataclasses.replace(Signal(1), x=2)
    with pytest.raises(AttributeError):
        made.z = 3
