"""The product as processes of their own, which a test starts and ends."""

import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests.kit import ports
from tests.kit.installation import ROOT, Home
from tests.power.load import Due, Load

HERE: Final = "127.0.0.1"
# Patience, and no promise: other tests may keep the machine busy.
PATIENCE_SECONDS: Final = 120.0


@contextmanager
def served(home: Home, due: list[Due], *, under: list[str]) -> Iterator[tuple["subprocess.Popen[bytes]", Load]]:
    """`headend serve`, once all its doors answer; stopped at the end. `under` are the words before the command."""
    auth, acct = ports.free(2)
    web = ports.free_tcp()
    home.environment |= {
        "HEADEND_AUTH": f"{HERE}:{auth}",
        "HEADEND_ACCT": f"{HERE}:{acct}",
        "HEADEND_WEB": f"{HERE}:{web}",
    }
    with (home.folder.parent / "log").open("wb") as log:
        process = subprocess.Popen(
            [*under, sys.executable, "-m", "headend", "serve"], env=home.environment, cwd=ROOT, stdout=log, stderr=log
        )
    load = Load(auth, acct, web, due)
    try:
        wait_until(lambda: process.poll() is not None or (load.answers() and _web_answers(web)))
        assert process.poll() is None, (home.folder.parent / "log").read_text()
        yield process, load
    finally:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


def look(home: Home, folders: list[Path]) -> list[dict[str, Any]]:
    """What the product finds in each of `folders`; without any, in its own database."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.power.look", *(map(str, folders) if folders else "-")],
        env=home.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    told: list[dict[str, Any]] = json.loads(done.stdout)
    return told


def wait_until(what: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not what():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def _web_answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://{HERE}:{port}/readyz", timeout=2) as reply:
            return bool(reply.status == 200)
    except OSError:
        return False
