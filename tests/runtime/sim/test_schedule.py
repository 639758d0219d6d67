"""Schedules of faults are values: text and back, and smaller ones that still fail."""

from __future__ import annotations

import pytest

from runtime.sim.schedule import Fault, parsed, printed, shrunk

SCHEDULE = [
    Fault(1.5, "freeze", ("jm1",), 2.0),
    Fault(3.0, "cut", ("jm1", "tm2"), 6.0, (("one_way", 1.0),)),
    Fault(4.0, "disk-full"),
]


def test_a_schedule_is_a_text_and_back() -> None:
    """What was printed can be parsed; comments and empty lines do not count."""
    assert parsed(printed(SCHEDULE)) == SCHEDULE
    assert parsed("# nothing\n\n2 kill tm1 for=1 # for a moment") == [Fault(2.0, "kill", ("tm1",), 1.0)]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("1.0", "it takes a time and a kind at least"),
        ("soon kill tm1", "its time is soon, and not a number"),
        ("1.0 kill for=long", "for is long, and not a number"),
        ("nan kill tm1", "its time is nan, and has to have an end"),
        ("1.0 kill tm1 for=inf", "for is inf, and has to have an end"),
        ("-1.0 kill tm1", "can be below 0"),
        ("1.0 kill tm1 for=-1", "can be below 0"),
        ("1.0 kill tm1 for=1 for=2", "for stands there twice"),
    ],
)
def test_nonsense_is_no_schedule(line: str, why: str) -> None:
    """A line that is no fault is refused, by its number: people write schedules by hand."""
    with pytest.raises(ValueError, match=rf"^line 2, '{line}', is no fault: .*{why}"):
        parsed(f"# first\n {line}")


def test_a_schedule_is_shrunk_to_what_matters() -> None:
    """Faults that do not matter go, and what is left gets as short as it may."""
    noise = [Fault(float(number), "kill", (f"tm{number}",), 1.0) for number in range(9)]

    def fails(faults: list[Fault]) -> bool:
        kinds = {fault.kind: fault.for_s for fault in faults}
        return kinds.get("cut", 0.0) >= 2.0 and "disk-full" in kinds

    smaller = shrunk([*noise[:4], *SCHEDULE, *noise[4:]], fails)
    assert [(fault.kind, fault.for_s) for fault in smaller] == [("cut", 3.0), ("disk-full", 0.0)]
