"""Bytes of an enemy for a few seconds; `python -m benchmarks.fuzz` does so for as long as it is told."""

from __future__ import annotations

import os
import random
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzz import atheris_target, decoders, simulated
from benchmarks.fuzz.decoders import Decoders
from benchmarks.fuzz.inputs import Inputs

ROUNDS = int(os.environ.get("DEATHWATCH_FUZZ_ROUNDS", "1"))


@given(st.binary(max_size=300))
def test_any_bytes_at_the_decoders(data: bytes) -> None:
    """Whatever comes, a decoder raises its own error or nothing."""
    Decoders().hear(data)


@given(st.randoms(use_true_random=False))
@settings(max_examples=50)
def test_spoilt_words_at_the_decoders(chance: random.Random) -> None:
    """The same for words of the protocol with something wrong in them."""
    inputs, target = Inputs(chance, decoders.TARGET), Decoders()
    for make in (inputs.body, inputs.word, inputs.letter, inputs.beat):
        target.hear(make())


def test_without_atheris_one_line_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Coverage-guided fuzzing is an extra that is not installed here, or not everywhere."""
    monkeypatch.setitem(sys.modules, "atheris", None)
    with pytest.raises(SystemExit, match=r"^atheris is not installed: pip install atheris$"):
        atheris_target.main()


@pytest.mark.parametrize("seed", range(ROUNDS))
def test_many_spoilt_words_at_the_decoders(seed: int) -> None:
    """More of them than Hypothesis has time for."""
    assert decoders.throw(random.Random(seed), 1000) == 2000


@pytest.mark.parametrize("seed", range(2 * ROUNDS))
def test_a_system_under_attack_serves_others(seed: int) -> None:
    """Before and after a handshake, whoever dialled: no error reaches the loop, a peer is answered, no table grows."""
    assert min(simulated.throw(seed, 60)) > 0
