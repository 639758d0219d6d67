"""Tracebacks of user code for people: without the frames of ours that called it. Pure.

Deliberately not here: what is done about the error.
"""

from __future__ import annotations

import traceback
from pathlib import PurePath
from types import TracebackType

MAX_CHARACTERS = 20_000
"""A longer text loses its middle: it goes into messages, logs and the stored history of the job."""

_HERE = str(PurePath(__file__).parent)


def user_traceback(error: BaseException) -> str:
    """The traceback of `error`, from the first frame on that is not this package's; its last lines if all are."""
    text = "".join(traceback.format_exception(type(error), error, _from_user_code(error.__traceback__))).rstrip()
    if len(text) > MAX_CHARACTERS:
        half = MAX_CHARACTERS // 2
        text = f"{text[:half]}\n... {len(text) - 2 * half} characters are left out ...\n{text[-half:]}"
    return text


def _from_user_code(frames: TracebackType | None) -> TracebackType | None:
    while frames is not None and _is_ours(frames.tb_frame.f_code.co_filename):
        frames = frames.tb_next
    return frames


def _is_ours(file_name: str) -> bool:
    return file_name.startswith((_HERE, "<frozen importlib")) or "/importlib/" in file_name
