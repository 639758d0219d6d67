"""Small rooms with one noun on the door: sizes, names and the sentences over the doors."""

from __future__ import annotations

import pytest

from tests.architecture.source import PACKAGES, Module, modules_under

OURS = modules_under(*PACKAGES)
EVERYTHING = modules_under(*PACKAGES, "benchmarks", "examples", "tests")
MAX_LINES = 300
MAX_LINES_OF_TESTS = 500  # a list of promises that do not depend on each other
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "stuff", "base_classes"}
EMPTY_WORDS = ("Impl", "Abstract", "Default")


@pytest.mark.parametrize("module", EVERYTHING, ids=lambda module: module.place)
def test_a_module_is_small(module: Module) -> None:
    """No module has more than 300 lines, and no module of tests more than 500."""
    lines = module.text.count("\n")

    assert lines <= (MAX_LINES_OF_TESTS if module.place.startswith("tests/") else MAX_LINES)


@pytest.mark.parametrize("module", EVERYTHING, ids=lambda module: module.place)
def test_a_module_is_named_after_its_subject(module: Module) -> None:
    """No module or folder has a name that fits everything."""
    assert not EMPTY_NAMES & {*module.path.parts, module.path.stem}


@pytest.mark.parametrize("module", OURS, ids=lambda module: module.place)
def test_a_class_is_named_after_what_it_is(module: Module) -> None:
    """No class is an Impl, an Abstract or a Default of something."""
    names = module.facts.classes

    assert [name for name in names if name.endswith("Impl") or name.startswith(EMPTY_WORDS)] == []


@pytest.mark.parametrize("module", OURS, ids=lambda module: module.place)
def test_a_module_says_what_is_in_it(module: Module) -> None:
    """Each module begins with what is here, whether it is pure and what is deliberately not here: more than a line."""
    lines = len(module.facts.docstring.splitlines())

    assert lines > (0 if module.path.name == "__init__.py" else 1)
