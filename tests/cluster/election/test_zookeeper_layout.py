"""Where things are in ZooKeeper: paths of keys and back, folders, values and the record."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.election.zookeeper.layout import (
    Layout,
    from_node,
    parents_of,
    record_from_node,
    record_to_node,
    to_node,
)
from cluster.model.latch_effects import OfficeRecord, Vacancy

LAYOUT = Layout("/flink", "default")


@pytest.mark.parametrize(
    ("root", "cluster", "base"),
    [
        ("/flink", "default", "/flink/default"),
        ("flink/", "/prod/one/", "/flink/prod/one"),
        ("/", "default", "/default"),
    ],
)
def test_the_nodes_of_a_cluster(root: str, cluster: str, base: str) -> None:
    """Flink's names under root and cluster id, whatever slashes are written."""
    layout = Layout(root, cluster)

    assert layout.base == base
    assert layout.latch("x") == f"{base}/leader/latch/x"
    assert layout.record == f"{base}/leader/epoch"
    assert layout.info == f"{base}/leader/dispatcher/connection_info"


def test_jobs_are_where_flink_has_them() -> None:
    """Whoever looks with ZooKeeper's own tools finds what is known."""
    assert LAYOUT.path_of("jobs/abc") == "/flink/default/jobgraphs/abc"
    assert LAYOUT.path_of("checkpoints/abc/7") == "/flink/default/checkpoints/abc/7"
    assert LAYOUT.path_of("timeline") == "/flink/default/timeline"


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_every_key_has_a_path_of_its_own(key: str) -> None:
    """Any text is a key: its path is one that ZooKeeper takes, never the election's, and leads back to the key."""
    path = LAYOUT.path_of(key)

    assert LAYOUT.key_of(path) == key
    parts = path.removeprefix("/flink/default/").split("/")
    assert all(part and part not in (".", "..") and part.isprintable() and part.isascii() for part in parts)
    assert parts[0] != "leader"


@given(st.text("ab/%.é", max_size=8), st.text("ab/%.é", max_size=4))
def test_a_prefix_is_found_under_its_folder(prefix: str, rest: str) -> None:
    """All keys that begin with a text are in the folder that is searched for it, or are the folder itself."""
    folder = LAYOUT.folder_of(prefix)

    assert f"{LAYOUT.path_of(prefix + rest)}/".startswith(f"{folder}/")


def test_folders_above_a_value() -> None:
    """Outermost first, without the cluster's own node."""
    assert parents_of("/flink/default/a/b/c", "/flink/default") == ["/flink/default/a", "/flink/default/a/b"]
    assert parents_of("/flink/default/a", "/flink/default") == []


def test_a_value_differs_from_a_folder() -> None:
    """Also if it is empty."""
    assert from_node(to_node(b"")) == b""
    assert from_node(to_node(b"=x")) == b"=x"
    assert from_node(b"") is None


def test_the_record_and_back() -> None:
    """What is written is what is read; something else is an error that shows it."""
    node = record_to_node(7, "me-latch-0000000001", Vacancy.CHALLENGED)

    assert record_from_node(node, 3) == OfficeRecord(7, "me-latch-0000000001", 3, Vacancy.CHALLENGED)
    for broken in (b"", b"[]", b'{"epoch": 1}', b'{"epoch": 1, "holder": "", "freed": "sold"}', b"\xff"):
        with pytest.raises(ValueError, match="cannot be read"):
            record_from_node(broken, 0)
