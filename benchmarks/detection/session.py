"""`Session`: one run of the harness, part after part, as the command line says. SHELL; talks on standard error.

First the harness proves itself right; if it cannot, nothing else is run and the exit code is 1.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import sys
from collections.abc import Iterator
from pathlib import Path

import structlog

from benchmarks.detection.command import Options
from benchmarks.detection.conformance.compare import compare, side_by_side
from benchmarks.detection.goals import WAN_PAUSE_S, goals
from benchmarks.detection.inventory import inventory
from benchmarks.detection.machine import machine
from benchmarks.detection.overhead import measure
from benchmarks.detection.report.write import write_report
from benchmarks.detection.results import Results, read
from benchmarks.detection.simulation.curves import QUICK, USUAL, Extent, at_equal_mean, curves
from benchmarks.detection.simulation.links import LINKS
from benchmarks.detection.simulation.systems import harass
from benchmarks.detection.simulation.trace import draw
from benchmarks.detection.trials.campaign import Campaign
from benchmarks.detection.trials.conversation import ProgramFailed, Unsupported
from benchmarks.detection.trials.failures import FAILURES
from benchmarks.detection.trials.network import Loopback, Namespaces, clean, why_not
from benchmarks.detection.validation import checks, failures_of

ARMS = 8
HOURS_OF_A_WORLD = 2.0
LINKS_OF_A_WORLD = 12


def tell(text: str) -> None:
    """Say what is going on."""
    print(text, file=sys.stderr, flush=True)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Say nothing of what happens to those who are hurt."""
    before, configured = structlog.get_config(), structlog.is_configured()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    try:
        yield
    finally:
        structlog.reset_defaults()
        if configured:
            structlog.configure(**before)


class Session:
    """One run.

    Args:
        options: What to do.
    """

    def __init__(self, options: Options) -> None:
        self._options = options
        self._results = Results(options.folder)

    def run(self) -> int:
        """Do it. Returns the exit code."""
        options = self._options
        if options.lists:
            print(inventory())
            return 0
        if options.cleans:
            print("\n".join(clean()) or "nothing to remove")
            return 0
        if options.part == "report" and options.results is not None:
            self._results = read(options.results)
            return self._report()
        with quiet():
            return self._conform() if options.part == "conformance" else self._work()

    def _conform(self) -> int:
        options = self._options
        clean()
        reason = "not wanted" if options.on_loopback else why_not()
        if reason:
            tell(f"conformance needs network namespaces: {reason}")
            return 2
        found = compare(options.cells, options.count, options.peer, options.seed, tell)
        print(side_by_side(found))
        return 0 if all(one.agrees for one in found) else 1

    def _work(self) -> int:
        options = self._options
        clean()
        reason = "not wanted" if options.on_loopback else why_not()
        self._results.begin(machine("loopback" if reason else "namespaces"))
        try:
            if not self._validate():
                return 1
            if options.does("trials"):
                asyncio.run(self._trials(reason))
            if options.does("simulate"):
                self._simulate()
            if options.does("systems"):
                self._systems()
            if options.does("overhead"):
                asyncio.run(self._overhead())
        finally:
            self._results.close()
        return self._report()

    def _validate(self) -> bool:
        tell("the harness proves itself ...")
        for check in checks(thorough=self._options.part == "validate"):
            self._results.add(check)
            if self._options.part == "validate" or not check.holds:
                tell(str(check))
        wrong = failures_of(self._results.checks)
        if wrong:
            tell(f"{len(wrong)} of {len(self._results.checks)} proofs fail: nothing is reported")
        return not wrong

    async def _trials(self, reason: str | None) -> None:
        options, results = self._options, self._results
        if reason:
            tell(f"no network namespaces ({reason}): every process is on loopback")
        with Loopback(ARMS) if reason else Namespaces(ARMS) as network:
            campaign = Campaign(network, options.peer, options.seed)
            for cell in options.cells:
                if FAILURES[cell.failure].is_divided and reason:
                    results.skip(str(cell), f"needs network namespaces: {reason}")
                    continue
                tell(f"{cell}: {options.count} trials")
                try:
                    async for trial in campaign.run(cell, options.count):
                        results.add(trial)
                except (Unsupported, ProgramFailed) as error:
                    tell(f"  given up: {error}")
                    results.skip(str(cell), str(error))

    def _simulate(self) -> None:
        options = self._options
        extent = QUICK if options.quick else USUAL
        if options.beats:
            extent = Extent(options.beats, min(options.beats, extent.beats), extent.crashes)
        for name in options.links:
            trace = draw(LINKS[name], extent.fast_beats, options.seed)
            for carriage in options.carriages:
                carried = trace if carriage == "udp" else trace.over_tcp(options.seed)
                found = list(curves(options.contenders, carried, extent, tell))
                models = [point for point in found if (point.detector, point.setting) == ("ours", WAN_PAUSE_S)]
                for model in models if carriage == "udp" else []:
                    tell(f"the others at the same mean detection time, {model.detection.mean * 1000:.0f} ms")
                    found += at_equal_mean(options.contenders, model, carried, extent)
                for point in found:
                    self._results.add(point)

    def _systems(self) -> None:
        options = self._options
        for profile in options.profiles:
            worlds = max(1, math.ceil(options.link_hours / (HOURS_OF_A_WORLD * LINKS_OF_A_WORLD)))
            hours = min(HOURS_OF_A_WORLD, options.link_hours / LINKS_OF_A_WORLD)
            tell(f"whole systems, {profile} profile: {worlds} worlds of {hours:.2g} hours")
            self._results.add(harass(profile, range(options.seed, options.seed + worlds), hours))

    async def _overhead(self) -> None:
        options = self._options
        for carriage in options.carriages:
            for links in options.monitored:
                tell(f"the cost of {links} links by {carriage}")
                try:
                    found = await measure(options.peer, links, options.seconds, carriage=carriage, loop=options.loop)
                    self._results.add(found)
                except (Unsupported, ProgramFailed) as error:
                    self._results.skip(f"overhead of {links} links by {carriage}", str(error))

    def _report(self) -> int:
        results = self._results
        path, missing = write_report(results)
        for goal in goals(results.trials, results.points, results.systems, results.overheads):
            tell(f"{goal.verdict}: {goal.text}: {goal.found}")
        if missing:
            tell(missing)
        for text in results.skipped:
            tell(f"not run: {text}")
        print(path if path.is_absolute() else Path.cwd() / path)
        return 0
