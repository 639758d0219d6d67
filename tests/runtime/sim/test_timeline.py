"""A run as a page: what events mean, and that the page says all of it, escaped, and needs nothing else."""

from __future__ import annotations

from html.parser import HTMLParser
from xml.etree import ElementTree as ET

import pytest

from runtime.sim.timeline import Span, timeline
from runtime.sim.timeline_page import page
from runtime.sim.trace import Event

EVENTS = [
    Event(0.0, "jm1", "started"),
    Event(0.0, "tm1", "started"),
    Event(0.5, "jm1", "grant", 'epoch 1 to a<b>&"c"'),
    Event(0.6, "jm1", "leads", "jm1"),
    Event(1.0, "tm1", "task started", "0, attempt 1, from 0"),
    Event(2.0, "jm1", "link cut", "with tm1"),
    Event(2.0, "jm1", "cut", "tm1 for 1 s"),
    Event(2.5, "jm1", "suspected", "actor://taskmanager@tm1:6123: silent for 0.5 s"),
    Event(2.8, "jm1", "trusted", "actor://taskmanager@tm1:6123"),
    Event(3.0, "tm1", "link healed", "with jm1"),
    Event(3.0, "jm1", "end of cut", "tm1"),
    Event(3.2, "jm1", "link shaped", "to tm1: loss 5.0%, Uniform()"),
    Event(3.5, "tm1", "frozen"),
    Event(4.0, "tm1", "thawed"),
    Event(4.5, "jm1", "link shaped", "to tm1: as usual"),
    Event(5.0, "tm1", "killed"),
    Event(5.1, "jm1", "convicted", "actor://taskmanager@tm1:6123: process-dead, certain; refused"),
    Event(5.2, "", "leads", ""),
    Event(5.5, "tm1", "started", "again"),
    Event(6.0, "", "disk-full", " for 1 s"),
    Event(6.5, "", "violation", "I6: </script><b>lost & gone"),
]


class Reader(HTMLParser):
    """Reads a page as a browser would."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text: list[str] = []
        self.attributes: set[str] = set()
        self.tags: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes |= {name for name, _ in attrs}

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def spans(row: str) -> list[Span]:
    return [span for span in timeline(EVENTS).spans if span.row == row]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        (
            "life",
            [
                *(("jm1", "up", 0.0, 6.5), ("tm1", "up", 0.0, 3.5), ("tm1", "frozen", 3.5, 4.0)),
                *(("tm1", "up", 4.0, 5.0), ("tm1", "up", 5.5, 6.5)),
            ],
        ),
        ("office", [("jm1", "office", 0.5, 6.5)]),
        ("leads", [("jm1", "leads", 0.6, 5.2)]),
        ("task", [("tm1", "task", 1.0, 5.0)]),
        ("link", [("jm1 - tm1", "cut", 2.0, 3.0), ("jm1 > tm1", "lossy", 3.2, 4.5)]),
        ("fault", [("jm1", "fault", 2.0, 3.0), ("cluster", "fault", 6.0, 6.5)]),
    ],
)
def test_what_lasts_is_a_span(row: str, expected: list[tuple[str, str, float, float]]) -> None:
    """Lives end with a death, attempts with their process, cuts when they are healed; what is open lasts to the end."""
    found = [(span.lane, span.kind, span.begin_s, span.end_s) for span in spans(row)]
    assert sorted(found) == sorted(expected)


def test_leading_names_its_epoch_and_verdicts_are_marks() -> None:
    """The epoch is that of the last grant; suspicion, trust and conviction are marks of whoever judges."""
    (leading,) = spans("leads")
    assert leading.text == "jm1 leads epoch 1"
    marks = [(mark.lane, mark.kind) for mark in timeline(EVENTS).marks]
    assert [mark for mark in marks if mark[1] in ("suspected", "trusted", "convicted")] == [
        ("jm1", "suspected"),
        ("jm1", "trusted"),
        ("jm1", "convicted"),
    ]
    assert ("tm1", "killed") in marks


def test_a_page_says_everything() -> None:
    """Each event is in it word for word, what failed, the replay, the schedule and the moment of the violation."""
    error, faults = "Violation: <I6> & more", "2.0 cut jm1 tm1 for=1.0"
    text = "".join(Reader(page("a <run>", EVENTS, error=error, replay="replay <17>", faults=faults)).text)
    for said in (*map(str, EVENTS), "a <run>", error, "replay <17>", faults, "6.5000 s: I6: </script><b>lost & gone"):
        assert said in text


def test_a_page_is_well_formed_and_needs_nothing_else() -> None:
    """Nothing that events say becomes markup; nothing is fetched; the drawing is well-formed by itself."""
    text = page("run", EVENTS)
    reader = Reader(text)
    assert reader.tags.count("script") == 1
    assert "b" not in reader.tags
    assert not reader.attributes & {"src", "href", "srcset", "action"}
    assert "http" not in text
    assert "url(" not in text
    assert "@import" not in text
    begin = text.index('<svg id="drawing"')
    drawing = ET.fromstring(text[begin : text.index("</svg>", begin) + len("</svg>")])
    titles = [title.text or "" for title in drawing.iter("title")]
    assert any("killed" in title for title in titles)
    assert len([1 for line in drawing.iter("line") if line.get("class") == "violation"]) == 1


def test_a_link_may_be_healed_one_way() -> None:
    """Both ways were cut, one after the other, and are healed so: each is a lane of its own."""
    events = [Event(1.0, "a", "link cut", "to b"), Event(2.0, "b", "link cut", "to a")]
    events += [Event(3.0, "a", "link healed", "to b"), Event(4.0, "b", "link healed", "to a")]
    found = [(span.lane, span.begin_s, span.end_s) for span in timeline(events).spans]
    assert found == [("a > b", 1.0, 3.0), ("b > a", 2.0, 4.0)]


def test_overlapping_spans_of_a_lane_have_rows_of_their_own() -> None:
    """Two tasks at a time in one process are drawn one above the other."""
    events = [
        Event(1.0, "tm1", "task started", "0, attempt 1"),
        Event(1.5, "tm1", "task started", "1, attempt 1"),
        Event(2.0, "tm1", "task ended", "0, at 9"),
        Event(2.5, "tm1", "task ended", "1, at 9"),
    ]
    text = page("run", events)
    begin = text.index('<svg id="drawing"')
    drawing = ET.fromstring(text[begin : text.index("</svg>", begin) + len("</svg>")])
    tasks = [box.get("y") for box in drawing.iter("rect") if box.get("class") == "task"]
    assert len(set(tasks)) == 2


@pytest.mark.parametrize("events", [[], [Event(3.0, "", "violation", "at once")]])
def test_a_run_of_no_length_has_a_page(events: list[Event]) -> None:
    """A run without events, or with one, is drawn like any other."""
    assert "drawing" in page("run", events)
