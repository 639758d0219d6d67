"""What the tests of the house look at: the modules of this repository, and what one look at each tells.

Each is parsed once, when the first test asks, and no tree is kept: those of all files take 500 MB, and a collection of
garbage in any other test of the same process would look at each of their nodes, for seconds.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("actors", "runtime", "cluster")
PURE = ("actors", "runtime/protocol", "cluster/model")


@dataclass(frozen=True)
class Facts:
    """What a module's tree tells.

    Attributes:
        docstring: Of the module; empty if there is none.
        imports: The dotted names of all modules that it imports, anywhere in it; relative ones begin with a dot.
        imports_for_types: Those that it imports for the type checker only.
        classes: The names of all classes, also of those inside others.
        functions: The names of all functions and methods, each with its docstring.
        stubs: The lines where it says that something is not there yet.
        sleeps: The lines where it sleeps in real time.
    """

    docstring: str
    imports: tuple[str, ...]
    imports_for_types: tuple[str, ...]
    classes: tuple[str, ...]
    functions: tuple[tuple[str, str], ...]
    stubs: tuple[int, ...]
    sleeps: tuple[int, ...]

    @property
    def tests(self) -> list[tuple[str, str]]:
        """The names of its tests, each with its docstring."""
        return [(name, docstring) for name, docstring in self.functions if name.startswith("test_")]


@dataclass(frozen=True)
class Module:
    """One Python file of the repository."""

    path: Path

    @property
    def place(self) -> str:
        """Its path from the root of the repository, the id of the tests about it."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def text(self) -> str:
        """All that is in it."""
        return self.path.read_text(encoding="utf-8")

    @property
    def facts(self) -> Facts:
        """What its tree tells."""
        return _facts(self.path)


def modules_under(*folders: str) -> list[Module]:
    """All modules under these folders, in a fixed order."""
    return [Module(path) for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


@functools.cache
def _facts(path: Path) -> Facts:
    tree = ast.parse(path.read_text(encoding="utf-8"), str(path))
    imports: list[str] = []
    for_types: list[str] = []
    classes: list[str] = []
    functions: list[tuple[str, str]] = []
    stubs: list[int] = []
    sleeps: list[int] = []
    for node in ast.walk(tree):
        match node:
            case ast.Import() | ast.ImportFrom():
                imports.extend(_imported(node))
            case ast.If() if "TYPE_CHECKING" in ast.dump(node.test):
                for_types.extend(name for child in ast.walk(node) for name in _imported(child))
            case ast.ClassDef(name=name):
                classes.append(name)
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                functions.append((name, ast.get_docstring(node) or ""))
            case ast.Raise(exc=ast.Call(func=ast.Name("NotImplementedError")) | ast.Name("NotImplementedError")):
                stubs.append(node.lineno)
            case ast.Call(func=ast.Name("sleep") | ast.Attribute(value=ast.Name("time"), attr="sleep")):
                sleeps.append(node.lineno)
    return Facts(
        ast.get_docstring(tree) or "",
        *(tuple(imports), tuple(for_types), tuple(classes)),
        *(tuple(functions), tuple(stubs), tuple(sleeps)),
    )


def _imported(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Import(names):
            yield from (alias.name for alias in names)
        case ast.ImportFrom(module=module, level=level):
            yield "." * level + (module or "")
