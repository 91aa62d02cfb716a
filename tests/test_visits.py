"""On PostgreSQL no page of a large provider visits more rows than it shows, but for a bounded number.

PostgreSQL plans by what it knows of its tables: these are filled, with two thousand copies of customers whose months were lived, and
analyzed. Each statement of each page is then carried out again and told to say how many rows it visited.
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from bench import inside, pages, patterns
from bench.copies import Copier
from headend.access import totals
from headend.customers import groups
from headend.doors.console.network import sessions as live
from headend.lib import clock
from headend.reports import figures
from headend.system import organizations, staff
from headend.system.models import Staff
from headend.ui import paging
from headend.ui.templatetags import show
from tests.kit.large import ROWS
from tests.kit.world import PASSWORD

COPIES = 19
# A list counts so many, a search looks at so many candidates; there are 2,000 customers, 4,000 payments, 10,000 sessions, 60,000 days of usage.
MOST = 1_100

# Rows whose ids are told. Of half a million they are looked up by them; where they are a tenth of two thousand, PostgreSQL rightly
# reads all and picks them out. To walk all of them in an order is no such thing.
BY_IDS = re.compile(r"\(id = ANY \('\{")


def visited(plan: dict[str, Any]) -> Iterator[tuple[str, int]]:
    """The tables that a plan reads, and how many rows of each."""
    is_picked_out = plan["Node Type"] == "Seq Scan" and BY_IDS.search(plan.get("Filter", ""))
    if "Relation Name" in plan and not is_picked_out:
        rows = (
            plan["Actual Rows"] + plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
        )
        yield plan["Relation Name"], round(rows * plan["Actual Loops"])
    for part in plan.get("Plans", []):
        yield from visited(part)


def make_large() -> None:
    """A provider with two thousand customers, analyzed."""
    given = {"slug": "baobab", "name": "Baobab", "country": "KE", "currency": "KES", "timezone": "Africa/Nairobi"}
    organization = organizations.found(**given)
    groups.add_default(organization=organization)
    staff.register(organization=organization, email="o@x.example", name="Owner", role="owner", password=PASSWORD)
    hundred = patterns.live(organization, clock.now())
    Copier(COPIES).run(by_hand=False)
    patterns.ask_phones(organization, hundred)
    # What the worker keeps for pages.
    totals.keep()
    figures.keep()
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
        # Reading all of a table of two thousand rows is cheap from a disk; of half a million it is not.
        cursor.execute("SET LOCAL random_page_cost = 1")


if connection.vendor == "postgresql":

    @pytest.mark.django_db
    def test_no_page_visits_more_rows_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
        # So that two thousand are a large provider, and more than a list counts.
        monkeypatch.setattr(figures, "LARGE", 1_000)
        for module in (paging, live, show):
            monkeypatch.setattr(module, "COUNTED", 500)
        make_large()
        client = Client()
        client.force_login(Staff.objects.get())
        many = []
        for name, path, fields in pages.of(inside.objects()):
            # Once before: what a process reads once is no page's.
            client.get(path) if fields is None else client.post(path, fields)
            with CaptureQueriesContext(connection) as captured:
                answer = client.get(path) if fields is None else client.post(path, fields)
            assert answer.status_code == 200, path
            for query in captured:
                if not re.match(r"\s*SELECT", query["sql"]):
                    continue
                with connection.cursor() as cursor:
                    cursor.execute(f"EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) {query['sql']}")
                    (told,) = cursor.fetchone()
                plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
                many += [
                    (name, table, rows, query["sql"]) for table, rows in visited(plan) if table in ROWS and rows > MOST
                ]
        assert many == []
