"""Who may import whom: the layers, and the purity of the cores."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.source import PACKAGES, PURE, ROOT, Module, modules_under

OUTSIDE_WORLD = {
    *("asyncio", "anyio", "uvloop", "selectors", "signal"),  # the loop
    *("threading", "concurrent", "multiprocessing", "subprocess"),  # other threads and processes
    *("time", "random", "secrets", "uuid"),  # clocks and chance; datetime is a value, its now() is not used
    *("os", "io", "pathlib", "socket", "tempfile", "shutil"),  # the machine
    *("logging", "structlog", "warnings"),  # talk
}
MAY_USE = {
    "actors": ("actors",),
    "runtime/protocol": ("actors", "runtime.protocol"),
    "cluster/model": ("actors", "runtime.protocol", "cluster.model", "cluster.protocol"),
}
THIRD_PARTY_VALUES = {"msgpack"}


def test_the_import_contracts_hold() -> None:
    """The contracts in pyproject.toml hold: cluster -> runtime -> actors, and the cores are pure, also indirectly."""
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", ROOT / "pyproject.toml"]
    outcome = subprocess.run([str(part) for part in command], cwd=ROOT, capture_output=True, text=True, check=False)

    assert outcome.returncode == 0, outcome.stdout + outcome.stderr


def pure_modules() -> list[Module]:
    return [module for folder in PURE for module in modules_under(folder)]


@pytest.mark.parametrize("module", pure_modules(), ids=lambda module: module.place)
def test_a_core_knows_nothing_of_the_outside_world(module: Module) -> None:
    """A pure module imports no loop, clock, randomness, socket, thread, file or log."""
    roots = {name.partition(".")[0] for name in module.facts.imports}

    assert roots & OUTSIDE_WORLD == set()


@pytest.mark.parametrize("module", pure_modules(), ids=lambda module: module.place)
def test_a_core_uses_cores_only(module: Module) -> None:
    """A pure module imports the standard library, a codec and other pure modules: never its shell."""
    folder = next(folder for folder in PURE if module.place.startswith(folder + "/"))
    ours_or_foreign = [name for name in module.facts.imports if name.partition(".")[0] not in sys.stdlib_module_names]
    allowed = (*MAY_USE[folder], *THIRD_PARTY_VALUES)

    assert [n for n in ours_or_foreign if not any(n == a or n.startswith(a + ".") for a in allowed)] == []


@pytest.mark.parametrize("module", modules_under(*PACKAGES), ids=lambda module: module.place)
def test_no_cycle_is_hidden(module: Module) -> None:
    """No module imports one of ours for the type checker only: a cycle means a missing protocol.

    A package may do so that imports these names when they are used; that they are the same is tested with the package.
    """
    if module.path.name == "__init__.py" and "__getattr__" in dict(module.facts.functions):
        return
    names = module.facts.imports_for_types

    assert [name for name in names if name.partition(".")[0] in PACKAGES] == []
