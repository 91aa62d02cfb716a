"""How many connections one address may have open: whoever opens more loses the oldest."""

import os
import resource
import socket
import threading
import time
from collections import defaultdict
from contextlib import suppress
from pathlib import Path
from typing import Final

from headend.lib.address import neighbourhood

# A whole café may stand behind one address: a hundred browsers with ten connections each.
MOST_OF_ONE: Final = 1000
# Of one process. Each costs a descriptor and some kilobytes.
MOST_CONNECTIONS: Final = 8192
# Descriptors that are for other things than connections.
_OTHERS: Final = 256
LOOK_SECONDS: Final = 1.0
_DESCRIPTORS: Final = Path("/proc/self/fd")
_INTERNET: Final = (socket.AF_INET, socket.AF_INET6)

Peer = tuple[str, int]


def room() -> int:
    """Raises the limit on descriptors as far as it may be raised, and says how many connections this process may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MOST_CONNECTIONS + _OTHERS
    if soft != resource.RLIM_INFINITY and soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    most = MOST_CONNECTIONS if soft == resource.RLIM_INFINITY else min(MOST_CONNECTIONS, soft - _OTHERS)
    return max(1, most)


def watch(port: int) -> None:
    """Starts a thread that looks after the connections of this process at `port`, where Linux lets it see them."""
    if _DESCRIPTORS.exists():
        threading.Thread(target=_look, args=(port,), daemon=True, name="crowd").start()


class Crowd:
    """The connections of this process at one port, each with the time at which it was first seen."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._seen: dict[Peer, float] = {}

    def cut(self, most: int = MOST_OF_ONE) -> int:
        """Ends what an address has open beyond `most`, the oldest first; returns how many."""
        now = time.monotonic()
        found = {peer: number for number in _numbers() if (peer := self._peer(number)) is not None}
        self._seen = {peer: self._seen.get(peer, now) for peer in found}
        of_one: defaultdict[str, list[Peer]] = defaultdict(list)
        for peer in sorted(found, key=self._seen.__getitem__):
            of_one[neighbourhood(peer[0])].append(peer)
        excess = [peer for peers in of_one.values() for peer in peers[: max(0, len(peers) - most)]]
        for peer in excess:
            self._peer(found[peer], to_end=peer)
        return len(excess)

    def _peer(self, number: int, *, to_end: Peer | None = None) -> Peer | None:
        """Who is at the other end of a descriptor; None where it is no connection at our port. Ends it where that is `to_end`."""
        try:
            # A copy means the same connection, whatever becomes of the descriptor meanwhile.
            copy = os.dup(number)
        except OSError:
            return None
        try:
            connection = socket.socket(fileno=copy)
        except OSError:
            os.close(copy)
            return None
        with connection, suppress(OSError):
            if connection.family in _INTERNET and connection.getsockname()[1] == self._port:
                peer: Peer = connection.getpeername()[:2]
                if peer == to_end:
                    connection.shutdown(socket.SHUT_RDWR)
                return peer
        return None


def _look(port: int) -> None:
    crowd = Crowd(port)
    while True:
        time.sleep(LOOK_SECONDS)
        # Most of the time there are fewer than anybody alone may have.
        if len(_numbers()) > MOST_OF_ONE:
            crowd.cut()


def _numbers() -> list[int]:
    return [int(entry.name) for entry in _DESCRIPTORS.iterdir()]
