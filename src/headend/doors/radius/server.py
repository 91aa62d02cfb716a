"""The server: an event loop that receives and sends, and never touches the database."""

import asyncio
import contextlib
import gc
import logging
import socket
from functools import partial
from time import monotonic
from typing import Final, cast

from headend.doors.radius import accounting, authentication
from headend.doors.radius.arrivals import Answer, Arrival, Port
from headend.doors.radius.counts import Counts
from headend.doors.radius.duplicates import Duplicates
from headend.doors.radius.guesses import Guesses
from headend.doors.radius.threads import BatchThread, LookupThread
from headend.lib.stopping import stop_signals
from headend.system import engine

log = logging.getLogger(__name__)

# What waits beyond this has no chance of being answered in time.
MOST_WAITING: Final = 5000
MOST_LOOKUPS: Final = 64
MOST_REPORTS: Final = 256
GATHER_SECONDS: Final = 0.003
RECEIVE_BUFFER_BYTES: Final = 4 * 1024 * 1024
STOP_SECONDS: Final = 5.0
WATCH_SECONDS: Final = 1.0

Address = tuple[str, int]


class Door(asyncio.DatagramProtocol):
    """One UDP port. Its packets wait for `thread`; their answers go back by `give`, on the loop."""

    def __init__(self, port: Port, thread: BatchThread, counts: Counts) -> None:
        self._port: Port = port
        self._thread = thread
        self._counts = counts
        self._duplicates = Duplicates()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # Not isinstance: uvloop's transports do not name asyncio's class as theirs.
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Address) -> None:
        source, source_port = addr[0], addr[1]
        key = (source, source_port, data[1] if len(data) > 1 else 0, self._port)
        entry = self._duplicates.find(key, data[4:20])
        if entry is not None:
            if entry.reply is not None:
                self._send(entry.reply, (source, source_port))
            return
        if self._thread.arrivals.qsize() >= MOST_WAITING:
            self._counts.refused("too_busy", source)
            self._duplicates.dropped(key, data[4:20])
            return
        self._thread.arrivals.put(Arrival(data, source, key, self._port, monotonic()))

    def error_received(self, exc: Exception) -> None:
        """A reply reached a port that nobody listens on any more; the NAS will ask again."""

    def give(self, answer: Answer) -> None:
        """Sends an answer and remembers it for repetitions; silence is forgotten."""
        arrival = answer.arrival
        authenticator = arrival.datagram[4:20]
        if answer.reply is None:
            self._duplicates.dropped(arrival.key, authenticator)
            return
        self._duplicates.answered(arrival.key, authenticator, answer.reply)
        self._send(answer.reply, (arrival.key[0], arrival.key[1]))

    def _send(self, reply: bytes, to: Address) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(reply, to)


class Server:
    """Both ports and their threads. `start` and `stop` belong to the event loop that it runs on."""

    def __init__(self, *, auth: Address, acct: Address) -> None:
        self._addresses: dict[Port, Address] = {"auth": auth, "acct": acct}
        self._counts = Counts()
        self._threads: dict[Port, BatchThread] = {
            "auth": LookupThread(
                name="look-ups",
                work=partial(authentication.answer, guesses=Guesses()),
                hand_back=self._hand_back,
                counts=self._counts,
                most=MOST_LOOKUPS,
                gather_seconds=0.0,
            ),
            "acct": BatchThread(
                name="accounting",
                work=accounting.answer,
                hand_back=self._hand_back,
                counts=self._counts,
                most=MOST_REPORTS,
                gather_seconds=GATHER_SECONDS,
            ),
        }
        self._doors = {port: Door(port, thread, self._counts) for port, thread in self._threads.items()}
        self._transports: list[asyncio.BaseTransport] = []

    async def start(self) -> None:
        """Opens both ports. Raises OSError where one is taken."""
        self._loop = asyncio.get_running_loop()
        for port, address in self._addresses.items():
            opened = _open(address, shared=engine.is_postgresql())
            transport, _ = await self._loop.create_datagram_endpoint(lambda door=self._doors[port]: door, sock=opened)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            self._transports.append(transport)
        for thread in self._threads.values():
            thread.start()

    async def stop(self) -> None:
        """Takes no more packets, answers those that wait, and writes the counts."""
        for thread in self._threads.values():
            thread.stop()
        for thread in self._threads.values():
            await asyncio.to_thread(thread.join, STOP_SECONDS)
        # The last answers were handed to the loop before the threads ended.
        await asyncio.sleep(0)
        for transport in self._transports:
            transport.close()

    @property
    def is_whole(self) -> bool:
        """Whether both threads live."""
        return all(thread.is_alive() for thread in self._threads.values())

    def _hand_back(self, answers: list[Answer]) -> None:
        """Called by the threads."""
        if answers and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._give, answers)

    def _give(self, answers: list[Answer]) -> None:
        for answer in answers:
            door = self._doors[answer.arrival.port]
            if answer.delay_seconds:
                self._loop.call_later(answer.delay_seconds, door.give, answer)
            else:
                door.give(answer)


def serve(*, auth: Address, acct: Address) -> None:
    """Runs the RADIUS door until SIGTERM, SIGINT or SIGHUP, as the one thing that this process does. Raises OSError where a port is taken."""
    engine.find_by_index()
    try:
        import uvloop
    except ImportError:
        asyncio.run(_serve(auth, acct))
    else:
        uvloop.run(_serve(auth, acct))


async def _serve(auth: Address, acct: Address) -> None:
    # What is loaded by now stays for good: the garbage collector need not walk over it again and again.
    gc.collect()
    gc.freeze()
    server = Server(auth=auth, acct=acct)
    await server.start()
    log.info("RADIUS answers on %s:%d and %s:%d", *auth, *acct)
    asked_to_stop = asyncio.Event()
    for number in stop_signals():
        asyncio.get_running_loop().add_signal_handler(number, asked_to_stop.set)
    while not asked_to_stop.is_set():
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(asked_to_stop.wait(), WATCH_SECONDS)
        if not server.is_whole:
            # The supervisor starts a whole one; half a door would drop every login or every report in silence.
            raise RuntimeError("a thread of the RADIUS door has died")
    await server.stop()


def _open(address: Address, *, shared: bool) -> socket.socket:
    """A bound UDP socket. Several processes share a port only on PostgreSQL: SQLite has one writer."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    opened = socket.socket(family, socket.SOCK_DGRAM)
    if shared:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    opened.setblocking(False)
    try:
        opened.bind(address)
    except OSError:
        opened.close()
        raise
    return opened
