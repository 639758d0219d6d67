"""The example of the main job: exact, whatever the cutting and wherever it is interrupted."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.slots.task_values import pack, unpack
from examples import word_count
from examples.word_count import CountWords, Piece, job, share

text = st.lists(
    st.sampled_from([b"ab", b"c", b"\xc3\xa9t\xc3\xa9", b"\xff", b" ", b"\n", b"\r\n", b"7_x"]), max_size=40
)


class Context(SimpleNamespace):
    def report(self, progress: Any) -> None:
        self.reported = progress


async def count(config: Mapping[str, Any], parallelism: int, kill_after: int | None = None) -> Counter[str]:
    total: Counter[str] = Counter()
    for index in range(parallelism):
        task = CountWords()
        context = Context(config=config, parallelism=parallelism, index=index)
        if kill_after is not None:
            first = asyncio.ensure_future(task.run(context))
            for _ in range(kill_after):
                await asyncio.sleep(0)
            state = unpack(pack(task.snapshot(), "state"), "state")
            first.cancel()
            task = CountWords()
            task.restore(state)
        total.update(await task.run(context))
    return total


@given(
    files=st.lists(text, max_size=4),
    parallelism=st.integers(1, 6),
    chunk=st.integers(1, 20),
    kill=st.none() | st.integers(1, 9),
)
async def test_all_words_once(
    files: list[list[bytes]], parallelism: int, chunk: int, kill: int | None, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """The shares together have each word exactly once, also when each task is restored from a snapshot on the way."""
    folder = tmp_path_factory.mktemp("text")
    for number, words in enumerate(files):
        (folder / f"{number}.txt").write_bytes(b"".join(words))
    before, word_count.CHUNK_BYTES = word_count.CHUNK_BYTES, chunk
    try:
        counted = await count({"input": str(folder), "files": None, "mb_per_s": None}, parallelism, kill)
    finally:
        word_count.CHUNK_BYTES = before
    plain = [b"".join(words).decode("utf-8", "replace").casefold() for words in files]
    assert counted == Counter(word for each in plain for word in re.findall(r"[^\W\d_]+", each))


def test_shares_are_equal_parts() -> None:
    """Each share has its part of the bytes, over as many files as that takes; nothing lies in two."""
    assert [share([("a", 10), ("b", 0), ("c", 6)], 4, index) for index in range(4)] == [
        [Piece("a", 0, 4)],
        [Piece("a", 4, 8)],
        [Piece("a", 8, 10), Piece("c", 0, 2)],
        [Piece("c", 2, 6)],
    ]


async def test_the_throttle_and_the_list_of_files(tmp_path: Path) -> None:
    """`mb_per_s` slows a task down to that rate; `files` names a list, in which a file may stand twice."""
    (tmp_path / "a.txt").write_bytes(b"word\n" * 40_000)
    (tmp_path / "files").write_text(f"{tmp_path}/a.txt\n{tmp_path}/a.txt\n", encoding="utf-8")
    made = job({"files": str(tmp_path / "files"), "mb_per_s": "0.1", "parallelism": "1"})
    loop = asyncio.get_running_loop()
    began = loop.time()
    assert await count(made.task("count").config, 1) == {"word": 80_000}
    assert loop.time() - began == pytest.approx(4.0, abs=0.1)
