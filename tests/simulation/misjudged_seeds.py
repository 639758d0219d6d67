"""Seeds that have once shown a defect of the judge, not of what is judged, and how to have that defect back.

As `found_seeds`, which has those of the product.
"""

from __future__ import annotations

from typing import Any

from cluster.simulation import slot
from cluster.simulation.work_nemesis import WorkNemesis
from runtime.remote.events import NodeTerminated
from runtime.sim.deathwatch import excuses as excuses_of
from runtime.sim.deathwatch import judge as judge_of
from runtime.sim.deathwatch import laden, ledgers
from runtime.sim.deathwatch.audit import Audit
from runtime.sim.deathwatch.comings import Comings
from runtime.sim.deathwatch.excuses import Excuses
from runtime.sim.deathwatch.judge import Judge
from runtime.sim.deathwatch.laden import LadenJudge
from runtime.sim.deathwatch.truth import Life, Truth
from runtime.sim.families.law import Law
from runtime.sim.families.truth import Member
from runtime.sim.families.verdicts import Verdicts
from runtime.sim.network import SimNetwork
from runtime.sim.weather import Weather
from tests.simulation.ablation import wrapped
from tests.simulation.found_seeds import Pin
from tests.simulation.unmended import unnoted, watched_by_somebody

_NEVER = property(lambda _: None, lambda _, value: None)
"""An attribute that nobody can set."""


def _ever_said(original: Any, nemesis: Comings, me: Any, other: Any, *_: int) -> None:
    """The judge counts all words that were said and heard since the two have lived."""
    original(nemesis, me, other, 0, 0)


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


def _vanished_last(original: Any, judge: Judge, being: Any, key: Any) -> float:
    """The judge looks at how the life that was watched has ended, and not at its host."""
    subject = judge._truth.by_key.get(key)
    vanished = judge._truth.vanished
    if subject is not None and not subject.life.has_vanished and key[0] in vanished:
        vanished.discard(key[0])
        try:
            return float(original(judge, being, key))
        finally:
            vanished.add(key[0])
    return float(original(judge, being, key))


def _never_taken_told_soon(original: Any, judge: Judge, being: Any, key: Any) -> float:
    """The judge counts a watch that nobody has taken like any other."""
    within_s = float(original(judge, being, key))
    return min(within_s, judge_of.QUICKLY_S["vanish"]) if key[0] in judge._truth.vanished else within_s


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


def _about_one(original: Any, excuses: Excuses, watcher: Any, subject: Any, cause: Any) -> bool:
    """A conviction of who had never shaken hands is about the incarnation that lives there by then."""
    strangers, watcher.strangers = watcher.strangers, set()
    try:
        explained: bool = original(excuses, watcher, subject, cause)
    finally:
        watcher.strangers = strangers
    return explained


def _as_if_it_lived(original: Any, judge: LadenJudge, life: Life, event: NodeTerminated) -> None:
    """The judge does not ask whether who is given up is there at all."""
    other = judge._truth.lives[event.address.system]
    gone_at, other.gone_at = other.gone_at, None
    try:
        original(judge, life, event)
    finally:
        other.gone_at = gone_at


def _passed_on_to_whom_it_blamed(original: Any, verdicts: Verdicts, member: Member, cause: BaseException) -> None:
    """The judge lets a verdict of resume reach those below also where a restart comes before it."""
    child = member.perpetrator
    original(verdicts, member, cause)
    if child is not None and member.perpetrator is child:
        member.perpetrator = None
        verdicts._resume(child, cause)


MISJUDGED = [
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
        (wrapped(Judge, "_quickly_s", _never_taken_told_soon),),
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
        ((judge_of, "QUICKLY_S", {**judge_of.QUICKLY_S, "vanish": 9.0}),),
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
        (wrapped(Judge, "_quickly_s", _vanished_last),),
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
        1705719,
        "the judge takes it that the other has heard us after a cut, while our kernel waits, until the next cut",
        (
            "13.987 isolate n1 for=0.066",
            "16.888 isolate n1 for=0.072",
            "21.211 isolate n3 for=2.152",
            "24.754 isolate n4 for=0.203",
            "27.017 isolate n1 for=0.073",
            "28.777 isolate n4 for=0.078",
            "29.78 isolate n2 for=0.066",
        ),
        ((Excuses, "is_deaf", lambda *_: False),),
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
        "silences",
        4134,
        "the judge asks a silence to be as young as who lives at an address that was never reached",
        (
            "10.317 lonely n4 n2 for=2.496 early=0.231 stall=0.734 timers=1.0",
            "11.01 lonely n3 n4 for=5.027 early=0.071 stall=0.0 timers=1.0",
            "15.435 lonely n3 n5 for=5.09 early=0.028 stall=0.0 timers=1.0",
            "16.673 lonely n3 n2 for=2.697 early=-0.072 stall=0.956 timers=0.0",
            "17.718 lonely n3 n5 for=4.049 early=0.13 stall=0.0 timers=0.0",
            "19.262 lonely n3 n2 for=4.341 early=0.18 stall=0.486 timers=1.0",
            "19.556 lonely n1 n3 for=2.274 early=0.058 stall=0.0 timers=1.0",
            "21.47 lonely n1 n3 for=2.694 early=0.007 stall=0.0 timers=0.0",
            "21.614 lonely n3 n5 for=2.614 early=0.331 stall=0.336 timers=1.0",
        ),
        (wrapped(Excuses, "explains", _about_one),),
        "D7",
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
        ((judge_of, "SLOW", ("delay",)),),
        "D5",
    ),
    Pin(
        "families",
        8200559,
        "the judge takes one for resumed whose supervisor has failed in its decider, and is restarted before it hears",
        (),
        (wrapped(Verdicts, "_resume", _passed_on_to_whom_it_blamed),),
        "S33",
    ),
    Pin(
        "silences",
        8204411,
        "the judge takes it that a kernel sends again between two cuts, of which it has noticed no end",
        (
            "2.237 lonely n3 n2 for=4.287 early=-0.066 stall=0.471 timers=0.0",
            "6.156 lonely n4 n1 for=0.064 early=0.305 stall=0.0 timers=0.0",
            "6.539 lonely n3 n5 for=5.237 early=0.093 stall=0.531 timers=1.0",
            "10.454 lonely n3 n2 for=5.023 early=0.33 stall=0.358 timers=0.0",
            "12.461 lonely n4 n5 for=0.083 early=0.332 stall=0.67 timers=0.0",
            "14.74 lonely n1 n3 for=0.082 early=0.345 stall=0.472 timers=0.0",
            "15.049 lonely n5 n2 for=1.155 early=-0.077 stall=0.806 timers=0.0",
            "16.518 lonely n5 n2 for=0.081 early=0.317 stall=0.351 timers=0.0",
            "19.577 lonely n3 n2 for=2.697 early=0.247 stall=0.0 timers=0.0",
            "22.548 vanish n5 for=3.573",
            "27.757 lonely n3 n4 for=5.024 early=-0.075 stall=0.0 timers=0.0",
            "28.594 lonely n4 n1 for=4.151 early=0.215 stall=0.722 timers=1.0",
        ),
        ((SimNetwork, "is_held_up", lambda *_: False),),
        "D7",
    ),
    Pin(
        "silences",
        8206712,
        "the judge takes a word that was on its way, on a slow link, for one that was said after a cut had begun",
        (
            "3.914 kill n5 for=0.061",
            "4.161 lonely n2 n5 for=0.084 early=-0.007 stall=0.0 timers=1.0",
            "6.278 lonely n5 n2 for=0.061 early=0.297 stall=0.0 timers=1.0",
            "12.004 lonely n1 n2 for=0.063 early=0.157 stall=0.871 timers=0.0",
            "17.065 delay n3 n4 for=12.056 mean=0.2",
            "18.774 lonely n3 n2 for=3.996 early=0.375 stall=0.823 timers=1.0",
            "22.048 lonely n4 n2 for=0.061 early=-0.043 stall=0.676 timers=1.0",
            "22.192 lonely n4 n3 for=4.373 early=0.262 stall=0.653 timers=0.0",
            "25.492 lonely n2 n5 for=0.075 early=0.043 stall=0.738 timers=0.0",
            "28.324 lonely n1 n5 for=0.071 early=-0.005 stall=0.391 timers=0.0",
            "30.503 freeze n5 for=1.748",
        ),
        ((excuses_of, "SLOWLY_CAME_S", 0.0),),
        "D7",
    ),
    Pin(
        "comings",
        8811091,
        "the judge takes a word that was lost long ago for one that was said by who has left",
        (
            "5.553 haste n1 n4 for=1.86 mean=0.1 lives=3.0 mind=295.0",
            "22.836 part n4 for=0.093 mind=862.0",
        ),
        (wrapped(Comings, "_heard", _ever_said),),
        "D3",
    ),
    Pin(
        "comings",
        8811443,
        "the judge expects a refused dial to be believed where a connection of a host that vanished seems to stand",
        ("5.436 vanish n4 for=0.097", "10.086 throng n1 n4 for=5.097 mean=0.03 pace=0.52"),
        ((Truth, "has_vanished", lambda *_: False),),
        "D4",
    ),
    Pin(
        "families",
        8840051,
        "the judge counts a pill that was heeded among the messages of who waits for its children to stop",
        None,
        ((Law, "heeds_at_once", lambda *_: None),),
        "D61",
    ),
    Pin(
        "tumbles",
        8843066,
        "the judge takes it that a parent knows of an end in the very moment of it",
        None,
        ((Law, "_may_be_known", lambda _, child: child.over_at is None),),
        "D40",
    ),
    Pin(
        "floods",
        8842189,
        "the judge minds that who has vanished with its host is given up for what it does not acknowledge",
        None,
        (wrapped(LadenJudge, "overflows", _as_if_it_lived),),
        "D7",
    ),
    Pin(
        "floods",
        8900006,
        "the judge takes connections that are accepted and not made yet for those of one host",
        ("2.211 block n1 n2 for=1.493 mind=927.0", "2.227 knock n2 for=0.059 hosts=1.0"),
        ((ledgers, "_has_arrived", lambda _: True),),
        "D8",
    ),
    Pin(
        "ticks",
        8900016,
        "a simulated slot whose look at its lease came early looks no more",
        None,
        ((slot, "EARLY_S", 0.0),),
        "I7",
    ),
    Pin(
        "rot",
        8910080,
        "the nemesis takes bytes whose pointer is gone for a checkpoint that is left",
        (
            "2.546 rot leader for=0.057 state=1.0 how=0.0",
            "6.757 rot leader for=0.089 state=1.0 how=0.0",
            "7.02 rot leader for=0.072 state=1.0 how=1.0",
            "7.293 decay tm2 for=0.08 how=1.0",
        ),
        ((WorkNemesis, "_whole", lambda nemesis: nemesis._cluster.kept.whole(1)),),
        "I6",
    ),
    Pin(
        "floods",
        8920018,
        "the judge has less patience than two silences take with a watch that nobody has taken",
        ("2.302 vanish n1 for=0.057", "6.699 miss n1 for=21.896"),
        ((laden, "TWO_SILENCES_S", 14.0),),
        "D5",
    ),
    Pin(
        "tumbles",
        8920280,
        "the judge counts a kill that nobody has judged before a restart among the messages of who stops",
        None,
        ((Member, "killed_by", None),),
        "D61",
    ),
    Pin(
        "tumbles",
        8920507,
        "the judge forgets a verdict of resume that is passed to who runs already, and fails before it comes",
        None,
        ((Member, "passed_at", _NEVER),),
        "S54",
    ),
]
