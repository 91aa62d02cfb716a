"""What people and machines do all day finds its rows by an index: no statement walks over a table, or over all of an organization.

SQLite says how it will go about a statement, and says so alike however few rows there are: nobody analyzes its tables.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from headend.access import enforcement, sessions, signins, subscriptions
from headend.billing import prompts, purchases, receipts
from headend.customers import customers
from headend.desk import removals
from headend.lib import clock
from headend.messaging import messages
from headend.network import commands
from tests import billing, console, portal
from tests.world import NETWORK_PASSWORD, World

# Of these there are ever more rows.
LARGE = (
    "access_credential|access_device|access_refusalcount|access_session|access_subscription|access_usageday|access_usageperiod"
    "|access_voucher|billing_callback|billing_payment|billing_prompt|billing_purchase|customers_customer|ledger_account|ledger_entry"
    "|messaging_message|network_command|system_event|system_job|system_searchtext"
)
# The whole table, but for a partial index that holds what is live or waits; or all of one organization by the index of nothing else.
WALK = re.compile(
    rf"SCAN ({LARGE})(?! USING (COVERING )?INDEX (session_live|command_ready|message_ready|prompt_ready|job_ready|event_unhandled))"
    rf"|SEARCH ({LARGE}) USING (COVERING )?INDEX \w+_organization_id_[0-9a-f]{{8}} \(organization_id=\?\)"
)
# A look for one number or name goes on to its column, too; these indexes are for lists in their order.
WALK_OF_ONE = re.compile(
    WALK.pattern + r"|INDEX (customer_by_\w+|payment_by_time|voucher_by_issue) \(organization_id=\?\)"
)


@contextmanager
def nobody_walks(walk: re.Pattern[str] = WALK) -> Iterator[None]:
    """Fails where a statement inside would walk."""
    with CaptureQueriesContext(connection) as captured:
        yield
    asked = [query["sql"] for query in captured if query["sql"].lstrip().startswith(("SELECT", "UPDATE", "DELETE"))]
    assert asked
    walks = []
    with connection.cursor() as cursor:
        for statement in asked:
            tables = {alias: table for table, alias in re.findall(r'"(\w+)" ([TUV]\d+)\b', statement)}
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            steps = [" ".join(tables.get(word, word) for word in row[-1].split(" ")) for row in cursor.fetchall()]
            walks += [(step, statement) for step in steps if walk.search(step)]
    assert walks == []


if connection.vendor == "sqlite":
    pytestmark = pytest.mark.django_db

    def test_signing_in(world: World) -> None:
        grace = world.customers["grace"]
        customers.edit(customer=grace, by=None, email="grace@x.example", username="grace2")
        for name in ("grace", "grace2", "grace@x.example", grace.phone):
            with nobody_walks(WALK_OF_ONE):
                signins.check(organization=world.organization, name=name, password=NETWORK_PASSWORD, source="10.0.0.1")

    def test_registering_and_coming_back(world: World) -> None:
        names = {"phone": "0733900118", "email": "wambui@x.example", "username": "wambui"}
        with nobody_walks(WALK_OF_ONE):
            wambui = signins.register(organization=world.organization, password="mawingu-2026", **names)
            signins.edit(customer=wambui, username="wambui2")
            removals.delete(customer=wambui, by=None)
            removals.undelete(customer=wambui, by=None)

    def test_a_fixed_address(world: World) -> None:
        office = {"plan": world.home_10m, "username": "office", "framed_address": "10.0.3.7"}
        with nobody_walks(WALK_OF_ONE):
            subscriptions.create(customer=world.otieno, by=None, **office)

    def test_money_that_comes(world: World) -> None:
        gateway = billing.practice(world.organization)
        bought = {"plan": world.day_pass, "gateway": gateway, "phone": "0733900118", "key": "g-1"}
        with nobody_walks(WALK_OF_ONE):
            purchase = purchases.start_as_guest(organization=world.organization, **bought)
            billing.pays(purchase)
            took = {"method": "mobile", "reference": "QK77", "amount_minor": 5_000, "key": "m-1"}
            receipts.take(customer=world.otieno, by=None, **took)

    def test_what_the_worker_does_again_and_again(world: World) -> None:
        gateway = billing.practice(world.organization)
        portal.add_carrier(world.organization)
        portal.asked(world, world.otieno, gateway)
        messages.queue(organization=world.organization, to=world.otieno.phone, kind="test", body="Hello")
        _, session = console.make_session(world)
        sessions.disconnect(session=session, by=None)
        with nobody_walks():
            enforcement.sweep()
            enforcement.enforce(scope="customer", scope_id=world.otieno.pk)
            claimed = [verbs.claim(owner="a worker", now=clock.now()) for verbs in (prompts, messages, commands)]
        assert None not in claimed

    def test_the_pages_of_a_customer(world: World) -> None:
        billing.practice(world.organization)
        portal.bought(world, world.otieno)
        staff, own = console.client_of(world.staff["owner"]), portal.client_of(world.otieno)
        pages = [
            f"/baobab/console/customers/{world.otieno.pk}/{page}" for page in ("", "ledger/", "vouchers/", "messages/")
        ]
        own_pages = [f"/baobab/portal/{page}" for page in ("", "history/", "history/?view=payments", "buy/")]
        for client, page in [*((staff, page) for page in pages), *((own, page) for page in own_pages)]:
            with nobody_walks(WALK_OF_ONE):
                assert client.get(page).status_code == 200

    def test_the_lists(world: World) -> None:
        billing.practice(world.organization)
        portal.bought(world, world.otieno)
        console.make_session(world)
        staff = console.client_of(world.staff["owner"])
        for page in (
            "customers/",
            "customers/?q=otieno",
            "customers/?view=deleted&q=otieno",
            "payments/",
            "payments/?q=QK77",
            "payments/?q=0712345678",
            "sessions/",
            "vouchers/",
            "events/",
        ):
            with nobody_walks():
                assert staff.get(f"/baobab/console/{page}").status_code == 200
