"""Without the package that speaks to ZooKeeper."""

from __future__ import annotations

import sys

import pytest

from cluster.backends import zookeeper_driver
from cluster.election.driver import ElectionUnavailable
from cluster.election.zookeeper.settings import ZookeeperSettings


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """One clear error says what to install."""
    for name in [one for one in sys.modules if one.startswith(("kazoo", "cluster.election.zookeeper."))]:
        if name != "cluster.election.zookeeper.settings":
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "kazoo", None)

    with pytest.raises(ElectionUnavailable, match=r"pip install 'deathwatch\[zookeeper\]'"):
        zookeeper_driver(ZookeeperSettings("localhost:1"))
