"""Seeds that have once shown a defect of the product or of a nemesis, and how to have that defect back.

A seed alone plays another schedule as soon as anything is drawn differently, so most are pinned by their faults. What
was mended is taken out again by patches, which are in `unmended` where they take more than a line.
"""

from __future__ import annotations

from dataclasses import dataclass

from cluster.election.service import Contender
from cluster.election.zookeeper.sight import LeaderWatch
from cluster.leader import job_recovery
from cluster.leader.dispatcher import Dispatcher
from cluster.simulation.election.faults import CANDIDATES
from cluster.simulation.election.nemesis import Nemesis
from cluster.taskmanager.task_manager import TaskManager
from runtime.protocol.belief import Belief
from runtime.protocol.past import Pasts
from runtime.protocol.silence import Silence
from runtime.protocol.verdict import Verdict
from runtime.remote import reader
from runtime.remote.answers import Answers
from runtime.remote.association import Association
from runtime.remote.backlog import Backlog
from runtime.remote.dialling import Dialling
from runtime.remote.farewell import Farewell
from runtime.remote.registry import WatchRegistry
from runtime.remote.upkeep import Upkeep
from runtime.remote.voice import Voice
from runtime.remote.watcher import RemoteWatcher
from runtime.sim.campaign import Outcome, found, play
from runtime.sim.deathwatch import judge as judge_of
from runtime.sim.deathwatch.truth import Truth
from runtime.sim.schedule import parsed
from tests.simulation import unmended
from tests.simulation.ablation import Patch, wrapped
from tests.simulation.lost_watches import HOPELESS


@dataclass(frozen=True)
class Pin:
    """A seed that was found.

    Attributes:
        scenario: Whose.
        seed: Of everything but the faults.
        what: It was.
        faults: What went wrong, as few as sufficed, in order of time; `None` for what the seed draws.
        patches: What takes the mend out again.
        shows: The rules of which one breaks then; "" if none does any more: what was mended later keeps it well, too.
    """

    scenario: str
    seed: int
    what: str
    faults: tuple[str, ...] | None = None
    patches: tuple[Patch, ...] = ()
    shows: str = ""

    def play(self) -> Outcome:
        """Play it, as it was found."""
        faults = None if self.faults is None else parsed("\n".join(self.faults))
        return play(found(self.scenario), self.seed, faults)


FOUND = [
    Pin(
        "deathwatch",
        10077,
        "a node that is restarted at once, behind a slow link, waits for ever at the door of who has nothing to say",
        ("27.529 delay n4 n5 for=2.425 mean=0.05", "27.832 vanish n4 for=0.062"),
        (wrapped(Association, "_lacks", unmended.lacks_though_somebody_waits),),
        "D8",
    ),
    Pin(
        "deathwatch",
        30312,
        "who has just shaken hands is convicted for its silence before",
        ("3.918 vanish n5 for=0.778", "6.294 stall n2 for=8.753", "15.705 freeze n2 for=1.028"),
        ((Silence, "shaken_hands", lambda *_, **__: False),),
        "D7",
    ),
    Pin(
        "deathwatch",
        200702,
        "the first packet of the last dial is lost at the end of a cut, and what the node says meanwhile is not heard",
        ("15.314 isolate n3 for=3.612",),
        (HOPELESS, (Silence, "dial_again", lambda _: False)),
        "D7",
    ),
    Pin(
        "deathwatch",
        1017963,
        "two nodes stand still, one in the midst of its last dial to the other, and convicts for its own lateness",
        ("17.383 stall n2 for=9.086", "21.138 stall n5 for=9.952"),
        ((Silence, "was_late", lambda *_: False),),
        "D7",
    ),
    Pin(
        "deathwatch",
        611485,
        "who speaks again after a cut has no time to answer",
        ("10.674 isolate n3 for=3.283", "13.901 freeze n5 for=0.719"),
        (HOPELESS,),
        "D7",
    ),
    Pin(
        "deathwatch",
        700011,
        "the same",
        ("15.525 isolate n5 for=7.974", "19.026 datagrams n1 n5 for=8.898 repeated=0.5 spread=0.3"),
        (HOPELESS,),
        "D7",
    ),
    Pin(
        "deathwatch",
        700019,
        "the same",
        ("9.012 doze n3 n5 for=2.246 stall=0.359", "11.229 stall n5 for=3.775"),
        (HOPELESS,),
        "D7",
    ),
    Pin(
        "deathwatch",
        211522,
        "whom nobody knows yet is convicted without another dial, just when it can be reached again",
        ("7.678 leave n1 for=0.039", "18.563 isolate n1 for=9.184", "24.787 vanish n3 for=3.789"),
        (wrapped(Verdict, "_silent", unmended.convicted_unknown),),
        "D7",
    ),
    Pin(
        "deathwatch",
        40017,
        "a node that was forgotten after a long rest counts its messages from the beginning, and they are lost",
        ("8.28 vanish n1 for=0.081", "24.976 leave n2 for=0.098"),
        ((Pasts, "keep", lambda *_: None),),
        "D8",
    ),
    Pin(
        "deathwatch",
        212347,
        "the silence of a former incarnation ends the watch on the present one, which speaks when it goes on",
        ("20.515 vanish n1 for=0.065", "26.713 stall n1 for=8.699"),
        (wrapped(WatchRegistry, "remove_node", unmended.fresh_if_certain),),
        "D3 D7",
    ),
    Pin(
        "election",
        20045,
        "the nemesis kills one that has been succeeded, and has its heir accused, which lives",
        ("28.825 stall leader for=4.853", "31.35 turmoil leader for=1.0 quietly=0.0"),
        (
            wrapped(Nemesis, "ended", unmended.accused_in_its_place),
            unmended.unnoted("new-session", len(CANDIDATES)),  # which excuses it, too
        ),
        "I9",
    ),
    Pin(
        "election",
        20304,
        "followers come to a member of the ensemble that is behind, and trust the leader that it knows",
        ("12.764 blind for=12.727", "21.215 stale zk2 for=11.421"),
        ((LeaderWatch, "connected", unmended.trusts_who_is_behind),),
        "I10 I14",
    ),
    Pin(
        "election",
        20945,
        "in a turmoil one that has been succeeded is spared, and who leads loses its session without a word of it",
        (
            "16.304 turmoil leader for=0.245 quietly=0.0",
            "16.371 stale zk3 for=0.081",
            "16.544 turmoil leader for=0.093 quietly=0.0",
        ),
        (unmended.unnoted("new-session", len(CANDIDATES)),),
        "I9",
    ),
    Pin(
        "deathwatch",
        400685,
        "a node leaves whose connections are closed as idle, and a watch that comes after is told by silence only",
        (
            "7.504 doze n4 n2 for=2.667 stall=0.592",
            "18.17 leave n2 for=7.758",
            "18.7 no-datagrams for=0.916",
        ),
        (wrapped(Association, "unreached", unmended.unreached_at_rest),),
        "D5",
    ),
    Pin(
        "deathwatch",
        505809,
        "the same",
        (
            "2.427 isolate n4 for=0.42",
            "3.024 isolate n5 for=3.658",
            "10.015 isolate n3 for=0.086",
            "16.357 isolate n1 for=0.083",
        ),
        ((Truth, "watches_since", unmended.watched_by_somebody),),
        "D7",
    ),
    Pin(
        "deathwatch",
        602815,
        "a frozen node finds a connection that was made and reset, and takes its dial for one that goes on",
        (
            "4.872 kill n2 for=0.984 linger=0.02",
            "23.721 vanish n3 for=7.193",
            "31.001 freeze n5 for=9.859",
        ),
        ((Dialling, "settled", unmended.settled_if_known),),
        "D8",
    ),
    Pin(
        "deathwatch",
        600648,
        "a newcomer that ran into its peer's door is watched, dials nobody and suspects the peer",
        ("7.835 vanish n2 for=0.07", "20.834 vanish n1 for=0.066"),
        ((Verdict, "_watch", unmended.watch_undialled),),
        "D8",
    ),
    Pin(
        "silences",
        38,
        "a node is convicted by a last dial, though its last watcher has ended its watch meanwhile",
        ("10.353 deaf n1 n4 for=5.765 early=0.202 stall=0.93 timers=1.0",),
        ((RemoteWatcher, "_tidy", unmended.tidied_if_nobody_cares),),
        "D7",
    ),
    Pin(
        "silences",
        60,
        "a node is suspected for ever, because nobody watches there any more, so that no answer can clear it",
        (
            "3.508 deaf n1 n4 for=5.67 early=-0.04 stall=0.0 timers=1.0",
            "8.784 delay n4 n3 for=9.038 mean=0.2",
            "8.94 deaf n3 n4 for=2.987 early=0.098 stall=0.672 timers=1.0",
            "9.78 freeze n4 for=0.088",
            "15.231 lonely n4 n1 for=2.539 early=0.35 stall=0.881 timers=1.0",
            "31.827 hush n4 n1 for=4.284 early=0.229 stall=0.572 timers=1.0",
        ),
        ((RemoteWatcher, "_tidy", unmended.tidied_if_nobody_cares),),
        "D8",
    ),
    Pin(
        "silences",
        3712,
        "who goes on speaking after a silence is convicted by the time of its first word",
        (
            "10.447 lonely n4 n1 for=2.525 early=-0.016 stall=0.689 timers=0.0",
            "18.46 lonely n4 n1 for=4.16 early=0.361 stall=0.431 timers=1.0",
            "23.169 freeze n4 for=2.136",
        ),
        ((Voice, "heard", unmended.heard_in_between),),
        "D7",
    ),
    Pin(
        "silences",
        6397,
        "who is suspected and speaks after 2.9 s is convicted 1.2 s later, since a pause may last 3 s",
        (
            "7.306 vanish n2 for=5.149",
            "10.806 lonely n1 n2 for=5.127 early=0.148 stall=0.558 timers=0.0",
            "14.221 deaf n3 n1 for=4.319 early=0.225 stall=0.439 timers=1.0",
            "18.919 deaf n5 n2 for=6.212 early=0.383 stall=0.826 timers=0.0",
            "19.676 lonely n5 n3 for=4.119 early=0.189 stall=0.419 timers=1.0",
            "25.313 hush n5 n3 for=4.239 early=0.193 stall=0.0 timers=0.0",
            "28.61 lonely n3 n4 for=4.782 early=-0.094 stall=0.576 timers=0.0",
        ),
        (wrapped(Voice, "heard", unmended.mute_as_if_never_suspected),),
        "D7",
    ),
    Pin(
        "silences",
        6764,
        "the same, of who then stands still twice",
        (
            "6.411 hush n5 n4 for=4.221 early=0.051 stall=0.786 timers=0.0",
            "10.216 hush n5 n4 for=4.185 early=-0.052 stall=0.323 timers=0.0",
            "10.728 hush n5 n3 for=4.567 early=0.025 stall=0.988 timers=0.0",
        ),
        (wrapped(Voice, "heard", unmended.mute_as_if_never_suspected),),
        "D7",
    ),
    Pin(
        "silences",
        20131,
        "a dial from before a node began anew is answered late, and convicts the node as if the former lived there now",
        (
            "5.018 lonely n3 n5 for=4.927 early=0.075 stall=0.458 timers=0.0",
            "5.922 kill n2 for=0.062",
            "16.104 deaf n1 n4 for=0.073 early=0.348 stall=0.378 timers=0.0",
            "27.784 deaf n2 n5 for=5.393 early=0.35 stall=0.0 timers=1.0",
            "28.439 deaf n4 n2 for=4.837 early=-0.037 stall=0.699 timers=0.0",
            "29.733 freeze n4 for=3.861",
            "31.863 deaf n5 n4 for=5.404 early=0.111 stall=0.665 timers=0.0",
        ),
        (wrapped(Belief, "_begin", unmended.answered_by_whoever_lives_there),),
        "D7",
    ),
    Pin(
        "silences",
        8202484,
        "a dial is refused before anybody asks, and convicts who lives there since, as certainly dead",
        (
            "16.421 deaf n2 n4 for=5.386 early=0.18 stall=0.0 timers=0.0",
            "20.304 deaf n5 n4 for=0.074 early=-0.047 stall=0.0 timers=1.0",
            "24.826 deaf n2 n5 for=5.606 early=0.306 stall=0.503 timers=1.0",
            "26.932 lonely n5 n3 for=4.262 early=0.169 stall=0.0 timers=0.0",
            "29.179 lonely n4 n1 for=0.065 early=0.312 stall=0.522 timers=0.0",
            "30.875 freeze n5 for=2.808",
        ),
        ((Belief, "_may_be_late", lambda *_: False), wrapped(Belief, "_convict", unmended.whenever_watched)),
        "D7",
    ),
    Pin(
        "silences",
        8203069,
        "a late answer of a convicted incarnation buries the watches that are on their way to the next one",
        (
            "14.034 hush n4 n2 for=5.303 early=-0.008 stall=1.053 timers=0.0",
            "18.685 freeze n4 for=2.764",
            "19.228 hush n4 n2 for=4.241 early=0.153 stall=0.0 timers=1.0",
        ),
        (wrapped(Association, "_reject", unmended.rejected_is_nobody),),
        "D5",
    ),
    Pin(
        "strangers",
        4700121,
        "a refused dial is death for who answers datagrams, since a watch on its way there has no answer",
        (
            "5.131 firewall n1 n3 for=0.051",
            "6.217 firewall n3 n1 for=0.051",
            "9.996 firewall n2 n4 for=8.853",
            "13.951 firewall n1 n2 for=0.059",
        ),
        (wrapped(Answers, "look", unmended.known_only_now),),
        "D7",
    ),
    Pin(
        "strangers",
        774,
        "a sweep in the moment of a look begins anew, and a connection that was forgotten is never given up",
        ("6.0 amnesia n1 n5 for=0.01", "6.0 amnesia n3 n4 for=0.01"),
        ((Upkeep, "renew", Upkeep._look),),
        "D5",
    ),
    Pin(
        "strangers",
        14,
        "a death waits for words on a connection that was forgotten, until the kernel gives it up",
        ("6.0 amnesia n1 n4 for=0.01",),
        ((Upkeep, "renew", lambda _: None),),
        "D5",
    ),
    Pin(
        "deathwatch",
        1701260,
        "two nodes on a slow link end each other's dials, since each claim to an address is asked about anew",
        ("15.64 vanish n2 for=0.058", "29.439 delay n4 n2 for=7.271 mean=0.2"),
        (
            (Dialling, "is_received", property(lambda _: False)),
            (judge_of, "QUICKLY_S", {**judge_of.QUICKLY_S, "slow": 3.5}),  # it takes 3.2 s, and 3.9 without the mend
        ),
        "D5",
    ),
    Pin(
        "deathwatch",
        2038063,
        "a claim to an address is not asked about while a dial waits for somebody whose host has gone",
        ("11.749 vanish n2 for=0.697", "18.951 vanish n1 for=0.038"),
        ((Dialling, "is_received", property(lambda dialling: dialling._link is not None and dialling._task is None)),),
        "D5",
    ),
    Pin(
        "silences",
        5115,
        "the next incarnation is blamed for what its predecessor had answered to a dial before anybody asked",
        (
            "2.988 hush n4 n3 for=5.4 early=0.243 stall=0.447 timers=0.0",
            "7.002 hush n3 n4 for=4.256 early=0.148 stall=0.331 timers=1.0",
            "11.139 hush n4 n3 for=1.101 early=0.29 stall=0.304 timers=1.0",
        ),
        (wrapped(Verdict, "_accept", unmended.asked_at_any_time),),
        "D7",
    ),
    Pin(
        "silences",
        8207462,
        "who is not read, since its messages wait for system messages that are lost, is not heard either",
        (
            "6.568 vanish n5 for=5.766",
            "15.574 hush n2 n5 for=4.377 early=-0.046 stall=0.574 timers=1.0",
            "23.896 hush n2 n3 for=4.118 early=0.281 stall=0.721 timers=1.0",
            "26.751 hush n2 n3 for=3.977 early=0.157 stall=0.326 timers=0.0",
        ),
        ((reader, "HELD_BYTES", -1),),
        "D7",
    ),
    Pin(
        "comings",
        8400071,
        "a refusal from between two lives of a node is believed of who is watched there since that dial began",
        (
            "4.808 kill n1 for=0.037",
            "5.836 part n4 for=1.915 mind=231.0",
            "6.011 part n3 for=1.81 mind=743.0",
            "7.699 part n3 for=1.246 mind=456.0",
            "9.942 haste n2 n4 for=1.024 mean=0.3 lives=4.0 mind=904.0",
            "13.737 haste n4 n1 for=2.068 mean=0.02 lives=2.0 mind=841.0",
            "17.761 delay n4 n1 for=3.13 mean=0.05",
            "21.23 kill n2 for=0.132",
            "25.67 vanish n3 for=2.246",
            "29.273 kill n4 for=0.095",
        ),
        (wrapped(Belief, "_convict", unmended.whenever_watched),),
        "D7",
    ),
    Pin(
        "silences",
        8810885,
        "the late word of a convicted predecessor is taken for that of whoever lives there now",
        (
            "4.094 lonely n2 n3 for=5.226 early=0.327 stall=0.604 timers=0.0",
            "16.574 lonely n1 n2 for=5.181 early=0.326 stall=1.031 timers=1.0",
            "20.656 lonely n2 n1 for=4.223 early=0.282 stall=0.431 timers=1.0",
            "21.586 lonely n4 n2 for=4.238 early=0.153 stall=0.631 timers=0.0",
        ),
        ((Belief, "is_succeeded", lambda *_: False),),
        "D8",
    ),
    Pin(
        "comings",
        8818001,
        "whoever asks for the dead later puts off who has asked before",
        ("27.919 throng n4 n1 for=5.634 mean=0.03 pace=0.482",),
        (wrapped(RemoteWatcher, "watch_sent", unmended.asked_anew), wrapped(Verdict, "_watch", unmended.put_off)),
        "D4",
    ),
    Pin(
        "comings",
        8818003,
        "who leaves does not wait for whoever lives where somebody is dead",
        ("4.319 kill n4 for=0.064", "11.232 part n5 for=0.07 mind=608.0"),
        (wrapped(Farewell, "flush", unmended.flushed_to_those_who_were_there),),
        "D3",
    ),
    Pin(
        "misfits",
        8822003,
        "a TaskManager that broke and began anew followed nobody until the leader changed, and its leader relied on it",
        ("4.0 break-worker tm3 for=0.26",),
        ((TaskManager, "post_restart", lambda worker, reason: worker.pre_start()),),
        "I8",
    ),
    Pin(
        "misfits",
        8822068,
        "nobody cleaned up behind jobs any more when who did so under a leader broke",
        ("5.042 break leader for=0.064 part=3.0 which=0.0",),
        (wrapped(Dispatcher, "_gone", unmended.cleaner_is_not_missed),),
        "I13",
    ),
    Pin(
        "misfits",
        8822012,
        "a contender that broke and began anew watched for ever who had stood by for it before",
        ("3.851 break-contender leader for=2.694", "6.0 break-contender leader for=2.694"),
        ((Contender, "post_stop", unmended.watches_on),),
        "I13",
    ),
    Pin(
        "floods",
        8840004,
        "messages that share a frame have together more values than one may have, and are dropped without a word",
        ("23.142 pour n4 n2 for=0.051 mind=466.0",),
        (wrapped(Backlog, "__init__", unmended.batched_by_bytes_alone),),
        "D9",
    ),
    Pin(
        "misfits",
        8825402,
        "a job was tried again while its former tasks lived, and ended at once when it was cancelled just then",
        (
            "0.5 away-at for=7.098 what=1.0 after=0.03",
            "3.361 disk-full for=2.122",
            "3.95 break leader for=0.277 part=2.0 which=1.0",
            "5.716 kill tm3 for=1.69",
        ),
        ((job_recovery, "_held", unmended.nothing_held),),
        "I11",
    ),
]
