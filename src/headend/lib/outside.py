"""Connections to somebody outside: to nobody in the server's own network where that must not be, and ended in time."""

import socket
import threading
from contextlib import suppress
from typing import Any, Final

from headend.lib import address

CONNECT_SECONDS: Final = 5.0
# Between two pieces of an answer.
ANSWER_SECONDS: Final = 10.0


class InsideError(ValueError):
    """The host is of the server's own network. Nothing was sent."""


def look_up(host: str, port: int | str, *, is_bounded: bool) -> str:
    """The address that a host's name has now, to be connected to as it was looked at, so that the name cannot change between.

    Raises OSError or UnicodeError where there is no such host, and with `is_bounded` InsideError where one of its addresses is of
    the server's own network. Only the system limits how long a look-up takes.
    """
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if is_bounded and any(address.is_inside(text) for text in addresses):
        raise InsideError("the host is of the server's own network")
    # Not every server has IPv6.
    return min(addresses, key=lambda text: ":" in text)


class Deadline:
    """Ends connections when the time is over: a thread that waits for one then goes on.

    Whoever sends a byte now and then keeps every limit between two of them, and a thread of ours for ever.
    """

    def __init__(self, seconds: float) -> None:
        self.is_over = False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        self._timer = threading.Timer(seconds, self._end)
        self._timer.daemon = True
        self._timer.start()

    def watch(self, connection: socket.socket) -> None:
        """A connection that was made, or has become a TLS one."""
        with self._lock:
            self._sockets.append(connection)
        if self.is_over:
            self._end()

    def note(self, name: str, info: dict[str, Any]) -> None:
        """What httpx reports of its steps."""
        if name.endswith((".connect_tcp.complete", ".start_tls.complete")):
            self.watch(info["return_value"].get_extra_info("socket"))

    def stop(self) -> None:
        self._timer.cancel()

    def _end(self) -> None:
        with self._lock:
            self.is_over = True
            for connection in self._sockets:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
