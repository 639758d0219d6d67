"""Which rule of the verdict applies to which evidence in which standing. Pure.

The rules themselves are methods of `runtime.protocol.verdict.Verdict`, with a leading underscore. Deliberately not
here: what they do; `None` is: of no interest.
"""

from __future__ import annotations

from runtime.protocol import evidence as ev
from runtime.protocol.evidence import Evidence
from runtime.protocol.standing import Standing

COLUMN = {standing: column for column, standing in enumerate(Standing)}

RULES: dict[type[Evidence], tuple[str | None, str | None, str | None, str | None, str | None, str | None]] = {
    #                    NEW                    TRUSTED        DOUBTED        ABSENT         CONDEMNED   DEAD
    ev.Watched:        ("watch",               "watch",       "watch",       "watch",       "watch",    "watch_again"),
    ev.Unwatched:      ("unwatch",             "unwatch",     "unwatch",     "unwatch",     "unwatch",  "unwatch"),
    ev.Introduced:     ("meet",                "compare",     "compare",     "compare",     "hold",     "meet"),
    ev.InboundClosed:  (None,                  "drained",     "drained",     "drained",     "execute",  None),
    ev.ConnectionLost: (None,                  "doubt",       None,          None,          None,       None),
    ev.ConnectionMute: (None,                  "doubt",       None,          None,          None,       None),
    ev.Answered:       ("accept",              "recognise",   "recognise",   "recognise",   "reject",   "accept"),
    ev.DialRefused:    ("unreached",           None,          "refused",     "refused",     None,       None),
    ev.DialFailed:     ("unreached",           None,          "retry",       None,          None,       None),
    ev.TurnedAway:     ("turned_away_unknown", "turned_away", "turned_away", "turned_away", None,       None),
    ev.Goodbye:        (None,                  "goodbye",     "goodbye",     "goodbye",     None,       None),
    ev.Exited:         ("exited",              "exited",      "exited",      "exited",      None,       None),
    ev.Declared:       ("declared",            "declared",    "declared",    "declared",    "declared", None),
    ev.Overflowed:     ("overflowed",          "overflowed",  "overflowed",  "overflowed",  None,       None),
    ev.Heard:          ("heard",               "heard",       "heard",       "heard",       None,       None),
    ev.Spoke:          (None,                  "spoke",       "spoke",       "spoke",       None,       None),
    ev.Suspicious:     ("suspect",             "suspect",     "suspect",     "suspect",     None,       None),
    ev.Silent:         ("silent",              "silent",      "silent",      "silent",      None,       None),
    ev.OwnStall:       ("stalled",             "stalled",     "stalled",     "stalled",     "stalled",  "stalled"),
    ev.Woke:           ("waited",              None,          "waited",      "waited",      "execute",  None),
}  # fmt: skip
