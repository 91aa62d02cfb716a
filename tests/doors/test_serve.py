"""`headend serve`: starts again what dies, stops all, and leaves nothing behind."""

import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

import pytest

from tests import ports
from tests.installation import PATIENCE_SECONDS, Home

pytestmark = pytest.mark.real_time


def wait_until(what: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        found = what()
        if found:
            return found
        time.sleep(0.05)
    raise AssertionError("it did not happen in time")


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as reply:
            return bool(reply.status == 200)
    except (URLError, OSError):
        return False


def children(pid: int) -> dict[str, int]:
    """The processes that a process started: command -> pid."""
    found = {}
    for entry in Path("/proc").iterdir():
        try:
            status = (entry / "stat").read_text() if entry.name.isdigit() else ""
            arguments = (entry / "cmdline").read_bytes().split(b"\0") if status else []
        except OSError:
            continue  # It ended while we looked.
        state, parent = status.rpartition(")")[2].split()[:2] if status else ("", "")
        # Between fork and exec a child still carries other words than its own.
        if parent == str(pid) and state != "Z" and len(arguments) > 3 and arguments[3] != b"serve":
            found[arguments[3].decode()] = int(entry.name)
    return found


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def served(founded: Home) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """`headend serve`, when its web server answers; and the address of that."""
    web = f"127.0.0.1:{ports.free_tcp()}"
    auth, acct = ports.free(2)
    supervisor = founded.start("serve", "--web", web, "--auth", f"127.0.0.1:{auth}", "--acct", f"127.0.0.1:{acct}")
    try:
        wait_until(lambda: answers(f"http://{web}/healthz"))
        yield supervisor, f"http://{web}/healthz"
    finally:
        supervisor.terminate()
        supervisor.wait(PATIENCE_SECONDS)


def test_the_supervisor_starts_again_what_died_and_stops_all(served: tuple["subprocess.Popen[bytes]", str]) -> None:
    supervisor, url = served
    before = children(supervisor.pid)
    assert sorted(before) == ["radius", "web", "worker"]
    (web_process,) = children(before["web"]).values()

    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    after = wait_until(lambda: (now := children(supervisor.pid)) and sorted(now) == sorted(before) and now)
    assert not set(after.values()) & set(before.values())
    wait_until(lambda: not is_alive(web_process))
    wait_until(lambda: answers(url))

    supervisor.terminate()
    assert supervisor.wait(PATIENCE_SECONDS) == 0
    assert not any(is_alive(pid) for pid in after.values())
    assert not answers(url)


def test_nothing_outlives_a_killed_supervisor(served: tuple["subprocess.Popen[bytes]", str]) -> None:
    supervisor, url = served
    pids = [*children(supervisor.pid).values(), *children(children(supervisor.pid)["web"]).values()]
    assert len(pids) == 4

    supervisor.kill()
    supervisor.wait(PATIENCE_SECONDS)

    wait_until(lambda: not any(is_alive(pid) for pid in pids))
    assert not answers(url)


def test_an_address_in_use_is_said_in_words(founded: Home, served: tuple["subprocess.Popen[bytes]", str]) -> None:
    web = urlsplit(served[1]).netloc

    done = founded.run("web", "--web", web)

    assert done.returncode == 3
    assert f"{web} cannot be opened: Address already in use" in done.stderr
