"""What people and machines do all day finds its rows by an index: no statement walks over a table, or over all of an organization.

SQLite says how it will go about a statement, however few rows there are: as long as nobody analyzes its tables, and as if somebody
had analyzed those of a large provider, whose statistics `tests/kit/large.py` makes up.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from headend.access import enforcement, facts, recording, sessions, signins, subscriptions
from headend.access import vouchers as voucher_verbs
from headend.billing import prompts, purchases, receipts
from headend.customers import customers
from headend.desk import removals
from headend.lib import clock
from headend.messaging import askings, broadcasts, deliveries, messages, replies
from headend.messaging.audiences import Audience
from headend.messaging.gateways.adapter import Call, Incoming, Report
from headend.messaging.letters import Letter
from headend.messaging.models import Carrier, Link, Message
from headend.network import commands
from tests.kit import billing, console, large, portal, vouchers
from tests.kit.world import NETWORK_PASSWORD, World

# Of these there are ever more rows.
LARGE = (
    "access_credential|access_device|access_refusalcount|access_session|access_subscription|access_usageday|access_usageperiod"
    "|access_voucher|billing_callback|billing_payment|billing_prompt|billing_purchase|customers_customer|ledger_account|ledger_entry"
    "|messaging_link|messaging_message|network_command|system_event|system_job|system_searchtext"
)
# Indexes of what is live, waits or has to be seen to: there are few of those.
FEW = (
    "session_live|session_open_once|command_ready|command_open_once|message_ready|prompt_ready|job_ready|job_waits_once|event_unhandled"
    "|payment_unknown|purchase_to_act_on|customer_erased|message_to_ask"
)
# Indexes that give the rows of a list in its order: it reads no further than its page.
IN_ORDER = (
    "customer_by_name|customer_by_joined|payment_by_time|voucher_by_issue|event_by_time|customer_account_number_once"
    "|message_by_organization"
)
# The whole table, but for a partial index that holds what is live or waits; or all of one organization by the index of nothing else.
WALK = re.compile(
    rf"SCAN ({LARGE})(?! USING (COVERING )?INDEX ({FEW})\b)"
    rf"|SEARCH ({LARGE}) USING (COVERING )?INDEX (?!{FEW}|{IN_ORDER})\w+ \(organization_id=\?\)"
    # Whatever is not null: all who ever had one.
    rf"|SEARCH ({LARGE}) USING (COVERING )?INDEX \w+ \(\w+_id>\?\)"
)
# A look for one number or name goes on to its column, too; these indexes are for lists in their order.
WALK_OF_ONE = re.compile(
    WALK.pattern + r"|INDEX (customer_by_\w+|payment_by_time|voucher_by_issue) \(organization_id=\?\)"
)
SESSIONS = re.compile("access_session")


@contextmanager
def nobody_walks(walk: re.Pattern[str] = WALK) -> Iterator[None]:
    """Fails where a statement inside would walk."""
    with CaptureQueriesContext(connection) as captured:
        yield
    asked = [query["sql"] for query in captured if query["sql"].lstrip().startswith(("SELECT", "UPDATE", "DELETE"))]
    assert asked
    walks = [("nobody analyzed", *found) for found in _walks(asked, walk)]
    for kind in large.NOBODY:
        with large.analyzed(kind):
            walks += [(f"analyzed, of {kind}", *found) for found in _walks(asked, walk)]
    assert walks == []


def _walks(statements: list[str], walk: re.Pattern[str]) -> list[tuple[str, str]]:
    """Where SQLite would walk just now: the step, and the statement."""
    walks = []
    with connection.cursor() as cursor:
        for statement in statements:
            # Short names stand for tables: those that Django gives, and those in statements of our own.
            named = re.findall(r'(?:FROM|JOIN) "?(\w+)"? (?:AS )?([A-Z]\d+|[a-z])\b', statement)
            tables = {alias: table for table, alias in named}
            cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
            steps = [" ".join(tables.get(word, word) for word in row[-1].split(" ")) for row in cursor.fetchall()]
            walks += [(step, statement) for step in steps if walk.search(step)]
    return walks


if connection.vendor == "sqlite":
    pytestmark = pytest.mark.django_db

    def test_signing_in(world: World) -> None:
        grace = world.customers["grace"]
        customers.edit(customer=grace, by=None, email="grace@x.example", username="grace2")
        for name in ("grace", "grace2", "grace@x.example", grace.phone):
            with nobody_walks(WALK_OF_ONE):
                signins.check(organization=world.organization, name=name, password=NETWORK_PASSWORD, source="10.0.0.1")

    def test_logging_in_at_a_router(world: World) -> None:
        voucher = vouchers.sold(world)
        used = vouchers.sold(world)
        voucher_verbs.redeem(voucher_id=used.pk, mac=vouchers.MAC, now=clock.now())
        names = ["otieno", "nobody", voucher.code, used.code]
        lookups = [facts.Lookup(world.organization.pk, name, world.hilltop.pk, vouchers.MAC, "81") for name in names]
        with nobody_walks(WALK_OF_ONE):
            logins = facts.load(lookups, clock.now())
            assert [login.facts.found for login in logins] == [True, False, True, True]
        with nobody_walks(WALK_OF_ONE):
            facts.load(lookups[:1], clock.now())
        with nobody_walks(WALK_OF_ONE):
            owners: list[tuple[facts.Subject, str]] = [
                (("subscription", world.otieno_home.pk), ""),
                (("voucher", used.pk), ""),
            ]
            assert len(facts.for_running(owners, clock.now())) == 2

    def test_of_all_sessions_a_login_reads_those_that_live(world: World) -> None:
        """A customer has some thousand sessions in his years, and one that lives."""
        with CaptureQueriesContext(connection) as captured:
            facts.load([facts.Lookup(world.organization.pk, "otieno")], clock.now())
        asked = [query["sql"] for query in captured if "FROM access_session" in query["sql"]]
        assert len(asked) == 1
        steps = [step for step, _ in _walks(asked, SESSIONS)]
        for kind in large.NOBODY:
            with large.analyzed(kind):
                steps += [step for step, _ in _walks(asked, SESSIONS)]
        assert len(steps) == 2 * (1 + len(large.NOBODY))
        assert [step for step in steps if "INDEX session_live_of" not in step] == []

    def test_reporting_usage(world: World) -> None:
        voucher = vouchers.sold(world)
        otieno = {"subscription_id": world.otieno_home.pk, "voucher_id": None, "user_name": "otieno"}
        for kind in ("start", "interim", "stop"):
            with nobody_walks(WALK_OF_ONE):
                recording.record(
                    [
                        vouchers.said(world, voucher, kind, upload_octets=5_000_000, seconds=60),
                        vouchers.said(world, voucher, kind, "82", **otieno),
                        vouchers.said(
                            world, voucher, kind, "83", subscription_id=None, voucher_id=None, user_name="grace"
                        ),
                    ]
                )

    def test_registering_and_coming_back(world: World) -> None:
        names = {"phone": "0733900118", "email": "wambui@x.example", "username": "wambui"}
        with nobody_walks(WALK_OF_ONE):
            wambui = signins.register(organization=world.organization, password="mawingu-2026", **names)
            signins.edit(customer=wambui, username="wambui2")
            removals.delete(customer=wambui, by=None)
            removals.undelete(customer=wambui, by=None)

    def test_a_username_that_is_made(world: World) -> None:
        with nobody_walks(WALK_OF_ONE):
            assert subscriptions.suggest_username(customer=world.otieno) == "otieno.ouma"

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

    def test_what_carriers_tell_of_messages(world: World) -> None:
        portal.add_carrier(world.organization)
        messages.queue(organization=world.organization, to=world.otieno.phone, kind="test", body="Hello")
        Message.objects.update(state="sent", carrier_reference="1", ask_at=clock.now())
        carrier = Carrier.objects.select_related("organization").get()
        incoming = Incoming(world.otieno.phone, "Stop", reference="7")
        with nobody_walks(WALK_OF_ONE):
            for reference in ("1", "2"):
                deliveries.believe(carrier=carrier, report=Report(reference, "delivered", uid="0" * 32))
            replies.take(carrier=carrier, incoming=incoming, call=Call("", None))
            askings.queue_due()
            askings.ask(carrier_id=carrier.pk)
        assert Message.objects.filter(state="delivered").count() == 2

    def test_a_broadcast_and_whoever_follows_its_links(world: World) -> None:
        """A slice goes on where the last one ended: looking for its customers among all would cost each slice a walk."""
        portal.add_carrier(world.organization)
        by_all = {"site": world.site.pk, "plan": world.home_10m.pk, "group": world.default_group.pk}
        for filters in ({}, {"standing": "active", **by_all}, {"standing": "expiring"}, {"presence": "offline"}):
            terms = broadcasts.Terms(Letter("{link}"), "sms", Audience(**filters))
            broadcast = broadcasts.draft(organization=world.organization, terms=terms, by=None)
            broadcasts.begin(broadcast=broadcast, by=None)
            with nobody_walks(WALK_OF_ONE):
                broadcasts.write(broadcast_id=broadcast.pk)
        link = Link.objects.all()[0]
        with nobody_walks(WALK_OF_ONE):
            assert Client().get(f"/l/{link.code}").status_code == 302
        with nobody_walks():
            broadcasts.figures(broadcast)
            broadcasts.stop(broadcast=broadcast, by=None)
            broadcasts.settle()
            broadcasts.keep()

    def test_the_pages_of_a_customer(world: World) -> None:
        billing.practice(world.organization)
        portal.bought(world, world.otieno)
        staff, own = console.client_of(world.staff["owner"]), portal.client_of(world.otieno)
        pages = [
            f"/baobab/console/customers/{world.otieno.pk}/{page}"
            for page in (
                *("", "ledger/", "vouchers/", "messages/", "notes/"),
                *(
                    f"panels/{name}/"
                    for name in (
                        "vouchers",
                        "ledger",
                        "sessions",
                        "devices",
                        "refusals",
                        "messages",
                        "notes",
                        "triggers",
                    )
                ),
            )
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
            "customers/?q=7",
            "customers/?q=ab",
            "customers/?q=%25",
            "customers/?view=deleted&q=otieno",
            "customers/message/?q=otieno",
            "customers/message/?view=online",
            "broadcasts/",
            "payments/",
            "payments/?state=pending",
            "payments/?state=failed",
            "payments/?state=unfulfilled",
            "payments/?q=QK77",
            "payments/?q=0712345678",
            "sessions/",
            "vouchers/",
            "events/",
            "messages/",
            "messages/?q=otieno",
            "messages/?text=received&state=failed&channel=sms",
            "messages/?before=1000",
        ):
            with nobody_walks():
                assert staff.get(f"/baobab/console/{page}").status_code == 200


def test_no_index_stands_beside_a_longer_one() -> None:
    """SQLite takes whichever it likes, and with statistics it likes the wrong one; each costs every new row something, too."""
    beside = [
        f"{model._meta.db_table}.{key.column}"
        for model in large.models()
        for key in large.keys(model)
        if key.db_index and not key.unique and any(len(one) > 1 and one[0] == key.name for one in large.whole(model))
    ]
    assert beside == []


def test_no_index_holds_nothing_but_nulls() -> None:
    """Statistics call it useless, and then SQLite walks over the table: a partial one leaves out whoever has no such thing."""
    full = [
        f"{model._meta.db_table}.{key.column}"
        for model in large.models()
        if model._meta.db_table in large.ROWS
        for key in large.keys(model)
        if key.null and key.db_index and not key.unique
    ]
    assert sorted(full) == [
        # Nobody looks for those: they only keep a member of staff from being deleted.
        "access_sheet.released_by_id",
        "access_sheet.voided_by_id",
        "access_voucher.voided_by_id",
        "customers_suspension.lifted_by_id",
        "customers_suspension.started_by_id",
        "system_job.organization_id",
    ]
    mixed = [
        f"{model._meta.db_table}: {', '.join(columns)}"
        for model in large.models()
        for columns in large.whole(model)
        if model._meta.db_table in large.ROWS and large.is_key_or_null(model, columns[0])
    ]
    # No provider is without customers, and strangers' packets come to those who have routers.
    assert sorted(mixed) == ["access_refusalcount: organization, name_key, hour", "ledger_account: customer, kind"]
