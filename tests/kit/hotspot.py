"""The simulated router with its hotspot and nothing else, as a process of its own."""

import contextlib
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from typing import Any, Self

from tests.kit import ports

PATIENCE_SECONDS = 20.0
HERE = "127.0.0.1"


class Hotspot:
    """A router that asks RADIUS on the ports `(auth, acct)` and sends guests to `portal`. Use it with `with`, or `stop` it.

    `url` is where a guest's browser begins, `coa_port` where the router hears a Disconnect-Request. `identifier` is the
    NAS-Identifier; `settings` are further ones of the router's configuration, and those in `hotspot` of its hotspot's.
    """

    def __init__(
        self,
        radius: tuple[int, int],
        secret: str,
        portal: str,
        login_by: str = "http-chap",
        *,
        identifier: str = "hilltop",
        hotspot: dict[str, Any] | None = None,
        **settings: Any,
    ) -> None:
        port, self.coa_port = ports.free_tcp(), ports.free(1)[0]
        self.url = f"http://{HERE}:{port}"
        entries = {
            "auth": f"{HERE}:{radius[0]}",
            "acct": f"{HERE}:{radius[1]}",
            "secret": secret,
            "identifier": identifier,
            "logins": [],
            "coa_port": self.coa_port,
            "hotspot": {"port": port, "portal": portal, "login_by": login_by} | (hotspot or {}),
        }
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            json.dump(entries | settings, file)
            file.flush()
            self.process = subprocess.Popen(
                [sys.executable, "-m", "headend.demo.nas", "--config", file.name],
                env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
            )
            try:
                self._wait(port)
            except BaseException:
                self.stop()
                raise

    def stop(self) -> int:
        """Turns the router off, and returns the exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _wait(self, port: int) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.process.poll() is None and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                socket.create_connection((HERE, port), timeout=1).close()
                return
            time.sleep(0.02)
        raise AssertionError("the simulated router did not start")
