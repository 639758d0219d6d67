"""The example of a word count on a simulated cluster: whatever happens to its processes, each word is counted once.

`tests/cluster/test_word_count.py` asks how the text is cut. Here are the deaths on the way.
"""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest

from cluster.simulation.trial import tried
from examples import word_count
from runtime.sim import World
from runtime.sim.campaign import seeds

SEEDS = int(os.environ.get("EXAMPLE_SEEDS", "5"))
TASKS, CHUNK_BYTES, RATE_MB_PER_S = 3, 256, 0.0005
"""A share of the text is some 5 kB, and takes some ten seconds."""


def a_text(folder: Path) -> Counter[str]:
    """Write some files, no two lines of which are alike; returns how often each word is in them.

    Many are short, so that tasks often go from one to the next: who is between two when a checkpoint is taken is so in
    its state, too.
    """
    words: Counter[str] = Counter()
    number = 0
    for file, lines in enumerate((120, 0, 7, 420, 1, 300, *[3] * 30)):
        with (folder / f"{file}.txt").open("w", encoding="utf-8") as text:
            for _ in range(lines):
                number += 1
                letters = "".join("abcdefghij"[int(digit)] for digit in str(number))
                line = [f"{letters}é" if number % 3 else letters, *["often"] * (number % 5)]
                words.update(line)
                text.write(" ".join(line))
                text.write("\n" if number % 127 else "\r\n")
    return words


def test_each_word_is_counted_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """JobManagers and TaskManagers die, stand still and are cut off: the counts are those of the text."""
    monkeypatch.setattr(word_count, "CHUNK_BYTES", CHUNK_BYTES)
    words = a_text(tmp_path)
    arguments = {"input": str(tmp_path), "parallelism": str(TASKS), "mb_per_s": str(RATE_MB_PER_S)}

    @seeds(SEEDS, reports=tmp_path / "reports")
    async def counted(world: World) -> None:
        often = {**arguments, "checkpoint_s": str(world.chance.choice([0.05, 0.2, 0.5]))}
        results = await tried(world, "examples.word_count:job", often)
        assert len(results) == TASKS
        total: Counter[str] = Counter()
        for counts in results.values():
            total.update(counts)
        assert total == words

    counted()
