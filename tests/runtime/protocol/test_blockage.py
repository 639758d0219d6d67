"""When a connection is given up on which nothing arrives: only if its machine was within reach all the while."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.protocol.blockage import Blockage, Step

REST, ASK, DIAL = Step.REST, Step.ASK, Step.DIAL


@pytest.mark.parametrize(
    ("looks", "steps"),
    [
        pytest.param([(0.0, True), (0.9, True)], [REST, REST], id="acknowledged, or not suspicious yet"),
        pytest.param([(1.4, True)], [ASK], id="what was answered before the first look shows nothing"),
        pytest.param([(1.4, True), (1.4, True)], [ASK, ASK], id="within reach, and nothing was sent again since"),
        pytest.param([(1.4, True), (1.4, True), (3.0, True)], [ASK, ASK, DIAL], id="sent again, within reach, in vain"),
        pytest.param([(1.4, True), (3.0, True), (3.0, True)], [ASK, ASK, ASK], id="sent again before the answer"),
        pytest.param([(1.4, True), (3.0, False), (6.2, False)], [ASK, ASK, ASK], id="all is cut"),
        pytest.param(
            [(1.4, True), (1.4, True), (3.0, False), (3.0, True)], [ASK] * 4, id="cut since: what was sent is no proof"
        ),
        pytest.param(
            [(1.4, True), (1.4, True), (3.0, True), (3.0, True)], [ASK, ASK, DIAL, DIAL], id="the dial was in vain"
        ),
        pytest.param(
            [(1.4, True), (1.4, True), (0.0, True), (1.4, True)],
            [ASK, ASK, REST, ASK],
            id="it was acknowledged after all",
        ),
    ],
)
def test_each_look(looks: list[tuple[float, bool]], steps: list[Step]) -> None:
    """Silence and answers as they were at each look, and what is done then."""
    blockage = Blockage(suspect_s=1.0)
    assert [blockage.look(silence_s, is_answered=answered) for silence_s, answered in looks] == steps


@given(st.lists(st.tuples(st.sampled_from([0.0, 1.4, 3.0, 6.2]), st.booleans()), max_size=12))
def test_it_is_never_given_up_without_proof(looks: list[tuple[float, bool]]) -> None:
    """Two looks in a row, or more, found an answer, and between the first and the last of them it was sent again."""
    blockage = Blockage(suspect_s=1.0)
    for number, (silence_s, answered) in enumerate(looks):
        if blockage.look(silence_s, is_answered=answered) is DIAL:
            run = []
            for earlier_s, was_answered in reversed(looks[1 : number + 1]):
                if not was_answered or not earlier_s:
                    break
                run.append(earlier_s)
            assert len(run) >= 2
            assert min(run) < silence_s
