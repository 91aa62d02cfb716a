"""Ports for the processes that tests start, where no outgoing connection of another test can take them meanwhile."""

import random
import socket
from typing import Final

HERE: Final = "127.0.0.1"
# Below what the kernel gives to connections: a demo takes long to build, and its ports must still be free then.
_FIRST: Final = 20_000
_LAST: Final = 32_000


def free(count: int, kind: socket.SocketKind = socket.SOCK_DGRAM) -> list[int]:
    """So many different ports of 127.0.0.1 on which nobody listens just now, drawn at random."""
    found: list[int] = []
    for port in random.SystemRandom().sample(range(_FIRST, _LAST), _LAST - _FIRST):
        if len(found) == count:
            return found
        with socket.socket(socket.AF_INET, kind) as probe:
            try:
                probe.bind((HERE, port))
            except OSError:
                continue
            found.append(port)
    raise AssertionError("no port is free")


def free_tcp() -> int:
    """One for a server that browsers speak to."""
    return free(1, socket.SOCK_STREAM)[0]
