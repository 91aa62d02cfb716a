"""What is measured within a process of the product: `python -m bench.inside STATISTICS LOGINS` prints it as JSON.

STATISTICS is yes or no: whether the database has them. LOGINS is how many are looked up.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from bench import figures, pages, patterns
from headend.cli import start, web

# So many logins are looked up together when many wait.
BATCH: Final = 64
LOGINS: Final = 300
# A measure that takes longer than this all in all is taken fewer times.
MOST_SECONDS: Final = 20.0
SHARE_ONLINE: Final = 80
# Somebody of whom no number says anything special.
USUAL: Final = 21


@dataclass(slots=True)
class Asked:
    """The statements of a stretch of work, and the seconds that each took."""

    statements: list[tuple[str, float]] = field(default_factory=list)

    def told(self) -> dict[str, Any]:
        """How many there were; and the slowest of them, in ms."""
        slowest = max(self.statements, key=lambda one: one[1], default=("", 0.0))
        return {"statements": len(self.statements), "slowest_ms": round(slowest[1] * 1000, 1), "slowest": slowest[0]}


def main(there: str, times: str) -> None:
    present = start.ready()
    web.collect_static(present.home / "static")
    _statistics(there=there == "yes")
    asked = pages.of(objects()) if there == "yes" or not _takes_them_by_itself() else []
    found = {"logins": _logins(int(times)), "work": _work(), "asked": asked, "pages": _count(asked)}
    print(json.dumps(found))


def _takes_them_by_itself() -> bool:
    """Whether the database has no statistics but for a minute, in which no page is waited for: PostgreSQL, when all of it is new."""
    from headend.system import engine

    return engine.is_postgresql()


def objects() -> dict[str, Any]:
    """What the pages are opened for."""
    from headend.access.models import Session, Voucher
    from headend.customers.models import Customer, Group
    from headend.network.models import NAS

    pattern = Customer.objects.get(phone=f"+{patterns.FIRST_PHONE + USUAL}")
    copies = Customer.objects.filter(sort_key__startswith=f"{pattern.first_name.lower()} ")
    somebody = copies.order_by("pk")[copies.count() // 2]
    return {
        "customer": somebody.pk,
        "online": Session.objects.filter(ended_at__isnull=True).order_by("pk")[1].customer_id,
        "phone": somebody.phone.lstrip("+"),
        "name": f"{somebody.first_name} {patterns.SURNAME}",
        "voucher": Voucher.objects.filter(first_used_at__isnull=False).order_by("pk")[10].pk,
        "group": Group.objects.order_by("pk")[3].pk,
        "nas": NAS.objects.order_by("pk")[7].pk,
        "customers": Customer.objects.count(),
    }


def _count(asked_pages: list[pages.Asked]) -> dict[str, dict[str, Any]]:
    """What each page asks the database, by its name."""
    from django.conf import settings
    from django.test import Client
    from django.test.utils import setup_test_environment

    from headend.system.models import Staff

    setup_test_environment()
    client = Client(SERVER_NAME=settings.ALLOWED_HOSTS[0].strip("*.") or "127.0.0.1")
    client.force_login(Staff.objects.get())
    found = {}
    for name, path, fields in asked_pages:
        # What a process reads once is no page's.
        for _ in range(2):
            with _asking() as asked:
                answer = client.get(path) if fields is None else client.post(path, fields)
        assert answer.status_code == 200, f"{path} was answered with {answer.status_code}"
        found[name] = asked.told()
    return found


def _logins(times: int) -> dict[str, dict[str, Any]]:
    """Looking up what a login needs: one at a time, and BATCH together; the passwords are right."""
    from django.db import connection

    from headend.access import facts
    from headend.access.models import Credential
    from headend.lib import clock
    from headend.system import engine
    from headend.system.models import Organization

    connection.close()
    options = dict(connection.settings_dict["OPTIONS"])
    # As the RADIUS door does.
    engine.find_by_index()
    organization = Organization.objects.get()
    first, last = Credential.objects.earliest("pk").pk, Credential.objects.latest("pk").pk
    chance = random.Random(1)
    drawn = [chance.randint(first, last) for _ in range(times)]
    names = list(Credential.objects.filter(pk__in=drawn, subscription__isnull=False).values_list("name", flat=True))
    lookups = [facts.Lookup(organization.pk, name, 1, "", "") for name in names]

    def one() -> None:
        login = facts.load([chance.choice(lookups)], clock.now())[0]
        assert login.open_secret() == patterns.password(login.facts.name), "the wrong password"

    def many() -> None:
        facts.load([chance.choice(lookups) for _ in range(BATCH)], clock.now())

    found = {"one login": _timed(one, times), f"{BATCH} logins together": _timed(many, max(2, times // 10))}
    connection.close()
    connection.settings_dict["OPTIONS"] = options
    return found


def _work() -> dict[str, dict[str, Any]]:
    """What the worker does again and again, with who is online now; and with SHARE_ONLINE percent of all, who are forgotten again.

    What it keeps of a large organization, the pages that are measured then have.
    """
    from django.db import transaction

    from headend.access.models import Session
    from headend.doors.worker import schedule

    found = {}
    for kind in ("sweep", "sweep_payments", "keep_figures", "keep_totals"):
        verb = schedule.verb(kind)
        found[kind] = _timed(verb, 3) | {"live": Session.objects.filter(ended_at__isnull=True).count()}
    with transaction.atomic():
        _connect_many()
        live = Session.objects.filter(ended_at__isnull=True).count()
        found[f"sweep, {SHARE_ONLINE} % online"] = _timed(schedule.verb("sweep"), 1) | {"live": live}
        transaction.set_rollback(True)
    return found


def _statistics(*, there: bool) -> None:
    """Gives the database statistics of its tables, or takes them away."""
    from django.db import connection

    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE" if there else "DELETE FROM pg_statistic WHERE starelid > 16383")
            return
        # Both of SQLite's ways: the tables themselves, and what this connection has read of them.
        cursor.execute("ANALYZE" if there else "DROP TABLE IF EXISTS sqlite_stat1")
        connection.close()


# The last session of each who could connect, as if it went on.
_CONNECT: Final = """
INSERT INTO access_session ({columns})
SELECT {values} FROM access_session t
JOIN access_subscription s ON s.id = t.subscription_id
JOIN customers_customer k ON k.id = s.customer_id
WHERE t.id IN (SELECT MAX(id) FROM access_session WHERE subscription_id IS NOT NULL GROUP BY subscription_id)
AND t.ended_at IS NOT NULL AND s.id %% 100 < %s AND s.expires_at > %s AND k.deleted_at IS NULL
AND NOT EXISTS (SELECT 1 FROM customers_suspension x
                WHERE x.lifted_at IS NULL AND (x.customer_id = k.id OR x.group_id = k.group_id))
"""


def _connect_many() -> None:
    from django.db import connection

    from headend.access.models import Session
    from headend.lib import clock
    from headend.system import engine

    now = engine.instant(clock.now())
    names = [str(field.column) for field in Session._meta.local_concrete_fields if not field.primary_key]
    columns = {name: f"t.{name}" for name in names}
    columns |= {
        "acct_session_id": "t.acct_session_id || 'x'",
        "started_at": "%s",
        "updated_at": "%s",
        "ended_at": "NULL",
        "end_cause": "''",
    }
    # A part of the others cannot connect: as many more are asked for.
    share = round((SHARE_ONLINE - len(patterns.ONLINE)) / 0.92)
    statement = _CONNECT.format(columns=", ".join(columns), values=", ".join(columns.values()))
    with connection.cursor() as cursor:
        cursor.execute(statement, [now, now, share, now])
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE access_session")


def _timed(act: Callable[[], Any], times: int) -> dict[str, Any]:
    """p50 and p95 in ms of an act that is done so many times at most, and what one asks the database."""
    seconds: list[float] = []
    began = time.perf_counter()
    while len(seconds) < times and (not seconds or time.perf_counter() - began < MOST_SECONDS):
        with _asking() as asked:
            at = time.perf_counter()
            act()
            seconds.append(time.perf_counter() - at)
    return {**figures.percentiles(seconds), **asked.told()}


@contextmanager
def _asking() -> Iterator[Asked]:
    """Writes down every statement inside, also those that go past Django's cursor."""
    from django.db import connection

    from headend.system import engine

    asked = Asked()

    def told(execute: Callable[..., Any], statement: str, *rest: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(statement, *rest)
        finally:
            asked.statements.append((str(statement), time.perf_counter() - began))

    driver_rows = engine._driver_rows
    engine._driver_rows = lambda *arguments: told(driver_rows, *arguments)
    try:
        with connection.execute_wrapper(told):
            yield asked
    finally:
        engine._driver_rows = driver_rows


if __name__ == "__main__":
    main(sys.argv[1], *sys.argv[2:])
