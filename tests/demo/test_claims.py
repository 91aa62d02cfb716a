"""The ports of demos that run beside each other on one machine."""

import socket
import subprocess
import sys
from dataclasses import astuple

import pytest

from headend.demo import claims
from tests.kit import ports

pytestmark = pytest.mark.real_time

# A demo as far as this matters: it tells what it claimed and runs until its input ends.
RUNNING = """
import sys
from headend.demo import claims
with claims.claim() as ports:
    print(ports.coa, ports.hotspot, ports.money, ports.mail, flush=True)
    sys.stdin.read()
"""


def start() -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", RUNNING], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
    )


def told(demo: subprocess.Popen[str]) -> list[int]:
    assert demo.stdout is not None
    return [int(port) for port in demo.stdout.readline().split()]


def test_demos_that_start_at_the_same_moment_have_different_ports():
    demos = [start() for _ in range(3)]
    try:
        claimed = [told(demo) for demo in demos]
        with claims.claim() as own:
            claimed.append(list(astuple(own)))
    finally:
        for demo in demos:
            demo.communicate()
    assert all(len(of_one) == 4 for of_one in claimed)
    every = [port for of_one in claimed for port in of_one]
    assert len(set(every)) == len(every) == 16


def test_a_killed_demo_keeps_no_port():
    demo = start()
    claimed = told(demo)
    with pytest.raises(OSError, match="in use"), socket.socket() as held:
        held.bind((claims.HERE, claimed[0]))
    demo.kill()
    demo.communicate()
    with socket.socket() as held:
        held.bind((claims.HERE, claimed[0]))


@pytest.mark.parametrize(
    ("kind", "of"),
    [
        (socket.SOCK_DGRAM, "coa"),
        (socket.SOCK_STREAM, "hotspot"),
        (socket.SOCK_STREAM, "money"),
        (socket.SOCK_STREAM, "mail"),
    ],
)
def test_a_port_of_another_program_is_passed_over(kind: socket.SocketKind, of: str):
    with claims.claim() as first:
        pass
    with socket.socket(socket.AF_INET, kind) as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, int(kind == socket.SOCK_STREAM))
        other.bind((claims.HERE, getattr(first, of)))
        if kind == socket.SOCK_STREAM:
            other.listen()
        with claims.claim() as second:
            assert getattr(second, of) != getattr(first, of)


def test_it_says_when_none_is_left(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(claims, "MOST", 1)
    # Other demos of this machine keep theirs.
    for name, port in zip(("FIRST_COA", "FIRST_HOTSPOT", "FIRST_MONEY", "FIRST_MAIL"), ports.free(4), strict=True):
        monkeypatch.setattr(claims, name, port)
    with claims.claim(), pytest.raises(OSError, match="demos run on this machine"), claims.claim():
        pass
    with claims.claim():
        pass
