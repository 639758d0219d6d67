"""What a process is told of trouble with an ensemble."""

from __future__ import annotations

from unittest.mock import Mock

from kazoo.exceptions import NoAuthError

from cluster.election.driver import ElectionUnavailable, LeaderInfo
from cluster.election.zookeeper.driver import ZookeeperElectionDriver
from cluster.election.zookeeper.news import News
from cluster.election.zookeeper.settings import ZookeeperSettings


def test_each_trouble_is_told_once_in_an_outage() -> None:
    """Another thing that is wrong is news; another member that cannot be reached is not."""
    news = News(ZookeeperSettings("zk1:2181"))
    listener = news.listener = Mock()
    cut_off = (ElectionUnavailable("no connection: zk1 refuses"), ElectionUnavailable("no connection: zk2 refuses"))
    troubles = (ValueError("the record cannot be read"), NoAuthError(), *cut_off)
    for _ in range(2):
        for error in (*troubles, *troubles):
            news.failed(error)
        told = [str(call.args[0]) for call in listener.failed.call_args_list]
        assert ["cannot be read" in told[0], "access" in told[1], told[2:]] == [True, True, [str(cut_off[0])]]
        listener.failed.reset_mock()
        news.is_well()

    for number in range(100):
        news.failed(ValueError(number))
    assert listener.failed.call_count == 16


async def test_what_is_wrong_after_somebody_was_shown_is_told_again() -> None:
    """A leader of another release cannot be read; after one that can be, another such is news."""
    driver = ZookeeperElectionDriver(ZookeeperSettings("zk1:2181"))
    listener = driver._news.listener = Mock()
    for leader in (
        None,
        LeaderInfo(3, "actor://jm@h:1/user/dispatcher", "actor://jm@h:1/user/contender#7", "one"),
        None,
    ):
        driver._news.failed(ValueError("the leader cannot be read"))
        driver._show(leader)
    driver._news.failed(ValueError("the leader cannot be read"))
    assert listener.failed.call_count == 2
