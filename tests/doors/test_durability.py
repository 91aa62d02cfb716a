"""Nothing that gives answers starts on a database that may forget them, unless somebody has said that it may."""

import logging
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from headend.cli import start
from headend.config import environment
from headend.system import engine
from headend.system.engine import Weakness
from tests.kit.installation import Home
from tests.kit.world import World

SQLITE = "sqlite" in settings.DATABASES["default"]["ENGINE"]


def weaken(home: Home) -> Weakness:
    """Lets a database acknowledge before it has written, as far as one installation can do that."""
    if SQLITE:
        home.environment |= {"DJANGO_SETTINGS_MODULE": "tests.power.settings", "HEADEND_TEST_PRAGMAS": "synchronous=1"}
        return Weakness("synchronous", "NORMAL", "FULL")
    del home.environment["HEADEND_MAY_FORGET"]
    url = urlsplit(home.environment["HEADEND_DATABASE_URL"])
    with psycopg.connect(url._replace(path="/postgres").geturl(), autocommit=True) as administration:
        administration.execute(f"ALTER DATABASE {home.database} SET synchronous_commit = off")
    return Weakness("synchronous_commit", "off", "on")


def test_what_gives_answers_does_not_start_on_a_database_that_may_forget_them(founded: Home) -> None:
    weakness = weaken(founded)

    with ThreadPoolExecutor() as pool:
        ended = list(pool.map(founded.run, ("serve", "web", "radius", "worker")))

    for done in ended:
        assert done.returncode == 3
        assert f"{weakness.setting} is {weakness.value}" in done.stderr
        assert "HEADEND_MAY_FORGET=1" in done.stderr
        assert SQLITE or "ALTER SYSTEM SET synchronous_commit = on" in done.stderr
        assert "Traceback" not in done.stderr


def test_what_only_looks_does(founded: Home) -> None:
    weaken(founded)

    assert founded.run("audit").returncode == 0


@pytest.mark.django_db(transaction=True)
def test_somebody_may_say_that_it_may_forget(caplog: pytest.LogCaptureFixture) -> None:
    try:
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous = OFF" if SQLITE else "SET synchronous_commit = off")
        with pytest.raises(start.ProblemError):
            start._check_durable(environment.read({"HEADEND_MAY_FORGET": ""}))
        with caplog.at_level(logging.WARNING):
            start._check_durable(environment.read({"HEADEND_MAY_FORGET": "1"}))
    finally:
        connection.close()
    assert "may forget" in caplog.text


if SQLITE:

    def test_the_product_s_own_database_keeps_its_word(db: None) -> None:
        assert engine.weaknesses() == []

    @pytest.mark.django_db(transaction=True)
    def test_what_a_network_drive_refuses_is_noticed() -> None:
        with connection.cursor() as cursor:
            try:
                cursor.execute("PRAGMA journal_mode = delete")
                assert engine.weaknesses() == [Weakness("journal_mode", "delete", "wal")]
                cursor.execute("PRAGMA synchronous = EXTRA")
                cursor.execute("PRAGMA journal_mode = wal")
                assert engine.weaknesses() == []
            finally:
                connection.close()

else:

    @pytest.mark.parametrize("value", ["on", "local", "remote_write", "remote_apply", "off"])
    def test_which_commits_wait_for_the_disk(db: None, value: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL synchronous_commit = {value}")

        found = [weakness for weakness in engine.weaknesses() if weakness.setting == "synchronous_commit"]

        assert found == ([Weakness("synchronous_commit", "off", "on")] if value == "off" else [])

    def test_what_the_server_was_told_is_noticed(db: None) -> None:
        """The cluster of the tests runs without fsync; one with it is in tests/power."""
        told = {weakness.setting: weakness.value for weakness in engine.weaknesses()}

        assert told == {"fsync": "off"}


@pytest.mark.parametrize(("role", "allowed", "seen"), [("owner", True, 1), ("owner", False, 0), ("admin", True, 0)])
def test_owners_see_it_on_their_dashboard(
    world: World, monkeypatch: pytest.MonkeyPatch, role: str, allowed: bool, seen: int
) -> None:
    monkeypatch.setattr(settings, "MAY_FORGET", allowed)
    client = Client()
    client.force_login(world.staff[role].staff)

    page = client.get("/baobab/console/").content.decode()

    assert page.count("may forget what it has acknowledged") == seen
