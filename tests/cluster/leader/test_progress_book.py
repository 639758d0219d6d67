"""What tasks say of themselves, as far as there is room."""

from __future__ import annotations

import pytest

from cluster.leader import progress_book
from cluster.leader.progress_book import ProgressBook


def test_the_newest_word_of_each_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """The leader keeps two megabytes of each job, where thousands of tasks may say 64 kB each."""
    monkeypatch.setattr(progress_book, "ROOM_BYTES", 30)
    book = ProgressBook()
    book.said("a", "x" * 15)
    book.said("b", "y" * 20)
    assert dict(book) == {"a": "x" * 15}
    book.said("a", "x")
    book.said("b", "y" * 20)
    assert dict(book) == {"a": "x", "b": "y" * 20}
    book.said("b", "z" * 40)
    assert dict(book) == {"a": "x"}
    book.forget("a")
    book.forget("a")
    book.said("c", object())
    assert dict(book) == {}
    book.said("c", "z" * 29)
    assert len(book) == 1
