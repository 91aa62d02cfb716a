"""A private PostgreSQL with durable commits, for both sides of a benchmark."""

import os
import secrets
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Final

import psycopg

from bench import processes
from bench.problem import BenchError

PACKAGE: Final = "postgresql-15"
# What durable means: checked in the running server, and written into the result.
DURABLE: Final = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}
SETTINGS: Final = {
    **DURABLE,
    "shared_buffers": "512MB",
    "max_wal_size": "8GB",
    "checkpoint_timeout": "30min",
    # Loaded but silent: it counts statements only while what one packet costs is measured.
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track": "none",
}


class Cluster:
    """The server and its databases. `folder` is removed by whoever made it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "postgresql"
        self._bin = find_programs()
        self._password = secrets.token_hex(16)
        (self.port,) = processes.free_ports(socket.SOCK_STREAM, 1)
        # PostgreSQL refuses to run as root.
        self._as = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []

    def start(self) -> None:
        """Starts it; makes it first where an earlier run has not left one. Raises BenchError."""
        if self.folder.exists():
            self._start_kept()
            return
        self.folder.mkdir(mode=0o755)
        (self.folder / "password").write_text(self._password)
        if self._as:
            subprocess.run(["chown", "-R", "postgres", str(self.folder)], check=True)
        self._run(
            "initdb", "-D", self._data, "-U", "bench", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C.UTF-8",
            f"--pwfile={self.folder / 'password'}",
        )  # fmt: skip
        named = {"listen_addresses": "127.0.0.1", "port": self.port, "unix_socket_directories": self.folder, **SETTINGS}
        # Not as arguments of the server, which would stand above what is changed later.
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.writelines(f"{name} = '{value}'\n" for name, value in named.items())
        self._run("pg_ctl", "start", "-w", "-D", self._data, "-l", str(self.folder / "log"))

    def stop(self, *, keep: bool = False) -> None:
        """Stops it; what it holds is thrown away, or written down to be kept."""
        self._run("pg_ctl", "stop", "-D", self._data, "-m", "fast" if keep else "immediate")

    def _start_kept(self) -> None:
        self._password = (self.folder / "password").read_text()
        if (self.folder / "data" / "postmaster.pid").exists():
            # The run before was killed, and may have left it running.
            self._run("pg_ctl", "stop", "-D", self._data, "-m", "fast", may_fail=True)
        with (self.folder / "data" / "postgresql.conf").open("a") as file:
            file.write(f"port = {self.port}\n")
        self._run("pg_ctl", "start", "-w", "-D", self._data, "-l", str(self.folder / "log"))

    @property
    def pid(self) -> int:
        """The process that all of its others come from."""
        return int((self.folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def make_database(self, name: str) -> str:
        """Makes an empty database and returns its URL."""
        with self.connect("postgres") as connection:
            connection.execute(f"CREATE DATABASE {name}")
        with self.connect(name) as connection:
            connection.execute("CREATE EXTENSION pg_stat_statements")
        return self.url(name)

    def drop_database(self, name: str) -> None:
        """Removes a database, where there is one."""
        with self.connect("postgres") as connection:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        """The URL of a database."""
        return f"postgresql://bench:{self._password}@127.0.0.1:{self.port}/{name}"

    def connect(self, name: str) -> psycopg.Connection:
        """A connection of our own, in autocommit."""
        return psycopg.connect(
            host="127.0.0.1", port=self.port, user="bench", password=self._password, dbname=name, autocommit=True
        )

    @property
    def password(self) -> str:
        return self._password

    def settings(self) -> dict[str, str]:
        """The settings as the server says they are. Raises BenchError where its commits are not durable."""
        with self.connect("postgres") as connection:
            told = {name: connection.execute(f"SHOW {name}").fetchone() for name in SETTINGS}
        values = {name: str(row[0]) for name, row in told.items() if row is not None}
        if any(values[name] != value for name, value in DURABLE.items()):
            raise BenchError(f"the commits of PostgreSQL are not durable: {values}")
        return values

    def version(self) -> str:
        """`15.18`, say."""
        with self.connect("postgres") as connection:
            row = connection.execute("SHOW server_version").fetchone()
        return str(row[0]).split()[0] if row else ""

    def count_statements(self, *, of: str) -> dict[str, int]:
        """How often each statement of a database was carried out since `begin_counting`."""
        with self.connect(of) as connection:
            rows = connection.execute(
                "SELECT s.query, s.calls FROM pg_stat_statements s JOIN pg_database d ON d.oid = s.dbid "
                "WHERE d.datname = current_database() AND s.query NOT LIKE '%pg_stat_statements%' "
                # What the server asks itself for a foreign key is part of the statement that caused it.
                "AND s.query NOT LIKE '%FOR KEY SHARE OF x'"
            ).fetchall()
        return {str(query): int(calls) for query, calls in rows}

    def begin_counting(self, *, of: str) -> None:
        """Counts statements from now on."""
        with self.connect(of) as connection:
            connection.execute("ALTER SYSTEM SET pg_stat_statements.track = 'top'")
            connection.execute("SELECT pg_reload_conf()")
            connection.execute("SELECT pg_stat_statements_reset()")

    @property
    def _data(self) -> str:
        return str(self.folder / "data")

    def _run(self, program: str, *arguments: str, may_fail: bool = False) -> None:
        log = self.folder.parent / "postgresql.log"
        with log.open("ab") as output:
            # Into a file and no pipe: the server would keep a pipe open.
            done = subprocess.run(
                [*self._as, str(self._bin / program), *arguments], cwd="/", stdout=output, stderr=output, check=False
            )
        if done.returncode and not may_fail:
            raise BenchError(f"{program} failed:\n{log.read_text(errors='replace')[-1500:]}")


def find_programs() -> Path:
    """The folder with PostgreSQL's programs. Raises BenchError where there is none."""
    on_path = shutil.which("initdb")
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    if not on_path and not debian:
        raise BenchError(f"PostgreSQL is missing: apt-get install {PACKAGE}")
    return Path(on_path).resolve().parent if on_path else debian[-1].parent
