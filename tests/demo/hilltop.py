"""A scripted RADIUS server on loopback, and a simulated NAS that talks to it."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any, cast

from headend.demo.nas import Config, Login, SimulatedNas
from headend.lib.radius import attributes as at
from headend.lib.radius.attributes import AcctStatusType as Status
from headend.lib.radius.packet import (
    Code,
    Packet,
    decode,
    encode_reply,
    encode_request,
    verify_message_authenticator,
    verify_request_authenticator,
)

SECRET = b"hilltop secret"
PATIENCE_SECONDS = 5
OTIENO = Login("otieno", "secret-1", "pppoe", "AA:BB:CC:00:00:01", "10.0.0.5", 0)
NEEMA = Login("neema", "secret-2", "pppoe", "AA:BB:CC:00:00:02", "10.0.0.6", 0)
GUEST = Login("7K3M", "7K3M", "hotspot", "AA:BB:CC:00:00:03", "10.5.0.7", 0)

Script = Callable[[Packet], list[bytes]]


def accept(*attributes: tuple[int, bytes]) -> Script:
    return lambda request: [
        encode_reply(Code.ACCESS_ACCEPT, request, attributes, SECRET, message_authenticator=True),
    ]


def reject(request: Packet) -> list[bytes]:
    words = [at.text(at.REPLY_MESSAGE, "Wrong name or password")]
    return [encode_reply(Code.ACCESS_REJECT, request, words, SECRET, message_authenticator=True)]


def received(request: Packet) -> list[bytes]:
    return [encode_reply(Code.ACCOUNTING_RESPONSE, request, [], SECRET, message_authenticator=False)]


def silence(request: Packet) -> list[bytes]:
    return []


class Server(asyncio.DatagramProtocol):
    """A RADIUS server on one port; it hears only what is signed as RouterOS signs it."""

    def __init__(self) -> None:
        self.access: Script = accept()
        self.accounting: Script = received
        self.heard: list[Packet] = []
        self.unsigned: list[Packet] = []
        self._news = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)
        self.port: int = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        request = decode(data)
        is_access = request.code == Code.ACCESS_REQUEST
        if is_access:
            signed = request.attributes[0][0] == 80 and verify_message_authenticator(request, SECRET) is True
        else:
            signed = verify_request_authenticator(request, SECRET)
        (self.heard if signed else self.unsigned).append(request)
        self._news.set()
        for reply in self.access(request) if is_access else self.accounting(request):
            self.transport.sendto(reply, addr)

    def logins(self, username: str) -> list[Packet]:
        return [p for p in self.heard if p.code == Code.ACCESS_REQUEST and p.text(at.USER_NAME) == username]

    def reports(self, status: Status) -> list[Packet]:
        return [p for p in self.heard if p.integer(at.ACCT_STATUS_TYPE) == status]

    async def report(self, status: Status, *, count: int = 1) -> Packet:
        """Wait until a report of this kind has come for the so manieth time."""
        await self.until(lambda: len(self.reports(status)) >= count)
        return self.reports(status)[count - 1]

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while not true():
                self._news.clear()
                await self._news.wait()


@asynccontextmanager
async def server_on_loopback() -> AsyncIterator[Server]:
    transport, server = await asyncio.get_running_loop().create_datagram_endpoint(Server, local_addr=("127.0.0.1", 0))
    try:
        yield server
    finally:
        transport.close()
        await asyncio.sleep(0)
    assert not server.unsigned


@asynccontextmanager
async def hilltop(*logins: Login, **settings: Any) -> AsyncIterator[tuple[Server, SimulatedNas]]:
    """A NAS that connects nobody by itself and is quick to try again, and its server."""
    async with server_on_loopback() as server:
        quick = {
            "coa_port": 0,
            "connect_per_second": 0,
            # Long enough that a busy machine does not make it ask twice; the tests of silence shorten it.
            "retransmit_seconds": 2,
            "reconnect_seconds": 0.05,
            "stay_seconds": 0,
        }
        here = ("127.0.0.1", server.port)
        config = Config(auth=here, acct=here, secret=SECRET, identifier="hilltop", logins=logins)
        nas = SimulatedNas(replace(config, **(quick | settings)))
        await nas.start()
        try:
            await server.report(Status.ACCOUNTING_ON)
            yield server, nas
        finally:
            await nas.stop()


async def tell(nas: SimulatedNas, *datagrams: bytes, source: str = "127.0.0.1") -> Packet:
    """Send datagrams to the NAS from one socket and return the first reply."""

    def exchange() -> bytes:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
            channel.bind((source, 0))
            channel.settimeout(PATIENCE_SECONDS)
            for datagram in datagrams:
                channel.sendto(datagram, ("127.0.0.1", nas.coa_port))
            return channel.recv(4096)

    return decode(await asyncio.to_thread(exchange))


def order(*attributes: tuple[int, bytes], code: Code = Code.DISCONNECT_REQUEST, identifier: int = 1) -> bytes:
    return encode_request(code, identifier, attributes, SECRET)


def octets(report: Packet) -> tuple[int, int]:
    """Return download and upload as a report gives them, over 64 bits."""
    pairs = [
        (at.ACCT_OUTPUT_GIGAWORDS, at.ACCT_OUTPUT_OCTETS),
        (at.ACCT_INPUT_GIGAWORDS, at.ACCT_INPUT_OCTETS),
    ]
    down, up = ((report.integer(high) or 0) * 2**32 + (report.integer(low) or 0) for high, low in pairs)
    return down, up
