"""The simulated NAS against a small scripted RADIUS server on loopback."""

import asyncio
from dataclasses import replace

import pytest

from headend.lib.radius import attributes as at
from headend.lib.radius.attributes import AcctStatusType as Status
from headend.lib.radius.packet import (
    Code,
    Packet,
    encode_reply,
)
from headend.lib.radius.passwords import chap_matches, pap_decode
from tests.demo.hilltop import (
    GUEST,
    NEEMA,
    OTIENO,
    SECRET,
    Script,
    accept,
    hilltop,
    octets,
    received,
    reject,
    silence,
)


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
