"""What a campaign says to continuous integration: a JUnit document, one test case for each seed. Pure.

Deliberately not here: what is told to people (`runtime.sim.report`), and writing files (`runtime.sim.__main__`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML 1.0 cannot hold, not even escaped."""


@dataclass(frozen=True, slots=True)
class Case:
    """How one seed went.

    Attributes:
        seed: Which.
        cpu_s: What it cost.
        error: The last line of what has failed; empty if nothing has.
        told: All that is to be said of the failure.
    """

    seed: int
    cpu_s: float
    error: str = ""
    told: str = ""


def document(scenario: str, cases: Sequence[Case]) -> str:
    """The whole document.

    Args:
        scenario: The name under which all cases stand.
        cases: In any order; they are kept in it.
    """
    failed, time_s = sum(bool(case.error) for case in cases), sum(case.cpu_s for case in cases)
    counts = f'tests="{len(cases)}" failures="{failed}" errors="0" time="{time_s:.3f}"'
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f"<testsuites {counts}>"]
    lines.append(f"<testsuite name={_quoted(f'runtime.sim {scenario}')} {counts}>")
    for case in cases:
        head = f'<testcase classname={_quoted(scenario)} name="seed {case.seed}" time="{case.cpu_s:.3f}"'
        if not case.error:
            lines.append(f"{head}/>")
            continue
        lines += [f"{head}>", f"<failure message={_quoted(case.error)}>{_text(case.told)}</failure>", "</testcase>"]
    return "\n".join([*lines, "</testsuite>", "</testsuites>", ""])


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("?", text))


def _quoted(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("?", text))
