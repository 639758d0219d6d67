"""When a connection is given up on which nothing arrives: only if its machine was within reach all the while."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.protocol.blockage import TABLE, Blockage, Knowledge, Seen, Step

REST, ASK, DIAL = Step.REST, Step.ASK, Step.DIAL
N, S, R = Knowledge

# What leads to each state, and every row of the table: a look, what it is to find, what is done and what is known then.
BEFORE: dict[Knowledge, list[tuple[float, bool]]] = {
    N: [],
    S: [(1.4, False)],
    R: [(1.4, False), (1.4, True)],
}
ROWS: list[tuple[Knowledge, tuple[float, bool], Seen, Step, Knowledge]] = [
    (N, (0.9, True), Seen.ACKNOWLEDGED, REST, N),
    (N, (1.4, False), Seen.MUTE, ASK, S),
    (N, (1.4, True), Seen.ANSWERED, ASK, S),
    (S, (0.9, True), Seen.ACKNOWLEDGED, REST, N),
    (S, (3.0, False), Seen.MUTE, ASK, S),
    (S, (3.0, True), Seen.ANSWERED, ASK, R),
    (R, (0.9, False), Seen.ACKNOWLEDGED, REST, N),
    (R, (3.0, False), Seen.MUTE, ASK, S),
    (R, (1.4, True), Seen.ANSWERED, ASK, R),
    (R, (3.0, True), Seen.IN_VAIN, DIAL, R),
]


@pytest.mark.parametrize(("before", "look", "seen", "step", "after"), ROWS)
def test_every_row(before: Knowledge, look: tuple[float, bool], seen: Seen, step: Step, after: Knowledge) -> None:
    """What a look finds in each state, what is done and what is known then."""
    blockage = Blockage(suspect_s=1.0)
    for silence_s, answered in BEFORE[before]:
        blockage.look(silence_s, is_answered=answered)
    assert blockage.knowledge is before
    assert blockage._seen(look[0], is_answered=look[1]) is seen
    assert (blockage.look(look[0], is_answered=look[1]), blockage.knowledge) == (step, after)
    blockage.check()


def test_there_are_no_other_rows() -> None:
    """Each state meets all that can be seen in it."""
    assert TABLE.keys() == {(before, seen) for before, _, seen, _, _ in ROWS}
    missing = {(before, seen) for before in Knowledge for seen in Seen} - TABLE.keys()
    assert missing == {(N, Seen.IN_VAIN), (S, Seen.IN_VAIN)}, "of nobody who is not known to be within reach"


def test_a_state_that_contradicts_itself_is_told() -> None:
    """Within reach, but of no silence: `check` raises."""
    blockage = Blockage(suspect_s=1.0)
    blockage.knowledge = R
    with pytest.raises(AssertionError, match=r"REACHED after 0\.0 s"):
        blockage.check()


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
        step = blockage.look(silence_s, is_answered=answered)
        blockage.check()
        if step is DIAL:
            run = []
            for earlier_s, was_answered in reversed(looks[1 : number + 1]):
                if not was_answered or not earlier_s:
                    break
                run.append(earlier_s)
            assert len(run) >= 2
            assert min(run) < silence_s
