"""The command: one JSON line a round; ends with 1 as soon as something breaks, and names the seed that shows it."""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import sys
import time
import traceback

from benchmarks.fuzz import decoders, live, simulated


def main() -> int:
    """Run rounds until the time is over; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=10.0, help="how long, about")
    parser.add_argument("--seed", type=int, default=None, help="of the first round; a random one by default")
    parser.add_argument("--only", choices=("decoders", "simulated", "live"), help="one kind of target")
    parser.add_argument("--target", help="a running system to attack, as actor://NAME@HOST:PORT, with /user/well")
    arguments = parser.parse_args()
    seed = arguments.seed if arguments.seed is not None else random.randrange(2**32)
    until, number = time.monotonic() + arguments.seconds, 0
    kinds = (arguments.only,) if arguments.only else ("decoders", "simulated", "live")
    while True:
        for kind in ("live",) if arguments.target else kinds:
            if number and time.monotonic() >= until:
                return 0
            left_s = max(until - time.monotonic(), 1.0)
            try:
                report: object
                if kind == "decoders":
                    report = {"inputs": decoders.throw(random.Random(seed + number), 5000)}
                elif kind == "simulated":
                    report = dict(zip(("writes", "ambush_writes"), simulated.throw(seed + number, 200), strict=True))
                else:
                    report = asyncio.run(live.throw(seed + number, min(left_s, 60.0), arguments.target))
            except Exception:
                traceback.print_exc()
                sys.stderr.write(f"broken: --only {kind} --seed {seed + number}\n")
                return 1
            sys.stdout.write(json.dumps({"kind": kind, "seed": seed + number, "report": report}) + "\n")
            sys.stdout.flush()
        number += 1


if __name__ == "__main__":
    sys.exit(main())
