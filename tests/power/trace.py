"""What a process did to the files of a folder and said to the network, in its order, read from a log of `strace -f -yy -xx`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

CALLS: Final = (
    "write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,sendmmsg,fsync,fdatasync,sync_file_range,ftruncate,truncate,"
    "fallocate,openat,open,creat,link,linkat,rename,renameat,renameat2,unlink,unlinkat"
)
_SENDS: Final = {"write", "writev", "sendto", "sendmsg", "sendmmsg"}
_SYNCS: Final = {"fsync", "fdatasync"}
_BY_PATH: Final = {
    "open",
    "openat",
    "creat",
    "truncate",
    "link",
    "linkat",
    "rename",
    "renameat",
    "renameat2",
    "unlink",
    "unlinkat",
}
_UNFINISHED: Final = "<unfinished ...>"
_LINE: Final = re.compile(r"(\d+) +(?:<\.\.\. (\w+) resumed>(.*)|(\w+)\((.*))")
_STRING: Final = re.compile(r'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_FILE: Final = re.compile(r"\d+<((?:\\x[0-9a-f]{2})+)>")
_SOCKET: Final = re.compile(r"\d+<(UDP|TCP)(?:v6)?:\[([^]]*)\]>")


@dataclass(frozen=True, slots=True)
class Write:
    name: str
    offset: int
    data: bytes


@dataclass(frozen=True, slots=True)
class Resized:
    """A file was made longer or shorter."""

    name: str
    length: int


@dataclass(frozen=True, slots=True)
class SyncBegun:
    """A sync covers what was done before it began; `name` is empty for the folder itself."""

    name: str
    number: int


@dataclass(frozen=True, slots=True)
class SyncDone:
    name: str
    number: int


@dataclass(frozen=True, slots=True)
class Opened:
    """A file was opened, and made where it was not there."""

    name: str


@dataclass(frozen=True, slots=True)
class Unlinked:
    name: str


@dataclass(frozen=True, slots=True)
class Sent:
    """Something left the process. `to` is the peer's port of a TCP connection, 0 for a datagram."""

    to: int
    parts: tuple[bytes, ...]


Happening = Write | Resized | SyncBegun | SyncDone | Opened | Unlinked | Sent


def read(log: Path, folder: Path, names: re.Pattern[str]) -> Iterator[Happening]:
    """What happened to the files of `folder` whose names match, and what was sent.

    A call that was interrupted by others counts when it came back, but something sent, and the beginning of a sync, when they
    began. Raises AssertionError for a call on these files that the model of the disk does not know.
    """
    begun: dict[str, tuple[str, str, int]] = {}
    with log.open() as lines:
        for number, line in enumerate(lines):
            match = _LINE.match(line)
            if match is None:
                continue
            process, resumed, rest, call, arguments = match.groups()
            if resumed:
                call, arguments, began = begun.pop(process, ("", "", 0))
                if call:
                    yield from _come_back(call, arguments + rest, began, folder, names=names)
                continue
            yield from _begin(call, arguments, number, folder, names=names)
            if arguments.endswith(_UNFINISHED):
                begun[process] = call, arguments.removesuffix(_UNFINISHED), number
            else:
                yield from _come_back(call, arguments, number, folder, names=names)


def _begin(call: str, arguments: str, number: int, folder: Path, *, names: re.Pattern[str]) -> Iterator[Happening]:
    if call in _SENDS:
        yield from _sent(arguments)
    elif call in _SYNCS:
        name = _name(call, arguments, folder, names)
        if name is not None:
            yield SyncBegun(name, number)


def _come_back(call: str, arguments: str, number: int, folder: Path, *, names: re.Pattern[str]) -> Iterator[Happening]:
    head, _, result = arguments.rpartition(" = ")
    name = _name(call, arguments, folder, names)
    if name is None or result.startswith("-1"):
        return
    numbers = head.rstrip(") ").split(", ")
    if call == "pwrite64":
        (data,) = _strings(arguments)
        assert int(numbers[-2]) == int(result) == len(data), (
            f"it was not logged or not written whole: {arguments[-80:]}"
        )
        yield Write(name, int(numbers[-1]), data)
    elif call == "ftruncate":
        yield Resized(name, int(numbers[-1]))
    elif call in _SYNCS:
        yield SyncDone(name, number)
    elif call == "unlink":
        yield Unlinked(name)
    elif call == "openat" and "O_CREAT" in arguments and "O_TRUNC" not in arguments:
        yield Opened(name)
    elif call != "openat" or "O_TRUNC" in arguments:
        raise AssertionError(f"the disk of these tests knows no such {call}: {arguments[:200]}")


def _sent(arguments: str) -> Iterator[Sent]:
    match = _SOCKET.match(arguments)
    if match is not None:
        kind, ends = match.groups()
        port = int(ends.rpartition(":")[2]) if kind == "TCP" and "->" in ends else 0
        yield Sent(port, tuple(_strings(arguments)))


def _name(call: str, arguments: str, folder: Path, names: re.Pattern[str]) -> str | None:
    """The name in `folder` that a call is about; empty for the folder itself; None where it is none of ours."""
    if call in _BY_PATH:
        paths = [part.decode(errors="replace") for part in _strings(arguments)]
    else:
        match = _FILE.match(arguments)
        paths = [_bytes(match[1]).decode(errors="replace")] if match else []
    for path in paths:
        if path == str(folder):
            return ""
        if path.startswith(f"{folder}/") and names.fullmatch(path.removeprefix(f"{folder}/")):
            return path.removeprefix(f"{folder}/")
    return None


def _strings(arguments: str) -> list[bytes]:
    found = []
    for match in _STRING.finditer(arguments):
        assert not match[2], "strace cut a text short"
        found.append(_bytes(match[1]))
    return found


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.replace("\\x", ""))
