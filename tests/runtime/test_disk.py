"""A folder and a simulated disk do the same, and a loss of power leaves what was synced."""

from __future__ import annotations

import asyncio
import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runtime.disk import Disk, FolderDisk, save
from runtime.sim.disk import SimDisk
from runtime.sim.loop import SimLoop

NAMES = st.sampled_from(["a", "b", "c"])
OPERATIONS = st.one_of(
    st.tuples(st.sampled_from(["write", "append"]), NAMES, st.binary(max_size=8)),
    st.tuples(st.just("replace"), NAMES, NAMES),
    st.tuples(st.sampled_from(["read", "sync", "delete"]), NAMES),
)
SEEDS = range(40)


async def outcomes(disk: Disk, operations: list[tuple[str, ...]]) -> list[object]:
    """What comes of each, and what is there at the end."""
    found: list[object] = []
    for operation, *arguments in operations:
        try:
            found.append(await getattr(disk, operation)(*arguments))
        except OSError as error:
            found.append(type(error))
    return [*found, [(name, await disk.read(name)) for name in await disk.names()]]


@given(operations=st.lists(OPERATIONS, max_size=12))
def test_a_folder_and_a_simulated_disk_do_the_same(operations: list[tuple[str, ...]]) -> None:
    """So what a service does in simulation is what it will do."""
    with tempfile.TemporaryDirectory() as folder:
        real = asyncio.run(outcomes(FolderDisk(folder), operations))
    with asyncio.Runner(loop_factory=SimLoop) as runner:
        assert runner.run(outcomes(SimDisk(random.Random(0)), operations)) == real


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/etc/passwd", "a\0"])
async def test_a_name_is_a_word(name: str, tmp_path: Path) -> None:
    """Nothing outside of the folder is reached, on either; before anything is done."""
    for disk in (FolderDisk(tmp_path), SimDisk(random.Random(0))):
        for operation in (disk.read(name), disk.write(name, b""), disk.append(name, b""), disk.sync(name)):
            with pytest.raises(ValueError, match="is no name of a file"):
                await operation
        for operation in (disk.delete(name), disk.replace(name, "b"), disk.replace("b", name)):
            with pytest.raises(ValueError, match="is no name of a file"):
                await operation


def test_a_folder_has_to_be_there(tmp_path: Path) -> None:
    """One that is not, such as that of a disk that is not mounted, is not made."""
    with pytest.raises(NotADirectoryError, match="make it before the disk"):
        FolderDisk(tmp_path / "missing")


async def after_a_loss(seed: int, *, synced: bytes, then: bytes, how: str) -> bytes:
    """What is in a file that was synced, and written again, when power was lost."""
    disk = SimDisk(random.Random(seed))
    await disk.write("a", synced)
    await disk.sync("a")
    await getattr(disk, how)("a", then)
    disk.lose_power()
    return await disk.read("a")


async def test_what_is_appended_is_lost_from_its_end() -> None:
    """What was synced is there, and then all, a piece or nothing of the rest."""
    found = {await after_a_loss(seed, synced=b"12", then=b"345", how="append") for seed in SEEDS}
    assert found == {b"12", b"123", b"1234", b"12345"}


async def test_what_is_written_in_place_may_be_lost_with_what_was_there() -> None:
    """It is the old file, the new one, or a piece of the new one, even an empty one."""
    found = {await after_a_loss(seed, synced=b"old", then=b"new", how="write") for seed in SEEDS}
    assert found == {b"old", b"new", b"", b"n", b"ne"}


async def test_a_file_that_was_never_synced_may_be_gone() -> None:
    """With its name."""
    found = set()
    for seed in SEEDS:
        disk = SimDisk(random.Random(seed))
        await disk.write("a", b"new")
        disk.lose_power()
        found.add(tuple(await disk.names()))
    assert found == {(), ("a",)}


async def test_a_file_that_was_renamed_before_it_was_synced_may_be_empty() -> None:
    """And the one that it has replaced is gone."""
    found = set()
    for seed in SEEDS:
        disk = SimDisk(random.Random(seed))
        await save(disk, "a", b"old")
        await disk.write("b", b"new")
        await disk.replace("b", "a")
        disk.lose_power()
        found.add(await disk.read("a"))
    assert found == {b"", b"n", b"ne", b"new"}


@pytest.mark.parametrize("lost_after_s", [step / 2000 for step in range(30)])
async def test_a_save_leaves_the_old_file_or_the_new_one(lost_after_s: float) -> None:
    """Whenever it is cut short."""
    for seed in range(5):
        disk = SimDisk(random.Random(seed))
        await save(disk, "a", b"old")
        saving = asyncio.create_task(save(disk, "a", b"new"))
        await asyncio.sleep(lost_after_s)
        was_done = saving.done()
        saving.cancel()
        disk.lose_power()
        assert await disk.read("a") in ({b"new"} if was_done else {b"old", b"new"})


async def test_a_full_disk_takes_a_part() -> None:
    """And says so; a save has lost nothing."""
    disk = SimDisk(random.Random(0))
    await save(disk, "a", b"old")
    disk.shortages += 1
    with pytest.raises(OSError, match="No space left on device"):
        await save(disk, "a", b"new one")
    with pytest.raises(OSError, match="No space left on device"):
        await disk.append("b", b"1234")
    assert (await disk.read("a"), await disk.read("b")) == (b"old", b"12")
    disk.shortages -= 1
    await save(disk, "a", b"new one")
    assert await disk.read("a") == b"new one"


async def test_a_slow_disk_takes_its_time() -> None:
    """The longest of what is wrong with it counts."""
    disk, loop = SimDisk(random.Random(0)), asyncio.get_running_loop()
    disk.delays_s += [0.5, 3.0]
    began = loop.time()
    await disk.write("a", b"")
    assert 3.0 < loop.time() - began < 3.1
