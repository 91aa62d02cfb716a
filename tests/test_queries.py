"""A list asks the database for a fixed number of things: rows that are added add no queries."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from headend.access import plans, refusals, sessions, subscriptions, triggers
from headend.access import vouchers as voucher_verbs
from headend.access.models import Sheet, Subscription, Voucher
from headend.billing import callbacks, payments, purchases, receipts
from headend.billing.models import Gateway, Payment
from headend.customers import customers, groups, notes, suspensions
from headend.lib import clock
from headend.messaging.models import Broadcast, Message
from headend.network import nas
from headend.system import sites, staff
from tests.kit import billing, captive, console, portal, sample, vouchers
from tests.kit.world import PASSWORD, World

MORE = 6
# Sign-in session, staff, membership, messages and the rail's two counts come with every page.
BUDGETS = {
    # What runs on each NAS, and what was given up on the silent ones, are looked up for all of them; codes held back by key; one for credit.
    "": 29,
    "customers/": 12,
    "customers/?view=online": 13,
    "customers/?view=halted": 14,
    # Whole words, beginnings, anything: a look for each.
    "customers/?q=customer": 15,
    # Whether numbers are kept, and each number by itself where they are not: no page counts over a join.
    "customers/message/?q=customer": 17,
    "broadcasts/": 7,
    "broadcasts/{broadcast}/": 12,
    "usage-triggers/": 6,
    "groups/": 8,
    "plans/": 10,
    "nas/": 9,
    "sites/": 8,
    "staff/": 7,
    # Customers, and a look for each kind of thing that Events are about.
    "events/": 16,
    "events/?about=money": 10,
    "events/?q=customer": 18,
    "sessions/": 8,
    "sessions/?view=failed": 8,
    # One for what phones are asked, one for plans that are not sold.
    # Days and names are looked up for packages and for vouchers apart, each by an index.
    "customers/{customer}/": 33,
    "customers/{customer}/panels/vouchers/": 7,
    # One for the parts of what was charged.
    "customers/{customer}/panels/ledger/": 11,
    "customers/{customer}/panels/sessions/": 8,
    "customers/{customer}/panels/devices/": 7,
    "customers/{customer}/panels/refusals/": 9,
    "customers/{customer}/panels/messages/": 7,
    "customers/{customer}/panels/notes/": 7,
    "customers/{customer}/panels/triggers/": 8,
    "customers/{customer}/ledger/": 14,
    "customers/{customer}/vouchers/": 7,
    "customers/{customer}/messages/": 7,
    "customers/{customer}/notes/": 7,
    # What may be renewed, what was charged already, what is blocked, what phones are asked.
    "customers/{customer}/payments/add/": 19,
    # The code is looked for beside the customers.
    "customers/?q={code}": 19,
    "vouchers/{voucher}/": 14,
    "vouchers/": 7,
    "vouchers/?q=market": 8,
    "vouchers/batches/{batch}/": 11,
    "vouchers/sheets/{sheet}/": 8,
    # The customers' names are looked up for all of a page.
    "messages/": 7,
    "messages/?q=customer": 10,
    "messages/?text=hello&state=failed": 8,
    "payments/": 6,
    "payments/?state=unfulfilled": 7,
    "payments/?q=0712345678": 8,
    "payments/{payment}/": 8,
}

# Session, organization, customer come with every page of the portal.
PORTAL_BUDGETS = {
    "": 19,
    "history/": 7,
    "history/?view=payments": 6,
    "buy/": 9,
}


def grow(world: World, start: int) -> None:
    """More of everything that a list shows."""
    organization, by = world.organization, world.staff["owner"].staff
    for number in range(start, start + MORE):
        customer = customers.register(
            organization=organization,
            by=by,
            first_name="Customer",
            last_name=str(number),
            phone=f"07310000{number:02d}",
        )
        subscription = subscriptions.create(customer=customer, plan=world.home_10m, username=f"customer{number}", by=by)
        subscriptions.activate(subscription=subscription, by=by)
        suspensions.suspend(customer=customer, kind="hold", by=by)
        notes.add(customer=world.otieno, text=f"Note {number}", by=by)
        sample.broadcast(organization)
        triggers.add(customer=world.otieno, percent=number + 1, email="o@example.com", by=by)
        triggers.add_default(organization=organization, percent=number + 1, by_email=True, by_sms=True, by=by)
        groups.add(organization=organization, name=f"Group {number}", by=by)
        sites.add(organization=organization, name=f"Site {number}", by=by)
        nas.add(organization=organization, by=by, name=f"nas-{number}", address=f"10.55.0.{number}")
        plans.add(
            organization=organization,
            by=by,
            name=f"Plan {number}",
            connection_type="pppoe",
            price_minor=1000,
            download_kbps=1000,
            upload_kbps=1000,
            validity_count=1,
            validity_unit="days",
        )
        staff.register(
            organization=organization, email=f"{number}@x.example", name="X", role="support", password=PASSWORD
        )
        console.invite(world, f"{number}@y.example")
        make_money(world, number)
        vouchers.printed(world, sheets=2, each=2, note="Market day")
        more_on_the_first(world)
        _, session = console.make_session(world, number)
        command = sessions.disconnect(session=session, by=by)
        type(command).objects.filter(pk=command.pk).update(state="failed")
        world.hilltop.session_set.filter(pk=session.pk).update(customer=customer, subscription=subscription)
        console.make_session(world, number + 50)
        refused = refusals.Refused("password_wrong", "127.0.0.1", world.hilltop.pk, organization.pk, f"otieno{number}")
        refusals.count([(refused, 3, clock.now() - timedelta(minutes=1))])


def make_money(world: World, number: int) -> None:
    """Payments of every state, purchases, vouchers with sessions, and messages of Otieno."""
    console.unfulfilled(world, number)
    receipts.take(customer=world.otieno, method="cash", amount_minor=300_000, key=f"m{number}", by=None)
    purchases.buy_from_wallet(customer=world.otieno, key=f"r{number}", by=None, subscription=subscriptions_of(world))
    bought = purchases.buy_from_wallet(customer=world.otieno, plan=world.day_pass, key=f"v{number}", by=None)
    unknown = payments.top_up(
        customer=world.otieno,
        gateway=Gateway.objects.get(organization=world.organization),
        phone=f"07340000{number:02d}",
        amount_minor=5_000,
        key=f"t{number}",
    )
    payments.leave_to_a_person(payment=unknown)
    callbacks.take(payment=unknown, body=b"{", source="127.0.0.1")
    Message.objects.create(
        organization=world.organization,
        kind="payment.settled",
        to="+254712345678",
        shown="x",
        customer_id=world.otieno.pk,
    )
    voucher = Voucher.objects.filter(customer=world.otieno).order_by("pk")[0]
    assert bought.voucher is not None
    for of, suffix in ((voucher, "a"), (bought.voucher, "b")):
        _, session = console.make_session(world, 2 * number + 200 + (suffix == "b"))
        type(session).objects.filter(pk=session.pk).update(
            subscription=None, voucher=of, mac=session.mac, ended_at=clock.now(), acct_session_id=f"v{number}{suffix}"
        )


def more_on_the_first(world: World) -> None:
    """The first batch has a sheet more, and its first sheet a voucher."""
    sheet = Sheet.objects.filter(organization=world.organization).order_by("pk")[0]
    last = Sheet.objects.filter(batch=sheet.batch_id).count()
    released = {"released_at": clock.now(), "released_by": world.staff["owner"].staff}
    Sheet.objects.create(organization=world.organization, batch_id=sheet.batch_id, number=last + 1, **released)
    terms = {"plan_id": world.day_pass.pk, "plan_name": "Day pass", **plans.terms_of(world.day_pass)}
    voucher_verbs.write(organization=world.organization, sheet_ids=[sheet.pk], **terms)


def subscriptions_of(world: World) -> Subscription:
    return Subscription.objects.select_related("customer", "organization", "plan").get(pk=world.otieno_home.pk)


def count(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


@pytest.mark.django_db
def test_growing_lists_ask_no_more(world: World) -> None:
    client = console.client_of(world.staff["owner"])
    grow(world, 1)
    voucher = Voucher.objects.filter(customer=world.otieno).order_by("pk")[0]
    unknown = Payment.objects.filter(state="unknown").order_by("pk")[0]
    sheet = Sheet.objects.order_by("pk")[0]
    ids = {
        "batch": sheet.batch_id,
        "sheet": sheet.pk,
        "customer": world.otieno.pk,
        "voucher": voucher.pk,
        "code": voucher.code,
        "payment": unknown.pk,
        "broadcast": Broadcast.objects.order_by("pk")[0].pk,
    }
    paths = {path: f"/baobab/console/{path.format(**ids)}" for path in BUDGETS}
    before = {path: count(client, url) for path, url in paths.items()}
    grow(world, 20)
    after = {path: count(client, url) for path, url in paths.items()}
    assert after == before
    over = {path: asked for path, asked in after.items() if asked > BUDGETS[path]}
    assert over == {}


# Organization with logo, NAS, the remembered purchase and its payment, plans, gateways.
SPLASH_MOST = 6
# Organization, purchase, payment, gateway.
WAIT_MOST = 4


@pytest.mark.django_db
def test_a_guest_asks_little(world: World) -> None:
    billing.practice(world.organization)
    guest = captive.Guest(world)
    guest.arrives()
    guest.buys()
    waiting = guest.answer.wsgi_request.get_full_path()
    splash = f"{guest.base}?{urlencode(captive.fields(world))}"

    before = [count(guest.client, path) for path in (splash, waiting)]
    for number in range(MORE):
        plans.add(
            organization=world.organization,
            by=None,
            name=f"Pass {number}",
            connection_type="hotspot",
            price_minor=1000,
            download_kbps=1000,
            upload_kbps=1000,
            validity_count=1,
            validity_unit="days",
        )

    assert [count(guest.client, path) for path in (splash, waiting)] == before
    assert before[0] <= SPLASH_MOST
    assert before[1] <= WAIT_MOST


def grow_portal(world: World, start: int) -> None:
    """More of everything that a customer has."""
    neema, gateway = world.customers["neema"], world.organization.gateway_set.get()
    for number in range(start, start + MORE):
        portal.bought(world, neema, f"b-{number}")
        by_phone = {"gateway": gateway, "phone": f"07339001{number:02d}"}
        purchases.start(customer=neema, plan=world.day_pass, key=f"a-{number}", **by_phone)
        payments.top_up(
            customer=neema, amount_minor=5_000, key=f"t-{number}", **{**by_phone, "phone": f"07339002{number}"}
        )
        package = subscriptions.create(customer=neema, plan=world.home_10m, username=f"neema{number}", by=None)
        subscriptions.activate(subscription=package, by=None)
        _, session = console.make_session(world, number)
        type(session).objects.filter(pk=session.pk).update(customer=neema)
        for kind in ("hold", "abuse"):
            suspensions.suspend(group=world.default_group, kind=kind, by=None)
            suspensions.lift(group=world.default_group, kind=kind, by=None)
        plans.add(
            organization=world.organization,
            by=None,
            name=f"Pass {number}",
            connection_type="hotspot",
            price_minor=1000,
            download_kbps=1000,
            upload_kbps=1000,
            validity_count=1,
            validity_unit="days",
        )


@pytest.mark.django_db
def test_a_customer_who_has_more_asks_no_more(world: World) -> None:
    billing.practice(world.organization)
    client = portal.client_of(world.customers["neema"])
    # More than a page of each: what ends on its first page is not even counted.
    grow_portal(world, 10)
    grow_portal(world, 20)
    before = {path: count(client, f"{portal.BASE}{path}") for path in PORTAL_BUDGETS}
    grow_portal(world, 30)
    after = {path: count(client, f"{portal.BASE}{path}") for path in PORTAL_BUDGETS}
    assert after == before
    over = {path: asked for path, asked in after.items() if asked > PORTAL_BUDGETS[path]}
    assert over == {}


@pytest.mark.django_db
def test_paying_costs_the_same_however_much_was_bought_before(world: World) -> None:
    gateway = billing.practice(world.organization)

    def pay(number: int) -> tuple[int, int]:
        with CaptureQueriesContext(connection) as asked:
            purchase = purchases.start(
                customer=world.otieno, plan=world.day_pass, gateway=gateway, phone=billing.PHONE, key=f"buy {number}"
            )
        payment = Payment.objects.select_related("organization").get(purchase=purchase)
        with CaptureQueriesContext(connection) as received:
            receipts.receive(payment=payment, receipt_code=f"PM{number}", amount_minor=payment.asked_minor)
        return len(asked), len(received)

    # The first makes the accounts.
    pay(0)
    first = pay(1)
    for number in range(2, 20):
        pay(number)

    assert pay(20) == first
    # PostgreSQL asks for its locks besides.
    assert first <= (16, 51)
