"""`page`: a run as one HTML file that needs nothing else: lanes, hover for details, and the last events as text. Pure.

Everything is inline; nothing is fetched, so the file opens anywhere. What events say is escaped. Each thing that is
drawn carries its words as a `title`, which browsers show on hover; the script only shows them larger, and zooms.
Deliberately not here: what events mean (`runtime.sim.timeline`), and writing files (`runtime.sim.report`).
"""

from __future__ import annotations

import html
import math
from collections.abc import Iterator, Sequence

from runtime.sim.repeats import condensed
from runtime.sim.timeline import ROWS, VERDICTS, Mark, Span, Timeline, timeline
from runtime.sim.trace import Event

LAST_EVENTS = 30
"""Of each host, as text."""
ROW_PX = 12
LANE_GAP_PX = 8
AXIS_PX = 24
TICKS = 12
STYLE = """
body{font:13px/1.4 system-ui,sans-serif;margin:1em 1.5em;color:#222;background:#fff}
h1{font-size:1.3em}h2{font-size:1.05em;margin:1.2em 0 .3em}pre{background:#f5f5f5;padding:.6em;overflow:auto}
.bad{color:#b00020}.frame{display:flex;border:1px solid #ccc}.names{flex:none;width:11em;border-right:1px solid #ccc}
.names div{position:relative;overflow:hidden;white-space:nowrap;padding-left:.4em;box-sizing:border-box}
.draw{flex:auto;overflow-x:auto}svg{display:block}svg text{font-size:10px;fill:#666}
.up{fill:#b7d7b0}.frozen{fill:#8ab4d8}.office{fill:#f3d6a4}.leads{fill:#e8a33d}.task{fill:#8fa3bf}.cut{fill:#d9534f}.lossy{fill:#e5b8b7}
.fault{fill:#c9a0dc}.mark{stroke:#444}.killed,.vanished,.stopped{stroke:#b00020;stroke-width:2}
.suspected{fill:#f0c000}.trusted{fill:#3c9a3c}.convicted,.convicts,.quarantined{fill:#b00020}
.grid{stroke:#eee}.lane{stroke:#ddd}.violation{stroke:#b00020;stroke-width:2;stroke-dasharray:4 3}
svg text.violated{fill:#b00020;font-weight:bold}.key svg{display:inline}.key span{padding:0 .9em 0 .3em}
#says{position:sticky;top:0;background:#fffbe6;border:1px solid #e5d9a0;padding:.3em .6em;min-height:1.4em}
"""
SCRIPT = """
const says=document.getElementById("says"),svg=document.getElementById("drawing");let wide=100;
svg.addEventListener("mouseover",e=>{const t=e.target.querySelector&&e.target.querySelector("title");
if(t&&e.target!==svg)says.textContent=t.textContent});
function zoom(f){wide=Math.max(100,Math.min(6400,wide*f));svg.style.width=wide+"%"}
document.getElementById("in").onclick=()=>zoom(2);document.getElementById("out").onclick=()=>zoom(.5);
"""
KEY = (
    *(
        ("up", "runs"),
        ("frozen", "frozen"),
        ("office", "newest epoch"),
        ("leads", "leads"),
        ("task", "a task's attempt"),
        ("fault", "a fault"),
    ),
    *(("cut", "link cut"), ("lossy", "link that loses"), ("suspected", "suspected"), ("trusted", "trusted")),
    ("convicted", "convicted"),
)


def page(
    title: str, events: Sequence[Event], *, error: str = "", replay: str = "", faults: str = "", reason: str = ""
) -> str:
    """The HTML of a run.

    Args:
        title: Of the page.
        events: Of the run, in order.
        error: What has failed; empty if nothing.
        replay: The command that plays it again.
        faults: The schedule, as text.
        reason: What has failed in a line; by default the last one of `error`.
    """
    drawn = timeline(events)
    parts = ["<!DOCTYPE html>", '<html lang="en"><head><meta charset="utf-8">', f"<title>{_safe(title)}</title>"]
    parts += [f"<style>{STYLE}</style></head><body>", f"<h1>{_safe(title)}</h1>"]
    for event in drawn.violations:
        parts.append(f'<p class="bad">{event.at_s:.4f} s: {_safe(event.detail)}</p>')
    if error and not drawn.violations:
        parts.append(f'<p class="bad">{_safe(reason or error.splitlines()[-1])}</p>')
    if replay:
        parts.append(f"<h2>Replay</h2><pre>{_safe(replay)}</pre>")
    if faults:
        parts.append(f"<h2>Faults</h2><pre>{_safe(faults)}</pre>")
    parts += ["<h2>What happened</h2>", *_drawing(drawn), "<h2>Last events by host</h2>", *_last(events)]
    if error:
        parts.append(f'<h2>What failed</h2><pre class="bad">{_safe(error)}</pre>')
    whole = "\n".join(_safe(str(event)) for event in events)
    parts.append(f"<details><summary>All {len(events)} events</summary><pre>{whole}</pre></details>")
    return "\n".join([*parts, f"<script>{SCRIPT}</script></body></html>", ""])


def _safe(text: str) -> str:
    return html.escape(text)


def _last(events: Sequence[Event]) -> Iterator[str]:
    for host in sorted({event.host for event in events}):
        lines = [str(line) for line in condensed(event for event in events if event.host == host)][-LAST_EVENTS:]
        name = _safe(host or "everywhere")
        yield f"<details open><summary>{name}</summary><pre>{_safe(chr(10).join(lines))}</pre></details>"


def _drawing(drawn: Timeline) -> Iterator[str]:
    lanes = [_Lane(name, drawn) for name in [*drawn.hosts, *drawn.links]]
    height = AXIS_PX + sum(lane.height for lane in lanes)
    yield '<p class="key">' + "".join(
        f'<svg width="12" height="10"><rect class="{kind}" width="12" height="10"/></svg><span>{word}</span>'
        for kind, word in KEY
    )
    yield '<button id="in">zoom in</button> <button id="out">zoom out</button></p><p id="says">&nbsp;</p>'
    yield f'<div class="frame"><div class="names"><div style="height:{AXIS_PX}px"></div>'
    for lane in lanes:
        yield f'<div style="height:{lane.height}px">{_safe(lane.name)}</div>'
    yield f'</div><div class="draw"><svg id="drawing" width="100%" height="{height}">'
    scale = _Scale(drawn.begin_s, drawn.end_s)
    for tick in scale.ticks():
        x = scale.at(tick)
        yield f'<line class="grid" x1="{x}" x2="{x}" y1="{AXIS_PX}" y2="{height}"/>'
        yield f'<text x="{x}" y="12">{tick:g} s</text>'
    top = AXIS_PX
    for lane in lanes:
        yield f'<line class="lane" x1="0" x2="100%" y1="{top}" y2="{top}"/>'
        yield from lane.draw(top, scale)
        top += lane.height
    for event in drawn.violations:
        x, text = scale.at(event.at_s), _safe(f"{event.at_s:.4f} s: {event.detail}")
        yield f'<line class="violation" x1="{x}" x2="{x}" y1="0" y2="{height}"><title>{text}</title></line>'
        yield f'<text class="violated" x="{x}" y="22" text-anchor="end">violation<title>{text}</title></text>'
    yield "</svg></div></div>"


class _Scale:
    """From seconds to parts of the width."""

    def __init__(self, begin_s: float, end_s: float) -> None:
        self._begin_s = begin_s
        self._length_s = max(end_s - begin_s, 1e-9)

    def at(self, when_s: float) -> str:
        """Where a moment is."""
        return f"{self.share(when_s - self._begin_s):.3f}%"

    def share(self, seconds: float) -> float:
        """How wide that is, in percent."""
        return 100 * seconds / self._length_s

    def ticks(self) -> Iterator[float]:
        """Round moments."""
        step = 10 ** math.floor(math.log10(self._length_s / TICKS))
        step *= next(factor for factor in (1, 2, 5, 10) if self._length_s / (step * factor) <= TICKS)
        for number in range(math.ceil(self._begin_s / step), math.floor((self._begin_s + self._length_s) / step) + 1):
            yield round(number * step, 9)


class _Lane:
    """One lane: its spans in rows that do not overlap, and its marks over them."""

    def __init__(self, name: str, drawn: Timeline) -> None:
        self.name = name
        self._marks = [mark for mark in drawn.marks if mark.lane == name]
        self._rows: list[list[Span]] = []
        for about in ROWS:
            rows: list[list[Span]] = []
            for span in (one for one in drawn.spans if one.lane == name and one.row == about):
                free = next((row for row in rows if row[-1].end_s <= span.begin_s), None)
                if free is None:
                    rows.append([span])
                else:
                    free.append(span)
            self._rows += rows
        self.height = max(1, len(self._rows)) * ROW_PX + LANE_GAP_PX

    def draw(self, top: int, scale: _Scale) -> Iterator[str]:
        """As SVG."""
        for number, row in enumerate(self._rows):
            y = top + LANE_GAP_PX // 2 + number * ROW_PX
            for span in row:
                wide = max(0.05, scale.share(span.end_s - span.begin_s))
                text = _safe(f"{span.begin_s:.4f} s to {span.end_s:.4f} s, {span.lane}: {span.text}")
                place = f'x="{scale.at(span.begin_s)}" y="{y}" width="{wide:.3f}%" height="{ROW_PX - 2}"'
                yield f'<rect class="{span.kind}" {place}><title>{text}</title></rect>'
        for mark in self._marks:
            yield _marked(mark, top, self.height, scale)


def _marked(mark: Mark, top: int, height: int, scale: _Scale) -> str:
    x, text = scale.at(mark.at_s), _safe(f"{mark.at_s:.4f} s, {mark.lane}: {mark.text}")
    if mark.kind in VERDICTS:
        return f'<circle class="{mark.kind}" cx="{x}" cy="{top + 9}" r="4"><title>{text}</title></circle>'
    kind = _safe(mark.kind.replace(" ", "-"))
    place = f'x1="{x}" x2="{x}" y1="{top + 2}" y2="{top + height - 2}"'
    return f'<line class="mark {kind}" {place}><title>{text}</title></line>'
