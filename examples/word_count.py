"""Counts the words of a real text in parallel, and keeps its place: kill what you like, the counts stay exact.

    deathwatch local examples/word_count.py input=/usr/share/doc
    deathwatch run examples/word_count.py input=book.txt parallelism=8

The text is cut into as many shares as there are tasks, by bytes and at line ends. A task's state is where it is in its
share and what it has counted so far; both are in one snapshot, so no line is counted twice or left out.
"""

from __future__ import annotations

import asyncio
import re
import sysconfig
from collections import Counter
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from cluster import Job, Task, TaskContext, TaskSpec

WORD = re.compile(r"[^\W\d_]+")
CHUNK_BYTES = 64 * 1024


class Piece(NamedTuple):
    """Part of a file: the lines whose first byte is at `start` or later, and before `end`."""

    path: str
    start: int
    end: int


def job(arguments: dict[str, str]) -> Job:
    """The job of the command line.

    Args:
        arguments: `input`, a file or a folder (by default the standard library's sources), or `files`, a file with one
            path in each line; `parallelism` (4); `checkpoint_s` (0.5); `mb_per_s` slows each task down.
    """
    config = {
        "input": arguments.get("input", sysconfig.get_path("stdlib")),
        "files": arguments.get("files"),
        "mb_per_s": float(arguments["mb_per_s"]) if "mb_per_s" in arguments else None,
    }
    count = TaskSpec("count", CountWords, parallelism=int(arguments.get("parallelism", 4)), config=config)
    return Job("word-count", [count], checkpoint_interval_s=float(arguments.get("checkpoint_s", 0.5)))


class CountWords(Task):
    """Counts the words of one share."""

    def __init__(self) -> None:
        self.done_bytes = 0
        self.piece = 0
        self.offset = -1  # in the file of the present piece; -1: its beginning is not found yet
        self.counts: Counter[str] = Counter()

    async def run(self, context: TaskContext) -> dict[str, int]:
        """Count, piece by piece and chunk by chunk, with a breath after each chunk."""
        files = list_of_files(context.config["files"], context.config["input"])
        pieces = share(files, context.parallelism, context.index)
        total = sum(piece.end - piece.start for piece in pieces)
        rate = context.config["mb_per_s"]
        now = asyncio.get_running_loop().time
        began, began_bytes = now(), self.done_bytes
        while self.piece < len(pieces):
            with Path(pieces[self.piece].path).open("rb") as file:  # noqa: ASYNC230 - the process is ours alone
                while self.count_chunk(file, pieces[self.piece]):
                    context.report({"done_bytes": self.done_bytes, "total_bytes": total})
                    ahead_s = (self.done_bytes - began_bytes) / (rate * 1e6) - (now() - began) if rate else 0.0
                    await asyncio.sleep(max(0.0, ahead_s))
            self.piece, self.offset = self.piece + 1, -1
        context.report({"done_bytes": total, "total_bytes": total})
        return dict(self.counts)

    def count_chunk(self, file: BinaryIO, piece: Piece) -> bool:
        """Count the next whole lines of the piece, all or nothing (no `await`); False when there are none left."""
        if self.offset < 0:
            self.offset = first_line(file, piece.start)
        if self.offset >= piece.end:
            return False
        file.seek(self.offset)
        text = file.read(min(CHUNK_BYTES, piece.end - self.offset))
        if not text:
            return False
        if not text.endswith(b"\n"):
            text += file.readline()
        self.counts.update(WORD.findall(text.decode("utf-8", "replace").casefold()))
        self.offset += len(text)
        self.done_bytes += len(text)
        return True

    def snapshot(self) -> Any:
        """Place and counts, which belong together."""
        return [self.done_bytes, self.piece, self.offset, self.counts]

    def restore(self, state: Any) -> None:
        """Go on from there."""
        self.done_bytes, self.piece, self.offset, counts = state
        self.counts = Counter(counts)


def first_line(file: BinaryIO, start: int) -> int:
    """Where the first line begins at or after `start`."""
    if start == 0:
        return 0
    file.seek(start - 1)
    return start - 1 + len(file.readline())


def list_of_files(listing: str | None, place: str) -> list[tuple[str, int]]:
    """The files to count with their sizes, always in the same order: each process cuts the same shares from them.

    Raises:
        FileNotFoundError: If one that was named is not there.
    """
    if listing is not None:
        paths = [Path(line) for line in Path(listing).read_text(encoding="utf-8").splitlines() if line]
    elif Path(place).is_dir():
        texts = (path for path in Path(place).rglob("*") if path.suffix in (".py", ".txt", ".md", ".rst"))
        paths = sorted(path for path in texts if path.is_file())
    else:
        paths = [Path(place)]
    return [(str(path), path.stat().st_size) for path in paths]


def share(files: list[tuple[str, int]], parallelism: int, index: int) -> list[Piece]:
    """The pieces of task `index`: an equal part of all bytes, cut anywhere; `Piece` says whose the cut lines are."""
    total = sum(size for _, size in files)
    begin, end = total * index // parallelism, total * (index + 1) // parallelism
    pieces: list[Piece] = []
    at = 0
    for path, size in files:
        first, last = max(begin - at, 0), min(end - at, size)
        if first < last:
            pieces.append(Piece(path, first, last))
        at += size
    return pieces
