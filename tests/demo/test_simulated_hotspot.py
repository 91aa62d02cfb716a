"""The hotspot of the simulated router: its pages, its login, and the session that follows."""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from headend.demo.nas.hosts import POOL
from headend.demo.nas.servlet import octal
from headend.lib.radius import attributes as at
from headend.lib.radius.attributes import AcctStatusType as Status
from headend.lib.radius.packet import Code
from headend.lib.radius.passwords import chap_matches, pap_decode
from tests.demo.guest import CHAP, MAC, PAGE, PAP, PATIENCE_SECONDS, Guest, digest, dst_of, hotspot
from tests.demo.hilltop import (
    OTIENO,
    SECRET,
    accept,
    octets,
    order,
    server_on_loopback,
    tell,
)
from tests.kit.hotspot import Hotspot as HotspotProcess

PASSWORD = "secret-1"
# protocols: chap-id 35, this challenge and the password above.
CHALLENGE = bytes.fromhex("d2a1f0047e11c3b90a5d66788899aabb")
DIGEST = "ab231996b0344267e24779b9e6371bf7"


def test_whoever_is_not_logged_in_is_led_to_the_login_page() -> None:
    async def story() -> None:
        async with hotspot() as (server, _, guest):
            base = guest.base
            for target, orig in (
                (PAGE, PAGE),
                ("http://example.com", "http://example.com/"),
                ("/", f"{base}/"),
                ("/status", f"{base}/status"),
                ("/a/b.html?c=%20d", f"{base}/a/b.html?c=%20d"),
            ):
                answer = await guest.open(target)
                assert answer.status == 302
                assert answer.location.startswith(f"{base}/login?dst=")
                assert dst_of(answer.location) == orig
            # As seen by a device that does not know that the router took the connection.
            answer = await guest.open("/news", Host="example.com:8080")
            assert dst_of(answer.location) == "http://example.com:8080/news"
            answer = await guest.open("/logout")
            assert (answer.status, answer.location) == (302, f"{base}/login")
            assert server.logins("7K3M") == []

    asyncio.run(story())


def test_the_login_page_tells_the_portal_everything() -> None:
    async def story() -> None:
        async with hotspot() as (_, _, guest):
            base, host = guest.base, guest.base.removeprefix("http://")
            there = (await guest.open(PAGE)).location
            answer = await guest.open(there)
            assert answer.status == 200
            assert "<script" not in answer.page
            assert answer.fields == {
                "nas": "token-1",
                "mac": MAC,
                "ip": "10.5.50.2",
                "username": "",
                "link-login": there,
                "link-login-only": f"{base}/login",
                "link-orig": PAGE,
                "link-orig-esc": "http%3A%2F%2Fexample.com%2Fnews%3Fa%3Db%26c%3Dd",
                "link-logout": f"{base}/logout",
                "link-status": f"{base}/status",
                "error": "",
                "chap-id": "",
                "chap-challenge": "",
                "identity": "hilltop",
                "server-name": "hotspot1",
                "server-address": host,
                "hostname": "127.0.0.1",
                "interface-name": "wlan1",
                "trial": "no",
                "plain-passwd": "yes",
                "ssl-login": "no",
            }
            plain = (await guest.open("/login")).fields
            assert (plain["link-orig"], plain["link-login"]) == ("", f"{base}/login")
        named = replace(PAP, identity="Hill & top", server_name="café")
        async with hotspot(named) as (_, _, guest):
            fields = (await guest.open("/login")).fields
            assert (fields["identity"], fields["server-name"]) == ("Hill & top", "café")

    asyncio.run(story())


def test_a_challenge_is_made_anew_for_each_login_page_of_each_device() -> None:
    async def story() -> None:
        async with hotspot(CHAP) as (_, _, guest):
            other = Guest(guest.base, mac="02:00:00:00:00:08")
            pages = [(await device.open("/login")).fields for device in (guest, guest, other)]
            # The icon that a browser asks for by itself leaves the challenge as it is.
            assert (await guest.open("/favicon.ico")).status == 404
            assert (await guest.log_in("7K3M", digest(pages[1], PASSWORD))).status == 302
        challenges = [fields["chap-challenge"] for fields in pages]
        assert len(set(challenges)) == 3
        assert {fields["plain-passwd"] for fields in pages} == {"no"}
        assert digest(pages[0], "x") != digest(pages[1], "x")

    asyncio.run(story())


def test_bytes_are_escaped_as_a_router_does_it() -> None:
    assert octal(b"\xf9\x07A\0") == r"\371\007\101\000"


@pytest.mark.parametrize("post", [False, True])
def test_a_plain_login_asks_radius_and_begins_a_session(post: bool) -> None:
    async def story() -> None:
        async with hotspot() as (server, nas, guest):
            server.access = accept(at.octets(at.CLASS, b"h1:v7:token"))
            await guest.open("/login")
            answer = await guest.log_in("7K3M", "pass word&ü", post=post)
            assert (answer.status, answer.location) == (302, PAGE)
            (login,) = server.logins("7K3M")
            start = await server.report(Status.START)
            assert list(nas.guests) == [MAC]
        assert pap_decode(login.get(at.USER_PASSWORD) or b"", SECRET, login.authenticator) == "pass word&ü".encode()
        assert login.get(at.CHAP_PASSWORD) is None
        assert start.get(at.CLASS) == b"h1:v7:token"
        for packet in (login, start):
            assert packet.text(at.USER_NAME) == "7K3M"
            assert packet.text(at.CALLING_STATION_ID) == MAC
            assert packet.text(at.CALLED_STATION_ID) == "hotspot1"
            assert packet.get(at.FRAMED_IP_ADDRESS) == bytes((10, 5, 50, 2))
            assert packet.integer(at.NAS_PORT_TYPE) == at.NasPortType.WIRELESS_802_11
            assert packet.text(at.NAS_IDENTIFIER) == "hilltop"
            assert packet.get(at.NAS_IP_ADDRESS) == bytes((127, 0, 0, 1))
            assert packet.text(at.ACCT_SESSION_ID) == start.text(at.ACCT_SESSION_ID)
            # A hotspot says neither.
            assert packet.get(at.SERVICE_TYPE) is None
            assert packet.get(at.FRAMED_PROTOCOL) is None

    asyncio.run(story())


@pytest.mark.parametrize("post", [False, True])
def test_a_login_by_digest_hands_radius_the_routers_challenge(post: bool) -> None:
    async def story() -> None:
        async with hotspot(CHAP) as (server, _, guest):
            fields = (await guest.open("/login")).fields
            answer = await guest.log_in("7K3M", digest(fields, PASSWORD), post=post)
            assert (answer.status, answer.location) == (302, PAGE)
            (login,) = server.logins("7K3M")
        assert login.get(at.USER_PASSWORD) is None
        challenge = login.get(at.CHAP_CHALLENGE) or b""
        assert octal(challenge) == fields["chap-challenge"]
        assert chap_matches(login.get(at.CHAP_PASSWORD) or b"", challenge, PASSWORD.encode())

    asyncio.run(story())


def test_the_digest_of_the_fact_sheet_is_understood() -> None:
    async def story() -> None:
        async with hotspot(CHAP) as (server, nas, guest):
            assert nas.servlet is not None
            host = nas.servlet.hosts.meet(MAC)
            assert host is not None
            host.chap_id, host.challenge = 0x35, CHALLENGE
            await guest.log_in("7K3M", DIGEST)
            (login,) = server.logins("7K3M")
        assert login.get(at.CHAP_PASSWORD) == bytes.fromhex(f"35{DIGEST}")
        assert login.get(at.CHAP_CHALLENGE) == CHALLENGE
        assert chap_matches(bytes.fromhex(f"35{DIGEST}"), CHALLENGE, PASSWORD.encode())

    asyncio.run(story())


@pytest.mark.parametrize(
    ("dst", "location"),
    [
        ("", "/status"),
        ("/elsewhere", "/status"),
        ("//example.com/", "/status"),
        ("javascript:alert(1)", "/status"),
        ("http://[", "/status"),
        ("https://example.com/ü?q=1 2#3", "https://example.com/%C3%BC?q=1%202#3"),
        ("http://127.0.0.1:9/baobab/hotspot/done/?a=%20b", "http://127.0.0.1:9/baobab/hotspot/done/?a=%20b"),
    ],
)
def test_after_the_login_comes_the_page_that_was_wanted(dst: str, location: str) -> None:
    async def story() -> None:
        async with hotspot() as (_, _, guest):
            answer = await guest.log_in("7K3M", "x", dst=dst)
            wanted = guest.base + location if location.startswith("/") else location
            assert (answer.status, answer.location) == (302, wanted)
            # Who is logged in comes there at once.
            assert (await guest.log_in("another", "x", dst=dst)).location == wanted

    asyncio.run(story())


def test_whoever_is_logged_in_is_let_through() -> None:
    async def story() -> None:
        async with hotspot() as (server, nas, guest):
            await guest.log_in("7K3M", "x")
            answer = await guest.open(PAGE)
            assert answer.status == 200
            assert "example.com" in answer.page
            assert (await guest.open("/")).location == f"{guest.base}/status"
            assert (await guest.open("/nothing")).status == 404
            assert (await guest.open("/login")).location == f"{guest.base}/status"
            stranger = Guest(guest.base, mac="02:00:00:00:00:08")
            assert (await stranger.open(PAGE)).status == 302
            assert (await stranger.log_in("7K3M", "x")).status == 302
            # One voucher on two devices: two sessions, which only their addresses tell apart.
            assert list(nas.guests) == [MAC, "02:00:00:00:00:08"]
            await server.report(Status.START, count=2)
            starts = server.reports(Status.START)
        assert len({start.text(at.ACCT_SESSION_ID) for start in starts}) == 2
        assert len({start.get(at.FRAMED_IP_ADDRESS) for start in starts}) == 2

    asyncio.run(story())


def test_the_status_page_and_the_logout() -> None:
    async def story() -> None:
        async with hotspot(replace(PAP, rate_kbps=10**6), interim_seconds=0.05) as (server, nas, guest):
            await guest.log_in("7K3M & co", "x")
            interim = await server.report(Status.INTERIM_UPDATE, count=2)
            answer = await guest.open("/status")
            assert answer.status == 200
            shown = answer.numbers
            assert shown["username"] == "7K3M &amp; co"
            assert shown["uptime"].endswith("s")
            assert int(shown["bytes-in"]) + int(shown["bytes-out"]) >= sum(octets(interim)) > 0
            answer = await guest.open("/logout", form={})
            assert answer.status == 200
            last = answer.numbers
            assert nas.guests == {}
            stop = await server.report(Status.STOP)
            assert (await guest.open("/status")).status == 302
        assert stop.integer(at.ACCT_TERMINATE_CAUSE) == 1
        assert octets(stop) == (int(last["bytes-out"]), int(last["bytes-in"]))
        totals = [sum(octets(report)) for report in server.reports(Status.INTERIM_UPDATE)]
        assert totals == sorted(totals)
        # Whoever left on the page is not dialled again.
        assert len(server.reports(Status.START)) == 1

    asyncio.run(story())


def test_the_status_page_counts_up_to_now() -> None:
    async def story() -> None:
        # No report is due that would count before.
        async with hotspot(replace(PAP, rate_kbps=10**6)) as (server, _, guest):
            await guest.log_in("7K3M", "x")
            async with asyncio.timeout(PATIENCE_SECONDS):
                while (await guest.open("/status")).numbers["bytes-out"] == "0":
                    pass
            assert server.reports(Status.INTERIM_UPDATE) == []

    asyncio.run(story())


def test_a_guest_does_not_leave_by_themselves() -> None:
    async def story() -> None:
        async with hotspot(stay_seconds=0.001, interim_seconds=0.02) as (server, nas, guest):
            await guest.log_in("7K3M", "x")
            await server.report(Status.INTERIM_UPDATE, count=3)
            assert list(nas.guests) == [MAC]
            assert server.reports(Status.STOP) == []

    asyncio.run(story())


def test_a_session_obeys_its_time_and_its_volume() -> None:
    async def story() -> None:
        async with hotspot(replace(PAP, rate_kbps=10**6)) as (server, nas, guest):
            server.access = accept(at.integer(at.SESSION_TIMEOUT, 1))
            await guest.log_in("7K3M", "x")
            stop = await server.report(Status.STOP)
            assert stop.integer(at.ACCT_TERMINATE_CAUSE) == 5
            server.access = accept(at.vendor_integer(at.MIKROTIK, at.MIKROTIK_TOTAL_LIMIT, 100_000))
            await guest.log_in("7K3M", "x")
            stop = await server.report(Status.STOP, count=2)
            assert stop.integer(at.ACCT_TERMINATE_CAUSE) == 10
            assert sum(octets(stop)) == 100_000
            assert nas.guests == {}
            assert (await guest.open(PAGE)).status == 302

    asyncio.run(story())


def test_a_disconnect_sends_the_guest_back_to_the_login_page() -> None:
    async def story() -> None:
        async with hotspot() as (server, nas, guest):
            await guest.log_in("7K3M", "x")
            other = Guest(guest.base, mac="02:00:00:00:00:08")
            await other.log_in("7K3M", "x")
            name = at.text(at.USER_NAME, "7K3M")
            several = await tell(nas, order(name))
            assert several.integer(at.ERROR_CAUSE) == 508
            reply = await tell(nas, order(name, at.address(at.FRAMED_IP_ADDRESS, "10.5.50.2"), identifier=2))
            assert reply.code == Code.DISCONNECT_ACK
            stop = await server.report(Status.STOP)
            assert stop.text(at.CALLING_STATION_ID) == MAC
            assert stop.integer(at.ACCT_TERMINATE_CAUSE) == 6
            assert (await guest.open("/status")).status == 302
            assert (await other.open("/status")).status == 200

    asyncio.run(story())


def test_turning_off_stops_the_guests_sessions_and_hangs_up() -> None:
    async def story() -> None:
        async with hotspot() as (server, _, guest):
            await guest.log_in("7K3M", "x")
            await server.report(Status.START)
            reader, writer = await asyncio.open_connection("127.0.0.1", int(guest.base.rpartition(":")[2]))
        assert [stop.integer(at.ACCT_TERMINATE_CAUSE) for stop in server.reports(Status.STOP)] == [11]
        assert server.heard[-1].integer(at.ACCT_STATUS_TYPE) == Status.ACCOUNTING_OFF
        assert await reader.read() == b""
        writer.close()
        with pytest.raises(ConnectionRefusedError):
            await guest.open("/")

    asyncio.run(story())


def test_a_device_is_known_by_its_cookie() -> None:
    async def story() -> None:
        async with hotspot() as (_, nas, guest):
            first, second = Guest(guest.base, mac=""), Guest(guest.base, mac="")
            given = (await first.open("/login")).fields["mac"]
            assert first.cookie == f"device={given.replace(':', '')}"
            # Locally administered, and of one machine.
            assert int(given[:2], 16) & 3 == 2
            again = await first.open("/login")
            assert (again.fields["mac"], again.cookie) == (given, "")
            assert (await second.open("/login")).fields["mac"] != given
            await first.log_in("7K3M", "x")
            assert list(nas.guests) == [given]
            assert (await first.open("/status")).status == 200
            assert (await second.open("/status")).status == 302
            # What is no MAC is replaced; the header goes before the cookie.
            broken = Guest(guest.base, mac="", cookie="device=me; other=1")
            assert (await broken.open("/login")).cookie.startswith("device=02")
            shown = await first.open("/login", **{"X-Device-MAC": "aabb.ccdd.eeff"})
            assert (shown.fields["mac"], shown.cookie) == ("AA:BB:CC:DD:EE:FF", "")

    asyncio.run(story())


def test_addresses_are_given_again_but_never_that_of_a_session() -> None:
    async def story() -> None:
        async with hotspot() as (_, nas, guest):
            assert nas.servlet is not None
            meet = nas.servlet.hosts.meet
            await guest.log_in("7K3M", "x")
            met = [meet(f"02:00:00:00:{number // 256:02X}:{number % 256:02X}") for number in range(1000, 3000)]
            addresses = [host.address for host in met if host is not None]
            assert len(addresses) == 2000
            assert "10.5.50.2" not in addresses
            assert set(addresses) == set(POOL[1:])
            host = meet(MAC)
            assert host is not None
            assert host.address == "10.5.50.2"

    asyncio.run(story())


def test_the_logins_of_the_router_stay_beside_its_guests() -> None:
    async def story() -> None:
        async with hotspot() as (server, nas, guest):
            nas._logins["otieno"] = OTIENO
            await guest.log_in("otieno", "x")
            assert await nas.connect("otieno")
            assert (list(nas.sessions), list(nas.guests)) == (["otieno"], [MAC])
            await guest.open("/logout")
            assert (list(nas.sessions), list(nas.guests)) == (["otieno"], [])
            await server.report(Status.START, count=2)

    asyncio.run(story())


@pytest.mark.parametrize("login_by", ["http-pap", "http-chap"])
def test_the_process_plays_its_hotspot_until_it_is_told_to_end(login_by: str) -> None:
    async def story() -> None:
        async with server_on_loopback() as server:
            ports = (server.port, server.port)
            portal = "http://127.0.0.1:9/baobab/hotspot/?nas=token-1"
            with await asyncio.to_thread(HotspotProcess, ports, SECRET.decode(), portal, login_by) as process:
                guest = Guest(process.url)
                fields = (await guest.open("/login")).fields
                password = PASSWORD if login_by == "http-pap" else digest(fields, PASSWORD)
                assert (await guest.log_in("7K3M", password)).location == PAGE
                await server.report(Status.START)
                assert await asyncio.to_thread(process.stop) == 0
            assert server.reports(Status.ACCOUNTING_OFF)
            assert [stop.text(at.USER_NAME) for stop in server.reports(Status.STOP)] == ["7K3M"]

    asyncio.run(story())


def test_the_process_ends_with_its_parent() -> None:
    start = (
        "import sys, time; from tests.kit.hotspot import Hotspot;"
        "hotspot = Hotspot((int(sys.argv[1]),) * 2, sys.argv[2], 'http://127.0.0.1:9/'); time.sleep(600)"
    )

    async def story() -> None:
        async with server_on_loopback() as server:
            parent = await asyncio.create_subprocess_exec(
                *(sys.executable, "-c", start, str(server.port), SECRET.decode()),
                stdout=subprocess.DEVNULL,
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            )
            try:
                await server.report(Status.ACCOUNTING_ON)
            finally:
                parent.send_signal(signal.SIGKILL)
                await parent.wait()
            await server.report(Status.ACCOUNTING_OFF)

    asyncio.run(story())
