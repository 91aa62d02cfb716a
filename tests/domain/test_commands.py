"""Commands to a NAS: queued once for a session, sent over UDP, tried again, and their results."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from hashlib import md5
from typing import Any

import pytest
import time_machine
from django.db import transaction

from headend.lib import clock
from headend.network import commands
from headend.network import nas as nas_verbs
from headend.network.models import NAS, Command, CommandKind
from headend.system.models import Job, Organization, State
from tests.kit import world

pytestmark = pytest.mark.django_db

ACK, NAK = 41, 42
REQUEST_LENGTH_LEAST = 20


@dataclass
class Router:
    """A NAS on loopback that checks the authenticator of RFC 5176 and answers as it was told."""

    channel: socket.socket
    answers: list[bytes | None] = field(default_factory=list)
    heard: list[bytes] = field(default_factory=list)

    def run(self) -> None:
        while True:
            request, peer = self.channel.recvfrom(4096)
            if len(request) < REQUEST_LENGTH_LEAST:
                return
            if md5(request[:4] + bytes(16) + request[20:] + world.SECRET.encode()).digest() != request[4:20]:
                continue
            self.heard.append(request)
            answer = self.answers.pop(0) if self.answers else None
            if answer is not None:
                head = answer[:1] + request[1:2] + (20 + len(answer[1:])).to_bytes(2, "big")
                digest = md5(head + request[4:20] + answer[1:] + world.SECRET.encode()).digest()
                self.channel.sendto(head + digest + answer[1:], peer)


@pytest.fixture
def router() -> Iterator[Router]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as channel:
        channel.bind(("127.0.0.1", 0))
        router = Router(channel)
        thread = threading.Thread(target=router.run)
        thread.start()
        yield router
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
            other.sendto(b"end", channel.getsockname())
        thread.join()


@pytest.fixture
def organization() -> Organization:
    return world.found("baobab", "Baobab Net")


@pytest.fixture
def hilltop(organization: Organization, router: Router) -> NAS:
    return add_nas(organization, "hilltop", "127.0.0.1", router.channel.getsockname()[1])


def add_nas(organization: Organization, name: str, address: str, port: int) -> NAS:
    return nas_verbs.add(
        organization=organization, by=None, name=name, address=address, secret=world.SECRET, coa_port=port
    )


def disconnect(nas: NAS, session_id: int = 7, **changes: Any) -> Command:
    identification = {
        "user_name": "otieno",
        "acct_session_id": f"8{session_id:07}",
        "framed_address": "",
        "nas_address": "",
    }
    return commands.queue(
        organization=nas.organization,
        nas=nas,
        kind=CommandKind.DISCONNECT,
        session_id=session_id,
        customer_id=None,
        identification=identification | changes,
        reason="staff",
    )


def send_next(*, after_seconds: float = 0) -> Command:
    command = commands.claim(owner="one", now=clock.now() + timedelta(seconds=after_seconds))
    assert command is not None
    commands.send(command)
    return Command.objects.get(pk=command.pk)


def test_it_works(hilltop: NAS, router: Router) -> None:
    router.answers = [bytes([ACK])]
    disconnect(hilltop, framed_address="10.0.0.5")

    command = send_next()

    assert (command.state, command.attempts) == (State.DELIVERED, 1)
    assert command.result == "The NAS ended the session"
    (request,) = router.heard
    assert b"\x01\x08otieno" in request
    assert b"\x08\x06" + bytes([10, 0, 0, 5]) in request


def test_a_second_command_for_a_session_is_the_first(hilltop: NAS, router: Router) -> None:
    first = disconnect(hilltop)
    assert disconnect(hilltop).pk == first.pk
    commands.claim(owner="one", now=clock.now())
    assert disconnect(hilltop).pk == first.pk, "also while it is under way"

    Command.objects.update(state=State.DELIVERED)

    assert disconnect(hilltop).pk != first.pk


def test_a_command_is_gone_with_its_transaction(hilltop: NAS) -> None:
    with transaction.atomic():
        disconnect(hilltop)
        transaction.set_rollback(True)

    assert not Command.objects.exists()


def test_a_session_that_is_gone_is_closed(hilltop: NAS, router: Router) -> None:
    router.answers = [bytes([NAK, 101, 6]) + (503).to_bytes(4, "big")]
    disconnect(hilltop, session_id=7)

    command = send_next()

    assert command.state == State.DELIVERED
    assert command.result == "The NAS does not know this session (503)"
    job = Job.objects.get()
    assert (job.kind, job.payload) == ("session_gone", {"session_id": 7})


def test_a_refusal_is_final(hilltop: NAS, router: Router) -> None:
    router.answers = [bytes([NAK, 101, 6]) + (501).to_bytes(4, "big")]
    disconnect(hilltop)

    command = send_next()

    assert command.state == State.FAILED
    assert command.result == "The NAS is set up to refuse this request (501)"
    assert not Job.objects.exists()


def test_silence_is_tried_again_and_then_shown(hilltop: NAS, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("headend.network.drivers.coa.disconnect.__kwdefaults__", {"timeout_seconds": 0.01, "tries": 1})
    disconnect(hilltop)
    waits: list[float] = []
    with time_machine.travel(clock.now(), tick=False) as frozen:
        for _ in range(commands.TRIES - 1):
            command = send_next()
            assert command.state == State.QUEUED
            waits.append((command.next_at - clock.now()).total_seconds())
            assert commands.claim(owner="one", now=clock.now()) is None
            frozen.move_to(command.next_at)
        command = send_next()

    assert command.state == State.FAILED
    assert command.result.startswith("No answer from NAS hilltop: ")
    assert 2 <= waits[0] <= 3
    assert waits == sorted(waits)


def test_a_nas_has_few_commands_under_way_at_once(organization: Organization) -> None:
    slow, quick = add_nas(organization, "slow", "10.0.0.1", 3799), add_nas(organization, "quick", "10.0.0.2", 3799)
    for number in range(commands.AT_ONCE + 3):
        disconnect(slow, session_id=number)
    disconnect(quick, session_id=100)

    claimed = [commands.claim(owner=f"thread {number}", now=clock.now()) for number in range(commands.AT_ONCE + 3)]

    assert [command.nas_id for command in claimed if command] == [slow.pk] * commands.AT_ONCE + [quick.pk]


def test_a_silent_nas_has_one_command_under_way(organization: Organization) -> None:
    slow = add_nas(organization, "slow", "10.0.0.1", 3799)
    for number in range(3):
        disconnect(slow, session_id=number)
    Command.objects.filter(session_id=2).update(attempts=1, next_at=clock.now() + timedelta(seconds=9))

    assert commands.claim(owner="one", now=clock.now()) is not None
    assert commands.claim(owner="two", now=clock.now()) is None


def test_a_command_of_a_dead_worker_is_sent_again(hilltop: NAS, router: Router) -> None:
    router.answers = [bytes([ACK])]
    disconnect(hilltop)
    commands.claim(owner="dead", now=clock.now())

    assert send_next(after_seconds=commands.LEASE_SECONDS + 1).state == State.DELIVERED


def test_a_secret_that_cannot_be_opened_is_said(hilltop: NAS, router: Router) -> None:
    NAS.objects.update(secret_sealed=b"\x01t9\0\0\0\0\0\0" + bytes(40))
    disconnect(hilltop)

    command = send_next()

    assert command.state == State.FAILED
    assert "needs the key 't9'" in command.result
    assert router.heard == []


def test_an_address_that_is_none_is_left_out(hilltop: NAS, router: Router) -> None:
    router.answers = [bytes([ACK])]
    disconnect(hilltop, framed_address="not an address")

    assert send_next().state == State.DELIVERED


def test_old_commands_are_forgotten(hilltop: NAS) -> None:
    for session_id, days in ((1, commands.KEPT_DAYS + 1), (2, 1)):
        disconnect(hilltop, session_id=session_id)
        ended_at = clock.now() - timedelta(days=days)
        Command.objects.filter(session_id=session_id).update(state=State.DELIVERED, finished_at=ended_at)

    assert commands.forget() == 1
    assert Command.objects.get().session_id == 2
