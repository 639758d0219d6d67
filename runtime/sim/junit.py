"""What a campaign says to continuous integration: a JUnit document, with a suite for each scenario. Pure.

Each seed is a test case. Deliberately not here: what is told to people (`runtime.sim.report`), and writing files
(`runtime.sim.__main__`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
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
        error: What has failed, in a line; empty if nothing has.
        told: All that is to be said of the failure.
    """

    seed: int
    cpu_s: float
    error: str = ""
    told: str = ""


def document(suites: Mapping[str, Sequence[Case]]) -> str:
    """The whole document.

    Args:
        suites: The cases of each scenario, by its name; they are kept in their order.
    """
    every = [case for cases in suites.values() for case in cases]
    lines = ['<?xml version="1.0" encoding="utf-8"?>', f"<testsuites {_counts(every)}>"]
    for scenario, cases in suites.items():
        lines.append(f"<testsuite name={_quoted(f'runtime.sim {scenario}')} {_counts(cases)}>")
        for case in cases:
            head = f'<testcase classname={_quoted(scenario)} name="seed {case.seed}" time="{case.cpu_s:.3f}"'
            if not case.error:
                lines.append(f"{head}/>")
                continue
            lines += [f"{head}>", f"<failure message={_quoted(case.error)}>{_text(case.told)}</failure>", "</testcase>"]
        lines.append("</testsuite>")
    return "\n".join([*lines, "</testsuites>", ""])


def _counts(cases: Sequence[Case]) -> str:
    failed, time_s = sum(bool(case.error) for case in cases), sum(case.cpu_s for case in cases)
    return f'tests="{len(cases)}" failures="{failed}" errors="0" time="{time_s:.3f}"'


def _text(text: str) -> str:
    return escape(_FORBIDDEN.sub("?", text))


def _quoted(text: str) -> str:
    return quoteattr(_FORBIDDEN.sub("?", text))
