"""`Results`: what one run has found, written as it goes to `results.jsonl` in a folder of its own. SHELL of files."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import Any, TextIO

from benchmarks.detection.overhead import Overhead
from benchmarks.detection.simulation.curves import Point
from benchmarks.detection.simulation.systems import SystemRun
from benchmarks.detection.statistics import Estimate, Spread
from benchmarks.detection.trials.trial import Trial, parse
from benchmarks.detection.validation import Check
from benchmarks.records import RESULTS


class Results:
    """What one run has found so far.

    Args:
        folder: Where to write; `benchmarks/results/detection-TIME` by default.

    Attributes:
        environment: The first line.
        checks: Of the self-validation.
        trials: With real processes.
        points: Of simulated detectors.
        systems: Of simulated actor systems.
        overheads: What monitoring costs.
        skipped: What was not run, and why.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or RESULTS / time.strftime("detection-%Y%m%d-%H%M%S", time.gmtime())
        self.environment: dict[str, Any] = {}
        self.checks: list[Check] = []
        self.trials: list[Trial] = []
        self.points: list[Point] = []
        self.systems: list[SystemRun] = []
        self.overheads: list[Overhead] = []
        self.skipped: list[str] = []
        self._file: TextIO | None = None

    def begin(self, environment: dict[str, Any]) -> None:
        """Say on what is measured."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._file = (self.folder / "results.jsonl").open("w", encoding="utf-8")
        self.environment = environment
        self._write(json.dumps(environment))

    def add(self, item: Check | Trial | Point | SystemRun | Overhead) -> None:
        """Keep a result, and write its line."""
        match item:
            case Trial():
                self.trials.append(item)
                self._write(item.line())
                return
            case Check():
                self.checks.append(item)
            case Point():
                self.points.append(item)
            case SystemRun():
                self.systems.append(item)
            case Overhead():
                self.overheads.append(item)
        self._write(json.dumps({"kind": type(item).__name__.lower(), **dataclasses.asdict(item)}))

    def skip(self, what: str, why: str) -> None:
        """Something was not run."""
        self.skipped.append(f"{what}: {why}")
        self._write(json.dumps({"kind": "skipped", "what": what, "why": why}))

    def close(self) -> None:
        """No more lines."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, line: str) -> None:
        if self._file is None:
            raise RuntimeError("results are written between begin and close")
        self._file.write(line + "\n")
        self._file.flush()


def read(path: Path) -> Results:
    """The results of a file, for instance to draw its plots again.

    Raises:
        ValueError: If a line is none of ours.
    """
    results = Results(path.parent)
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)
        match fields.pop("kind"):
            case "environment":
                results.environment = {"kind": "environment", **fields}
            case "trial":
                results.trials.append(parse(line))
            case "check":
                results.checks.append(Check(**fields))
            case "point":
                spread = fields.pop("detection")
                detection = Spread(
                    spread["n"], Estimate(**spread["p50"]), Estimate(**spread["p99"]), spread["mean"], spread["largest"]
                )
                results.points.append(
                    Point(**{**fields, "per_hour": Estimate(**fields["per_hour"])}, detection=detection)
                )
            case "systemrun":
                results.systems.append(SystemRun(**fields))
            case "overhead":
                results.overheads.append(Overhead(**fields))
            case "skipped":
                results.skipped.append(f"{fields['what']}: {fields['why']}")
            case other:
                raise ValueError(f"{path}: a line of kind {other!r}")
    return results
