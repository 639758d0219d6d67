"""The protocols as models, searched to the last state: they keep their promises, and need each of their safeguards."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.models.safeguards import IN_THE_CODE, is_there
from tests.models.spin import IS_MISSING, safeguards, search

MODELS = ("watch", "election", "verdict")
FEW, MANY = 10_000, 10_000_000
EACH = [(model, word) for model in MODELS for word in safeguards(model)]

needs_spin = pytest.mark.skipif(IS_MISSING, reason="spin or gcc is not installed")


@needs_spin
@pytest.mark.timeout(300)
@pytest.mark.parametrize("model", MODELS)
def test_promises_hold(model: str, tmp_path: Path) -> None:
    """No order of events breaks a promise of the model, and the search left nothing out."""
    found = search(model, None, tmp_path)
    assert (found.errors, found.complaint) == (0, "")
    assert found.is_complete
    assert FEW < found.states < MANY


@needs_spin
@pytest.mark.timeout(300)
@pytest.mark.parametrize(("model", "word"), EACH)
def test_each_safeguard_is_needed(model: str, word: str, tmp_path: Path) -> None:
    """Without one safeguard there is an order of events that breaks a promise."""
    found = search(model, word, tmp_path)
    assert found.errors == 1
    assert found.complaint.startswith("assertion violated")


@pytest.mark.parametrize("model", MODELS)
def test_safeguards_are_those_of_the_code(model: str) -> None:
    """Each safeguard of a model has its place in the code, and the model names no others."""
    assert safeguards(model) == sorted(IN_THE_CODE[model])
    for word, place in IN_THE_CODE[model].items():
        assert is_there(place), f"{model}.pml: {word} should be {place}, which is not there"
