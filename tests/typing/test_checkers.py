"""Both type checkers accept how the packages are meant to be used, and reject a list of planted mistakes.

`accepted/` and the pages must pass with strict rules; in `rejected/` each line marked `# error`, and no other, must be
complained about. Where a checker cannot run its tests are skipped; mypy is required if `CI=true`.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
from pathlib import Path
from typing import Any

import pytest

from tests.typing import checkers
from tests.typing.checkers import ROOT, Place

pytestmark = [pytest.mark.real, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkers.build_project(tmp_path_factory.mktemp("typed") / "project")


@pytest.fixture(scope="module")
def by_mypy(project: Path) -> dict[Place, str]:
    if importlib.util.find_spec("mypy") is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("mypy is not installed")
    return checkers.mypy(project, ROOT / ".mypy_cache" / "typed-programs")


@pytest.fixture(scope="module")
def has_pyright() -> None:
    reason = checkers.why_no_pyright()
    if reason is not None:
        pytest.skip(reason)


@pytest.fixture(scope="module")
def by_pyright(project: Path, has_pyright: None) -> dict[Place, str]:
    return checkers.complaints_of(checkers.pyright(project), project)


@pytest.mark.parametrize("checker", ["by_mypy", "by_pyright"])
def test_right_programs_are_accepted(checker: str, request: pytest.FixtureRequest, project: Path) -> None:
    """Neither checker complains about a line that is not marked as a mistake, in a program or on a page."""
    complaints: dict[Place, str] = request.getfixturevalue(checker)
    mistakes = checkers.marked(project)

    assert {place: text for place, text in complaints.items() if place not in mistakes} == {}


@pytest.mark.parametrize("checker", ["by_mypy", "by_pyright"])
def test_planted_mistakes_are_rejected(checker: str, request: pytest.FixtureRequest, project: Path) -> None:
    """Each checker complains about every line that is marked as a mistake."""
    complaints: dict[Place, str] = request.getfixturevalue(checker)
    mistakes = checkers.marked(project)

    assert len(mistakes) > 50
    assert mistakes - complaints.keys() == set()


@pytest.mark.usefixtures("has_pyright")
@pytest.mark.parametrize("package", ["actors", "runtime"])
def test_the_public_types_are_complete(package: str, tmp_path: Path) -> None:
    """`pyright --verifytypes` knows the type of everything that users import: no checker has to guess one."""
    symbols = checkers.pyright(tmp_path, "--verifytypes", package, "--ignoreexternal")["typeCompleteness"]["symbols"]
    exported = public_names(package)
    assert exported <= {symbol["name"] for symbol in symbols}

    guessed = [symbol["name"] for symbol in symbols if symbol["isExported"] and is_guessed(symbol)]

    assert [name for name in guessed if name in exported or name.startswith(tuple(f"{n}." for n in exported))] == []


def is_guessed(symbol: dict[str, Any]) -> bool:
    """Whether a type has to be inferred here; not, if only something inside of a type that is named here has to be."""
    return any("partially unknown" not in item["message"] for item in symbol["diagnostics"])


def public_names(package: str) -> set[str]:
    """Where the functions and classes that a package exports are defined, those of other packages left out."""
    module = importlib.import_module(package)
    exported = [getattr(module, name) for name in module.__all__]
    places = {f"{item.__module__}.{item.__qualname__}" for item in exported}
    return {place for place in places if place.startswith(f"{package}.")}
