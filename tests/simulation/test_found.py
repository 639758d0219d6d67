"""Schedules that have once shown a defect of the product, or of its nemesis, in the light scenarios."""

from __future__ import annotations

import pytest

from runtime.sim.campaign import found, play
from runtime.sim.schedule import parsed


def test_who_waits_at_the_door_of_a_slow_link_is_let_in() -> None:
    """A node that is restarted at once, behind a round trip of 100 ms, meets a peer that knows its predecessor.

    The peer's quick dials, of 20 ms each, could not tell who lives there; and as it had nothing to send, it dialled no
    more. The newcomer waited for ever, and convicted the peer, which lived, by silence.
    """
    schedule = parsed("27.529 delay n4 n5 for=2.425 mean=0.05\n27.832 vanish n4 for=0.062")
    outcome = play(found("deathwatch"), 10077, schedule)
    assert not outcome.error, outcome.error


def test_who_has_just_shaken_hands_is_heard() -> None:
    """A node that stood still comes back, dials a peer that was restarted meanwhile, and keeps it waiting at its door.

    It read to its end what the peer's predecessor had sent, on a connection without any. The peer, which had never had
    an answer, convicted it for all the silence before, though it had just been dialled by it (D7).
    """
    schedule = parsed("3.918 vanish n5 for=0.778\n6.294 stall n2 for=8.753")
    outcome = play(found("deathwatch"), 30312, schedule)
    assert not outcome.error, outcome.error


def test_who_speaks_during_its_last_dial_is_not_convicted_by_it() -> None:
    """The last dial begins in the last moments of a cut; the news of a death comes from the node when that is over.

    Nothing but the first packet of the dial was lost, and the node was convicted before it was sent again (D7).
    """
    outcome = play(found("deathwatch"), 200702, parsed("15.314 isolate n3 for=3.612"))
    assert not outcome.error, outcome.error


def test_who_stood_still_while_dialling_for_the_last_time_convicts_nobody() -> None:
    """Two nodes stand still, one of them in the midst of its last dial to the other, which fails while it does.

    It heard of that when it went on, 10 s late, before it noticed its stall and read its sockets, and convicted (D7).
    """
    outcome = play(found("deathwatch"), 1017963, parsed("17.383 stall n2 for=9.086\n21.138 stall n5 for=9.952"))
    assert not outcome.error, outcome.error


@pytest.mark.parametrize(
    ("seed", "schedule"),
    [
        (611485, "10.674 isolate n3 for=3.283\n13.901 freeze n5 for=0.719"),
        (700011, "15.525 isolate n5 for=7.974\n19.026 datagrams n1 n5 for=8.898 repeated=0.5 spread=0.3"),
        (700019, "9.012 doze n3 n5 for=2.246 stall=0.359\n11.229 stall n5 for=3.775"),
    ],
)
def test_who_speaks_again_has_time_to_answer(seed: int, schedule: str) -> None:
    """A cut is over, something comes from the node, and its answer is late: it was convicted a second later (D7)."""
    outcome = play(found("deathwatch"), seed, parsed(schedule))
    assert not outcome.error, outcome.error


def test_whom_nobody_knows_yet_is_dialled_once_more_before_its_conviction() -> None:
    """A host comes back while the first dial of its new watcher waits for the repetition of its lost packet.

    It was convicted 0.9 s after it could be reached again, though nobody had tried (D7).
    """
    schedule = parsed("7.678 leave n1 for=0.039\n18.563 isolate n1 for=9.184\n24.787 vanish n3 for=3.789")
    outcome = play(found("deathwatch"), 211522, schedule)
    assert not outcome.error, outcome.error


@pytest.mark.parametrize("seed", [5102, 5279])
def test_a_node_that_is_forgotten_after_a_long_rest_can_be_watched_again(seed: int) -> None:
    """Whoever forgets an idle association and has one again goes on with its numbers; a Watch was lost for ever (D8).

    No fault is needed: two nodes have nothing to say to each other for a while, and one of them has collected garbage.
    """
    outcome = play(found("deathwatch"), seed, [])
    assert not outcome.error, outcome.error


def test_a_watch_is_not_ended_by_the_silence_of_a_former_incarnation() -> None:
    """A host comes back within a cut and is watched; what is known is the silence of the one before it.

    The first one's silence convicted the address, and with it the watch on the second (D7); in the other seed the
    second stood still, was convicted as the first one, and spoke when it went on (D3).
    """
    for seed, faults in (
        (202924, "6.174 vanish n1 for=3.506\n9.268 isolate n4 for=2.459"),
        (212347, "20.515 vanish n1 for=0.065\n26.713 stall n1 for=8.699"),
    ):
        outcome = play(found("deathwatch"), seed, parsed(faults))
        assert not outcome.error, outcome.error


def test_words_for_a_node_that_was_not_known_to_have_started_again_are_not_missed() -> None:
    """They were written to a connection of its predecessor, whose host had vanished without a word (D3)."""
    schedule = parsed("15.216 vanish n4 for=8.865\n29.922 kill n5 for=0.056 linger=0.0")
    outcome = play(found("deathwatch"), 400104, schedule)
    assert not outcome.error, outcome.error


def test_nobody_is_accused_for_another_who_has_died() -> None:
    """The nemesis kills a leader in a turmoil; one that stood still has been succeeded by then, and its heir lives.

    The heir was taken for dead on that evidence and lost its office, though nothing had happened to it (I9).
    """
    schedule = parsed(
        """
        2.015 kill-member head for=0.989
        7.366 turmoil leader for=0.05 quietly=0.0
        17.985 freeze leader for=0.065
        28.825 stall c2 for=4.853
        31.688 turmoil leader for=0.226 quietly=0.0
        """
    )
    outcome = play(found("election"), 20045, schedule)
    assert not outcome.error, outcome.error


def test_a_follower_does_not_believe_a_member_that_is_behind() -> None:
    """Followers that were cut off come back to the one member that has not heard of the new leader.

    They trusted the old one for as long as that member was behind, instead of asking it to catch up (I10).
    """
    schedule = parsed("12.764 blind for=12.727\n21.215 stale zk2 for=11.421")
    outcome = play(found("election"), 20304, schedule)
    assert not outcome.error, outcome.error


def test_who_leads_may_be_among_those_who_lose_their_sessions() -> None:
    """In a turmoil all but the leader give up their sessions; one that has been succeeded may be taken for it (I9)."""
    schedule = parsed(
        """
        16.304 turmoil leader for=0.245 quietly=0.0
        16.371 stale zk3 for=0.081
        16.544 turmoil leader for=0.093 quietly=0.0
        """
    )
    outcome = play(found("election"), 20945, schedule)
    assert not outcome.error, outcome.error


def test_who_leaves_while_it_rests_is_found_by_the_first_dial() -> None:
    """A node leaves whose connections are closed as idle; a watch that comes after was told by silence only (D5)."""
    schedule = "7.504 doze n4 n2 for=2.667 stall=0.592\n18.17 leave n2 for=7.758\n18.7 no-datagrams for=0.916"
    outcome = play(found("deathwatch"), 400685, parsed(schedule))
    assert not outcome.error, outcome.error


@pytest.mark.parametrize(
    ("seed", "schedule"),
    [
        (504683, "3.333 isolate n1 for=5.447"),
        (505809, "2.427 isolate n4 for=0.42\n3.024 isolate n5 for=3.658"),
        (501994, "14.375 doze n3 n4 for=2.623 stall=0.551\n14.486 no-datagrams for=1.952"),
        (611964, "7.401 no-datagrams for=0.921\n9.077 datagrams n1 n4 for=0.043 repeated=0.5 spread=0.3"),
    ],
)
def test_the_judge_knows_since_when_a_node_is_watched_and_who_stands_still(seed: int, schedule: str) -> None:
    """One watches after another, so the node is watched all the time; who dozes stands still when its cut is over."""
    outcome = play(found("deathwatch"), seed, parsed(schedule))
    assert not outcome.error, outcome.error


def test_a_connection_that_breaks_before_its_dial_goes_on_is_dialled_again() -> None:
    """A frozen node finds a connection that was made and reset; its dial was taken for one that goes on (D8)."""
    schedule = "4.872 kill n2 for=0.984 linger=0.02\n23.721 vanish n3 for=7.193\n31.001 freeze n5 for=9.859"
    outcome = play(found("deathwatch"), 602815, parsed(schedule))
    assert not outcome.error, outcome.error


def test_who_is_watched_after_nobody_was_reached_is_dialled() -> None:
    """A newcomer ran into its peer's door with its quick dials; then it was watched, and suspected the peer (D8)."""
    schedule = "7.835 vanish n2 for=0.07\n20.834 vanish n1 for=0.066"
    outcome = play(found("deathwatch"), 600648, parsed(schedule))
    assert not outcome.error, outcome.error


def test_the_judge_forgives_who_has_watchers_that_went_without_a_word() -> None:
    """Who convicts a node that is cut off takes its connections down, and the node does not hear of it."""
    schedule = "5.98 isolate n2 for=3.883\n10.884 kill n1 for=4.414 linger=0.0"
    outcome = play(found("deathwatch"), 601656, parsed(schedule))
    assert not outcome.error, outcome.error


@pytest.mark.parametrize(
    ("seed", "schedule"),
    [
        (1000181, "19.304 reset n5 n3 for=2.706 cut=1.0\n21.552 reset n5 n3 for=1.161 cut=1.0"),
        (1003692, "6.354 vanish n4 for=0.088\n22.862 vanish n4 for=9.974"),
        (1100088, "9.313 stall n1 for=3.669\n28.747 vanish n1 for=8.482\n29.847 reset n2 n4 for=0.056 cut=0.0"),
        (610290, "32.764 isolate n1 for=4.693\n33.953 reset n1 n2 for=0.077 cut=1.0"),
        (614743, "21.898 leave n5 for=0.067\n27.478 vanish n5 for=9.978"),
        (616078, "12.663 freeze n2 for=1.232\n13.897 vanish n2 for=0.067"),
    ],
)
def test_the_judge_asks_for_nothing_that_nobody_can_know(seed: int, schedule: str) -> None:
    """A loss is announced with the next connection; a host that is away is silent, whichever life was watched."""
    outcome = play(found("deathwatch"), seed, parsed(schedule))
    assert not outcome.error, outcome.error
