"""No room on the disk: whoever asks is told so, and nobody is sent here."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test import Client

from headend.system import disk, engine
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def fresh() -> None:
    disk.forget()


def full() -> DatabaseError:
    """What Django makes of a disk without room, as the driver in use says it."""
    error: Exception = psycopg.errors.DiskFull("could not extend file: No space left on device")
    if connection.vendor == "sqlite":
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL  # type: ignore[attr-defined]  # the driver sets it
    told = OperationalError(str(error))
    told.__cause__ = error
    return told


@contextmanager
def no_room() -> Iterator[None]:
    """Whatever is written finds no room."""

    def execute(run: Callable[..., Any], statement: str, *rest: Any) -> Any:
        if statement.split(None, 1)[0] in ("INSERT", "UPDATE"):
            raise full()
        return run(statement, *rest)

    with connection.execute_wrapper(execute):
        yield


def test_it_is_told_from_other_errors() -> None:
    assert engine.is_full(full())
    assert not engine.is_full(OperationalError("database is locked"))
    assert not engine.is_full(None)


@pytest.mark.once
def test_sqlite_says_so_itself(world: World) -> None:
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA page_count")
        (pages,) = cursor.fetchone()
        cursor.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(DatabaseError) as caught, transaction.atomic():
            cursor.execute("CREATE TABLE filler AS SELECT randomblob(10000000) AS bytes")
        cursor.execute("PRAGMA max_page_count = 1000000")
    assert engine.is_full(caught.value)


@pytest.mark.parametrize(
    ("place", "data"),
    [
        ("/baobab/console/sign-in/", {"email": "owner@baobab.example", "password": "x"}),
        ("/baobab/portal/sign-in/", {"name": "0712345678", "password": "x"}),
        ("/baobab/hotspot/voucher/", {"code": "234567"}),
        ("/callbacks/fake/forged/", {}),
    ],
)
def test_pages_say_so(world: World, place: str, data: dict[str, str]) -> None:
    with no_room():
        response = Client(raise_request_exception=False).post(place, data)

    assert response.status_code == 503
    assert "There is no room left to save anything." in response.content.decode()


def test_nobody_is_sent_here_while_it_cannot_write() -> None:
    with no_room():
        response = Client().get("/readyz")

    assert (response.status_code, response.content) == (503, b"the disk is full\n")


def test_nobody_is_sent_here_after_a_page_found_no_room(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    client = Client(raise_request_exception=False)
    assert client.get("/readyz").status_code == 200
    with no_room():
        assert client.post("/baobab/hotspot/voucher/", {"code": "234567"}).status_code == 503

    assert client.get("/readyz").status_code == 503
    monkeypatch.setattr(disk, "FULL_SECONDS", 0.0)
    disk.note(full())
    assert client.get("/readyz").status_code == 200


@pytest.mark.once
def test_nobody_is_sent_here_when_little_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "free_bytes", lambda: disk.FREE_LEAST_BYTES - 1)
    assert Client().get("/readyz").status_code == 503
    monkeypatch.setattr(engine, "free_bytes", lambda: disk.FREE_LEAST_BYTES)
    assert Client().get("/readyz").status_code == 200


def test_where_sqlite_lies_something_is_left() -> None:
    free = engine.free_bytes()

    assert free is None if engine.is_postgresql() else free is not None and free > 0
