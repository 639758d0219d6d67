"""`python -m benchmarks.failover`: faults, done to real clusters; tables, a plot and a file of JSON lines."""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.detection.machine import machine
from benchmarks.detection.report.canvas import PlotsMissing
from benchmarks.detection.trials.network import why_not
from benchmarks.ensemble import Ensemble, missing
from benchmarks.failover.command import Options, parse
from benchmarks.failover.divided import divided
from benchmarks.failover.faults import Fault
from benchmarks.failover.memory import memory_of
from benchmarks.failover.plot import draw
from benchmarks.failover.processes import JOB_MANAGERS
from benchmarks.failover.report import goals, memory_rows, step_records, summary
from benchmarks.failover.sample import Sample
from benchmarks.failover.trials import Trials
from benchmarks.failover.variants import Variant
from benchmarks.table import show

Write = Callable[[dict[str, Any]], None]


def measure(options: Options, write: Write) -> None:
    """All cells; a line of the results for each thing that is found out."""
    no_ensemble, no_cut = missing(), why_not()
    measured: set[str] = set()
    for variant, fault in options.cells:
        reason = (variant.needs_zookeeper and no_ensemble) or (fault.is_cut and no_cut)
        if reason:
            print(f"left out: {fault.title}, {variant.name}: {reason}", file=sys.stderr)
            continue
        print(f"{fault.title}, {variant.name} ...", file=sys.stderr, flush=True)
        with tempfile.TemporaryDirectory(prefix="deathwatch-failover-") as folder:
            try:
                _cell(Path(folder), variant, fault, options, write, with_memory=variant.name not in measured)
            except TimeoutError as error:
                write({"kind": "failed", "fault": fault.name, "variant": variant.name, "error": str(error)})
                print(f"FAILED: {fault.title}, {variant.name}: {error}", file=sys.stderr)
        measured.add(variant.name)


def _cell(folder: Path, variant: Variant, fault: Fault, options: Options, write: Write, *, with_memory: bool) -> None:
    with contextlib.ExitStack() as stack:
        network = stack.enter_context(divided(JOB_MANAGERS)) if fault.is_cut else None
        ensemble = None
        if variant.needs_zookeeper:
            ensemble = Ensemble(folder / "zookeeper", host=network.host if network is not None else "127.0.0.1")
            stack.callback(ensemble.stop)
            ensemble.start()
        cluster = folder / "cluster"
        cluster.mkdir()

        async def run() -> None:
            trials = Trials(cluster, fault, variant, random.Random(options.seed), ensemble, network)
            async with trials.processes as processes:
                if with_memory:
                    for line in await memory_of(processes, variant.name):
                        write(line)
                async for sample in trials.run(options.count):
                    write(sample.to_plain())
            write(trials.judged())

        asyncio.run(run())


def report(lines: Sequence[dict[str, Any]], folder: Path) -> None:
    """Tables on stdout, the plot in the folder."""
    samples = [Sample.from_plain(line) for line in lines if line["kind"] == "sample"]
    if not samples:
        return
    show("Failover, from the fault", step_records(samples))
    ledgers = [line for line in lines if line["kind"] == "ledger"]
    print("\n".join(summary(samples, ledgers)), end="\n\n")
    print("\n".join(memory_rows(line for line in lines if line["kind"] == "memory")), end="\n\n")
    print("\n".join(goals(samples)))
    for line in ledgers:
        print(
            "\n".join(f"DEFECT {line['fault']}, {line['variant']}: {defect}" for defect in line["defects"][:5]), end=""
        )
    try:
        print(f"\nplots: {', '.join(str(folder / name) for name in draw(samples, folder))}")
    except PlotsMissing as error:
        print(error)


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and report; exit code 1 if a cluster did not recover, or its ledger shows a defect."""
    options = parse(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that nothing is left running
    try:
        if options.report is not None:
            report([json.loads(line) for line in options.report.read_text().splitlines()], options.report.parent)
            return
        options.out.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        print(f"python -m benchmarks.failover: {error}", file=sys.stderr)
        sys.exit(2)
    path = options.out / "results.jsonl"
    lines: list[dict[str, Any]] = []
    with open(path, "w", encoding="utf-8") as file:

        def write(line: dict[str, Any]) -> None:
            lines.append(line)
            file.write(json.dumps(line) + "\n")
            file.flush()

        write(machine("loopback, and namespaces for cuts"))
        try:
            measure(options, write)
        finally:
            report(lines, options.out)
            print(f"results: {path}")
    wrong = any(line["kind"] == "failed" or line.get("defects") for line in lines)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
