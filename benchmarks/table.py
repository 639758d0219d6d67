"""Measurements as a table for people."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.records import Record


def show(title: str, records: Sequence[Record]) -> None:
    """Print the records of one suite on standard output."""
    columns = list(dict.fromkeys(name for record in records for name in record.values))
    table = Table(title=title, title_justify="left")
    for heading in ("what", "loop", "n"):
        table.add_column(heading, justify="right" if heading == "n" else "left", no_wrap=True)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("unit", no_wrap=True)
    labels = list(dict.fromkeys(name for record in records for name in record.labels))
    for label in labels:
        table.add_column(label, no_wrap=True)
    for record in records:
        cells = [number(record.values[column]) if column in record.values else "" for column in columns]
        words = [record.labels.get(label, "") for label in labels]
        table.add_row(record.name, record.loop, f"{record.n:,}", *cells, record.unit, *words)
    # In the 80 columns that a pipe is said to have, rich would fold numbers.
    Console(width=None if sys.stdout.isatty() else 220).print(table)


def number(value: float) -> str:
    """Three or more digits that matter."""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 100 else f"{value:.3g}"
