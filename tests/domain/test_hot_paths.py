"""What a login and a usage report cost: a fixed number of statements, however many come together, and no walk over a table."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from django.db import connection
from django.test.utils import CaptureQueriesContext

from headend.access import enforcement, facts, recording, triggers, vouchers
from headend.access.facts import Lookup
from headend.access.metering import Report
from headend.access.vouchers import FirstUse
from headend.lib import clock
from headend.system import engine
from tests.kit.vouchers import fresh, of, printed, said, sold
from tests.kit.world import World

# Look-ups of newest sessions and of owners by token and by name, insertion, days, periods and their limits or vouchers, devices,
# and the transaction itself.
RECORD_BUDGET = 12
# The transaction, its vouchers with a lock, their new rows; and an Event for each.
FIRST_USES_BUDGET = 4


@contextmanager
def statements() -> Iterator[list[tuple[str, list[object]]]]:
    """The plain statements that go past Django's own count."""
    seen: list[tuple[str, list[object]]] = []
    rows = engine.rows

    def count(statement: str, parameters: list[object], **how: bool) -> list[tuple[object, ...]]:
        seen.append((statement, parameters))
        return rows(statement, parameters, **how)

    engine.rows = count  # type: ignore[assignment]  # the test only looks on
    try:
        yield seen
    finally:
        engine.rows = rows


def cost(seen: list[tuple[str, list[object]]], captured: CaptureQueriesContext) -> int:
    """How many statements there were: on SQLite Django counts the plain ones too."""
    return len(captured) + (len(seen) if connection.vendor == "postgresql" else 0)


def stop(world: World, number: int, name: str = "otieno") -> Report:
    return Report(
        kind="stop",
        organization_id=world.organization.pk,
        nas_id=world.hilltop.pk,
        zone="Africa/Nairobi",
        user_name=name,
        acct_session_id=f"{number:08x}",
        event_at=clock.now() - timedelta(minutes=number % 60),
        mac="AABBCC001122",
        seconds=60,
        upload_octets=1,
        download_octets=2,
    )


def test_many_logins_cost_three_statements_like_one(world: World) -> None:
    names = ["otieno", "grace", "neema", *(f"nobody{number}" for number in range(61))]
    for asked in (names[:1], names):
        with statements() as seen, CaptureQueriesContext(connection) as captured:
            logins = facts.load([Lookup(world.organization.pk, name) for name in asked], clock.now())
        assert sum(login.facts.found for login in logins) == min(len(asked), 3)
        assert len(seen) == 3
        assert len(captured) in (0, 3)


def test_vouchers_are_found_in_the_same_three_statements(world: World) -> None:
    begun = sold(world)
    vouchers.redeem(voucher_id=begun.pk, mac="AABBCC001122", now=clock.now())
    names = ["otieno", begun.code, *(voucher.code for voucher in of(printed(world, sheets=2, each=20)))]
    with statements() as seen, CaptureQueriesContext(connection) as captured:
        logins = facts.load([Lookup(world.organization.pk, name) for name in names], clock.now())
    assert all(login.facts.found for login in logins)
    assert len(seen) == 3
    assert len(captured) in (0, 3)


def test_first_uses_are_written_together(world: World) -> None:
    now = clock.now()
    counts = []
    for count in (1, 12):
        uses = [FirstUse(voucher.pk, "AABBCC001122", now) for voucher in of(printed(world, each=count))]
        with CaptureQueriesContext(connection) as captured:
            vouchers.start(uses)
        counts.append(len(captured) - count)
    assert counts[0] == counts[1] <= FIRST_USES_BUDGET


def test_unknown_names_cost_one_statement(world: World) -> None:
    with statements() as seen:
        facts.load([Lookup(world.organization.pk, "nobody")], clock.now())
    assert len(seen) == 1


def test_many_reports_cost_no_more_statements_than_one(world: World) -> None:
    recording.record([stop(world, 0)])
    counts = []
    for batch in ([stop(world, 1)], [stop(world, number) for number in range(2, 42)]):
        with statements() as seen, CaptureQueriesContext(connection) as captured:
            recording.record(batch)
        counts.append(cost(seen, captured))
    assert counts[0] == counts[1] <= RECORD_BUDGET


def test_many_reports_of_vouchers_cost_no_more_statements_than_one(world: World) -> None:
    owned = of(printed(world, sheets=1, each=12))
    recording.record([said(world, owned[0], session="0", seconds=1)])
    counts = []
    for moment, some in ((2, owned[:1]), (3, owned)):
        reports = [
            said(world, voucher, session=f"{moment}-{voucher.pk}", seconds=moment, upload_octets=moment)
            for voucher in some
        ]
        with statements() as seen, CaptureQueriesContext(connection) as captured:
            recording.record(reports)
        counts.append(cost(seen, captured))
    assert counts[0] == counts[1] <= RECORD_BUDGET
    assert fresh(owned[-1]).upload_bytes == 3


def test_use_7_triggers_are_looked_up_once_and_only_for_who_used_a_further_percent(world: World) -> None:
    """Of a cap of 2 GB: what a few reports use in five minutes is less than a percent of it, and asks for no triggers."""
    for percent in (50, 80):
        triggers.add_default(organization=world.organization, percent=percent, by_email=True, by_sms=True, by=None)
    recording.record([stop(world, 0, "neema")])
    asked = []
    for number, octets in ((1, 19_000_000), (2, 100_000_000)):
        with statements() as seen, CaptureQueriesContext(connection):
            recording.record([replace(stop(world, number, "neema"), download_octets=octets), stop(world, number + 9)])
        asked.append(sum("access_trigger" in statement for statement, _ in seen))
    assert asked == [0, 1]


def test_no_reports_cost_nothing(world: World) -> None:
    with CaptureQueriesContext(connection) as captured:
        recording.record([])
    assert len(captured) == 0


if connection.vendor == "sqlite":

    def test_no_statement_of_a_hot_path_walks_over_a_table(world: World) -> None:
        voucher = sold(world)
        risen = replace(stop(world, 3, "neema"), download_octets=1_700_000_000)
        triggers.add(customer=world.customers["neema"], percent=80, email="office@example.com", by=None)
        with CaptureQueriesContext(connection) as captured:
            names = ("otieno", "grace", voucher.code)
            facts.load([Lookup(world.organization.pk, name) for name in names], clock.now())
            vouchers.redeem(voucher_id=voucher.pk, mac="AABBCC001122", now=clock.now())
            recording.record(
                [stop(world, 1), stop(world, 2, "grace"), risen, said(world, voucher, voucher_id=voucher.pk)]
            )
            enforcement.enforce(scope="voucher", scope_id=voucher.pk)
        asked = [query["sql"] for query in captured]
        plain = [sql for sql in asked if sql.lstrip().startswith(("SELECT", "INSERT", "UPDATE"))]
        assert {sql.split()[0] for sql in plain} == {"SELECT", "INSERT", "UPDATE"}
        walks = []
        with connection.cursor() as cursor:
            for statement in plain:
                cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
                walks += [row[-1] for row in cursor.fetchall() if row[-1].startswith(("SCAN access", "SCAN customers"))]
        assert walks == []


if connection.vendor == "postgresql":
    # Longer ones, and those with more values, the driver reads anew each time (psycopg/_queries.py).
    LONGEST_KEPT, MOST_KEPT = 4096, 50

    def test_the_driver_reads_a_statement_once_however_many_log_in_together(world: World) -> None:
        texts = []
        for count in (1, 64):
            with statements() as seen:
                lookups = [Lookup(world.organization.pk, name) for name in ("otieno", "grace")]
                facts.load(
                    [*lookups, *(Lookup(world.organization.pk, f"n{number}") for number in range(count))], clock.now()
                )
                recording.record([stop(world, 1000 * count + number) for number in range(count)])
            assert max(len(statement) for statement, _ in seen) < LONGEST_KEPT
            assert max(len(parameters) for _, parameters in seen) <= MOST_KEPT
            texts.append({statement for statement, _ in seen})
        assert texts[0] == texts[1]

    def test_instants_are_read_by_the_driver_and_not_in_python(world: World) -> None:
        (row,) = engine.rows("SELECT created_at, id FROM system_organization WHERE id = %s", [world.organization.pk])
        assert row == (world.organization.created_at, world.organization.pk)
        loader = engine._own.cursor.adapters.get_loader(1184, 0)
        assert loader.__module__.startswith("psycopg_binary")
