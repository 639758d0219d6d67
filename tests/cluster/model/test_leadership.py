"""The contender's state machine: grant, start, confirm, publish, and all ways to lose (`flink-ha` 2.1, 2.4, 2.8)."""

from __future__ import annotations

import pytest

from cluster.model.leadership import (
    Challenge,
    LeaderEpoch,
    Leadership,
    Publish,
    Resign,
    Role,
    StartLeader,
    StopLeader,
)


def standing() -> Leadership:
    leadership = Leadership()
    leadership.stand()
    return leadership


def role(leadership: Leadership) -> Role:
    return leadership.role


def leading(epoch: int = 1) -> Leadership:
    leadership = standing()
    leadership.granted(epoch)
    leadership.ready(epoch, "here")
    leadership.published(epoch)
    assert role(leadership) is Role.LEADING
    return leadership


def test_epochs_are_ordered_integers() -> None:
    """Fencing numbers can be put in order, and the next is higher."""
    assert LeaderEpoch(3) < LeaderEpoch(3).following == 4
    assert isinstance(LeaderEpoch(3).following, LeaderEpoch)


def test_grant_start_confirm_and_only_then_publish() -> None:
    """2.1: nobody sees a leader before its leader part is ready."""
    leadership = standing()
    assert leadership.granted(7) == [StartLeader(7)]
    assert role(leadership) is Role.GRANTED
    assert leadership.ready(7, "here") == [Publish(7, "here")]
    assert role(leadership) is Role.CONFIRMING
    assert leadership.published(7) == []
    assert role(leadership) is Role.LEADING
    assert leadership.may_act(7)


def test_a_follower_is_not_granted_anything() -> None:
    """Who does not stand does not lead."""
    leadership = Leadership()
    assert leadership.granted(1) == []
    assert role(leadership) is Role.FOLLOWER


def test_confirmations_of_an_old_epoch_are_dropped() -> None:
    """2.1: a confirmation with an old epoch has no effect."""
    leadership = standing()
    leadership.granted(1)
    leadership.revoked()
    leadership.stopped(1)
    leadership.granted(2)
    assert leadership.ready(1, "old") == []
    assert role(leadership) is Role.GRANTED
    leadership.ready(2, "new")
    leadership.published(1)
    assert role(leadership) is Role.CONFIRMING


@pytest.mark.parametrize("epoch", [1, 2])
def test_grants_of_old_epochs_are_dropped(epoch: int) -> None:
    """An epoch that is not higher than all seen is no grant."""
    leadership = standing()
    leadership.leader_changed(2)
    assert leadership.granted(epoch) == []
    assert role(leadership) is Role.STANDING


@pytest.mark.parametrize("steps", [0, 1, 2])
def test_revoked_stops_at_any_step(steps: int) -> None:
    """A revocation ends the leader part whether it is recovering, confirming or leading."""
    leadership = standing()
    leadership.granted(1)
    if steps > 0:
        leadership.ready(1, "here")
    if steps > 1:
        leadership.published(1)
    assert leadership.revoked() == [StopLeader(1)]
    assert not leadership.may_act(1)
    assert leadership.stopped(1) == []
    assert role(leadership) is Role.STANDING


def test_a_new_grant_waits_for_the_old_leader_part() -> None:
    """2.1: the next leader part starts only when the former is fully stopped."""
    leadership = leading(1)
    leadership.revoked()
    assert leadership.granted(2) == []
    assert leadership.stopped(1) == [StartLeader(2)]


def test_a_grant_over_a_living_leader_part_replaces_it() -> None:
    """A grant without a revocation before stops the old part first."""
    leadership = leading(1)
    assert leadership.granted(2) == [StopLeader(1)]
    assert not leadership.may_act(1)
    assert not leadership.may_act(2)
    assert leadership.stopped(1) == [StartLeader(2)]


def test_a_waiting_grant_is_lost_when_it_is_overtaken() -> None:
    """A grant that waited is not started when somebody else leads by then."""
    leadership = leading(1)
    leadership.granted(2)
    leadership.leader_changed(3)
    assert leadership.stopped(1) == []
    assert role(leadership) is Role.STANDING


def test_another_leader_with_a_higher_epoch_ends_ours() -> None:
    """Seeing a higher epoch is as good as a revocation."""
    assert leading(1).leader_changed(2) == [StopLeader(1)]


@pytest.mark.parametrize("epoch", [0, 1])
def test_news_of_old_leaders_change_nothing(epoch: int) -> None:
    """Hearing of our own or of no epoch does not end our leadership."""
    leadership = leading(1)
    assert leadership.leader_changed(epoch) == []
    assert leadership.may_act(1)


def test_a_refused_publication_is_a_loss() -> None:
    """When the backend refuses the confirmation, the epoch is no longer ours."""
    leadership = standing()
    leadership.granted(1)
    leadership.ready(1, "here")
    assert leadership.publish_failed(1) == [StopLeader(1)]


def test_a_refusal_of_an_old_publication_is_dropped() -> None:
    """What carries an old epoch has no effect."""
    leadership = leading(3)
    assert leadership.publish_failed(2) == []
    assert leadership.may_act(3)


def test_suspended_is_not_lost() -> None:
    """2.8: without contact a leader stops acting and keeps its leader part; with contact it goes on."""
    leadership = leading(1)
    assert leadership.suspended() == []
    assert not leadership.may_act(1)
    assert role(leadership) is Role.LEADING
    assert leadership.resumed() == []
    assert leadership.may_act(1)


def test_a_leader_that_gets_ready_without_contact_is_published_later() -> None:
    """2.8: the publication waits for the contact."""
    leadership = standing()
    leadership.granted(1)
    leadership.suspended()
    assert leadership.ready(1, "here") == []
    assert leadership.resumed() == [Publish(1, "here")]


def test_only_certainty_challenges() -> None:
    """A standby that knows for certain that the leader is dead takes over; suspicion does not."""
    leadership = standing()
    leadership.leader_changed(4)
    assert leadership.leader_dead(4, certain=False) == []
    assert leadership.leader_dead(3, certain=True) == []
    assert leadership.leader_dead(4, certain=True) == [Challenge(4)]


def test_neither_followers_nor_leaders_challenge() -> None:
    """TaskManagers and clients do not take part; a leader does not challenge itself."""
    follower = Leadership()
    follower.leader_changed(4)
    assert follower.leader_dead(4, certain=True) == []
    assert leading(4).leader_dead(4, certain=True) == []


def test_a_leader_that_leaves_resigns_when_it_has_stopped() -> None:
    """2.9: SIGTERM: the leader part stops first, then the leadership is given back, and the next one leads at once."""
    leadership = leading(1)
    assert leadership.leave() == [StopLeader(1)]
    assert leadership.stopped(1) == [Resign(1)]
    assert role(leadership) is Role.FOLLOWER


def test_a_standby_that_leaves_just_goes() -> None:
    """A standby has nothing to give back."""
    leadership = standing()
    assert leadership.leave() == []
    assert role(leadership) is Role.FOLLOWER


def test_a_broken_leader_part_lets_another_lead() -> None:
    """A leader part that fails by itself is stopped and its office given back; the process stays as a standby."""
    leadership = leading(1)
    assert leadership.failed(1) == [StopLeader(1)]
    assert leadership.stopped(1) == [Resign(1)]
    assert role(leadership) is Role.STANDING


def test_a_revoked_leader_does_not_resign() -> None:
    """What is lost cannot be given back: it may be another's by now."""
    leadership = leading(1)
    leadership.leave()
    leadership.revoked()
    assert leadership.stopped(1) == []
