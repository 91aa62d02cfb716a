"""The ports of one run of the demo, which no other demo on this machine can choose while it runs."""

import contextlib
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

HERE: Final = "127.0.0.1"
# So many demos can run beside each other: the first has the first port of each kind, and so on.
MOST: Final = 20
FIRST_COA: Final = 3799
FIRST_HOTSPOT: Final = 8080
FIRST_MONEY: Final = 8100
FIRST_MAIL: Final = 2525


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the outside world of this run listens."""

    coa: int
    hotspot: int
    money: int
    mail: int


@contextlib.contextmanager
def claim() -> Iterator[Ports]:
    """The lowest ports that no demo has claimed and nobody uses. Raises OSError where none is left."""
    for number in range(MOST):
        ports = Ports(
            coa=FIRST_COA + number,
            hotspot=FIRST_HOTSPOT + number,
            money=FIRST_MONEY + number,
            mail=FIRST_MAIL + number,
        )
        # Those who listen are processes that start seconds later. Until they do, and after, the TCP port with the
        # number of the CoA port stands for all of them: only one process has it, and the kernel frees it with that.
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as held:
            if _binds(held, ports.coa) and _free(ports):
                yield ports
                return
    raise OSError(f"{MOST} demos run on this machine, or other programs have their ports")


def _free(ports: Ports) -> bool:
    """Whether no other program listens on one of them."""
    for port, kind in (
        (ports.coa, socket.SOCK_DGRAM),
        (ports.hotspot, socket.SOCK_STREAM),
        (ports.money, socket.SOCK_STREAM),
        (ports.mail, socket.SOCK_STREAM),
    ):
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                # Connections of a demo that ended just now do not keep its port.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if not _binds(probe, port):
                return False
    return True


def _binds(probe: socket.socket, port: int) -> bool:
    try:
        probe.bind((HERE, port))
    except OSError:
        return False
    return True
