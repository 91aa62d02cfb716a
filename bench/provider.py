"""An installation with a large provider, on SQLite or on PostgreSQL, and its web server."""

import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode

from bench import processes
from bench.cluster import Cluster
from bench.ours import DATABASE, FOUND
from bench.problem import BenchError

PASSWORD: Final = "long-enough-1"
EMAIL: Final = "owner@baobab.example"
READY_SECONDS: Final = 60.0
ANSWER_SECONDS: Final = 300.0
# After so long most of who is online has been silent for too long, and packages have run out.
KEPT_SECONDS: Final = 36 * 3600
_MADE: Final = "made.json"
_TOKEN: Final = "csrfmiddlewaretoken"


class Provider:
    """One installation. What it holds stays in `folder`; without a cluster it works on SQLite."""

    def __init__(self, folder: Path, cluster: Cluster | None, customers: int) -> None:
        self.name = "PostgreSQL" if cluster else "SQLite"
        self.customers = customers
        self._home = folder / ("headend-postgresql" if cluster else "headend-sqlite")
        self._cluster = cluster
        self._log = self._home.with_suffix(".log")
        (self.port,) = processes.free_ports(socket.SOCK_STREAM, 1)
        self._web: subprocess.Popen[bytes] | None = None
        self._cookies: dict[str, str] = {}

    def make(self) -> dict[str, float]:
        """Fills it, or brings up to date what an earlier run has left; how long that took, in seconds. Raises BenchError."""
        marker = self._home / _MADE
        known = json.loads(marker.read_text()) if marker.exists() else {}
        is_kept = known.get("customers") == self.customers and time.time() - known["at"] < KEPT_SECONDS
        if not is_kept:
            shutil.rmtree(self._home, ignore_errors=True)
            if self._cluster:
                self._cluster.drop_database(DATABASE)
                self._cluster.make_database(DATABASE)
        self._run(["headend", *FOUND], f"{PASSWORD}\n")
        if is_kept:
            return {}
        began = time.perf_counter()
        closing = float(self._run(["bench.crowd", str(self.customers)]))
        marker.write_text(json.dumps({"customers": self.customers, "at": time.time()}))
        return {"filling": round(time.perf_counter() - began, 1), "closing the first days": closing}

    def inside(self, *arguments: str) -> Any:
        """What `bench.inside` finds, in a process of its own."""
        return json.loads(self._run(["bench.inside", *arguments]))

    def audit(self) -> None:
        """Raises BenchError unless all sums hold."""
        self._run(["headend", "audit"])

    def start(self) -> None:
        """Starts the web server and signs its owner in. Raises BenchError."""
        self._cookies = {}
        with self._log.open("ab") as output:
            command = [sys.executable, "-m", "headend", "web"]
            self._web = subprocess.Popen(command, env=self._environment(), stdout=output, stderr=output)
        deadline = time.monotonic() + READY_SECONDS
        while not self._answers():
            if self._web.poll() is not None or time.monotonic() > deadline:
                raise BenchError(f"the web server does not answer:\n{self._tail()}")
            time.sleep(0.1)
        self._sign_in()

    def stop(self) -> None:
        if self._web is not None:
            processes.stop(self._web, as_root=[])
            self._web = None

    def ask(self, path: str, fields: dict[str, str] | None = None) -> float:
        """One request, by POST where there are fields: seconds until the whole answer was there. Raises BenchError unless it is 200."""
        if fields is not None:
            fields = {**fields, _TOKEN: self._token(path)}
        began = time.perf_counter()
        status, body = self._request(path, fields)
        seconds = time.perf_counter() - began
        if status != http.client.OK:
            raise BenchError(f"{self.name} answered {path} with {status}:\n{body[:500]}\n{self._tail()}")
        return seconds

    def _sign_in(self) -> None:
        page = "/baobab/console/sign-in/"
        status, _ = self._request(page, {"email": EMAIL, "password": PASSWORD, _TOKEN: self._token(page)})
        if status != http.client.FOUND:
            raise BenchError(f"{self.name} did not let its owner in ({status})")

    def _request(self, path: str, fields: dict[str, str] | None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=ANSWER_SECONDS)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        if fields is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        body = None if fields is None else urlencode(fields)
        connection.request("GET" if body is None else "POST", path, body=body, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        self._keep_cookies(answer)
        connection.close()
        return answer.status, text

    def _token(self, path: str) -> str:
        _, text = self._request(path, None)
        found = re.search(rf'name="{_TOKEN}" value="(\w+)"', text)
        if found is None:
            raise BenchError(f"{path} has no form")
        return found.group(1)

    def _keep_cookies(self, answer: http.client.HTTPResponse) -> None:
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self._cookies[name] = value

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1):
                return True
        except OSError:
            return False

    def _environment(self) -> dict[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith(("HEADEND_", "DJANGO_"))},
            "HEADEND_HOME": str(self._home),
            "HEADEND_DATABASE_URL": self._cluster.url(DATABASE) if self._cluster else "",
            "HEADEND_WEB": f"127.0.0.1:{self.port}",
        }

    def _run(self, module_and_arguments: Iterable[str], said: str = "") -> str:
        command = [sys.executable, "-m", *module_and_arguments]
        with self._log.open("ab") as errors:
            done = subprocess.run(
                command,
                env=self._environment(),
                input=said.encode(),
                stdout=subprocess.PIPE,
                stderr=errors,
                check=False,
            )
        if done.returncode:
            raise BenchError(f"{' '.join(command)} failed:\n{done.stdout.decode()[-2000:]}\n{self._tail()}")
        return done.stdout.decode()

    def _tail(self) -> str:
        return self._log.read_text(errors="replace")[-2000:] if self._log.exists() else ""
