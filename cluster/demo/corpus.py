"""The text of the demo: which files, and what a plain count of their words is. Shell: it reads files.

The plain count shares no code with the job: it reads each file whole, in one process, and counts. Deliberately not
here: the job (`examples/word_count.py`).
"""

from __future__ import annotations

import re
import sysconfig
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

DEFAULT_BYTES = 20_000_000
"""The text by default has at least so many bytes; where the standard library is smaller, it is counted repeatedly."""
LEAST_BYTES = 100_000
"""A shorter text would be counted before anything could be killed."""
_SUFFIXES = (".py", ".txt", ".md", ".rst")


class NoText(Exception):
    """There is nothing to count there; the text says what and why."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """The text.

    Attributes:
        name: For people.
        files: In the order of counting; a file may stand there more than once.
        size_bytes: Of all of them.
    """

    name: str
    files: tuple[Path, ...]
    size_bytes: int

    def write_list(self, place: Path) -> None:
        """Write the paths, one in a line, as the job's argument `files` wants them."""
        place.write_text("".join(f"{file}\n" for file in self.files), encoding="utf-8")

    def count_plainly(self) -> Counter[str]:
        """Each word and how often it stands in the text."""
        counts: Counter[str] = Counter()
        for file, times in Counter(self.files).items():
            text = file.read_bytes().decode("utf-8", "replace").casefold()
            for word, count in Counter(re.findall(r"[^\W\d_]+", text)).items():
                counts[word] += count * times
        return counts


def choose(place: Path | None) -> Corpus:
    """The text at a file or folder, or the standard library's own sources.

    Raises:
        NoText: If there is none, or too little.
    """
    if place is None:
        stdlib = Path(sysconfig.get_path("stdlib"))
        files = _texts(path for path in stdlib.rglob("*.py") if "site-packages" not in path.parts)
        return _corpus("the standard library's sources", files, DEFAULT_BYTES)
    if place.is_dir():
        files = _texts(path for path in place.rglob("*") if path.suffix in _SUFFIXES)
    elif place.is_file():
        files = [place.absolute()]
    else:
        raise NoText(f"--input {place}: there is no such file or folder")
    return _corpus(str(place), files, 0)


def _texts(paths: Iterable[Path]) -> list[Path]:
    # A path with a line break could not stand in a list of paths.
    return sorted(path.absolute() for path in paths if path.is_file() and "\n" not in str(path))


def _corpus(name: str, files: list[Path], at_least: int) -> Corpus:
    size_bytes = sum(file.stat().st_size for file in files)
    if size_bytes < LEAST_BYTES:
        kinds = ", ".join(_SUFFIXES)
        raise NoText(f"{name}: {len(files)} files ({kinds}) of {size_bytes} bytes; at least {LEAST_BYTES} are needed")
    times = max(1, -(-at_least // size_bytes))
    return Corpus(name, tuple(files * times), size_bytes * times)
