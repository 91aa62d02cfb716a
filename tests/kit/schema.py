"""The test database: migrated once for all the processes of a run, and cloned by each."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, LiteralString
from urllib.parse import urlsplit

import psycopg
from django.db import connection
from psycopg import sql

RUN = Path(os.environ["HEADEND_TEST_HOME"])


@contextmanager
def cloned() -> Iterator[None]:
    """Inside, Django works on a database of this process; the first process of the run migrates what all of them clone."""
    with (RUN / "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        clones = _FileClones() if connection.vendor == "sqlite" else _ServerClones()
        if not clones.is_there(clones.template):
            _migrate(clones.unfinished)
            clones.rename(clones.unfinished, clones.template)
    clones.clone(clones.template, clones.own)
    before = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = clones.own
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before
        clones.remove(clones.own)


def forget() -> None:
    """Removes what the run cloned from; a folder goes by itself with the run's."""
    if os.environ.get("HEADEND_TEST_DATABASE_URL"):
        with suppress(psycopg.OperationalError):  # The server may be gone already.
            _ServerClones().remove(_ServerClones().template)


def _migrate(name: str) -> None:
    connection.settings_dict["TEST"]["NAME"] = name
    before = connection.settings_dict["NAME"]
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    connection.close()
    connection.settings_dict["NAME"] = before


class _FileClones:
    """SQLite: the files of databases."""

    def __init__(self) -> None:
        self.own = str(Path(os.environ["HEADEND_HOME"]) / "test.sqlite3")
        self.template = str(RUN / "template.sqlite3")
        self.unfinished = str(RUN / "unfinished.sqlite3")

    def is_there(self, name: str) -> bool:
        return Path(name).exists()

    def rename(self, name: str, to: str) -> None:
        # Closing the last connection has written the log into the file.
        assert not Path(f"{name}-wal").exists()
        Path(name).rename(to)

    def clone(self, name: str, to: str) -> None:
        self.remove(to)
        shutil.copyfile(name, to)

    def remove(self, name: str) -> None:
        for file in (name, f"{name}-wal", f"{name}-shm"):
            Path(file).unlink(missing_ok=True)


class _ServerClones:
    """PostgreSQL: databases on one server, named after the folder of the run."""

    def __init__(self) -> None:
        run = f"test_{RUN.parent.name}_{RUN.name}".replace("-", "_").replace(".", "_").lower()
        self.own = f"{run}_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
        self.template = f"{run}_template"
        self.unfinished = f"{run}_unfinished"

    def is_there(self, name: str) -> bool:
        with _server() as server:
            return server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is not None

    def rename(self, name: str, to: str) -> None:
        self._do("ALTER DATABASE {} RENAME TO {}", name, to)

    def clone(self, name: str, to: str) -> None:
        self.remove(to)
        self._do("CREATE DATABASE {} TEMPLATE {}", to, name)

    def remove(self, name: str) -> None:
        # A browser keeps its connection to the live server open, and the server's thread keeps its own to the database.
        self._do("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _do(self, statement: LiteralString, *names: str) -> None:
        with _server() as server:
            server.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _server() -> psycopg.Connection[tuple[Any, ...]]:
    address = urlsplit(os.environ["HEADEND_TEST_DATABASE_URL"])._replace(path="/postgres").geturl()
    return psycopg.connect(address, autocommit=True)
