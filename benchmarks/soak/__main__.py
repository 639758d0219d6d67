"""`python -m benchmarks.soak`: so many rounds of random kills; exit code 1 if any result was not exact."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.soak.nemesis import Nemesis
from benchmarks.soak.victims import Victims
from cluster.client import ClusterClient
from cluster.commands.jobs import make_record
from examples.word_count import WORD, list_of_files

JOB = Path(__file__).parents[2] / "examples" / "word_count.py"


def plain_count(files: list[tuple[str, int]]) -> Counter[str]:
    """The same words, counted without any cluster."""
    counts: Counter[str] = Counter()
    for path, _ in files:
        counts.update(WORD.findall(Path(path).read_bytes().decode("utf-8", "replace").casefold()))
    return counts


async def one_round(seed: int, mb_per_s: float, limit_s: float) -> bool:
    """One job on a fresh cluster under fire. Returns whether its result is exact."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="deathwatch-soak-") as folder:
        async with Victims(Path(folder)) as victims, ClusterClient(victims.configuration()) as client:
            record = make_record(str(JOB), [f"mb_per_s={mb_per_s}", f"files={victims.text()}"])
            expected = await asyncio.to_thread(plain_count, list_of_files(str(victims.text()), ""))
            await client.submit(record.job_id, record.to_bytes())
            nemesis = Nemesis(victims, chance)
            began = time.monotonic()
            strikes = asyncio.ensure_future(nemesis.rage())
            try:
                async with asyncio.timeout(limit_s):
                    answer = await client.result(record.job_id)
            except TimeoutError:
                answer = {"status": f"no result in {limit_s:g} s", "results": {}, "error": ""}
            finally:
                strikes.cancel()
                await asyncio.gather(strikes, return_exceptions=True)
            counted: Counter[str] = Counter()
            for part in (answer["results"] or {}).values():
                counted.update(part)
            exact = answer["status"] == "FINISHED" and counted == expected
            print(
                f"seed {seed}: {'exact' if exact else 'WRONG'} {answer['status']} "
                f"after {time.monotonic() - began:.1f} s, "
                f"{sum(counted.values())} of {sum(expected.values())} words; {nemesis.told()}",
                flush=True,
            )
            if not exact:
                print(answer["error"], "\n".join(nemesis.log), victims.logs(), sep="\n", file=sys.stderr)
            return exact


def main() -> None:
    """Run the rounds."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1, help="of the first round; the next ones count up")
    parser.add_argument("--mb-per-s", type=float, default=1.0, help="how fast each of the four tasks counts")
    parser.add_argument("--limit-s", type=float, default=120.0, help="after which a round has failed")
    options = parser.parse_args()
    seeds = range(options.seed, options.seed + options.rounds)
    wrong = [seed for seed in seeds if not asyncio.run(one_round(seed, options.mb_per_s, options.limit_s))]
    print(f"{options.rounds - len(wrong)} of {options.rounds} rounds exact" + (f"; wrong: {wrong}" if wrong else ""))
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
