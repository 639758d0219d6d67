"""`python -m benchmarks.detection`: measure how soon deaths are known, and how often the living are taken for dead.

Chooses cells of the matrix, proves itself right first, runs, and writes results, a report and plots.
"""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

from benchmarks.detection.command import parse
from benchmarks.detection.session import Session


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Returns its exit code."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that namespaces are removed
    options = parse(arguments)
    if options.results is not None and not options.results.is_file():
        print(f"there are no results in {options.results}", file=sys.stderr)
        return 2
    try:
        return Session(options).run()
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
