"""A disk that loses its power: what was synced is there, and what was not is there by chance.

* A file has what was written before the last sync of it began that came back. Of what was written later, nothing, all, or
  any sectors of 512 bytes are there, without regard to order; so a page is torn, and a later write may be there without an earlier one.
* A change of length later than the last sync is there or not.
* A name that was made or removed stands so after a sync of the folder; of later changes a first few are there: a file
  system keeps the order of names, and nothing else.
* Bytes beside those that were written do not change (SQLite relies on it and calls it powersafe overwrite), and
  what a sync has acknowledged stays: a disk that lies is beyond any program.
"""

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.power.trace import Happening, Opened, Resized, Sent, SyncBegun, SyncDone, Unlinked, Write

SECTOR_BYTES: Final = 512


@dataclass(eq=False)
class File:
    """`durable` is what a power cut leaves for certain."""

    durable: bytearray = field(default_factory=bytearray)
    later: list[Write | Resized] = field(default_factory=list)
    # Number of a sync under way -> how much of `later` it covers.
    covered: dict[int, int] = field(default_factory=dict)

    def sync(self, number: int) -> None:
        count = self.covered.pop(number)
        for change in self.later[:count]:
            _apply(self.durable, change)
        del self.later[:count]
        self.covered = {other: max(0, covers - count) for other, covers in self.covered.items()}

    def left(self, chance: random.Random, share: float) -> bytes:
        """What is there after a power cut, with this `share` of what was not synced."""
        content = bytearray(self.durable)
        for change in self.later:
            if isinstance(change, Resized):
                if chance.random() < share:
                    _apply(content, change)
                continue
            for sector in _sectors(change):
                if chance.random() < share:
                    _apply(content, sector)
        return bytes(content)


class Disk:
    """The files of one folder, which begins as a copy of the real one, synced."""

    def __init__(self, files: dict[str, bytes]) -> None:
        self._durable_names = {name: File(bytearray(content)) for name, content in files.items()}
        self._names = dict(self._durable_names)
        # Changes of names since the folder was synced, and how many of them each sync under way covers.
        self._later: list[tuple[str, File | None]] = []
        self._covered: dict[int, int] = {}

    def take(self, happening: Happening) -> None:
        """One thing more happens."""
        match happening:
            case Write(name) | Resized(name):
                self._names[name].later.append(happening)
            case SyncBegun("", number):
                self._covered[number] = len(self._later)
            case SyncDone("", number):
                self._sync_names(number)
            case SyncBegun(name, number):
                self._names[name].covered[number] = len(self._names[name].later)
            case SyncDone(name, number):
                self._names[name].sync(number)
            case Opened(name):
                if name not in self._names:
                    self._names[name] = File()
                    self._later.append((name, self._names[name]))
            case Unlinked(name):
                del self._names[name]
                self._later.append((name, None))
            case Sent():
                pass

    def cut_power(self, folder: Path, chance: random.Random, *, at_worst: bool) -> None:
        """Writes what is left to `folder`: at worst what was synced and nothing else, else more of it by chance."""
        names = dict(self._durable_names)
        if not at_worst:
            for name, file in self._later[: chance.randint(0, len(self._later))]:
                _set(names, name, file)
        for name, file in names.items():
            share = 0.0 if at_worst else chance.choice((0.0, 1.0, chance.random()))
            (folder / name).write_bytes(file.left(chance, share))

    def _sync_names(self, number: int) -> None:
        count = self._covered.pop(number)
        for name, file in self._later[:count]:
            _set(self._durable_names, name, file)
        del self._later[:count]
        self._covered = {other: max(0, covers - count) for other, covers in self._covered.items()}


def _set(names: dict[str, File], name: str, file: File | None) -> None:
    if file is None:
        names.pop(name, None)
    else:
        names[name] = file


def _sectors(write: Write) -> list[Write]:
    sectors = []
    at = write.offset
    end = write.offset + len(write.data)
    while at < end:
        until = min(end, (at // SECTOR_BYTES + 1) * SECTOR_BYTES)
        sectors.append(Write(write.name, at, write.data[at - write.offset : until - write.offset]))
        at = until
    return sectors


def _apply(content: bytearray, change: Write | Resized) -> None:
    if isinstance(change, Resized):
        del content[change.length :]
        content.extend(bytes(change.length - len(content)))
        return
    content.extend(bytes(max(0, change.offset - len(content))))
    content[change.offset : change.offset + len(change.data)] = change.data
