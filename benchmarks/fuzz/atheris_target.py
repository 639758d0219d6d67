"""The decoders under atheris, which looks for bytes that reach new code: `python -m benchmarks.fuzz.atheris_target`.

Its arguments are libFuzzer's, such as `-max_total_time=600`, and a folder for what it found. atheris is no dependency
of this project; `pip install atheris` gets it where it is available.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any


def main() -> None:
    """Run until told to stop, or until something breaks."""
    try:
        atheris: Any = importlib.import_module("atheris")
    except ImportError:
        sys.exit("atheris is not installed: pip install atheris")
    with atheris.instrument_imports():
        decoders = importlib.import_module("benchmarks.fuzz.decoders")
    target = decoders.Decoders()
    atheris.Setup(sys.argv, target.hear)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
