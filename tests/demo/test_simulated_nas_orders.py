"""What the simulated NAS does when it is told to: disconnects, refusals, its end, its configuration."""

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from headend.demo.nas import Config
from headend.lib.radius import attributes as at
from headend.lib.radius.attributes import AcctStatusType as Status
from headend.lib.radius.packet import (
    Code,
    decode,
    encode_request,
    verify_message_authenticator,
    verify_reply,
)
from headend.network.drivers import coa
from tests.demo.hilltop import (
    GUEST,
    NEEMA,
    OTIENO,
    PATIENCE_SECONDS,
    SECRET,
    hilltop,
    order,
    server_on_loopback,
    silence,
    tell,
)


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
