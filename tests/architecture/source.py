"""What the tests of the house look at: the modules of this repository, parsed."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("actors", "runtime", "cluster")
PURE = ("actors", "runtime/protocol", "cluster/model")


@dataclass(frozen=True)
class Module:
    """One Python file of the repository."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def place(self) -> str:
        """Its path from the root of the repository, the id of the tests about it."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def package(self) -> str:
        """The dotted name of the package that it is in."""
        return ".".join(self.path.relative_to(ROOT).parent.parts)

    def imports(self) -> list[str]:
        """The dotted names of all modules that it imports, anywhere in it."""
        return list(imported_by(self.tree))

    def classes(self) -> Iterator[ast.ClassDef]:
        """All classes, also those inside others."""
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.ClassDef))


def imported_by(root: ast.AST) -> Iterator[str]:
    """The dotted names of the modules that the code under `root` imports."""
    for node in ast.walk(root):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None, f"line {node.lineno} imports relatively"
            yield node.module


def modules_under(*folders: str) -> list[Module]:
    """All modules under these folders, in a fixed order."""
    found = []
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            text = path.read_text(encoding="utf-8")
            found.append(Module(path, text, ast.parse(text, str(path))))
    return found
