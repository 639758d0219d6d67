"""The scenarios that come with the package: their names, and what each is about, in a line.

A scenario is a public function without arguments, in one of the modules of `REGISTRIES`, that says in its annotation
that it returns one. What it is about is its docstring's first line; one that says `See ...` sends to that of the class.
Deliberately not here: finding one by its name, or one of somebody else's (`runtime.sim.campaign.found`).
"""

from __future__ import annotations

import importlib
import inspect
import sys
import typing
from types import ModuleType

from runtime.sim import campaign

_SEE, _MODULE = "See ", "See the module"


def registered() -> dict[str, str]:
    """What each scenario is about, by its name, in the order of the alphabet.

    A registry whose package is not installed has none.
    """
    about: dict[str, str] = {}
    for place in campaign.REGISTRIES:
        try:
            module = importlib.import_module(place)
        except ModuleNotFoundError:
            continue
        about |= _of(module)
    return dict(sorted(about.items()))


def _of(module: ModuleType) -> dict[str, str]:
    about = {}
    for name, function in inspect.getmembers(module, inspect.isfunction):
        if name.startswith("_") or inspect.signature(function).parameters:
            continue
        made = typing.get_type_hints(function).get("return")
        if inspect.isclass(made) and hasattr(made, "story") and hasattr(made, "draw"):
            about[name] = _line(function, made)
    return about


def _line(function: object, made: type) -> str:
    """The first line that says something: of the function, its class, or the module of that."""
    line = _first_line(function)
    if line.startswith(_SEE):
        line = _first_line(made)
    if line.startswith(_MODULE):
        line = _first_line(sys.modules[made.__module__]).partition(": ")[2]
    return line


def _first_line(thing: object) -> str:
    return (inspect.getdoc(thing) or "").partition("\n")[0]
