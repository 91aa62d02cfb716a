"""What the hotspot of the simulated router refuses: passwords, names, requests, configurations."""

import asyncio
import json
import socket
from dataclasses import replace
from typing import Any

import pytest

from headend.demo.nas import Config, SimulatedNas
from headend.lib.radius import attributes as at
from headend.lib.radius.attributes import AcctStatusType as Status
from headend.lib.radius.packet import Code, Packet, encode_reply
from headend.lib.radius.passwords import chap_matches
from tests.demo.guest import CHAP, PAGE, PAP, PATIENCE_SECONDS, Guest, digest, hotspot
from tests.demo.hilltop import (
    SECRET,
    accept,
    hilltop,
    reject,
    silence,
)

PASSWORD = "secret-1"
DIGEST = "ab231996b0344267e24779b9e6371bf7"


@pytest.mark.parametrize("password", [PASSWORD, "", "ab" * 15 + "a", "ab" * 16 + "a", "zz" * 16, "ab" * 200])
def test_a_password_that_is_no_digest_is_refused_without_asking(password: str) -> None:
    async def story() -> None:
        async with hotspot(CHAP) as (server, _, guest):
            await guest.open("/login")
            answer = await guest.log_in("7K3M", password)
            assert answer.status == 200
            assert answer.fields["error"] == "invalid username or password"
            assert (answer.fields["username"], answer.fields["link-orig"]) == ("7K3M", PAGE)
            assert server.logins("7K3M") == []

    asyncio.run(story())


def test_a_challenge_is_good_for_one_login_of_the_device_that_got_it() -> None:
    async def story() -> None:
        async with hotspot(CHAP) as (server, _, guest):
            # Nobody was shown a page yet.
            assert (await guest.log_in("7K3M", DIGEST)).fields["error"] == "invalid username or password"
            fields = (await guest.open("/login")).fields
            other = Guest(guest.base, mac="02:00:00:00:00:08")
            assert (await other.log_in("7K3M", digest(fields, PASSWORD))).fields["error"]
            assert server.logins("7K3M") == []
            server.access = reject
            again = (await guest.log_in("7K3M", digest(fields, PASSWORD))).fields
            assert again["chap-challenge"] != fields["chap-challenge"]
            # The same digest now meets the challenge of the page with the error.
            await guest.log_in("7K3M", digest(fields, PASSWORD))
            first, second = server.logins("7K3M")
        assert first.get(at.CHAP_CHALLENGE) != second.get(at.CHAP_CHALLENGE)
        assert not chap_matches(
            second.get(at.CHAP_PASSWORD) or b"", second.get(at.CHAP_CHALLENGE) or b"", PASSWORD.encode()
        )

    asyncio.run(story())


def test_a_digest_that_let_a_device_in_does_not_do_so_again() -> None:
    async def story() -> None:
        async with hotspot(CHAP) as (server, nas, guest):
            fields = (await guest.open("/login")).fields
            answered = digest(fields, PASSWORD)
            assert (await guest.log_in("7K3M", answered)).location == PAGE
            await guest.open("/logout")
            assert (await guest.log_in("7K3M", answered)).fields["error"] == "invalid username or password"
            assert nas.guests == {}
            assert len(server.logins("7K3M")) == 1

    asyncio.run(story())


def refuse_silently(request: Packet) -> list[bytes]:
    return [encode_reply(Code.ACCESS_REJECT, request, [], SECRET, message_authenticator=True)]


def test_a_refusal_shows_the_login_page_with_what_the_server_said() -> None:
    async def story() -> None:
        async with hotspot(retransmit_seconds=0.1) as (server, nas, guest):
            for script, error in (
                (reject, "Wrong name or password"),
                (refuse_silently, "invalid username or password"),
                (silence, "RADIUS server is not responding"),
                (accept((at.SESSION_TIMEOUT, b"abc")), "invalid username or password"),
            ):
                server.access = script
                answer = await guest.log_in("7K3M", "x")
                assert answer.status == 200
                assert answer.fields["error"] == error
                assert error in answer.page
                assert (await guest.open("/status")).status == 302
            assert nas.guests == {}
            assert server.reports(Status.START) == []
            # The silent server was asked three times.
            assert len(server.logins("7K3M")) == 6

    asyncio.run(story())


def test_what_people_type_is_not_taken_for_a_page() -> None:
    async def story() -> None:
        async with hotspot() as (server, _, guest):
            server.access = reject
            name = "\"><script>alert('1')</script>&amp;"
            answer = await guest.log_in(name, "x", dst=f"http://example.com/{name}")
            assert "<script" not in answer.page
            fields = answer.fields
            assert (fields["username"], fields["link-orig"]) == (name, f"http://example.com/{name}")
            assert len(server.logins(name)) == 1

    asyncio.run(story())


@pytest.mark.parametrize("username", ["x" * 254, "é" * 127])
def test_a_name_too_long_for_radius_is_refused_without_asking(username: str) -> None:
    async def story() -> None:
        async with hotspot() as (server, _, guest):
            assert (await guest.log_in(username, "x")).fields["error"] == "invalid username or password"
            assert (await guest.log_in("7K3M", "x" * 129)).fields["error"] == "invalid username or password"
            assert [packet for packet in server.heard if packet.code == Code.ACCESS_REQUEST] == []

    asyncio.run(story())


def test_a_device_is_authorized_once_at_a_time() -> None:
    async def story() -> None:
        async with hotspot(retransmit_seconds=0.2, tries=30) as (server, _, guest):
            server.access = silence
            first = asyncio.create_task(guest.log_in("7K3M", "x"))
            await server.until(lambda: bool(server.logins("7K3M")))
            second = await guest.log_in("7K3M", "x")
            assert second.fields["error"] == "already authorizing, retry later"
            server.access = accept()
            assert (await first).location == PAGE
            assert len({login.raw for login in server.logins("7K3M")}) == 1

    asyncio.run(story())


async def send(base: str, request: bytes) -> tuple[int, str]:
    """Send bytes as they are, and read what is answered until the router hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(base.rpartition(":")[2]))
    writer.write(request)
    answer = (await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)).decode()
    writer.close()
    return int(answer.split(" ", 2)[1]), answer


FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"\r\n\r\n",
        b"GET / HTTP/2\r\nHost: a\r\n\r\n",
        b"GET /\r\n\r\n",
        b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n",
        b"DELETE /login HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT example.com:443 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET login HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET https://example.com/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://[/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET http://me@example.com/ HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nno header\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX-Device-MAC: me\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n" + FORM + b"\r\na=bc",
        b"GET /" + b"x" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"x" * 500_000 + b"\r\n\r\n",
        b"GET /?" + b"a=1&" * 41 + b" HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /login?username=%ff HTTP/1.0\r\n\r\n",
        b"GET /login?username=a%00b HTTP/1.0\r\n\r\n",
        b"GET /login?username=a&password=%0a HTTP/1.0\r\n\r\n",
        b"GET /login?username=a&dst=http://b/%0d%0aSet-Cookie:c HTTP/1.0\r\n\r\n",
        b"POST /login HTTP/1.0\r\nContent-Length: x\r\n" + FORM + b"\r\n",
        b"POST /login HTTP/1.0\r\nContent-Length: -1\r\n" + FORM + b"\r\n",
        b"POST /login HTTP/1.0\r\nContent-Length: 3\r\nContent-Length: 4\r\n" + FORM + b"\r\na=bc",
        b"POST /login HTTP/1.0\r\nContent-Length: 8193\r\n" + FORM + b"\r\n" + b"x" * 8193,
        b"POST /login HTTP/1.0\r\nContent-Length: 900000\r\n" + FORM + b"\r\n" + b"x" * 900_000,
        b"POST /login HTTP/1.0\r\nTransfer-Encoding: chunked\r\n" + FORM + b"\r\n0\r\n\r\n",
        b"POST /login HTTP/1.0\r\nContent-Length: 2\r\nContent-Type: application/json\r\n\r\n{}",
        b"POST /login HTTP/1.0\r\nContent-Length: 1\r\n" + FORM + b"\r\n\xff",
    ],
    ids=lambda request_bytes: repr(request_bytes[:70]),
)
def test_a_bad_request_is_answered_with_400_and_asks_nobody(request_bytes: bytes) -> None:
    async def story() -> None:
        async with hotspot() as (server, nas, guest):
            status, answer = await send(guest.base, request_bytes)
            assert status == 400
            assert answer.startswith("HTTP/1.1 400 Bad Request\r\n")
            assert "Set-Cookie" not in answer
            assert nas.guests == {}
            assert [packet for packet in server.heard if packet.code == Code.ACCESS_REQUEST] == []
            # The router goes on.
            assert (await guest.open("/login")).status == 200

    asyncio.run(story())


def test_a_request_that_ends_too_early_is_a_bad_one() -> None:
    async def story() -> None:
        async with hotspot() as (_, _, guest):
            port = int(guest.base.rpartition(":")[2])
            for start in (b"GET / HT", b"POST /login HTTP/1.0\r\nContent-Length: 9\r\n" + FORM + b"\r\na=b"):
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.write(start)
                writer.write_eof()
                assert (await asyncio.wait_for(reader.read(), PATIENCE_SECONDS)).startswith(b"HTTP/1.1 400 ")
                writer.close()

    asyncio.run(story())


def test_a_large_form_is_refused_when_it_has_been_sent_whole() -> None:
    async def story() -> None:
        async with hotspot() as (_, _, guest):
            assert (await guest.open("/login", {"username": "x" * 900_000})).status == 400

    asyncio.run(story())


def test_a_device_that_says_nothing_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headend.demo.nas.web.READ_SECONDS", 0.05)

    async def story() -> None:
        async with hotspot() as (_, _, guest):
            reader, writer = await asyncio.open_connection("127.0.0.1", int(guest.base.rpartition(":")[2]))
            assert await asyncio.wait_for(reader.read(), PATIENCE_SECONDS) == b""
            writer.close()

    asyncio.run(story())


def test_an_old_client_that_names_no_host_means_the_router() -> None:
    async def story() -> None:
        async with hotspot() as (_, _, guest):
            status, answer = await send(guest.base, b"GET /status HTTP/1.0\r\n\r\n")
            assert status == 302
            assert f"Location: {guest.base}/login?dst=" in answer
            assert "Set-Cookie: device=02" in answer

    asyncio.run(story())


def test_what_stands_in_the_form_goes_before_the_query() -> None:
    async def story() -> None:
        async with hotspot() as (server, _, guest):
            form = {"username": "form", "password": "x"}
            answer = await guest.open("/login?username=query&dst=http%3A%2F%2Fexample.com%2F", form)
            assert answer.location == "http://example.com/"
            assert len(server.logins("form")) == 1

    asyncio.run(story())


def test_there_is_no_hotspot_where_none_is_wanted() -> None:
    async def story() -> None:
        async with hilltop() as (_, nas):
            assert nas.servlet is None

    asyncio.run(story())


def test_a_taken_port_is_an_error() -> None:
    async def story() -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            config = Config(("127.0.0.1", 1), ("127.0.0.1", 1), SECRET, "hilltop", (), coa_port=0)
            nas = SimulatedNas(replace(config, hotspot=replace(PAP, port=taken.getsockname()[1])))
            with pytest.raises(OSError, match="address already in use"):
                await nas.start()
            await nas.stop()

    asyncio.run(story())


def configuration(**hotspot_entries: Any) -> str:
    entries = {"auth": "127.0.0.1:1", "acct": "127.0.0.1:1", "secret": "s", "identifier": "hilltop", "logins": []}
    return json.dumps(entries | {"hotspot": {"port": 0, "portal": "http://127.0.0.1/"} | hotspot_entries})


@pytest.mark.parametrize(
    ("entries", "reason"),
    [
        ({"login_by": "cookie"}, "'cookie'"),
        ({"portal": "/hotspot/"}, "http or https address"),
        ({"portal": "ftp://127.0.0.1/"}, "http or https address"),
        ({"portal": "http:///x"}, "http or https address"),
        ({"portal": 5}, "not complete or not right"),
        ({"colour": "blue"}, "colour"),
    ],
)
def test_a_wrong_hotspot_is_refused_with_its_reason(entries: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Config.from_json(configuration(**entries))


def test_a_hotspot_is_played_on_this_machine_only() -> None:
    source = json.loads(configuration())
    for address in ("192.0.2.1", "0.0.0.0", "here"):
        with pytest.raises(ValueError, match="this machine only"):
            Config.from_json(json.dumps(source | {"address": address}))
    assert Config.from_json(json.dumps(source | {"hotspot": None})).hotspot is None
    config = Config.from_json(json.dumps(source | {"address": "127.0.0.2"}))
    assert config.hotspot is not None
    assert (config.hotspot.login_by, config.hotspot.server_name) == ("http-chap", "hotspot1")
