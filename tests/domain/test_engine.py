"""What the engine promises, on whichever database the tests run: one writer of a thing at a time, and durable writes."""

import fcntl
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from headend.lib import clock
from headend.system import engine
from headend.system.models import Revision, SearchText, Site, Throttle
from tests.kit.threads import PATIENCE_SECONDS, at_once
from tests.kit.world import World, found

pytestmark = pytest.mark.django_db(transaction=True)

SQLITE = "sqlite" in settings.DATABASES["default"]["ENGINE"]


def test_whoever_locks_a_key_is_alone_with_it(transactional_db: None) -> None:
    order: list[str] = []
    first_is_in = threading.Event()

    def first() -> None:
        with transaction.atomic():
            engine.lock_keys(["customer:7", "customer:8"])
            order.append("first in")
            first_is_in.set()
            # The second has time to come in, if anything lets it.
            threading.Event().wait(0.3)
            order.append("first out")

    def second() -> None:
        assert first_is_in.wait(PATIENCE_SECONDS)
        with transaction.atomic():
            engine.lock_keys(["customer:8"])
            order.append("second in")

    assert at_once(first, second) == [None, None]
    assert order == ["first in", "first out", "second in"]


def test_keys_in_any_order_never_wait_for_each_other(transactional_db: None) -> None:
    def take(keys: list[str]) -> int:
        done = 0
        for _ in range(30):
            with transaction.atomic():
                engine.lock_keys(iter(keys))
                done += 1
        return done

    assert at_once(lambda: take(["a", "b", "c"]), lambda: take(["c", "b", "a"]), lambda: take(["b", "a"])) == [30] * 3


def test_no_key_is_no_lock() -> None:
    with transaction.atomic():
        engine.lock_keys([])


def test_plain_statements_read_alike() -> None:
    now = clock.now()
    Throttle.objects.create(key="50% _off_", window_until=now, count=3)

    statement = "SELECT key, window_until, count FROM system_throttle WHERE key = %s AND window_until <= %s"
    (row,) = engine.rows(statement, ["50% _off_", engine.instant(now)])

    assert (row[0], engine.read_instant(row[1]), row[2]) == ("50% _off_", now, 3)
    assert engine.rows(statement, ["other", engine.instant(now)]) == []


def test_a_plain_statement_sees_its_own_transaction() -> None:
    with transaction.atomic():
        Revision.objects.create(name="probe", number=7)
        assert engine.rows("SELECT number FROM system_revision WHERE name = %s", ["probe"]) == [(7,)]
        transaction.set_rollback(True)

    assert engine.rows("SELECT number FROM system_revision WHERE name = %s", ["probe"]) == []


@pytest.mark.parametrize("needle", ["100%", "a_b", "c\\d", 'e"f', "wafu", "’sa"])
def test_texts_are_found_by_what_they_hold(needle: str) -> None:
    organization = found("baobab", "Baobab Net")
    text = SearchText.objects.create(organization=organization, customer_id=7, source="customer", text=f" x{needle}y ")
    other = SearchText.objects.create(
        organization=organization, customer_id=8, source="customer", text=" x100y axb cdd "
    )
    engine.index_texts([text.pk, other.pk])

    assert engine.find_texts(organization.pk, [needle], 10) == [(7, f" x{needle}y ")]
    text.text = " something else "
    text.save()
    engine.index_texts([text.pk])
    assert engine.find_texts(organization.pk, [needle], 10) == []


def test_a_row_that_refers_to_nothing_is_refused() -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        Site.objects.create(organization_id=4711, name="x", name_key="x")


def test_what_a_thread_wrote_is_there_for_the_others(lasting_world: World) -> None:
    def write() -> None:
        Revision.objects.create(name="probe", number=7)

    assert at_once(write) == [None]
    assert Revision.objects.get(name="probe").number == 7


if SQLITE:

    def lock_is_free() -> bool:
        """Whether another writer could have its turn at this moment."""
        with Path(f"{connection.settings_dict['NAME']}.lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return False
        return True

    def pragma(name: str) -> Any:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA {name}")
            return cursor.fetchone()[0]

    def write() -> None:
        Revision.objects.bulk_create([Revision(name="turn")], ignore_conflicts=True)

    @pytest.fixture(autouse=True)
    def lock_file() -> None:
        write()

    @pytest.mark.parametrize(
        ("name", "value"), [("journal_mode", "wal"), ("synchronous", 2), ("foreign_keys", 1), ("busy_timeout", 20000)]
    )
    def test_every_connection_is_durable_and_strict(name: str, value: Any) -> None:
        results = at_once(lambda: pragma(name))

        assert results == [value]
        assert pragma(name) == value

    def test_the_lock_is_held_while_a_transaction_runs_and_dropped_after_the_commit() -> None:
        with transaction.atomic():
            # Before the first statement already: what is read here must not be old when it is written.
            assert not lock_is_free()
            write()
            with transaction.atomic():
                write()
            assert not lock_is_free()

        assert lock_is_free()

    def test_the_lock_is_dropped_after_a_rollback() -> None:
        with transaction.atomic():
            write()
            transaction.set_rollback(True)

        assert lock_is_free()

    def test_the_lock_is_dropped_after_an_exception() -> None:
        with suppress(ZeroDivisionError), transaction.atomic():
            write()
            raise ZeroDivisionError

        assert lock_is_free()

    def test_a_savepoint_that_failed_keeps_the_turn() -> None:
        with transaction.atomic():
            with suppress(ZeroDivisionError), transaction.atomic():
                raise ZeroDivisionError
            assert not lock_is_free()

        assert lock_is_free()

    def test_the_lock_is_dropped_when_a_connection_is_closed() -> None:
        def vanish() -> None:
            with suppress(ZeroDivisionError), transaction.atomic():
                write()
                connection.close()
                assert lock_is_free()
                raise ZeroDivisionError

        assert at_once(vanish) == [None]
        assert lock_is_free()

    def test_a_commit_that_is_refused_gives_the_turn_back() -> None:
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            # Foreign keys are checked at the commit.
            cursor.execute("INSERT INTO system_site (organization_id, name, name_key) VALUES (4711, 'x', 'x')")

        assert lock_is_free()
        assert not Site.objects.exists()

    def test_a_write_without_a_transaction_queues_for_itself() -> None:
        Revision.objects.filter(name="turn").update(number=5)
        assert lock_is_free()

        with pytest.raises(IntegrityError), connection.cursor() as cursor:
            cursor.execute("INSERT INTO system_revision (name, number) VALUES ('turn', 1)")

        assert lock_is_free()

    def test_reading_takes_no_turn() -> None:
        def hold(in_: threading.Event, out: threading.Event) -> None:
            with transaction.atomic():
                Revision.objects.filter(name="turn").update(number=99)
                in_.set()
                assert out.wait(PATIENCE_SECONDS)

        def read(in_: threading.Event, out: threading.Event) -> int:
            assert in_.wait(PATIENCE_SECONDS)
            number = Revision.objects.get(name="turn").number
            out.set()
            return number

        events = threading.Event(), threading.Event()
        assert at_once(lambda: hold(*events), lambda: read(*events)) == [None, 0]

else:

    def test_other_keys_do_not_wait() -> None:
        second_is_in = threading.Event()
        first_is_in = threading.Event()

        def first() -> bool:
            with transaction.atomic():
                engine.lock_keys(["customer:7"])
                first_is_in.set()
                return second_is_in.wait(PATIENCE_SECONDS / 4)

        def second() -> None:
            assert first_is_in.wait(PATIENCE_SECONDS)
            with transaction.atomic():
                engine.lock_keys(["customer:8"])
                second_is_in.set()

        assert at_once(first, second) == [True, None]

    def test_a_lock_ends_with_its_transaction() -> None:
        with suppress(ZeroDivisionError), transaction.atomic():
            engine.lock_keys(["customer:7"])
            raise ZeroDivisionError

        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()")
            assert cursor.fetchone() == (0,)


def test_a_table_within_a_statement_keeps_every_sign(db: None) -> None:
    odd = ["plain", "", 'quo"te', "back\\slash", "{a,b}", "NULL", "it's %s", "naïve ☕", None]
    text, parameters = engine.table(
        ("bigint", "text", "boolean", "date"), [(i, word, i % 2 == 0, "2026-11-22") for i, word in enumerate(odd)]
    )

    rows = engine.rows(f"SELECT column1, column2, column3, column4 FROM {text} AS r ORDER BY column1", parameters)

    assert [row[1] for row in rows] == odd
    assert [bool(row[2]) for row in rows] == [i % 2 == 0 for i in range(len(odd))]
    assert {engine.read_day(row[3]).isoformat() for row in rows if row[3]} == {"2026-11-22"}
