"""The names of the package `runtime`, which are imported when they are first used."""

from __future__ import annotations

import ast
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

import runtime


def told_to_type_checkers() -> dict[str, str]:
    """Name -> module, as the block under `TYPE_CHECKING` says."""
    tree = ast.parse(Path(runtime.__file__).read_text(encoding="utf-8"))
    blocks = [node for node in tree.body if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    imports = [node for block in blocks for node in block.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: str(node.module) for node in imports for alias in node.names}


def test_every_name_is_what_type_checkers_are_told() -> None:
    """What is imported late is the same, and from the same module, as what a type checker sees; nothing is left out."""
    told = told_to_type_checkers()

    assert sorted(told) == runtime.__all__
    for name, module in told.items():
        assert getattr(runtime, name) is getattr(import_module(module), name)
    assert set(told) <= set(dir(runtime))


def test_another_name_is_an_error() -> None:
    """A name that the package does not have is an error that says so, as in any module."""
    with pytest.raises(AttributeError, match="'runtime' has no attribute 'Nothing'"):
        runtime.Nothing  # type: ignore[attr-defined] # noqa: B018
    with pytest.raises(ImportError):
        exec("from runtime import Nothing", {})


@pytest.mark.real
def test_what_is_imported_with_the_package() -> None:
    """Importing both packages brings in neither asyncio nor structlog; an `ActorSystem` brings in no structlog."""
    program = (
        "import sys, actors, runtime; print('asyncio' in sys.modules, 'structlog' in sys.modules);"
        "from runtime import ActorSystem; print('asyncio' in sys.modules, 'structlog' in sys.modules)"
    )
    seen = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout

    assert seen.split() == ["False", "False", "True", "False"]
