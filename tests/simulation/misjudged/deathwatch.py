"""Mistakes of judges that seeds of `deathwatch` have shown, and how to have them back."""

from __future__ import annotations

from typing import Any

from runtime.sim.deathwatch import audit as audit_of
from runtime.sim.deathwatch import dues as dues_of
from runtime.sim.deathwatch import excuses as excuses_of
from runtime.sim.deathwatch import ledgers
from runtime.sim.deathwatch.audit import Audit
from runtime.sim.deathwatch.dues import Dues
from runtime.sim.deathwatch.excuses import Excuses
from runtime.sim.deathwatch.judge import Judge
from runtime.sim.deathwatch.truth import Truth
from runtime.sim.network import SimNetwork
from runtime.sim.weather import Weather
from tests.simulation.ablation import wrapped
from tests.simulation.pin import Pin
from tests.simulation.unmended.watches import unnoted, watched_by_somebody


def _as_if_never_restarted(original: Any, judge: Judge, being: Any, subject: Any) -> None:
    """The judge misses words that were said to a node's predecessor."""
    number, being.life.number = being.life.number, 1
    try:
        original(judge, being, subject)
    finally:
        being.life.number = number


def _convicted_in_company(original: Any, judge: Judge, *args: Any) -> None:
    """The judge expects to hear of the end of connections that a conviction by silence has ended."""
    before = set(judge._truth.unheard)
    original(judge, *args)
    judge._truth.unheard &= before


def _dead_as_soon_as_watched(original: Any, judge: Judge, notice: Any, lived_on_s: float | None) -> None:
    """Whoever died at the moment of its watch counts as one that was dead before."""
    original(judge, notice, -1.0 if lived_on_s == 0 else lived_on_s)


def _vanished_last(original: Any, dues: Dues, being: Any, key: Any) -> float:
    """The judge looks at how the life that was watched has ended, and not at its host."""
    subject = dues._truth.by_key.get(key)
    vanished = dues._truth.vanished
    if subject is not None and not subject.life.has_vanished and key[0] in vanished:
        vanished.discard(key[0])
        try:
            return float(original(dues, being, key))
        finally:
            vanished.add(key[0])
    return float(original(dues, being, key))


def _never_taken_told_soon(original: Any, dues: Dues, being: Any, key: Any) -> float:
    """The judge counts a watch that nobody has taken like any other."""
    within_s = float(original(dues, being, key))
    return min(within_s, dues_of.QUICKLY_S["vanish"]) if key[0] in dues._truth.vanished else within_s


def _wants_all_news(original: Any, audit: Audit, node: str, system: Any, other: str) -> None:
    """The audit asks for news of deaths also if nobody watches whom they come from, or knows it."""
    original(audit, node, system, other)
    held = [one for at, one in system.remote._associations.items() if at.system == other and len(one._inlet._arrivals)]
    audit._record.require(not held, "D8", f"{node} holds news of deaths back: {other}")


def _dials_though_it_leaves(original: Any, association: Any) -> str:
    """The audit asks for a dial by a node that leaves."""
    leaving, association._is_leaving = association._is_leaving, False
    try:
        return str(original(association))
    finally:
        association._is_leaving = leaving


def _lost_touch_if_known(original: Any, audit: Audit, node: str, system: Any, other: str) -> bool:
    """The audit asks for the words that a node has forgotten since they were lost."""
    known = any(at.system == other for at in system.remote._associations)
    return known and bool(original(audit, node, system, other))


PINS = [
    Pin(
        "deathwatch",
        400104,
        "the judge misses words for the predecessor of a node that was not known to have started again",
        ("15.216 vanish n4 for=8.865", "29.922 kill n5 for=0.056 linger=0.0"),
        (wrapped(Judge, "_last_words", _as_if_never_restarted),),
        "D3",
    ),
    Pin(
        "deathwatch",
        504683,
        "the judge takes one watch after another for the first",
        ("3.333 isolate n1 for=5.447",),
        ((Truth, "watches_since", watched_by_somebody),),
        "D7",
    ),
    Pin(
        "deathwatch",
        501994,
        "the judge does not know that who dozes stands still when its cut is over",
        ("14.375 doze n3 n4 for=2.623 stall=0.551", "14.486 no-datagrams for=1.952"),
        (unnoted("stall", 1), (Weather, "is_rippled", lambda *_: False)),  # which excuses it now, too
        "D7",
    ),
    Pin(
        "deathwatch",
        611964,
        "the judge forgives no suspicion of a node whose heartbeat was late or lost",
        ("7.401 no-datagrams for=0.921", "9.077 datagrams n1 n4 for=0.043 repeated=0.5 spread=0.3"),
        ((Weather, "is_rippled", lambda *_: False),),
        "D7",
    ),
    Pin(
        "deathwatch",
        601656,
        "the judge asks those for news whose watcher has convicted them, so that they do not hear of its end",
        ("5.98 isolate n2 for=3.883", "10.884 kill n1 for=4.414 linger=0.0"),
        (wrapped(Judge, "convicted", _convicted_in_company),),
        "D8",
    ),
    Pin(
        "deathwatch",
        1000181,
        "the judge asks for a loss to be announced by who has forgotten it",
        ("19.304 reset n5 n3 for=2.706 cut=1.0", "21.552 reset n5 n3 for=1.161 cut=1.0"),
        (wrapped(Audit, "_has_lost_touch", _lost_touch_if_known),),
        "D9",
    ),
    Pin(
        "deathwatch",
        1003692,
        "the judge counts a watch that nobody has taken like any other",
        ("6.354 vanish n4 for=0.088", "22.862 vanish n4 for=9.974"),
        (wrapped(Dues, "_quickly_s", _never_taken_told_soon),),
        "D5",
    ),
    Pin(
        "deathwatch",
        1100088,
        "the judge does not wait for the last words of a vanished node whose successor answers first",
        (
            "9.313 stall n1 for=3.669",
            "28.747 vanish n1 for=8.482",
            "29.847 reset n2 n4 for=0.056 cut=0.0",
        ),
        (
            (dues_of, "QUICKLY_S", {**dues_of.QUICKLY_S, "vanish": 9.0}),
            (dues_of, "remembered_s", lambda *_: 0.0),  # it is more patient now with who has stood still
        ),
        "D5",
    ),
    Pin(
        "deathwatch",
        610290,
        "the judge asks for a loss to be announced where there was no reason for another connection since",
        ("32.764 isolate n1 for=4.693", "33.953 reset n1 n2 for=0.077 cut=1.0"),
        ((Audit, "_has_lost_touch", lambda *_: False),),
        "D9",
    ),
    Pin(
        "deathwatch",
        614743,
        "the judge looks at how the life that was watched has ended, and not at its host, which is away",
        ("21.898 leave n5 for=0.067", "27.478 vanish n5 for=9.978"),
        (wrapped(Dues, "_quickly_s", _vanished_last),),
        "D5",
    ),
    Pin(
        "deathwatch",
        616078,
        "the judge asks for news of deaths to be passed on that came from a life that nobody knows any more",
        ("12.663 freeze n2 for=1.232", "13.897 vanish n2 for=0.067"),
        (wrapped(Audit, "_sent", _wants_all_news),),
        "D8",
    ),
    Pin(
        "deathwatch",
        1600850,
        "the judge asks that nobody knows why one died who was dead when its watch came; its own node does then",
        ("23.047 freeze n4 for=9.09",),
        (wrapped(Judge, "_flagged", _dead_as_soon_as_watched),),
        "D7",
    ),
    Pin(
        "deathwatch",
        1703174,
        "the judge asks for a dial by a node that leaves",
        ("12.659 doze n3 n5 for=1.653 stall=0.347", "13.499 leave n5 for=0.083"),
        (wrapped(ledgers, "of_inquiry", _dials_though_it_leaves),),
        "D8",
    ),
    Pin(
        "deathwatch",
        1708083,
        "the judge asks for words of somebody whose process died before it had a connection for them",
        ("7.022 vanish n4 for=0.05",),
        ((Excuses, "is_cut_short", lambda *_: False),),
        "D3",
    ),
    Pin(
        "deathwatch",
        2003485,
        "the judge wonders at a suspicion where every other heartbeat is lost, as no datagrams pass",
        ("21.485 no-datagrams for=1.653", "22.15 datagrams n4 n3 for=1.357 repeated=0.5 spread=0.3"),
        ((Weather, "is_rippled", lambda *_: False),),
        "D8 D7",
    ),
    Pin(
        "deathwatch",
        2010128,
        "the judge does not know that a kernel which met three cuts waits for half a minute before it sends again",
        (
            "3.474 isolate n3 for=3.041",
            "9.117 isolate n3 for=7.824",
            "20.0 isolate n3 for=3.009",
            "29.384 isolate n3 for=8.077",
        ),
        ((SimNetwork, "is_held_up", lambda *_: False),),
        "D5",
    ),
    Pin(
        "deathwatch",
        3010004,
        "the judge asks for last words for which a connection was under way on a slow link",
        ("21.22 delay n5 n3 for=4.121 mean=0.2", "24.965 kill n5 for=0.554 linger=0.0"),
        ((Weather, "is_rippled", lambda *_: False),),
        "D3",
    ),
    Pin(
        "deathwatch",
        3077897,
        "the judge finds news of a death that are held back for a watch that has ended",
        ("10.832 datagrams n2 n4 for=5.62 repeated=0.5 spread=0.3", "15.715 kill n4 for=1.383 linger=0.0"),
        (wrapped(Audit, "_sent", _wants_all_news),),
        "D8",
    ),
    Pin(
        "deathwatch",
        5003368,
        "the judge has last words said within a second, also over a link on which two handshakes take longer",
        (
            "5.878 reset n1 n5 for=0.068 cut=0.0",
            "5.969 datagrams n2 n3 for=4.894 repeated=0.5 spread=0.3",
            "7.586 leave n3 for=0.086",
            "12.742 reset n4 n3 for=0.061 cut=0.0",
        ),
        ((excuses_of, "SLOWLY_LEFT_S", 1.0),),
        "D3",
    ),
    Pin(
        "deathwatch",
        5048735,
        "the judge takes no link for slow on which only datagrams are meant to be late, though all packets are",
        ("14.397 vanish n3 for=0.072", "18.081 datagrams n5 n3 for=9.849 repeated=0.5 spread=0.3"),
        ((dues_of, "SLOW", ("delay",)),),
        "D5",
    ),
    Pin(
        "deathwatch",
        9061761,
        "the judge takes it that a detector has forgotten a pause of more than 8 s ago, which is in its window",
        ("5.909 freeze n5 for=6.875", "21.079 vanish n5 for=9.346"),
        ((dues_of, "remembered_s", lambda *_: 0.0),),
        "D5",
    ),
    Pin(
        "deathwatch",
        9862528,
        "the judge takes the time of a node with a clock of its own for the world's, and so no datagram for lost",
        (
            "0.0 clock n2 for=0.06 offset=225908.8 rate=0.99802",
            "12.351 freeze n2 for=8.852",
            "18.576 no-datagrams for=7.646",
            "27.058 no-datagrams for=5.009",
        ),
        ((audit_of, "_began_at", lambda _, monitor: monitor.since),),
        "D8",
    ),
    Pin(
        "deathwatch",
        10529729,
        "the judge takes what is said to a node that stands still for a proof that it has shaken hands",
        ("8.764 freeze n3 for=3.625", "12.108 kill n5 for=0.366 linger=0.02"),
        ((Judge, "_stops", lambda *_: []),),
        "D3",
    ),
]
