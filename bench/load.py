"""The load, in a process of its own: `python -m bench.load KIND ...` asks a RADIUS server and prints what it saw, as JSON.

Closed loop: so many requests are outstanding at any time. All packets are made before the clock starts, so that within the
measured time this process only sends, receives, and verifies each Response Authenticator.
"""

import argparse
import contextlib
import json
import random
import select
import socket
import time
from collections import Counter
from dataclasses import dataclass, field
from hashlib import md5
from pathlib import Path
from typing import Any, Final

from bench import customers, reports
from bench.customers import Customer
from headend.lib.radius import attributes as a
from headend.lib.radius.packet import Code, encode_request
from headend.lib.radius.passwords import chap_response, pap_encode

LOGINS: Final = ("pap", "chap")
SOCKETS: Final = 16
IDENTIFIERS: Final = 256
ANSWER_SECONDS: Final = 3.0
TRIES: Final = 3
MOST_SECONDS: Final = 180.0
LOOK_SECONDS: Final = 0.25
BUFFER_BYTES: Final = 2 * 1024 * 1024
_STATUS: Final = {"start": 1, "stop": 2, "interim": 3}


@dataclass(slots=True)
class Run:
    """Requests under way. Request i goes through socket i % SOCKETS with the identifier i // SOCKETS % 256."""

    packets: list[bytes]
    secret: bytes
    sockets: list[socket.socket]
    sent_at: list[float] = field(default_factory=list)
    tries: bytearray = field(default_factory=bytearray)
    waiting: dict[int, int] = field(default_factory=dict)
    seconds: list[float] = field(default_factory=list)
    codes: Counter[int] = field(default_factory=Counter)
    forged: int = 0
    repeated: int = 0
    lost: int = 0


def main() -> None:
    options = _options()
    drawn = _draw(customers.read(options.customers), options)
    secret = options.secret.encode()
    packets = [
        _packet(options, number, index, customer=one, secret=secret) for index, (number, one) in enumerate(drawn)
    ]
    sockets = [_socket(options.port) for _ in range(SOCKETS)]
    run = Run(packets, secret, sockets)
    wall_seconds = _ask(run, options.outstanding)
    print(json.dumps(_told(run, wall_seconds)))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=[*LOGINS, *_STATUS])
    parser.add_argument("--customers", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--secret", required=True)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--first", type=int, required=True, help="number of the first session; it seeds the draw too")
    parser.add_argument("--outstanding", type=int, required=True)
    return parser.parse_args()


def _draw(everybody: list[Customer], options: argparse.Namespace) -> list[tuple[int, Customer]]:
    """Sessions and whose they are, drawn at random; the same draw for all kinds of report of the same sessions."""
    chance = random.Random(options.first if options.kind not in LOGINS else f"{options.kind} {options.first}")
    drawn = [(options.first + index, chance.choice(everybody)) for index in range(options.count)]
    if options.kind in ("interim", "stop"):
        chance.shuffle(drawn)
    return drawn


def _packet(options: argparse.Namespace, number: int, index: int, *, customer: Customer, secret: bytes) -> bytes:
    identifier = index // SOCKETS % IDENTIFIERS
    dashed = "-".join(customer.mac[i : i + 2] for i in range(0, 12, 2))
    common = [
        a.text(a.USER_NAME, customer.name),
        a.address(a.NAS_IP_ADDRESS, "127.0.0.1"),
        a.text(a.NAS_IDENTIFIER, "hilltop"),
        a.integer(a.NAS_PORT, 15_728_640 + number % 4096),
        a.integer(a.NAS_PORT_TYPE, 15),
        a.text(a.NAS_PORT_ID, "ether1"),
        a.integer(a.SERVICE_TYPE, 2),
        a.integer(a.FRAMED_PROTOCOL, 1),
        a.text(a.CALLED_STATION_ID, "isp-pppoe"),
        a.text(a.CALLING_STATION_ID, dashed),
    ]
    if options.kind in LOGINS:
        return _login(options.kind, identifier, common, password=customer.password.encode(), secret=secret)
    return _report(options.kind, identifier, common, number=number, customer=customer, secret=secret)


def _login(kind: str, identifier: int, common: list[tuple[int, bytes]], *, password: bytes, secret: bytes) -> bytes:
    authenticator = random.randbytes(16)
    if kind == "pap":
        proof = [(a.USER_PASSWORD, pap_encode(password, secret, authenticator))]
    else:
        challenge = random.randbytes(16)
        proof = [(a.CHAP_CHALLENGE, challenge), (a.CHAP_PASSWORD, chap_response(identifier, challenge, password))]
    return encode_request(Code.ACCESS_REQUEST, identifier, [*common, *proof], secret, authenticator=authenticator)


def _report(
    kind: str, identifier: int, common: list[tuple[int, bytes]], *, number: int, customer: Customer, secret: bytes
) -> bytes:
    says = reports.expected(number, kind)
    attributes = [
        *common,
        a.integer(a.ACCT_STATUS_TYPE, _STATUS[kind]),
        a.text(a.ACCT_SESSION_ID, reports.session_id(number)),
        a.integer(a.ACCT_AUTHENTIC, 1),
        # As the Accept had it: a NAS sends it back with each report (RFC 2865 section 5.25).
        a.text(a.CLASS, f"{customer.class_head}{number:016x}"),
        a.address(a.FRAMED_IP_ADDRESS, f"100.64.{number >> 8 & 255}.{number & 255}"),
        a.integer(a.EVENT_TIMESTAMP, int(time.time())),
        a.integer(a.ACCT_DELAY_TIME, 0),
    ]
    if kind != "start":
        attributes += [
            a.integer(a.ACCT_SESSION_TIME, says.seconds),
            a.integer(a.ACCT_INPUT_OCTETS, says.input_bytes % 2**32),
            a.integer(a.ACCT_INPUT_GIGAWORDS, says.input_bytes >> 32),
            a.integer(a.ACCT_OUTPUT_OCTETS, says.output_bytes % 2**32),
            a.integer(a.ACCT_OUTPUT_GIGAWORDS, says.output_bytes >> 32),
            a.integer(a.ACCT_INPUT_PACKETS, says.input_bytes // 900),
            a.integer(a.ACCT_OUTPUT_PACKETS, says.output_bytes // 1300),
        ]
    if kind == "stop":
        attributes.append(a.integer(a.ACCT_TERMINATE_CAUSE, 1))
    return encode_request(Code.ACCOUNTING_REQUEST, identifier, attributes, secret, message_authenticator=False)


def _socket(port: int) -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        made.setsockopt(socket.SOL_SOCKET, option, BUFFER_BYTES)
    made.setblocking(False)
    made.connect(("127.0.0.1", port))
    return made


def _ask(run: Run, outstanding: int) -> float:
    """Sends all packets and collects their answers. Returns the seconds until the last answer."""
    count = len(run.packets)
    run.sent_at, run.tries = [0.0] * count, bytearray(count)
    poll = select.epoll()
    by_file = {one.fileno(): (index, one) for index, one in enumerate(run.sockets)}
    for file in by_file:
        poll.register(file, select.EPOLLIN)
    began_at = last_at = time.perf_counter()
    next_look_at = began_at + LOOK_SECONDS
    sent = 0
    while len(run.seconds) + run.lost < count:
        while sent < count and len(run.waiting) < outstanding and sent % (SOCKETS * IDENTIFIERS) not in run.waiting:
            _send(run, sent)
            sent += 1
        for file, _ in poll.poll(LOOK_SECONDS):
            if _receive(run, *by_file[file]):
                last_at = time.perf_counter()
        now = time.perf_counter()
        if now > next_look_at:
            next_look_at = now + LOOK_SECONDS
            _ask_again(run, now)
        if now - began_at > MOST_SECONDS:
            run.lost = count - len(run.seconds)
    return last_at - began_at


def _send(run: Run, index: int) -> None:
    """Sends a packet; one that the kernel has no room for is sent again like one that was lost."""
    if not run.tries[index]:
        run.sent_at[index] = time.perf_counter()
    run.tries[index] += 1
    run.waiting[index % (SOCKETS * IDENTIFIERS)] = index
    with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
        run.sockets[index % SOCKETS].send(run.packets[index])


def _receive(run: Run, place: int, one: socket.socket) -> bool:
    """Takes all answers that wait at a socket; whether there was one."""
    found = False
    while True:
        try:
            reply = one.recv(4096)
        except (BlockingIOError, ConnectionRefusedError):
            return found
        slot = reply[1] * SOCKETS + place
        index = run.waiting.get(slot)
        if index is None:
            # The second answer to a packet that was sent again.
            continue
        authenticator = run.packets[index][4:20]
        if md5(reply[:4] + authenticator + reply[20:] + run.secret).digest() != reply[4:20]:
            run.forged += 1
            continue
        del run.waiting[slot]
        run.seconds.append(time.perf_counter() - run.sent_at[index])
        run.codes[reply[0]] += 1
        found = True


def _ask_again(run: Run, now: float) -> None:
    for slot, index in list(run.waiting.items()):
        if now - run.sent_at[index] < ANSWER_SECONDS * run.tries[index]:
            continue
        if run.tries[index] == TRIES:
            del run.waiting[slot]
            run.lost += 1
        else:
            run.repeated += 1
            _send(run, index)


def _told(run: Run, wall_seconds: float) -> dict[str, Any]:
    ordered = sorted(run.seconds)
    return {
        "asked": len(run.packets),
        "answered": len(ordered),
        "wall_seconds": wall_seconds,
        "per_s": len(ordered) / wall_seconds if ordered else 0.0,
        "p50_ms": _at(ordered, 0.50) * 1000,
        "p99_ms": _at(ordered, 0.99) * 1000,
        "codes": {str(code): times for code, times in sorted(run.codes.items())},
        "forged": run.forged,
        "repeated": run.repeated,
        "lost": run.lost,
    }


def _at(ordered: list[float], part: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))] if ordered else 0.0


if __name__ == "__main__":
    main()
