"""Tracebacks of user code for people: without the frames of ours that called it, and alike on every machine.

Reads what is imported, changes nothing. Deliberately not here: what is done about the error.
"""

from __future__ import annotations

import re
import sys
import traceback
from pathlib import PurePath
from types import TracebackType

MAX_CHARACTERS = 20_000
"""A longer text loses its middle: it goes into messages, logs and the stored history of the job."""

_HERE = str(PurePath(__file__).parent)
_FILE = re.compile(r'(?<=File ")[^"]+(?=", line)')


def user_traceback(error: BaseException) -> str:
    """The traceback of `error`, from the first frame on that is not this package's; its last lines if all are.

    A file of a package is named by its place in the package, so that the same failure is the same text wherever the
    package is installed: it is sent, stored and counted. A file that is no package's keeps its path, which says where
    it is.
    """
    try:
        text = "".join(traceback.format_exception(type(error), error, _from_user_code(error.__traceback__))).rstrip()
    except Exception as failed:  # what it says of itself is user code, too
        text = f"{type(error).__name__}, whose traceback cannot be made: {type(failed).__name__}"
    places = _places()
    text = _FILE.sub(lambda found: places.get(found[0], found[0]), text)
    if len(text) > MAX_CHARACTERS:
        half = MAX_CHARACTERS // 2
        text = f"{text[:half]}\n... {len(text) - 2 * half} characters are left out ...\n{text[-half:]}"
    return sendable(text)


def sendable(text: str) -> str:
    """A text as messages carry it: what is no Unicode, as in names of files of other encodings, is written out."""
    return text.encode(errors="backslashreplace").decode()


def _from_user_code(frames: TracebackType | None) -> TracebackType | None:
    while frames is not None and _is_ours(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    return frames


def _is_ours(file_name: str) -> bool:
    return file_name.startswith((_HERE, "<frozen importlib")) or "/importlib/" in file_name


def _places() -> dict[str, str]:
    """By its path, the place of each file of a package that is imported."""
    places = {}
    for name, module in list(sys.modules.items()):
        path = getattr(module, "__file__", None)
        stem = name.replace(".", "/")
        for place in (f"{stem}.py", f"{stem}/__init__.py"):
            if isinstance(path, str) and "/" in place and path.endswith(f"/{place}"):
                places[path] = place
    return places
