"""What is shipped, and what must not be in the repository: stubs, addresses of registries, tests that wait."""

from __future__ import annotations

import re
import tomllib

import pytest

from tests.architecture.source import PACKAGES, ROOT, Module, modules_under

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
TESTS = [module for module in modules_under("tests") if module.path.name.startswith("test_")]
STUB = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_ships_its_types(package: str) -> None:
    """Each package carries py.typed, and is in the wheel."""
    assert (ROOT / package / "py.typed").is_file()
    assert package in PYPROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]


def test_both_lists_of_tools_are_the_same() -> None:
    """The extra `dev` and the dependency group `dev` name the same tools."""
    assert PYPROJECT["project"]["optional-dependencies"]["dev"] == PYPROJECT["dependency-groups"]["dev"]


def test_the_lock_is_for_every_registry() -> None:
    """The locked dependencies are exact, carry hashes, and name no address that they come from."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = [entry for entry in re.split(r"\n(?=[a-z])", re.sub(r"(?m)^ *#.*\n?", "", lock)) if entry.strip()]

    assert "://" not in lock
    assert "find-links" not in lock
    assert "index" not in re.sub(r"(?m)^[a-z].*$", "", lock)
    assert [entry for entry in entries if "==" not in entry or "--hash=sha256:" not in entry] == []


def test_the_lock_names_all_dependencies() -> None:
    """Everything that pyproject.toml asks for is in the lock: `make lock` was not forgotten."""
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {name.lower().replace("_", "-") for name in re.findall(r"(?m)^([A-Za-z0-9._-]+)==", lock)}
    project = PYPROJECT["project"]
    asked = [*project["dependencies"], *(name for extra in project["optional-dependencies"].values() for name in extra)]
    names = {re.split(r"[\[<>=;! ]", requirement)[0].lower().replace("_", "-") for requirement in asked}

    assert names - locked == {project["name"]}


@pytest.mark.parametrize("module", modules_under(*PACKAGES, "benchmarks", "examples"), ids=lambda module: module.place)
def test_nothing_is_left_for_later(module: Module) -> None:
    """No module has a stub, or a note that something is missing."""
    assert STUB.search(module.text) is None
    assert len(module.facts.stubs) == (
        1 if module.place == "actors/message.py" else 0
    )  # Request.__ask_reply__ is never called


@pytest.mark.parametrize("module", TESTS, ids=lambda module: module.place)
def test_a_test_is_a_promise(module: Module) -> None:
    """Each test says in its docstring what it promises."""
    assert [name for name, docstring in module.facts.tests if not docstring] == []


@pytest.mark.parametrize("module", TESTS, ids=lambda module: module.place)
def test_no_test_waits_for_time_to_pass(module: Module) -> None:
    """Only tests marked `real` may call time.sleep; an asyncio.sleep does not wait on virtual time."""
    assert module.facts.sleeps == () or "pytest.mark.real" in module.text
