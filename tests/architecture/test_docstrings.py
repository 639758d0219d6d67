"""What users import is documented: each exported name, each public method of it, each field, argument and enum member.

Deliberately not here: whether the modules say what is in them (`test_sizes.py`), and the style (ruff's rules D).
"""

from __future__ import annotations

import ast
import dataclasses
import enum
import importlib
import inspect
import re
import textwrap
from collections.abc import Iterator
from typing import Any

import pytest

PACKAGES = ("actors", "runtime", "runtime.sim")
SELF_EXPLAINING = {"self", "cls"}


def exports() -> list[tuple[str, Any]]:
    """Every name that a package exports, with what it stands for."""
    modules = [importlib.import_module(package) for package in PACKAGES]
    return [(f"{module.__name__}.{name}", getattr(module, name)) for module in modules for name in module.__all__]


EXPORTS = exports()
CLASSES = [(name, item) for name, item in EXPORTS if inspect.isclass(item)]


def public_members(cls: type) -> Iterator[tuple[str, Any]]:
    """The functions and properties that only our own code defines on a class: others are documented elsewhere."""
    foreign = {name for base in cls.__mro__ if not is_ours(base) for name in vars(base)}
    for name, member in inspect.getmembers(cls):
        is_member = inspect.isroutine(member) or isinstance(member, property)
        if is_member and not name.startswith("_") and name not in foreign:
            yield name, member


def is_ours(cls: type) -> bool:
    return cls.__module__.partition(".")[0] in ("actors", "runtime")


@pytest.mark.parametrize(("name", "item"), EXPORTS, ids=[name for name, _ in EXPORTS])
def test_an_exported_name_is_documented(name: str, item: Any) -> None:
    """Each exported class and function has a docstring of its own, not one that Python made."""
    text = vars(item).get("__doc__") if inspect.isclass(item) else item.__doc__

    assert text
    assert not text.startswith(f"{name.rpartition('.')[2]}("), "a dataclass writes its signature there if nobody does"


@pytest.mark.parametrize(("name", "cls"), CLASSES, ids=[name for name, _ in CLASSES])
def test_public_methods_are_documented(name: str, cls: type) -> None:
    """Each public method and property of an exported class has a docstring, be it that of the class above."""
    assert [member for member, value in public_members(cls) if not inspect.getdoc(value)] == []


@pytest.mark.parametrize(("name", "cls"), CLASSES, ids=[name for name, _ in CLASSES])
def test_public_fields_are_documented(name: str, cls: type) -> None:
    """Each field of an exported dataclass is under `Attributes:`; each member of an enum has a sentence below it."""
    if issubclass(cls, enum.Enum):
        body = ast.parse(textwrap.dedent(inspect.getsource(cls))).body[0]
        assert isinstance(body, ast.ClassDef)
        followed = [
            isinstance(after, ast.Expr)
            for before, after in zip(body.body, body.body[1:], strict=False)
            if isinstance(before, ast.Assign)
        ]
        assert len(followed) == len(cls)
        assert all(followed)
    elif dataclasses.is_dataclass(cls):
        texts = [inspect.cleandoc(base.__doc__ or "") for base in cls.__mro__ if is_ours(base)]
        documented = set(re.findall(r"(?m)^ {4}(\w+): ", "\n".join(texts)))
        assert {field.name for field in dataclasses.fields(cls) if not field.name.startswith("_")} - documented == set()


@pytest.mark.parametrize(("name", "item"), EXPORTS, ids=[name for name, _ in EXPORTS])
def test_arguments_are_documented_all_or_none(name: str, item: Any) -> None:
    """A docstring with `Args:` names each argument: one that explains some of them has forgotten the others."""
    functions = [*public_members(item), ("__init__", item.__init__)] if inspect.isclass(item) else [(name, item)]
    forgotten = {}
    for place, function in functions:
        text = inspect.getdoc(function) or ""
        if "Args:" in text and inspect.isroutine(function):
            documented = set(re.findall(r"(?m)^ {4}\*{0,2}(\w+): ", text))
            forgotten[place] = set(inspect.signature(function).parameters) - SELF_EXPLAINING - documented

    assert {place: names for place, names in forgotten.items() if names} == {}
