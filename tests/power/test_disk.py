"""The disk that the power cuts are tried on keeps what was synced, and may lose everything else."""

import random
from collections.abc import Sequence
from pathlib import Path

from tests.power.disk import Disk
from tests.power.trace import Happening, Opened, Resized, SyncBegun, SyncDone, Unlinked, Write

OLD, NEW = b"o" * 1024, b"n" * 1024


def left(tmp_path: Path, happened: Sequence[Happening], *, cuts: int = 60) -> set[tuple[tuple[str, bytes], ...]]:
    """Every state that so many power cuts leave behind."""
    found = set()
    for seed in range(cuts):
        disk = Disk({"a": OLD})
        for happening in happened:
            disk.take(happening)
        folder = tmp_path / str(seed)
        folder.mkdir()
        disk.cut_power(folder, random.Random(seed), at_worst=seed == 0)
        found.add(tuple((path.name, path.read_bytes()) for path in sorted(folder.iterdir())))
    return found


def test_what_was_synced_stays(tmp_path: Path) -> None:
    assert left(tmp_path, [Write("a", 0, NEW), SyncBegun("a", 1), SyncDone("a", 1)]) == {(("a", NEW),)}


def test_what_was_not_synced_is_there_sector_by_sector_or_not(tmp_path: Path) -> None:
    contents = {
        NEW[:first] + OLD[first:second] + NEW[second:] for first, second in ((0, 0), (0, 512), (512, 1024), (0, 1024))
    }

    assert left(tmp_path, [Write("a", 0, NEW)]) == {(("a", content),) for content in contents}


def test_a_sync_covers_what_was_written_before_it_began(tmp_path: Path) -> None:
    happened = [Write("a", 0, b"1"), SyncBegun("a", 1), Write("a", 1, b"2"), SyncDone("a", 1)]

    assert left(tmp_path, happened) == {(("a", b"1" + rest + OLD[2:]),) for rest in (b"o", b"2")}


def test_a_name_stands_once_the_folder_is_synced(tmp_path: Path) -> None:
    made = [Opened("b"), Write("b", 0, b"x"), SyncBegun("b", 1), SyncDone("b", 1)]
    (tmp_path / "not").mkdir()
    (tmp_path / "synced").mkdir()

    assert left(tmp_path / "not", made) == {(("a", OLD),), (("a", OLD), ("b", b"x"))}
    assert left(tmp_path / "synced", [*made, SyncBegun("", 2), SyncDone("", 2)]) == {(("a", OLD), ("b", b"x"))}


def test_a_file_that_was_removed_may_come_back(tmp_path: Path) -> None:
    assert left(tmp_path, [Unlinked("a")]) == {(), (("a", OLD),)}


def test_a_length_may_be_the_old_one(tmp_path: Path) -> None:
    assert left(tmp_path, [Resized("a", 512)]) == {(("a", OLD),), (("a", OLD[:512]),)}
