"""The simulated NAS against a small scripted RADIUS server on loopback."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest

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
    verify_reply,
    verify_request_authenticator,
)
from headend.lib.radius.passwords import chap_matches, pap_decode
from headend.network.drivers import coa

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


def test_an_accepted_login_starts_a_session_with_what_the_accept_gave() -> None:
    async def story() -> None:
        async with hilltop(OTIENO) as (server, nas):
            server.access = accept(
                at.octets(at.CLASS, b"token-1"), at.octets(at.CLASS, b"\0\xff"), at.address(8, "100.64.0.9")
            )
            session = await nas.connect("otieno")
            assert session is not None
            assert nas.sessions == {"otieno": session}
            (login,) = server.logins("otieno")
            start = await server.report(Status.START)
        assert start.get_all(at.CLASS) == [b"token-1", b"\0\xff"]
        assert start.get(at.FRAMED_IP_ADDRESS) == bytes((100, 64, 0, 9))
        assert start.integer(at.EVENT_TIMESTAMP)
        for packet in (login, start):
            assert packet.text(at.USER_NAME) == "otieno"
            assert packet.text(at.ACCT_SESSION_ID) == session.session_id
            assert packet.text(at.CALLING_STATION_ID) == "AA:BB:CC:00:00:01"
            assert packet.text(at.NAS_IDENTIFIER) == "hilltop"
            assert packet.get(at.NAS_IP_ADDRESS) == bytes((127, 0, 0, 1))
            assert packet.integer(at.SERVICE_TYPE) == at.ServiceType.FRAMED
            assert packet.integer(at.FRAMED_PROTOCOL) == 1
            assert packet.integer(at.NAS_PORT_TYPE) == at.NasPortType.ETHERNET
        assert int(session.session_id, 16) < 2**32
        assert len(session.session_id) == 8

    asyncio.run(story())


def test_passwords_go_by_pap_for_hotspots_and_every_other_pppoe_user_and_else_by_chap() -> None:
    async def story() -> None:
        async with hilltop(OTIENO, GUEST, NEEMA) as (server, nas):
            for username in ("otieno", "7K3M", "neema"):
                assert await nas.connect(username)
            (otieno,), (guest,), (neema,) = (server.logins(username) for username in ("otieno", "7K3M", "neema"))
        for login, password in ((otieno, b"secret-1"), (guest, b"7K3M")):
            assert login.get(at.CHAP_PASSWORD) is None
            assert pap_decode(login.get(at.USER_PASSWORD) or b"", SECRET, login.authenticator) == password
        assert neema.get(at.USER_PASSWORD) is None
        challenge = neema.get(at.CHAP_CHALLENGE) or b""
        assert len(challenge) == 16
        assert chap_matches(neema.get(at.CHAP_PASSWORD) or b"", challenge, b"secret-2")
        # A hotspot guest has an address before the login.
        assert guest.get(at.FRAMED_IP_ADDRESS) == bytes((10, 5, 0, 7))
        assert guest.integer(at.NAS_PORT_TYPE) == at.NasPortType.WIRELESS_802_11

    asyncio.run(story())


def test_a_refused_login_starts_nothing_and_is_tried_again() -> None:
    async def story() -> None:
        async with hilltop(OTIENO, refused_seconds=0.05) as (server, nas):
            server.access = reject
            assert await nas.connect("otieno") is None
            assert nas.sessions == {}
            await server.until(lambda: len(server.logins("otieno")) >= 3)
            assert server.reports(Status.START) == []
            server.access = accept()
            await server.report(Status.START)
            assert list(nas.sessions) == ["otieno"]
        ids = [login.text(at.ACCT_SESSION_ID) for login in server.logins("otieno")]
        assert len(set(ids)) == len(ids)

    asyncio.run(story())


def test_an_accept_with_a_broken_value_is_a_refusal() -> None:
    async def story() -> None:
        async with hilltop(OTIENO) as (server, nas):
            for broken in (
                (at.SESSION_TIMEOUT, b"abc"),
                (at.FRAMED_IP_ADDRESS, b"\x0a"),
                (26, bytes.fromhex("00003a8c1103") + b"x"),
            ):
                server.access = accept(broken)
                assert await nas.connect("otieno") is None
            assert server.reports(Status.START) == []

    asyncio.run(story())


def unsigned_accept(request: Packet) -> list[bytes]:
    return [encode_reply(Code.ACCESS_ACCEPT, request, [], SECRET, message_authenticator=False)]


def accept_with_another_secret(request: Packet) -> list[bytes]:
    return [encode_reply(Code.ACCESS_ACCEPT, request, [], b"another secret", message_authenticator=True)]


def accounting_response_to_a_login(request: Packet) -> list[bytes]:
    return [encode_reply(Code.ACCOUNTING_RESPONSE, request, [], SECRET, message_authenticator=True), b"", b"garbage"]


@pytest.mark.parametrize("script", [unsigned_accept, accept_with_another_secret, accounting_response_to_a_login])
def test_a_reply_that_does_not_verify_is_ignored(script: Script) -> None:
    async def story() -> None:
        async with hilltop(OTIENO, retransmit_seconds=0.15, reconnect_seconds=60) as (server, nas):
            server.access = script
            assert await nas.connect("otieno") is None
            # The same bytes were sent three times, because for the NAS nothing was answered.
            assert len(server.logins("otieno")) == 3
            assert len({login.raw for login in server.logins("otieno")}) == 1
            assert server.reports(Status.START) == []
            server.access = lambda request: [*script(request), *accept()(request)]
            assert await nas.connect("otieno")

    asyncio.run(story())


def test_an_accounting_response_with_another_secret_is_ignored() -> None:
    def forged(request: Packet) -> list[bytes]:
        return [encode_reply(Code.ACCOUNTING_RESPONSE, request, [], b"another secret", message_authenticator=False)]

    async def story() -> None:
        async with hilltop(OTIENO, retransmit_seconds=0.1) as (server, nas):
            await nas.connect("otieno")
            server.accounting = forged
            assert await nas.report("otieno") is False
            server.accounting = lambda request: [*forged(request), *received(request)]
            assert await nas.report("otieno") is True

    asyncio.run(story())


def test_a_silent_server_is_asked_until_it_answers() -> None:
    async def story() -> None:
        async with hilltop(OTIENO, retransmit_seconds=0.03, tries=2) as (server, nas):
            server.access = silence
            assert await nas.connect("otieno") is None
            await server.until(lambda: len({login.raw for login in server.logins("otieno")}) >= 3)
            server.access = accept()
            await server.report(Status.START)

    asyncio.run(story())


def test_a_late_stop_says_so_in_a_new_request() -> None:
    async def story() -> None:
        async with hilltop(OTIENO, retransmit_seconds=0.25, tries=1) as (server, nas):
            assert await nas.connect("otieno")
            server.accounting = silence
            await nas.disconnect("otieno")
            await server.report(Status.STOP, count=2)
            server.accounting = received
            await server.report(Status.STOP, count=3)
            stops = server.reports(Status.STOP)
        assert all(stop.integer(at.ACCT_DELAY_TIME) is not None for stop in stops)
        assert len({stop.text(at.ACCT_SESSION_ID) for stop in stops}) == 1
        assert len({stop.integer(at.EVENT_TIMESTAMP) for stop in stops}) == 1

    asyncio.run(story())


def test_the_logins_connect_by_themselves_one_after_the_other() -> None:
    async def story() -> None:
        async with hilltop(OTIENO, GUEST, NEEMA, connect_per_second=100) as (server, nas):
            await server.report(Status.START, count=3)
            assert set(nas.sessions) == {"otieno", "7K3M", "neema"}
        assert [start.text(at.USER_NAME) for start in server.reports(Status.START)] == ["otieno", "7K3M", "neema"]

    asyncio.run(story())


def test_a_report_moves_the_counters_over_more_than_32_bits() -> None:
    async def story() -> None:
        async with hilltop(OTIENO) as (server, nas):
            server.access = accept(at.octets(at.CLASS, b"token"))
            await nas.connect("otieno")
            assert await nas.report("otieno", download_bytes=5 * 2**32 + 7, upload_bytes=3)
            assert await nas.report("otieno", download_bytes=1, upload_bytes=2**32)
            first, second = server.reports(Status.INTERIM_UPDATE)
        assert octets(first) == (5 * 2**32 + 7, 3)
        assert octets(second) == (5 * 2**32 + 8, 2**32 + 3)
        assert second.get(at.CLASS) == b"token"
        assert second.integer(at.ACCT_SESSION_TIME) is not None
        assert second.integer(at.ACCT_OUTPUT_PACKETS)
        assert second.get(at.ACCT_TERMINATE_CAUSE) is None

    asyncio.run(story())


def test_interims_come_as_often_as_the_nas_is_set_with_growing_counters() -> None:
    async def story() -> None:
        # The server asks for 60 seconds: a value set on the NAS wins.
        async with hilltop(replace(OTIENO, rate_kbps=10**9), interim_seconds=0.06) as (server, nas):
            server.access = accept(at.integer(at.ACCT_INTERIM_INTERVAL, 60))
            session = await nas.connect("otieno")
            assert session is not None
            await server.report(Status.INTERIM_UPDATE, count=3)
        totals = [sum(octets(interim)) for interim in server.reports(Status.INTERIM_UPDATE)]
        assert totals == sorted(totals)
        assert 0 < totals[0] < totals[-1]
        stop = await server.report(Status.STOP)
        assert sum(octets(stop)) >= totals[-1]

    asyncio.run(story())


def test_the_interval_of_the_accept_holds_where_the_nas_has_none() -> None:
    async def story() -> None:
        async with hilltop(OTIENO, NEEMA) as (server, nas):
            server.access = accept(at.integer(at.ACCT_INTERIM_INTERVAL, 1))
            await nas.connect("otieno")
            server.access = accept()
            await nas.connect("neema")
            interim = await server.report(Status.INTERIM_UPDATE)
        assert interim.text(at.USER_NAME) == "otieno"

    asyncio.run(story())


def test_a_session_is_cut_at_its_limit_and_dialled_again() -> None:
    async def story() -> None:
        async with hilltop(OTIENO) as (server, nas):
            server.access = accept(
                at.vendor_integer(at.MIKROTIK, at.MIKROTIK_TOTAL_LIMIT, 100),
                at.vendor_integer(at.MIKROTIK, at.MIKROTIK_TOTAL_LIMIT_GIGAWORDS, 1),
            )
            await nas.connect("otieno")
            await nas.report("otieno", download_bytes=2**32, upload_bytes=99)
            assert "otieno" in nas.sessions
            await nas.report("otieno", upload_bytes=1)
            stop = await server.report(Status.STOP)
            assert stop.integer(at.ACCT_TERMINATE_CAUSE) == 10
            assert octets(stop) == (2**32, 100)
            again = await server.report(Status.START, count=2)
            assert again.text(at.ACCT_SESSION_ID) != stop.text(at.ACCT_SESSION_ID)

    asyncio.run(story())


def test_traffic_stops_exactly_at_the_limit() -> None:
    async def story() -> None:
        async with hilltop(replace(OTIENO, rate_kbps=10**9), reconnect_seconds=60) as (server, nas):
            server.access = accept(at.vendor_integer(at.MIKROTIK, at.MIKROTIK_TOTAL_LIMIT, 100_000))
            await nas.connect("otieno")
            stop = await server.report(Status.STOP)
        assert sum(octets(stop)) == 100_000
        assert stop.integer(at.ACCT_TERMINATE_CAUSE) == 10

    asyncio.run(story())


def test_a_session_ends_at_its_timeout() -> None:
    async def story() -> None:
        async with hilltop(OTIENO, reconnect_seconds=60) as (server, nas):
            server.access = accept(at.integer(at.SESSION_TIMEOUT, 1))
            await nas.connect("otieno")
            stop = await server.report(Status.STOP)
        assert stop.integer(at.ACCT_TERMINATE_CAUSE) == 5
        assert (stop.integer(at.ACCT_SESSION_TIME) or 0) >= 1

    asyncio.run(story())


def test_users_leave_now_and_then_and_come_back() -> None:
    async def story() -> None:
        async with hilltop(OTIENO, stay_seconds=0.02) as (server, nas):
            await nas.connect("otieno")
            stop = await server.report(Status.STOP, count=2)
            await server.report(Status.START, count=3)
        assert stop.integer(at.ACCT_TERMINATE_CAUSE) == 1

    asyncio.run(story())


def test_a_device_that_is_turned_off_stays_off() -> None:
    async def story() -> None:
        async with hilltop(OTIENO, refused_seconds=0.02, reconnect_seconds=0.02) as (server, nas):
            await nas.connect("otieno")
            await nas.disconnect("otieno")
            assert nas.sessions == {}
            (stop,) = server.reports(Status.STOP)
            assert stop.integer(at.ACCT_TERMINATE_CAUSE) == 1
            server.access = reject
            assert await nas.connect("otieno") is None
            await nas.disconnect("otieno")
            tried = len(server.logins("otieno"))
            await asyncio.sleep(0.1)
            assert len(server.logins("otieno")) == tried

    asyncio.run(story())


def test_a_disconnect_ends_the_session_which_is_then_dialled_again() -> None:
    async def story() -> None:
        async with hilltop(OTIENO, NEEMA) as (server, nas):
            session = await nas.connect("otieno")
            await nas.connect("neema")
            assert session is not None
            meant = [at.text(at.USER_NAME, "otieno"), at.text(at.ACCT_SESSION_ID, session.session_id)]
            request = order(*meant, at.address(8, "10.0.0.5"), at.address(4, "127.0.0.1"), at.text(32, "hilltop"))
            reply = await tell(nas, request)
            assert verify_reply(reply, request[4:20], SECRET)
            assert verify_message_authenticator(reply, SECRET, request[4:20]) is True
            assert (reply.code, reply.integer(at.ACCT_TERMINATE_CAUSE)) == (Code.DISCONNECT_ACK, 6)
            stop = await server.report(Status.STOP)
            assert stop.text(at.USER_NAME) == "otieno"
            assert stop.integer(at.ACCT_TERMINATE_CAUSE) == 6
            again = await server.report(Status.START, count=3)
            assert again.text(at.USER_NAME) == "otieno"
            # The old session is gone, even though the user is back.
            gone = await tell(nas, order(*meant, identifier=2))
            assert (gone.code, gone.integer(at.ERROR_CAUSE)) == (Code.DISCONNECT_NAK, 503)

    asyncio.run(story())


def test_a_repeated_disconnect_gets_the_same_answer_and_ends_nothing_more() -> None:
    async def story() -> None:
        async with hilltop(OTIENO) as (server, nas):
            await nas.connect("otieno")
            request = order(at.text(at.USER_NAME, "otieno"), (at.PROXY_STATE, b"a"), (at.PROXY_STATE, b"b"))
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
                channel.settimeout(PATIENCE_SECONDS)
                channel.connect(("127.0.0.1", nas.coa_port))
                channel.send(request)
                first = await asyncio.to_thread(channel.recv, 4096)
                await server.report(Status.START, count=2)
                channel.send(request)
                second = await asyncio.to_thread(channel.recv, 4096)
            assert first == second
            assert decode(first).get_all(at.PROXY_STATE) == [b"a", b"b"]
            assert list(nas.sessions) == ["otieno"]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("request_bytes", "code", "cause"),
    [
        (order(at.text(at.USER_NAME, "nobody")), Code.DISCONNECT_NAK, 503),
        (order(at.text(at.USER_NAME, "otieno"), at.address(8, "10.0.0.6")), Code.DISCONNECT_NAK, 503),
        (order(at.text(at.USER_NAME, "otieno"), at.text(at.ACCT_SESSION_ID, "00000000")), Code.DISCONNECT_NAK, 503),
        (order(at.address(at.NAS_IP_ADDRESS, "127.0.0.1")), Code.DISCONNECT_NAK, 402),
        (order(), Code.DISCONNECT_NAK, 402),
        (order(at.text(at.USER_NAME, "otieno"), at.integer(at.SESSION_TIMEOUT, 1)), Code.DISCONNECT_NAK, 401),
        (order(at.text(at.USER_NAME, "otieno"), at.text(at.NAS_IDENTIFIER, "valley")), Code.DISCONNECT_NAK, 403),
        (order(at.text(at.CALLED_STATION_ID, "pppoe-in")), Code.DISCONNECT_NAK, 508),
        (order(at.text(at.USER_NAME, "otieno"), code=Code.COA_REQUEST), Code.COA_NAK, 405),
    ],
    ids=["user", "address", "session", "nas only", "nothing", "unsupported", "other nas", "several", "change"],
)
def test_what_a_router_refuses_is_refused(request_bytes: bytes, code: Code, cause: int) -> None:
    async def story() -> None:
        async with hilltop(OTIENO, NEEMA) as (_, nas):
            await nas.connect("otieno")
            await nas.connect("neema")
            reply = await tell(nas, request_bytes)
            assert (reply.code, reply.integer(at.ERROR_CAUSE)) == (code, cause)
            assert verify_reply(reply, request_bytes[4:20], SECRET)
            assert set(nas.sessions) == {"otieno", "neema"}

    asyncio.run(story())


def test_what_a_router_does_not_hear_is_met_with_silence() -> None:
    async def story() -> None:
        async with hilltop(OTIENO) as (_, nas):
            await nas.connect("otieno")
            name = at.text(at.USER_NAME, "otieno")
            wrong_secret = encode_request(Code.DISCONNECT_REQUEST, 2, [name], b"another secret")
            unsigned = encode_request(
                Code.DISCONNECT_REQUEST, 6, [name], b"another secret", message_authenticator=False
            )
            wrong_signature = encode_request(
                Code.DISCONNECT_REQUEST, 3, [name, (80, bytes(16))], SECRET, message_authenticator=False
            )
            old = order(name, at.integer(at.EVENT_TIMESTAMP, int(time.time()) - 400), identifier=4)
            login = encode_request(Code.ACCESS_REQUEST, 5, [name], SECRET)
            unheard = [wrong_secret, unsigned, wrong_signature, old, login, b"", b"garbage", wrong_secret[:25]]
            # The first reply is the one to the last datagram, so that nothing before it was answered.
            reply = await tell(nas, *unheard, order(at.text(at.USER_NAME, "nobody"), identifier=9))
            assert (reply.identifier, reply.integer(at.ERROR_CAUSE)) == (9, 503)
            assert list(nas.sessions) == ["otieno"]

    asyncio.run(story())


def test_only_the_server_is_heard() -> None:
    async def story() -> None:
        async with hilltop(OTIENO) as (_, nas):
            await nas.connect("otieno")

            def from_elsewhere() -> None:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
                    channel.bind(("127.0.0.9", 0))
                    channel.sendto(order(at.text(at.USER_NAME, "otieno")), ("127.0.0.1", nas.coa_port))

            from_elsewhere()
            reply = await tell(nas, order(at.text(at.USER_NAME, "nobody")))
            assert reply.integer(at.ERROR_CAUSE) == 503
            assert list(nas.sessions) == ["otieno"]

    asyncio.run(story())


@pytest.mark.parametrize("signed", [True, False])
def test_our_own_driver_is_understood(signed: bool) -> None:
    async def story() -> None:
        async with hilltop(OTIENO, reconnect_seconds=60) as (server, nas):
            session = await nas.connect("otieno")
            assert session is not None
            target = coa.Target("127.0.0.1", nas.coa_port, SECRET, signed)
            meant = coa.Identification("otieno", session.session_id, "10.0.0.5", "127.0.0.1")
            first = await asyncio.to_thread(coa.disconnect, target, meant)
            await server.report(Status.STOP)
            second = await asyncio.to_thread(coa.disconnect, target, meant)
        assert (first.outcome, second.outcome) == ("acknowledged", "gone")

    asyncio.run(story())


def test_turning_off_stops_every_session_and_says_goodbye() -> None:
    async def story() -> None:
        async with hilltop(OTIENO, GUEST) as (server, nas):
            await nas.connect("otieno")
            await nas.connect("7K3M")
        stops = server.reports(Status.STOP)
        assert {stop.text(at.USER_NAME) for stop in stops} == {"otieno", "7K3M"}
        assert {stop.integer(at.ACCT_TERMINATE_CAUSE) for stop in stops} == {11}
        (off,) = server.reports(Status.ACCOUNTING_OFF)
        assert off is server.heard[-1]
        for announcement in (off, server.heard[0]):
            assert announcement.get(at.USER_NAME) is None
            assert announcement.text(at.NAS_IDENTIFIER) == "hilltop"

    asyncio.run(story())


def test_a_silent_server_does_not_keep_the_nas_from_turning_off() -> None:
    async def story() -> None:
        async with hilltop(OTIENO) as (server, nas):
            await nas.connect("otieno")
            server.accounting = silence
        assert server.reports(Status.STOP)
        assert server.reports(Status.ACCOUNTING_OFF)

    asyncio.run(story())


def configuration(server_port: int = 1, **settings: Any) -> str:
    login = {
        "username": "otieno",
        "password": "secret-1",
        "kind": "pppoe",
        "mac": "AA:BB:CC:00:00:01",
        "address": "10.0.0.5",
        "rate_kbps": 1000,
    }
    entries = {
        "auth": f"127.0.0.1:{server_port}",
        "acct": f"127.0.0.1:{server_port}",
        "secret": SECRET.decode(),
        "identifier": "hilltop",
        "coa_port": 0,
        "interim_seconds": 10,
        "logins": [login],
        "connect_per_second": 5,
    }
    return json.dumps(entries | settings)


def test_the_process_runs_until_it_is_told_to_end(tmp_path: Path) -> None:
    async def story() -> None:
        async with server_on_loopback() as server:
            file = tmp_path / "nas.json"
            file.write_text(configuration(server.port))
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "headend.demo.nas", "--config", str(file), "--verbose"),
                stdout=subprocess.PIPE,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            )
            try:
                await server.report(Status.START)
                process.send_signal(signal.SIGTERM)
                said, _ = await process.communicate()
            finally:
                if process.returncode is None:
                    process.kill()
        assert process.returncode == 0
        assert server.reports(Status.STOP)
        assert server.reports(Status.ACCOUNTING_OFF)
        lines = said.decode().splitlines()
        assert lines[0] == "on"
        assert lines[1].startswith("otieno: connected with 10.0.0.5")
        assert lines[2:] == ["otieno: ended by NAS-Reboot", "off"]

    asyncio.run(story())


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{", "Expecting property name"),
        ("[]", "not complete or not right"),
        ("{}", "'auth'"),
        (configuration(colour="blue"), "colour"),
        (configuration(auth="127.0.0.1"), "invalid literal"),
        (configuration(logins=[{"username": "otieno"}]), "password"),
        (configuration(logins=json.loads(configuration())["logins"] * 2), "same username"),
        (configuration(logins=[json.loads(configuration())["logins"][0] | {"kind": "dhcp"}]), "'dhcp'"),
        (configuration(logins=[json.loads(configuration())["logins"][0] | {"address": "10.0.0"}]), "4 octets"),
        (configuration(logins=[json.loads(configuration())["logins"][0] | {"password": "x" * 129}]), "128 bytes"),
    ],
)
def test_a_wrong_configuration_is_refused_with_its_reason(source: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Config.from_json(source)


def test_a_configuration_is_read_without_showing_its_secrets() -> None:
    config = Config.from_json(configuration(server_port=1812, acct="127.0.0.1:1813"))
    assert (config.auth, config.acct) == (("127.0.0.1", 1812), ("127.0.0.1", 1813))
    assert (config.secret, config.interim_seconds, config.logins[0].password) == (SECRET, 10, "secret-1")
    assert "secret-1" not in repr(config)
    assert "hilltop secret" not in repr(config)
