"""The report of a run: tables in Markdown. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from benchmarks.detection.cells import Cell
from benchmarks.detection.goals import WAN_PAUSE_S, goals
from benchmarks.detection.results import Results
from benchmarks.detection.simulation.curves import Point
from benchmarks.detection.statistics import Estimate, rate_per_hour, spread_of
from benchmarks.detection.trials.failures import FAILURES
from benchmarks.detection.trials.pressure import HIGH
from benchmarks.detection.trials.trial import Trial


def report(results: Results, plots: Sequence[str] = ()) -> str:
    """Everything that was found, and on what."""
    return "\n".join(
        [
            "# Failure detection, measured",
            "",
            *_environment(results),
            *_goals(results),
            *_deaths(results.trials),
            *_disturbances(results.trials),
            *_curves(results),
            *_systems(results),
            *_overheads(results),
            *_validation(results),
            *_skipped(results),
            *(f"![{name}]({name})\n" for name in plots),
        ]
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """A table; numbers are on the right, where the first row begins with a digit."""
    yield f"| {' | '.join(header)} |"
    aligned = ["---:" if rows and rows[0][column][:1].isdigit() else "---" for column in range(len(header))]
    yield f"| {' | '.join(aligned)} |"
    yield from (f"| {' | '.join(row)} |" for row in rows)
    yield ""


def milliseconds(seconds: float | None) -> str:
    """A time for people."""
    if seconds is None:
        return "-"
    value = seconds * 1000
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def with_interval(estimate: Estimate) -> str:
    """A time with its interval, in milliseconds."""
    return f"{milliseconds(estimate.value)} ({milliseconds(estimate.low)}-{milliseconds(estimate.high)})"


def rate(estimate: Estimate) -> str:
    """A rate with its interval."""
    return f"{estimate.value:.3g} ({estimate.low:.3g}-{estimate.high:.3g})"


def by_cell(trials: Sequence[Trial]) -> dict[Cell, list[Trial]]:
    """Trials by their cells, in order."""
    cells: dict[Cell, list[Trial]] = {}
    for trial in trials:
        cells.setdefault(trial.cell, []).append(trial)
    return cells


def _environment(results: Results) -> Iterator[str]:
    facts = {name: value for name, value in results.environment.items() if name not in ("kind", "sysctl")}
    sysctls = results.environment.get("sysctl", {})
    yield ", ".join(f"{name} {value}" for name, value in facts.items() if value not in ("", None)) + "."
    yield ""
    if sysctls:
        yield ", ".join(f"`{name}` {value}" for name, value in sysctls.items()) + "."
        yield ""


def _goals(results: Results) -> Iterator[str]:
    found = list(goals(results.trials, results.points, results.systems, results.overheads))
    if found:
        yield from ("## Goals", "")
        yield from table(["goal", "found", ""], [[goal.text, goal.found, goal.verdict] for goal in found])


def _deaths(trials: Sequence[Trial]) -> Iterator[str]:
    cells = {cell: some for cell, some in by_cell(trials).items() if some[0].truth != "alive"}
    if not cells:
        return
    yield from ("## From the injection to the handler of `Terminated`, in ms", "")
    yield "In brackets the 95 % interval (bootstrap). *Teardown*: until the kernel has ended the process. *Ours*:"
    yield "from the first end of file or reset that reached the watcher. *All*: until the last watcher was told."
    yield f"*Loaded*: trials in which somebody waited for a processor for {HIGH:.0%} of the time or more."
    yield ""
    rows = [_death(cell, some) for cell, some in cells.items()]
    pairs = ("teardown p50/p99", "ours p50/p99")
    yield from table(
        ["what happens", "cell", "MiB", "noticed", "p50", "p99", "max", *pairs, "all p99", "false", "how", "loaded"],
        rows,
    )


def _death(cell: Cell, trials: list[Trial]) -> list[str]:
    noticed = [trial.terminated_s for trial in trials if trial.terminated_s is not None]
    teardown = [trial.exit_s for trial in trials if trial.exit_s is not None]
    own = [
        trial.terminated_s - trial.signal_s
        for trial in trials
        if trial.terminated_s is not None and trial.signal_s is not None and _by_signal(trial)
    ]
    everyone = [trial.all_s for trial in trials if trial.all_s is not None]
    causes = Counter(trial.cause for trial in trials if trial.cause)
    spread = spread_of(noticed) if noticed else None
    return [
        FAILURES[cell.failure].title,
        str(cell).removeprefix(cell.failure).strip(),
        f"{_median(trial.rss_kib for trial in trials) / 1024:.0f}",
        f"{len(noticed)} of {len(trials)}",
        with_interval(spread.p50) if spread else "-",
        with_interval(spread.p99) if spread else "-",
        milliseconds(spread.largest) if spread else "-",
        _pair(teardown) if cell.failure not in ("stop", "sigterm", "raise") and trials[0].truth == "dead" else "-",
        _pair(own),
        milliseconds(spread_of(everyone).p99.value) if everyone else "-",
        str(sum(trial.is_false for trial in trials) + sum(trial.extra for trial in trials)),
        ", ".join(f"{count}x {cause}" for cause, count in causes.most_common()),
        _loaded(trials),
    ]


def _by_signal(trial: Trial) -> bool:
    """Whether the death was known by the end of the connection, and not by a word or by silence before it."""
    return trial.cause != "unreachable" and 0 <= (trial.signal_s or -1.0) <= (trial.terminated_s or -1.0)


def _loaded(trials: list[Trial]) -> str:
    """How many were made while somebody waited for a processor."""
    known = [trial.pressure for trial in trials if trial.pressure is not None]
    return str(sum(pressure >= HIGH for pressure in known)) if known else "-"


def _median(values: Iterable[int]) -> int:
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def _pair(samples: list[float]) -> str:
    if not samples:
        return "-"
    spread = spread_of(samples)
    return f"{milliseconds(spread.p50.value)} / {milliseconds(spread.p99.value)}"


def _disturbances(trials: Sequence[Trial]) -> Iterator[str]:
    cells = {cell: some for cell, some in by_cell(trials).items() if some[0].truth == "alive"}
    if not cells:
        return
    yield from ("## Disturbed, but alive: mistakes per link-hour, with exact Poisson intervals", "")
    rows = []
    for cell, some in cells.items():
        hours = sum(trial.watched_s for trial in some) / 3600
        suspicions, false = sum(trial.suspicions for trial in some), sum(trial.is_false for trial in some)
        title, place = FAILURES[cell.failure].title, str(cell).removeprefix(cell.failure).strip()
        wrong = rate_per_hour(false, hours)
        rows.append(
            [
                title,
                place,
                f"{len(some)}",
                f"{hours:.3g}",
                f"{suspicions}",
                rate(rate_per_hour(suspicions, hours)),
                f"{false}",
                rate(wrong),
            ]
        )
    yield from table(
        ["what happens", "cell", "links", "link-hours", "suspicions", "per hour", "false `Terminated`", "per hour"],
        rows,
    )


def _curves(results: Results) -> Iterator[str]:
    links = dict.fromkeys((point.link, point.carriage) for point in results.points)
    for link, carriage in links:
        points = [point for point in results.points if (point.link, point.carriage) == (link, carriage)]
        along = [point for point in points if not point.detector.endswith("-equal")]
        yield from (f"## Detectors on the same simulated trace: {link}, {carriage}", "")
        rows = [
            [
                point.title,
                f"{point.knob} {point.setting:g}" if point.knob else "-",
                f"{point.hours:,.1f}",
                rate(point.per_hour),
                f"{point.wrong_share:.2e}",
                milliseconds(point.mistake_duration_s),
                milliseconds(point.detection.mean),
                with_interval(point.detection.p50),
                with_interval(point.detection.p99),
                milliseconds(point.detection.largest),
            ]
            for point in along
        ]
        header = ["detector", "knob", "hours", "mistakes/h", "1 - P_A", "E(T_M) ms", "T_D mean ms", "p50", "p99", "max"]
        yield from table(header, rows)
        yield from _equal(points)


def _equal(points: Sequence[Point]) -> Iterator[str]:
    """What the others do at the mean detection time of our default."""
    others = [point for point in points if point.detector.endswith("-equal")]
    ours = [point for point in points if (point.detector, point.setting) == ("ours", WAN_PAUSE_S)]
    if others and ours:
        yield from (f"At the same mean detection time, {milliseconds(ours[0].detection.mean)} ms:", "")
        rows = [
            [
                point.title.removesuffix(", equal mean"),
                f"{point.knob} {point.setting:.3g}",
                rate(point.per_hour),
                milliseconds(point.detection.mean),
                with_interval(point.detection.p99),
                milliseconds(point.detection.largest),
            ]
            for point in [*ours, *others]
        ]
        yield from table(["detector", "knob", "mistakes/h", "T_D mean ms", "p99", "max"], rows)


def _systems(results: Results) -> Iterator[str]:
    if not results.systems:
        return
    yield from ("## Whole systems in simulation, harassed within the margin", "")
    rows = [
        [
            run.profile,
            f"{run.seeds}",
            f"{run.link_hours:,.0f}",
            f"{run.stalls:,}",
            f"{run.cuts:,}",
            f"{run.suspicions:,}",
            f"{run.false_terminated}",
            rate(run.false_per_hour),
        ]
        for run in results.systems
    ]
    yield from table(
        ["profile", "seeds", "link-hours", "stalls", "cuts", "suspicions", "false `Terminated`", "per link-hour"], rows
    )
    yield from (f"- {example}" for run in results.systems for example in run.examples)


def _overheads(results: Results) -> Iterator[str]:
    if not results.overheads:
        return
    yield from ("## What monitoring costs the watcher", "")
    rows = [
        [
            f"{one.links:,}",
            f"{one.interval_s:g}",
            one.carriage,
            f"{one.cpu_share:.1%}",
            f"{one.cpu_share / one.links * 1e6:.0f}",
            f"{one.bytes_per_beat:.0f}" if one.bytes_per_beat else "-",
            f"{one.mistakes}",
        ]
        for one in results.overheads
    ]
    yield from table(
        [
            "links",
            "beats every s",
            "carriage",
            "of one core",
            "us per link and s",
            "bytes per beat and answer",
            "mistakes",
        ],
        rows,
    )


def _validation(results: Results) -> Iterator[str]:
    if results.checks:
        wrong = [check for check in results.checks if not check.holds]
        yield from ("## The harness itself", "", f"{len(results.checks)} proofs, {len(wrong)} of them fail.", "")
        shown = wrong or [check for check in results.checks if "NFD-S" in check.name or "configurator" in check.name]
        rows = [
            [check.name, f"{check.found:.8g}", f"{check.expected:.8g}", f"{check.tolerance:.2g}"] for check in shown
        ]
        yield from table(["proof", "found", "expected", "within"], rows)


def _skipped(results: Results) -> Iterator[str]:
    if results.skipped:
        yield from ("## Not run", "", *(f"- {text}" for text in results.skipped), "")
