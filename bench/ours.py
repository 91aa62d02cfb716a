"""Our side: an installation of Headend with its RADIUS door, on SQLite or on PostgreSQL."""

import os
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from bench import processes
from bench.cluster import Cluster
from bench.problem import BenchError
from bench.reports import Kept

SECRET: Final = "hilltop-secret-123"
DATABASE: Final = "headend"
FOUND: Final = [
    "init",
    "--organization",
    "Baobab",
    "--slug",
    "baobab",
    "--country",
    "KE",
    "--currency",
    "KES",
    "--timezone",
    "Africa/Nairobi",
    "--owner-email",
    "owner@baobab.example",
    "--owner-name",
    "Owner",
    "--owner-password",
    "-",
]

_KEPT: Final = """
SELECT acct_session_id, upload_bytes, download_bytes, session_seconds, ended_at IS NULL FROM access_session
"""
# A session's usage moves into its period and its day in the same transaction: all three sums are one.
_SUMS: Final = """
SELECT (SELECT SUM({sum}) FROM access_session), (SELECT SUM({sum}) FROM access_usageperiod), (SELECT SUM({sum}) FROM access_usageday)
"""
_SUMMED: Final = ("upload_bytes", "download_bytes", "session_seconds")


class Ours:
    """Headend while its RADIUS door runs. Without a cluster it works on SQLite."""

    secret = SECRET

    def __init__(self, folder: Path, cluster: Cluster | None) -> None:
        self.name = "Headend, PostgreSQL" if cluster else "Headend, SQLite"
        self._home = folder / ("headend-postgresql" if cluster else "headend-sqlite")
        self._cluster = cluster
        # Empty on SQLite, which has no server that could count statements.
        self.database = DATABASE if cluster else ""
        self._log = self._home.with_suffix(".log")
        self.customers = self._home.with_suffix(".csv")
        self.auth_port, self.acct_port = processes.free_ports(socket.SOCK_DGRAM, 2)
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Makes the installation, fills it with what `customers` names, and starts the door. Raises BenchError."""
        url = self._cluster.make_database(DATABASE) if self._cluster else ""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("HEADEND_", "DJANGO_"))},
            "HEADEND_HOME": str(self._home),
            "HEADEND_DATABASE_URL": url,
            "HEADEND_AUTH": f"127.0.0.1:{self.auth_port}",
            "HEADEND_ACCT": f"127.0.0.1:{self.acct_port}",
        }
        self._run(["headend", *FOUND], environment, "long-enough-1\n")
        self._run(["bench.fill", str(self.customers), SECRET], environment)
        with self._log.open("ab") as output:
            command = [sys.executable, "-m", "headend", "radius"]
            self._process = subprocess.Popen(command, env=environment, stdout=output, stderr=output)
        processes.wait_for_udp(self._process, [self.auth_port, self.acct_port], self._log)

    def stop(self) -> None:
        if self._process is not None:
            processes.stop(self._process, as_root=[])

    @property
    def pid(self) -> int:
        assert self._process is not None, "it runs"
        return self._process.pid

    def kept(self) -> dict[str, Kept]:
        """The sessions in the database, by Acct-Session-Id. Raises BenchError where one is there twice."""
        rows = self._rows(_KEPT)
        found = {row[0]: Kept(row[1], row[2], row[3], is_open=bool(row[4])) for row in rows}
        if len(found) != len(rows):
            raise BenchError(f"{self.name} keeps a session twice")
        return found

    def check_sums(self) -> None:
        """Raises BenchError unless periods and days add up to the sessions."""
        for column in _SUMMED:
            (sums,) = self._rows(_SUMS.format(sum=column))
            if len(set(sums)) != 1:
                raise BenchError(f"{self.name}: {column} of sessions, periods and days differ: {sums}")

    def _rows(self, statement: str) -> list[tuple[Any, ...]]:
        if self._cluster:
            with self._cluster.connect(DATABASE) as connection:
                return connection.execute(statement).fetchall()
        with closing(sqlite3.connect(f"file:{self._home / 'headend.sqlite3'}?mode=ro", uri=True)) as file:
            return file.execute(statement).fetchall()

    def _run(self, module_and_arguments: Iterable[str], environment: dict[str, str], said: str = "") -> None:
        command = [sys.executable, "-m", *module_and_arguments]
        with self._log.open("ab") as output:
            done = subprocess.run(
                command, env=environment, input=said.encode(), stdout=output, stderr=output, check=False
            )
        if done.returncode:
            raise BenchError(f"{' '.join(command)} failed:\n{self._log.read_text(errors='replace')[-2000:]}")
