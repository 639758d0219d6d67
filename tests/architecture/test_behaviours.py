"""Each behaviour of actors, remoting and failure detectors has a test, and is described: one without fails the build.

Deliberately not here: what this project does not have (D79 untrusted peers, D81-D84 cluster membership and remote
deployment); that each number that a test pins is described is checked in `tests/docs/test_pages.py`.
"""

from __future__ import annotations

import re

from tests.architecture.source import ROOT, modules_under

NUMBER = re.compile(r"([DSAFR])(\d+)(?:-[DSAFR]?(\d+))?")
LOCAL = {
    *(f"D{number}" for number in range(1, 62)),
    *(f"S{number}" for number in (*range(1, 75), 79, 81, 82, 83, 84)),
    *(f"A{number}" for number in range(1, 17)),
}
REMOTE = {
    *(f"D{number}" for number in (*range(57, 79), 80, *range(85, 91))),
    *(f"R{number}" for number in range(1, 29)),
}
DETECTORS = {f"F{number}" for number in range(1, 16)}


def pinned() -> dict[str, list[tuple[str, str]]]:
    """Id -> place and promise of the tests whose docstring begins with it: `D1: ...`, `D63-D65, S2: ...`."""
    tests: dict[str, list[tuple[str, str]]] = {}
    for module in modules_under("tests"):
        for name, docstring in module.facts.tests:
            head, colon, promise = docstring.partition(":")
            for kind, first, last in NUMBER.findall(head) if colon and NUMBER.match(head) else ():
                for number in range(int(first), int(last or first) + 1):
                    tests.setdefault(f"{kind}{number}", []).append((f"{module.place}::{name}", promise))
    return tests


def test_each_behaviour_of_local_actors_has_a_test() -> None:
    """D1-D61, S1-S74, S79, S81-S84 and A1-A16 each stand at the beginning of a test's docstring."""
    assert sorted(LOCAL - pinned().keys()) == []


def test_each_behaviour_of_failure_detectors_has_a_test() -> None:
    """F1-F15 each stand at the beginning of a test's docstring, and are described."""
    page = (ROOT / "docs/behaviours.md").read_text(encoding="utf-8")
    assert sorted(DETECTORS - pinned().keys()) == []
    assert sorted(DETECTORS - set(re.findall(r"(?m)^- \*\*(F\d+)\*\*", page))) == []


def test_each_behaviour_of_remoting_has_a_test() -> None:
    """D57-D78, D80, D85-D90 and R1-R28 each stand at the beginning of a test's docstring."""
    assert sorted(REMOTE - pinned().keys()) == []


def test_each_behaviour_is_described() -> None:
    """The page of behaviours has each of them exactly once."""
    page = (ROOT / "docs/behaviours.md").read_text(encoding="utf-8")
    described = re.findall(r"(?m)^- \*\*([DSARF]\d+)\*\*", page)

    assert sorted((LOCAL | REMOTE) - set(described)) == []
    assert len(described) == len(set(described))
