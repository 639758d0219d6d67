"""One clock for all processes of a machine, whatever their namespaces show them."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from cluster.backends import sqlite_driver
from cluster.config import load
from cluster.election import machine_time
from cluster.election.machine_time import ahead_s, machine_clock
from cluster.election.witness import Witness, own_proof

LOOK = """
import time
from cluster.election.machine_time import machine_clock
from cluster.election.witness import own_proof
print(time.monotonic(), machine_clock()(), own_proof("boot"), sep="\\n")
"""


@pytest.fixture
def namespace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What Linux says of a time namespace in which everything was five hundred seconds later, and a quarter."""
    (tmp_path / "ns").mkdir()
    for name in ("time", "time_for_children"):
        (tmp_path / "ns" / name).symlink_to("time:[4026532177]")
    (tmp_path / "timens_offsets").write_text("monotonic         500 250000000\nboottime           -7         0\n")
    monkeypatch.setattr(machine_time, "_SELF", tmp_path)
    return tmp_path


def test_the_clock_is_the_machines(namespace: Path) -> None:
    """Two containers may show different times and have one boot id: a lease would be over at once there, or never."""
    before = time.monotonic()
    assert before - 500.25 <= machine_clock()() <= time.monotonic() - 500.25
    assert ahead_s("boottime") == -7.0


async def test_leases_go_by_it(namespace: Path) -> None:
    """The file is shared with processes that are shown another clock."""
    config, _ = load(None, ["high-availability=sqlite", f"high-availability.storageDir={namespace}"])
    assert sqlite_driver(config)._settings.clock() <= time.monotonic() - 500.25


@pytest.mark.parametrize("text", ["", "monotonic\n", "monotonic many 0\n", "another 1 2 3\n"])
def test_what_is_not_known_is_no_offset(namespace: Path, text: str) -> None:
    """Another kernel may say it in other words, or not at all."""
    (namespace / "timens_offsets").write_text(text)
    assert machine_clock() is time.monotonic


def test_of_the_namespace_of_children_nothing_follows(namespace: Path) -> None:
    """Who has left its namespace stays in it itself; only its children are in the other one."""
    (namespace / "ns" / "time_for_children").unlink()
    (namespace / "ns" / "time_for_children").symlink_to("time:[4026532178]")
    assert machine_clock() is time.monotonic


def test_who_began_by_another_clock_is_not_taken_for_another(namespace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A time of start is shown by the clock of who looks: there a living leader would be dead for certain."""
    there = own_proof("boot")
    monkeypatch.undo()
    assert there.split(" ")[1] != own_proof("boot").split(" ")[1]
    *who, start = there.split(" ")
    assert not Witness("boot").saw_end(" ".join((*who, str(int(start) - 700))))


@pytest.mark.real
def test_a_process_in_another_time_namespace_reads_the_same_clock() -> None:
    """On this kernel, where one may make a namespace."""
    enter = ["unshare", "--time", "--monotonic", "5000", "--boottime", "5000", "--fork", "--"]
    try:
        looked = subprocess.run(
            [*enter, sys.executable, "-c", LOOK], capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no time namespace can be made here: {error}")
    shown, read, proof = looked.stdout.splitlines()
    assert 4900.0 < float(shown) - float(read) < 5000.1  # read one after the other
    assert float(read) <= time.monotonic()
    assert proof.split(" ")[1] == f"{own_proof('boot').split(' ')[1]}+5000.0"
