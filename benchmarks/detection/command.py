"""The command line: which cells, how many trials, which detectors and systems. Pure.

Deliberately not here: running any of it (`session`).
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.detection.catalogue import CONTENDERS, Contender, find
from benchmarks.detection.cells import CARRIAGES, PROFILE_NAMES, SUBJECTS, WATCHED, WATCHERS, Cell, chosen, matrix
from benchmarks.detection.conformance.compare import usual_cells
from benchmarks.detection.conformance.simulated import BLOWS
from benchmarks.detection.simulation.links import LINKS
from benchmarks.detection.trials.failures import FAILURES
from benchmarks.detection.trials.peers import Peer, ours, plugged_in
from runtime.detection import DETECTORS

EXAMPLES = """\
examples:
  python -m benchmarks.detection --quick                                    everything, a little of it, in two minutes
  python -m benchmarks.detection trials --failure sigkill --subject '*' -n 1000   the headline
  python -m benchmarks.detection trials --failure 'freeze-2' --failure 'cut*' --carriage udp -n 100
  python -m benchmarks.detection trials --failure 'sigkill*' -n 20          against the victim's memory
  python -m benchmarks.detection simulate --link wan-2004 --detector ours --detector phi --detector my.module:factory
  python -m benchmarks.detection systems --profile default --link-hours 10000
  python -m benchmarks.detection overhead --links 1000
  python -m benchmarks.detection conformance -n 8                           the same failures, real and simulated
  python -m benchmarks.detection report RESULTS.jsonl                       its tables and plots again
"""
PARTS = ("all", "validate", "trials", "simulate", "systems", "overhead", "conformance", "report")
QUICK_FAILURES = (
    "stop",
    "sigkill",
    "sigkill-256",
    "exit",
    "raise",
    "freeze-2",
    "cut",
    "cut-in",
    "cut-out",
    "restart",
    "stall",
)


@dataclass(frozen=True, slots=True)
class Options:
    """What is to be run.

    Attributes:
        part: Of `PARTS`.
        quick: In two minutes.
        lists: Only list what there is.
        cleans: Only remove what runs that were killed have left.
        cells: Of real trials.
        count: Trials in each cell.
        contenders: Detectors to be simulated.
        links: On these links.
        carriages: And these ways.
        beats: Of each simulated trace; 0 for the usual number.
        profiles: Of whole systems.
        link_hours: Of whole systems in simulation, for each profile.
        monitored: Links whose cost is measured.
        seconds: For how long.
        peer: The system that watches.
        loop: `asyncio` or `uvloop`.
        seed: Of everything that is drawn.
        folder: Where results go; a new one by default.
        results: The file to report on again.
        on_loopback: Make no namespaces even if that is possible.
    """

    part: str
    quick: bool = False
    lists: bool = False
    cleans: bool = False
    cells: list[Cell] = field(default_factory=list)
    count: int = 100
    contenders: list[Contender] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    carriages: list[str] = field(default_factory=list)
    beats: int = 0
    profiles: list[str] = field(default_factory=list)
    link_hours: float = 100.0
    monitored: list[int] = field(default_factory=list)
    seconds: float = 20.0
    peer: Peer = field(default_factory=ours)
    loop: str = "uvloop"
    seed: int = 1
    folder: Path | None = None
    results: Path | None = None
    on_loopback: bool = False

    def does(self, part: str) -> bool:
        """Whether a part is run."""
        return self.part in ("all", part)


def parse(arguments: Sequence[str] | None = None) -> Options:
    """Read the command line; says what is wrong with it and exits with code 2."""
    parser = _parser()
    given = parser.parse_args(arguments)
    try:
        return _options(given)
    except ValueError as error:
        parser.error(str(error))


def _options(given: argparse.Namespace) -> Options:
    if given.part == "report" and given.file is None:
        raise ValueError("report needs the file of results")
    for name in ("number", "beats", "link_hours", "seconds"):
        if not 0 <= (amount := getattr(given, name)) < math.inf:
            raise ValueError(f"--{name.replace('_', '-')} is {amount}, and has to be 0 or more, and have an end")
    peer = plugged_in(given.peer) if given.peer else ours(given.loop, has_huge_pages=given.huge_pages)
    subjects = chosen(SUBJECTS, given.subject or ["full"])
    if "bare" in subjects and not peer.bare:
        raise ValueError(f"the bare subject is a node for our own watcher, not for that of {peer.name}")
    profiles = chosen(PROFILE_NAMES, given.profile or ["lan"])
    few = given.quick or given.part == "conformance"
    carriages = chosen(CARRIAGES, given.carriage or (["udp"] if few else ["tcp", "udp"]))
    names = given.detector or []
    simulated = (
        [find(name) for name in names] if given.part in ("simulate", "all") and names else list(CONTENDERS.values())
    )
    in_trials = [name for name in names if name in DETECTORS] if given.part == "trials" else []
    if given.part == "trials" and len(in_trials) < len(names):
        raise ValueError(f"in trials a detector is one of {', '.join(DETECTORS)}")
    failures = chosen(FAILURES, given.failure or (QUICK_FAILURES if given.quick else list(FAILURES)))
    crowds = (given.watchers or [1], given.watched or [1])
    cells = matrix(failures, profiles, carriages, in_trials or ["default"], *crowds, peer.name, subjects)
    if given.part == "conformance":
        cells = [cell for cell in cells if cell.failure in BLOWS]
        if not (given.profile or given.carriage):
            cells = usual_cells(failures)
    return Options(
        part=given.part,
        quick=given.quick,
        lists=given.list,
        cleans=given.clean,
        cells=cells,
        count=given.number or (6 if few else 100),
        contenders=simulated,
        links=chosen(LINKS, given.link or (["wan-2004"] if given.quick else ["wan-2004", "lan"])),
        carriages=carriages,
        beats=given.beats,
        profiles=profiles if given.profile else ["default"],
        link_hours=given.link_hours or (3.0 if given.quick else 100.0),
        monitored=given.links or ([100] if given.quick else [100, 1000]),
        seconds=given.seconds or (4.0 if given.quick else 20.0),
        peer=peer,
        loop=given.loop,
        seed=given.seed,
        folder=given.output,
        results=given.file,
        on_loopback=given.loopback,
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.detection",
        description=__doc__.partition("\n")[0] if __doc__ else None,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("part", nargs="?", choices=PARTS, default="all", help="what to run; all of it by default")
    add("file", nargs="?", type=Path, help="for report: a results.jsonl")
    add("--quick", action="store_true", help="a little of everything, in two minutes")
    add("--list", action="store_true", help="list failures, detectors, links, profiles, and what can be run here")
    add("--clean", action="store_true", help="remove network namespaces that killed runs have left")
    add("--output", type=Path, metavar="FOLDER", help="for results, report and plots")
    add("--seed", type=int, default=1, help="of moments, traces and worlds")
    add("--loop", choices=("asyncio", "uvloop"), default="uvloop", help="of the processes in trials")
    trials = parser.add_argument_group(
        "trials", "a name may be a pattern, as 'sigkill*'; each may be given several times"
    )
    add = trials.add_argument
    add("--failure", action="append", metavar="NAME", help="all by default")
    add("--profile", action="append", metavar="NAME", help="lan by default")
    add("--carriage", action="append", metavar="NAME", help="tcp and udp by default")
    add("--watchers", action="append", type=int, metavar="N", help=f"1 by default; usual are {WATCHERS}")
    add(
        "--watched",
        action="append",
        type=int,
        metavar="N",
        help=f"actors of the subject, 1 by default; usual are {WATCHED}",
    )
    add("--subject", action="append", metavar="NAME", help="full (a whole actor system) by default; bare is smaller")
    add("-n", "--number", type=int, default=0, help="trials in each cell, 100 by default")
    add("--peer", metavar="NAME=COMMAND", help="another system instead of ours; see docs/benchmarking.md")
    add("--huge-pages", action="store_true", help="for the memory of our subjects, which then end sooner")
    add("--loopback", action="store_true", help="make no network namespaces")
    simulation = parser.add_argument_group("simulation")
    add = simulation.add_argument
    add("--detector", action="append", metavar="NAME", help="a known one, or MODULE:FACTORY; all known by default")
    add("--link", action="append", metavar="NAME", help="wan-2004 and lan by default")
    add("--beats", type=int, default=0, help="of each trace")
    add("--link-hours", type=float, default=0.0, help="of simulated systems, for each profile")
    overhead = parser.add_argument_group("overhead")
    add = overhead.add_argument
    add("--links", action="append", type=int, metavar="N", help="monitored links, 100 and 1000 by default")
    add("--seconds", type=float, default=0.0, help="for each")
    return parser
