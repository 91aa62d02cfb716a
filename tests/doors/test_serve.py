"""`headend serve`: starts again what dies, stops all, and leaves nothing behind."""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit

import pytest

from tests.kit import ports
from tests.kit.installation import PATIENCE_SECONDS, Home

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
    """The processes that a supervisor started: command -> pid."""
    return dict(_started_by(pid))


def web_processes(pid: int) -> list[int]:
    """The processes that the web server's main process started: one on SQLite, several on PostgreSQL."""
    return [process for _, process in _started_by(pid)]


def _started_by(pid: int) -> list[tuple[str, int]]:
    found = []
    for entry in Path("/proc").iterdir():
        try:
            status = (entry / "stat").read_text() if entry.name.isdigit() else ""
            arguments = (entry / "cmdline").read_bytes().split(b"\0") if status else []
        except OSError:
            continue  # It ended while we looked.
        state, parent = status.rpartition(")")[2].split()[:2] if status else ("", "")
        # Between fork and exec a child still carries other words than its own.
        if parent == str(pid) and state != "Z" and len(arguments) > 3 and arguments[3] != b"serve":
            found.append((arguments[3].decode(), int(entry.name)))
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
    workers = web_processes(before["web"])
    assert workers

    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    after = wait_until(lambda: (now := children(supervisor.pid)) and sorted(now) == sorted(before) and now)
    assert not set(after.values()) & set(before.values())
    wait_until(lambda: not any(is_alive(pid) for pid in workers))
    wait_until(lambda: answers(url))

    supervisor.terminate()
    assert supervisor.wait(PATIENCE_SECONDS) == 0
    assert not any(is_alive(pid) for pid in after.values())
    assert not answers(url)


def test_nothing_outlives_a_killed_supervisor(served: tuple["subprocess.Popen[bytes]", str]) -> None:
    supervisor, url = served
    started = children(supervisor.pid)
    pids = [*started.values(), *web_processes(started["web"])]
    assert len(pids) > len(started) == 3

    supervisor.kill()
    supervisor.wait(PATIENCE_SECONDS)

    wait_until(lambda: not any(is_alive(pid) for pid in pids))
    assert not answers(url)


def test_who_cannot_be_asked_to_stop_is_killed_with_its_parent() -> None:
    code = (
        "import os, signal, time; from headend.cli.lifeline import die_with_parent; "
        "signal.signal(signal.SIGTERM, signal.SIG_IGN); die_with_parent(os.getppid(), signal.SIGKILL); "
        "print(os.getpid(), flush=True); time.sleep(300)"
    )
    start = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    parent = subprocess.Popen([sys.executable, "-c", start], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    with parent.stdout:
        child = int(parent.stdout.readline())

    parent.kill()
    parent.wait()

    wait_until(lambda: not is_alive(child))


def test_an_address_in_use_is_said_in_words(founded: Home, served: tuple["subprocess.Popen[bytes]", str]) -> None:
    web = urlsplit(served[1]).netloc

    done = founded.run("web", "--web", web)

    assert done.returncode == 3
    assert f"{web} cannot be opened: Address already in use" in done.stderr


def test_a_second_one_on_the_same_home_is_refused(founded: Home, served: tuple["subprocess.Popen[bytes]", str]) -> None:
    auth, acct = ports.free(2)
    web = f"127.0.0.1:{ports.free_tcp()}"

    done = founded.run("serve", "--web", web, "--auth", f"127.0.0.1:{auth}", "--acct", f"127.0.0.1:{acct}")

    assert done.returncode == 3
    assert f"Headend runs on {founded.folder} already. Stop that one first" in done.stderr
    assert answers(served[1])


def test_a_hangup_stops_all(served: tuple["subprocess.Popen[bytes]", str]) -> None:
    supervisor, url = served
    started = children(supervisor.pid)
    pids = [*started.values(), *web_processes(started["web"])]

    supervisor.send_signal(signal.SIGHUP)

    assert supervisor.wait(PATIENCE_SECONDS) == 0
    assert not any(is_alive(pid) for pid in pids)
    assert not answers(url)


def test_a_hangup_stops_each_of_them_in_order(founded: Home) -> None:
    web = f"127.0.0.1:{ports.free_tcp()}"
    auth, acct = ports.free(2)
    processes = [
        founded.start("web", "--web", web),
        founded.start("radius", "--auth", f"127.0.0.1:{auth}", "--acct", f"127.0.0.1:{acct}"),
        founded.start("worker"),
    ]
    try:
        wait_until(lambda: answers(f"http://{web}/healthz"))
        log = founded.folder / "log"
        wait_until(lambda: all(words in log.read_text() for words in ("RADIUS answers on", "The worker is ready.")))

        for process in processes:
            process.send_signal(signal.SIGHUP)

        # Whoever dies of the signal has its negative number for a status.
        assert [process.wait(PATIENCE_SECONDS) for process in processes] == [0, 0, 0]
    finally:
        for process in processes:
            process.kill()
            process.wait()


def test_who_ignores_a_hangup_goes_on_ignoring_it() -> None:
    code = "from headend.lib.stopping import stop_signals; print([each.name for each in stop_signals()])"
    shell = f'trap "" HUP; exec {sys.executable} -c {code!r}'

    done = subprocess.run(["/bin/sh", "-c", shell], capture_output=True, text=True)

    assert done.stdout == "['SIGTERM', 'SIGINT']\n"
