"""The whole demo as a user starts it: its processes, its credentials file, and FreeRADIUS' own client to ask it with."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import psycopg

from tests.kit import ports

# Patience, and no promise: other tests may keep the machine busy.
READY_SECONDS = 300.0


class Demo:
    """A running demo in a home of its own."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.file = home.parent / "credentials.json"
        auth, acct, web = *ports.free(2), ports.free_tcp()
        self.environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("HEADEND_", "DJANGO_"))},
            "HEADEND_HOME": str(home),
            "HEADEND_AUTH": f"127.0.0.1:{auth}",
            "HEADEND_ACCT": f"127.0.0.1:{acct}",
            "HEADEND_WEB": f"127.0.0.1:{web}",
            "HEADEND_DATABASE_URL": _own_database(),
            # The cluster of the tests runs without fsync.
            "HEADEND_MAY_FORGET": "1" if os.environ.get("HEADEND_TEST_DATABASE_URL") else "",
        }
        self.process: subprocess.Popen[str] | None = None
        self.told: dict[str, Any] = {}

    def start(self) -> float:
        """Starts it and waits until the credentials file is there; returns the seconds that it took."""
        self.file.unlink(missing_ok=True)
        began = time.monotonic()
        command = [sys.executable, "-m", "headend", "demo", "--credentials", str(self.file)]
        self.process = subprocess.Popen(command, env=self.environment, stdout=subprocess.DEVNULL, text=True)
        while not self.file.exists():
            assert self.process.poll() is None, "the demo ended by itself"
            assert time.monotonic() - began < READY_SECONDS, "the demo does not get ready"
            time.sleep(0.1)
        self.told = json.loads(self.file.read_text())
        return time.monotonic() - began

    def stop(self) -> int:
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(30)

    def headend(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "headend", *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=60)

    def explain(self, name: str) -> dict[str, Any]:
        return dict(json.loads(self.headend("explain", name, "--json").stdout))

    def change(self, statement: str) -> None:
        """What only time would bring about, done to the database."""
        code = f"from headend.access.models import *\nfrom headend.lib import clock\nfrom datetime import timedelta\n{statement}"
        done = self.headend("manage", "shell", "--no-imports", "-c", code)
        assert done.returncode == 0, done.stderr

    def radclient(self, attributes: str, *, kind: str = "auth", secret: str = "", wait: int = 4) -> str:
        """What FreeRADIUS' client prints; it verifies the answer's signature itself."""
        to = self.told["acct" if kind == "acct" else "auth"]
        command = ["radclient", "-x", "-r", "1", "-t", str(wait), to, kind, secret or self.told["nas"]["secret"]]
        return subprocess.run(command, input=attributes, capture_output=True, text=True, timeout=60).stdout

    def login(self, *, chap: bool = False, password: str = "", more: str = "") -> str:
        name, right = self.told["pppoe"]["username"], self.told["pppoe"]["password"]
        return self.radclient(f"User-Name={name},{'CHAP' if chap else 'User'}-Password={password or right}{more}")

    def account(self, status: str, more: str = "") -> str:
        return self.radclient(
            f"User-Name={self.told['pppoe']['username']},Acct-Status-Type={status},{more}", kind="acct"
        )


def _own_database() -> str:
    """On PostgreSQL the demo gets an empty database of the cluster that the tests run on; else it makes its SQLite file."""
    cluster = os.environ.get("HEADEND_TEST_DATABASE_URL", "")
    if not cluster:
        return ""
    server, _, _ = cluster.rpartition("/")
    name = f"demo_{os.getpid()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as administration:
        administration.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        administration.execute(f"CREATE DATABASE {name}")
    return f"{server}/{name}"
