"""A RADIUS client for tests, and the door as a process of its own on the test's database."""

import contextlib
import multiprocessing
import os
import socket
import time
from collections.abc import Iterator
from multiprocessing.context import ForkServerProcess
from typing import Any

from django.db import connection

from headend.lib.radius import attributes as a
from headend.lib.radius.packet import Code, Packet, decode, encode_request, verify_message_authenticator, verify_reply
from headend.lib.radius.passwords import chap_response, pap_encode
from tests.kit import ports, radius_process
from tests.kit.world import NETWORK_PASSWORD, SECRET

# Patience, and no promise: other tests may keep the machine busy.
STARTED_SECONDS = STOPPED_SECONDS = 60.0
# A server that has imported the door once and forks it: a door costs milliseconds then, and shares nothing with another.
_forks = multiprocessing.get_context("forkserver")
_forks.set_forkserver_preload(["tests.kit.radius_process"])
HERE = "127.0.0.1"


class Radius:
    """One door (a process) and a client that asks it from 127.0.0.1."""

    def __init__(self, *, auth: int, acct: int) -> None:
        self.auth, self.acct = auth, acct
        self.process: ForkServerProcess | None = None
        self._identifier = 0

    def start(self) -> None:
        self.process = _forks.Process(
            target=radius_process.run,
            args=(str(connection.settings_dict["NAME"]), self.auth, self.acct),
            daemon=True,
        )
        self.process.start()
        deadline = time.monotonic() + STARTED_SECONDS
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.1)
            # An answer to any of them will do: a busy machine is slower than our patience with one.
            while not self._is_answered(client):
                assert self.process.is_alive(), "the door did not start"
                assert time.monotonic() < deadline, "the door does not answer"

    def _is_answered(self, client: socket.socket) -> bool:
        self._identifier = (self._identifier + 1) % 256
        client.sendto(encode_request(Code.STATUS_SERVER, self._identifier, [], SECRET.encode()), (HERE, self.auth))
        try:
            client.recv(4096)
        except TimeoutError:
            return False
        return True

    def kill(self) -> None:
        """As a power cut does it."""
        assert self.process is not None
        self.process.kill()
        self.process.join()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        self.process.join(STOPPED_SECONDS)
        assert self.process.exitcode is not None, "the door does not stop"
        return self.process.exitcode

    def ask(self, code: Code, attributes: list[tuple[int, bytes]], **how: Any) -> Packet | None:
        """Sends one packet and returns its answer, verified; None for silence."""
        self._identifier = (self._identifier + 1) % 256
        secret, source = how.pop("secret", SECRET).encode(), how.pop("source", HERE)
        timeout = how.pop("timeout", 3.0)
        datagram = how.pop("datagram", None) or encode_request(code, self._identifier, attributes, secret, **how)
        port = self.acct if code == Code.ACCOUNTING_REQUEST else self.auth
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.bind((source, 0))
            client.settimeout(timeout)
            client.sendto(datagram, (HERE, port))
            try:
                reply = decode(client.recv(4096))
            except (TimeoutError, ConnectionRefusedError):
                return None
        assert verify_reply(reply, decode(datagram).authenticator, secret), "the reply is not signed with our secret"
        if reply.code in (Code.ACCESS_ACCEPT, Code.ACCESS_REJECT):
            assert reply.attributes[0][0] == a.MESSAGE_AUTHENTICATOR, "Message-Authenticator comes first"
            assert verify_message_authenticator(reply, secret, decode(datagram).authenticator)
        return reply

    def login(
        self, name: str, password: str = NETWORK_PASSWORD, *more: tuple[int, bytes], chap: bool = False, **how: Any
    ) -> Packet | None:
        """An Access-Request by PAP or CHAP."""
        authenticator = os.urandom(16)
        if chap:
            response = chap_response(7, authenticator, password.encode())
            proof = (a.CHAP_PASSWORD, response)
        else:
            proof = (a.USER_PASSWORD, pap_encode(password.encode(), how.get("secret", SECRET).encode(), authenticator))
        attributes = [a.text(a.USER_NAME, name), proof, *more]
        return self.ask(Code.ACCESS_REQUEST, attributes, authenticator=authenticator, **how)

    def account(
        self, status: a.AcctStatusType, name: str = "otieno", session: str = "81a00001", **how: Any
    ) -> Packet | None:
        """An Accounting-Request with the counters that are given."""
        attributes = report(status, name, session, **{key: how.pop(key) for key in list(how) if key in COUNTERS})
        return self.ask(Code.ACCOUNTING_REQUEST, attributes, message_authenticator=False, **how)


COUNTERS = {
    "seconds": a.ACCT_SESSION_TIME,
    "up": a.ACCT_INPUT_OCTETS,
    "down": a.ACCT_OUTPUT_OCTETS,
    "up_giga": a.ACCT_INPUT_GIGAWORDS,
    "down_giga": a.ACCT_OUTPUT_GIGAWORDS,
    "at": a.EVENT_TIMESTAMP,
    "cause": a.ACCT_TERMINATE_CAUSE,
}


def report(status: a.AcctStatusType, name: str, session: str, **counters: int) -> list[tuple[int, bytes]]:
    attributes = [a.integer(a.ACCT_STATUS_TYPE, status), a.text(a.ACCT_SESSION_ID, session), a.text(a.USER_NAME, name)]
    return attributes + [a.integer(COUNTERS[key], value) for key, value in counters.items()]


def text(packet: Packet | None, attribute: int = a.REPLY_MESSAGE) -> str:
    assert packet is not None, "there was no answer"
    return packet.text(attribute) or ""


@contextlib.contextmanager
def doors(count: int = 1) -> Iterator[list[Radius]]:
    """So many RADIUS processes, each on ports of its own, stopped at the end."""
    own = ports.free(2 * count)
    made = [Radius(auth=auth, acct=acct) for auth, acct in zip(own[::2], own[1::2], strict=True)]
    try:
        for door in made:
            door.start()
        yield made
    finally:
        for door in made:
            if door.process is not None and door.process.is_alive():
                door.stop()
