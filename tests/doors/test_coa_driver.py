"""The Disconnect driver against a small UDP responder that stands for the NAS."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest

from headend.lib.radius import attributes as at
from headend.lib.radius.packet import (
    Code,
    Packet,
    decode,
    encode_reply,
    verify_message_authenticator,
    verify_request_authenticator,
)
from headend.network.drivers.coa import Answer, Identification, Target, disconnect

SECRET = b"hilltop secret"
OTIENO = Identification("otieno", "81a00001", "10.0.0.5", "127.0.0.1")


@dataclass
class Responder:
    """A NAS of few words: for each datagram that arrives it sends what `answer(request, number)` returns."""

    answer: Callable[[Packet, int], list[bytes]]
    channel: socket.socket
    heard: list[bytes] = field(default_factory=list)
    # Used to answer from a place where nobody was asked.
    elsewhere: socket.socket | None = None

    @property
    def port(self) -> int:
        port = self.channel.getsockname()[1]
        assert isinstance(port, int)
        return port

    def target(self, *, secret: bytes = SECRET, signed: bool = True) -> Target:
        return Target("127.0.0.1", self.port, secret, signed)

    def run(self) -> None:
        while True:
            datagram, peer = self.channel.recvfrom(4096)
            if datagram == b"end":
                return
            self.heard.append(datagram)
            for reply in self.answer(decode(datagram), len(self.heard)):
                (self.elsewhere or self.channel).sendto(reply, peer)


@contextmanager
def responder(answer: Callable[[Packet, int], list[bytes]], *, elsewhere: str | None = None) -> Iterator[Responder]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel, socket.socket(type=socket.SOCK_DGRAM) as other:
        channel.bind(("127.0.0.1", 0))
        nas = Responder(answer, channel)
        if elsewhere is not None:
            other.bind((elsewhere, 0))
            nas.elsewhere = other
        thread = threading.Thread(target=nas.run)
        thread.start()
        try:
            yield nas
        finally:
            other.sendto(b"end", channel.getsockname())
            thread.join()


def ack(request: Packet, *, secret: bytes = SECRET) -> bytes:
    cause = [at.integer(at.ACCT_TERMINATE_CAUSE, 6)]
    return encode_reply(Code.DISCONNECT_ACK, request, cause, secret, message_authenticator=True)


def nak(request: Packet, *causes: int, signed: bool = False) -> bytes:
    attributes = [at.integer(at.ERROR_CAUSE, cause) for cause in causes]
    return encode_reply(Code.DISCONNECT_NAK, request, attributes, SECRET, message_authenticator=signed)


def silent(request: Packet, number: int) -> list[bytes]:
    return []


def ask(nas: Responder, *, tries: int = 2, timeout_seconds: float = 5) -> Answer:
    return disconnect(nas.target(), OTIENO, timeout_seconds=timeout_seconds, tries=tries)


def test_an_acknowledged_disconnect() -> None:
    with responder(lambda request, number: [ack(request)]) as nas:
        assert ask(nas) == Answer("acknowledged", None, "the NAS ended the session")
    (datagram,) = nas.heard
    request = decode(datagram)
    assert request.code == Code.DISCONNECT_REQUEST
    assert verify_request_authenticator(request, SECRET)
    assert request.attributes[0][0] == at.MESSAGE_AUTHENTICATOR
    assert verify_message_authenticator(request, SECRET) is True
    assert request.text(at.USER_NAME) == "otieno"
    assert request.text(at.ACCT_SESSION_ID) == "81a00001"
    assert request.get(at.FRAMED_IP_ADDRESS) == bytes((10, 0, 0, 5))
    assert request.get(at.NAS_IP_ADDRESS) == bytes((127, 0, 0, 1))
    assert request.integer(at.EVENT_TIMESTAMP)


def test_only_what_is_known_and_wanted_is_sent() -> None:
    with responder(lambda request, number: [ack(request)]) as nas:
        answer = disconnect(nas.target(signed=False), Identification("otieno", "81a00001", None, None))
    assert answer.outcome == "acknowledged"
    request = decode(nas.heard[0])
    assert [number for number, _ in request.attributes] == [at.USER_NAME, at.ACCT_SESSION_ID, at.EVENT_TIMESTAMP]
    assert verify_request_authenticator(request, SECRET)


@pytest.mark.parametrize("signed", [True, False])
def test_a_session_that_the_nas_does_not_know_is_gone(signed: bool) -> None:
    with responder(lambda request, number: [nak(request, 503, signed=signed)]) as nas:
        assert ask(nas) == Answer("gone", 503, "the NAS does not know this session (503)")


@pytest.mark.parametrize(
    ("causes", "cause", "detail"),
    [
        ([401], 401, "the NAS does not support an attribute of the request (401)"),
        ([504], 504, "the NAS knows this session but cannot end it (504)"),
        ([999], 999, "the NAS refused for a cause that has no name (999)"),
        ([], None, "the NAS refused without giving a cause"),
    ],
)
def test_a_refusal_says_why(causes: list[int], cause: int | None, detail: str) -> None:
    with responder(lambda request, number: [nak(request, *causes)]) as nas:
        assert ask(nas) == Answer("refused", cause, detail)


def test_a_cause_of_the_wrong_size_is_no_cause() -> None:
    def answer(request: Packet, number: int) -> list[bytes]:
        return [
            encode_reply(Code.DISCONNECT_NAK, request, [(at.ERROR_CAUSE, b"\x01")], SECRET, message_authenticator=False)
        ]

    with responder(answer) as nas:
        assert ask(nas) == Answer("refused", None, "the NAS refused without giving a cause")


def test_silence_is_met_with_the_same_bytes_and_then_given_up() -> None:
    with responder(silent) as nas:
        assert ask(nas, tries=3, timeout_seconds=0.1) == Answer("silent", None, "the NAS did not answer 3 requests")
    assert len(nas.heard) == 3
    assert len(set(nas.heard)) == 1


def test_the_answer_to_the_second_try_counts() -> None:
    with responder(lambda request, number: [ack(request)] if number == 2 else []) as nas:
        assert ask(nas, tries=9, timeout_seconds=0.2).outcome == "acknowledged"
    assert nas.heard[0] == nas.heard[1]


def test_forged_replies_are_ignored_until_the_right_one_comes() -> None:
    def answer(request: Packet, number: int) -> list[bytes]:
        other = decode(request.raw[:1] + bytes(((request.identifier + 1) % 256,)) + request.raw[2:])
        wrong_signature = encode_reply(
            Code.DISCONNECT_ACK, request, [(at.MESSAGE_AUTHENTICATOR, bytes(16))], SECRET, message_authenticator=False
        )
        accept = encode_reply(Code.ACCESS_ACCEPT, request, [], SECRET, message_authenticator=True)
        return [b"", b"garbage", ack(request, secret=b"guess"), ack(other), wrong_signature, accept, nak(request, 503)]

    with responder(answer) as nas:
        assert ask(nas).outcome == "gone"
    assert len(nas.heard) == 1


@pytest.mark.parametrize("elsewhere", ["127.0.0.1", "127.0.0.2"])
def test_a_right_reply_from_another_port_or_address_is_ignored(elsewhere: str) -> None:
    with responder(lambda request, number: [ack(request)], elsewhere=elsewhere) as nas:
        assert ask(nas, timeout_seconds=0.1).outcome == "silent"
    assert len(nas.heard) == 2


def test_duplicate_replies_do_no_harm() -> None:
    with responder(lambda request, number: [ack(request)] * 3) as nas:
        assert ask(nas).outcome == "acknowledged"
        assert ask(nas).outcome == "acknowledged"
    assert len(nas.heard) == 2


def test_a_nas_with_another_secret_is_silent() -> None:
    def answer(request: Packet, number: int) -> list[bytes]:
        return [ack(request)] if verify_request_authenticator(request, SECRET) else []

    with responder(answer) as nas:
        target = nas.target(secret=b"another secret")
        assert disconnect(target, OTIENO, timeout_seconds=0.1, tries=1).outcome == "silent"
        assert ask(nas).outcome == "acknowledged"


def test_a_closed_port_is_silence_with_its_reason() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.bind(("127.0.0.1", 0))
        port = channel.getsockname()[1]
    answer = disconnect(Target("127.0.0.1", port, SECRET, True), OTIENO, timeout_seconds=0.05)
    assert answer == Answer("silent", None, f"nothing listens on UDP port {port} of the NAS")


def test_a_nas_that_wakes_up_between_the_tries_is_heard() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.bind(("127.0.0.1", 0))
        address = channel.getsockname()
    answers: list[Answer] = []
    target = Target("127.0.0.1", address[1], SECRET, True)
    asking = threading.Thread(target=lambda: answers.append(disconnect(target, OTIENO, timeout_seconds=0.3, tries=5)))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        asking.start()
        # Long enough for the first try to find the port closed; if it does not, the test is easier and still true.
        asking.join(0.1)
        channel.bind(address)
        channel.settimeout(5)
        datagram, peer = channel.recvfrom(4096)
        channel.sendto(ack(decode(datagram)), peer)
        asking.join()
    assert [answer.outcome for answer in answers] == ["acknowledged"]


def test_an_address_that_is_none_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="not-an-address"):
        disconnect(Target("not-an-address", 3799, SECRET, True), OTIENO)


def test_the_secret_is_not_shown() -> None:
    assert "hilltop" not in repr(Target("127.0.0.1", 3799, SECRET, True))
