"""Signing up: a customer, a package, what is charged and how it is paid, all of it or nothing."""

from typing import Any

import pytest

from headend.access import authorize, facts, plans, subscriptions
from headend.access.models import Plan, Subscription
from headend.billing import payments, purchases, receipts, signups
from headend.billing.models import Payment, Purchase
from headend.billing.signups import Charge, Package
from headend.customers import customers
from headend.customers.models import Customer
from headend.ledger import accounts, entries
from headend.ledger.models import Account, Entry
from tests.kit import billing
from tests.kit.verbs import event, forget, happened, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db

JOHN = {"first_name": "John", "last_name": "Doe", "phone": "0733900118"}


def sign_up(
    world: World,
    *,
    plan: Plan | None = None,
    person: dict[str, Any] | None = None,
    activate: bool = True,
    key: str = "k",
    username: str = "john",
    framed_address: str = "",
    **charge: Any,
) -> Purchase:
    package = Package(plan or world.home_10m, username, "johns-secret", framed_address)
    return signups.sign_up(
        organization=world.organization,
        person=person or JOHN,
        package=package,
        charge=Charge(**{"method": "cash", **charge}),
        activate=activate,
        key=key,
        by=world.staff["operator"].staff,
    )


def static(world: World, price_minor: int = 580_000) -> Plan:
    return plans.add(
        organization=world.organization,
        by=None,
        name="Business",
        connection_type="static",
        price_minor=price_minor,
        download_kbps=None,
        upload_kbps=None,
        validity_count=1,
        validity_unit="months",
    )


def decision(world: World) -> object:
    return authorize.decide(facts.for_name(world.organization, "john"))


def refusal(world: World) -> str:
    found = decision(world)
    return found.code if isinstance(found, authorize.Refusal) else ""


def lines(purchase: Purchase) -> list[tuple[str, int]]:
    return list(purchase.lines.values_list("kind", "amount_minor"))


def moved(customer: Customer) -> list[tuple[str, int, int]]:
    """The statement, newest first."""
    return [
        (line.entry.kind, line.change_minor, line.balance_minor)
        for line in entries.statement(customer=customer, limit=20)
    ]


def test_it_works(world: World) -> None:
    forget()
    purchase = sign_up(world, installation_minor=150_000)
    john, operator = purchase.customer, world.staff["operator"].staff

    assert (john.name, john.phone) == ("John Doe", "+254733900118")
    assert purchase.state == "fulfilled"
    assert purchase.price_minor == 400_000
    assert lines(purchase) == [("period", 250_000), ("installation", 150_000)]
    payment = Payment.objects.get()
    assert (payment.amount_minor, payment.method, payment.state) == (400_000, "cash", "settled")
    assert (payment.purchase, payment.taken_by, payment.customer) == (purchase, operator, john)
    assert moved(john) == [("purchase", -400_000, 0), ("payment", 400_000, 400_000)]
    assert isinstance(decision(world), authorize.Grant)
    assert happened() == [
        "customer.registered",
        "subscription.created",
        "payment.settled",
        "customer.signed_up",
        "subscription.activated",
    ]
    said = event("customer.signed_up")
    assert (said.staff, said.customer_id, said.subject_id) == (operator, john.pk, purchase.pk)
    assert said.payload == {
        "plan": "Home 10M",
        "price_minor": 400_000,
        "method": "cash",
        "is_owed": False,
        "period_minor": 250_000,
        "installation_minor": 150_000,
    }
    # One act.
    assert len({event(kind).operation for kind in happened()}) == 1
    assert billing.wrong() == {}


def test_a_custom_amount_is_for_the_first_period_alone(world: World) -> None:
    purchase = sign_up(world, custom_minor=100_000)
    assert lines(purchase) == [("period", 100_000)]
    subscription = Subscription.objects.get(customer=purchase.customer)
    assert subscription.price_minor == 250_000

    receipts.take(
        customer=purchase.customer,
        method="cash",
        amount_minor=250_000,
        key="r",
        by=None,
        subscription=subscription,
    )
    renewal = Purchase.objects.get(key="r")
    assert (renewal.price_minor, renewal.state, lines(renewal)) == (250_000, "fulfilled", [])
    assert accounts.balance(customer=purchase.customer) == 0
    assert billing.wrong() == {}


def test_not_activated_it_is_charged_and_cannot_log_in(world: World) -> None:
    purchase = sign_up(world, activate=False)
    assert refusal(world) == "subscription_inactive"
    assert accounts.balance(customer=purchase.customer) == 0
    assert purchases.charged_ahead(customer=purchase.customer).get() == purchase.subscription
    assert billing.wrong() == {}


def test_what_is_charged_is_started_once_and_for_nothing_more(world: World) -> None:
    subscription = sign_up(world, activate=False).subscription
    assert subscription is not None
    receipts.take(customer=subscription.customer, method="cash", amount_minor=250_000, key="more", by=None)

    started = signups.start(subscription=subscription, by=None)
    again = signups.start(subscription=subscription, by=None)

    assert isinstance(decision(world), authorize.Grant)
    assert again.expires_at == started.expires_at
    assert accounts.balance(customer=subscription.customer) == 250_000
    assert not purchases.charged_ahead(customer=subscription.customer).exists()
    assert billing.wrong() == {}


def test_what_is_charged_is_not_sold_again_before_it_is_started(world: World) -> None:
    subscription = sign_up(world, activate=False).subscription
    assert subscription is not None
    with refused("charged_already", "subscription"):
        receipts.take(
            customer=subscription.customer,
            method="cash",
            amount_minor=250_000,
            key="r",
            by=None,
            subscription=subscription,
        )
    with refused("charged_already", "subscription"):
        purchases.buy_from_wallet(customer=subscription.customer, key="w", by=None, subscription=subscription)
    assert Payment.objects.count() == 1


def test_what_was_never_charged_is_not_started(world: World) -> None:
    draft = subscriptions.create(customer=world.otieno, plan=world.home_10m, username="otieno2", by=None)
    with refused("not_charged"):
        signups.start(subscription=draft, by=None)
    assert Subscription.objects.get(pk=draft.pk).activated_at is None


def test_what_ended_is_not_started(world: World) -> None:
    subscription = sign_up(world, activate=False).subscription
    assert subscription is not None
    subscriptions.end(subscription=subscription, by=None)
    with refused("subscription_ended"):
        signups.start(subscription=subscription, by=None)


@pytest.mark.parametrize("activate", [True, False])
def test_not_paid_yet_it_is_owed(world: World, activate: bool) -> None:
    forget()
    purchase = sign_up(world, method="", installation_minor=150_000, activate=activate)
    john = purchase.customer

    assert not Payment.objects.exists()
    assert accounts.balance(customer=john) == -400_000
    assert accounts.owed(customer=john) == 400_000
    assert moved(john) == [("purchase", -400_000, -400_000)]
    assert isinstance(decision(world), authorize.Grant) is activate
    assert event("customer.signed_up").payload["is_owed"]
    assert billing.wrong() == {}


def test_money_that_nobody_meant_for_anything_pays_what_is_owed(world: World) -> None:
    john = sign_up(world, method="", installation_minor=150_000).customer
    receipts.take(customer=john, method="cash", amount_minor=150_000, key="p1", by=None)
    assert (accounts.balance(customer=john), accounts.owed(customer=john)) == (-250_000, 250_000)
    receipts.take(customer=john, method="cash", amount_minor=300_000, key="p2", by=None)
    assert (accounts.balance(customer=john), accounts.owed(customer=john)) == (50_000, 0)
    # What was paid off moved money between two of his own accounts, and his balance not at all.
    assert moved(john) == [
        ("payment", 300_000, 50_000),
        ("payment", 150_000, -250_000),
        ("purchase", -400_000, -400_000),
    ]
    assert Entry.objects.filter(kind="allocation").count() == 2
    assert [line.balance_minor for line in entries.statement(customer=john, limit=1, skip=1)] == [-250_000]
    assert billing.wrong() == {}


def test_a_payment_by_phone_pays_what_is_owed_too(world: World) -> None:
    john = sign_up(world, method="").customer
    gateway = billing.practice(world.organization)
    topped = payments.top_up(customer=john, gateway=gateway, phone=john.phone, amount_minor=260_000, key="t")
    receipts.receive(payment=topped, receipt_code="PM1", amount_minor=260_000)
    receipts.receive(payment=topped, receipt_code="PM1", amount_minor=260_000)
    assert (accounts.balance(customer=john), accounts.owed(customer=john)) == (10_000, 0)
    assert billing.wrong() == {}


def test_money_for_a_voucher_buys_it_before_it_pays_a_debt(world: World) -> None:
    john = sign_up(world, method="").customer
    gateway = billing.practice(world.organization)
    bought = purchases.start(customer=john, plan=world.day_pass, gateway=gateway, phone=john.phone, key="v")
    billing.pays(bought)
    bought.refresh_from_db()
    assert bought.state == "fulfilled"
    assert accounts.owed(customer=john) == 250_000
    assert billing.wrong() == {}


def test_money_of_what_could_not_be_carried_out_is_not_touched(world: World) -> None:
    john = sign_up(world, method="").customer
    gateway = billing.practice(world.organization)
    bought = purchases.start(customer=john, plan=world.day_pass, gateway=gateway, phone=john.phone, key="v")
    plans.retire(plan=world.day_pass, by=None)
    billing.pays(bought)
    assert accounts.owed(customer=john) == 250_000
    assert accounts.wallet(customer=john).balance_minor == 5_000
    assert billing.wrong() == {}


@pytest.mark.parametrize("method", ["cash", "mobile", ""])
def test_nothing_to_pay_is_neither_taken_nor_owed(world: World, method: str) -> None:
    purchase = sign_up(world, method=method, custom_minor=0)
    assert lines(purchase) == [("period", 0)]
    assert (purchase.state, purchase.price_minor) == ("fulfilled", 0)
    assert not Payment.objects.exists()
    assert not Entry.objects.exists()
    assert accounts.balance(customer=purchase.customer) == 0
    assert not event("customer.signed_up").payload["is_owed"]
    assert billing.wrong() == {}


def test_a_plan_that_costs_nothing_with_an_installation_that_does(world: World) -> None:
    purchase = sign_up(world, plan=static(world, 0), framed_address="10.9.0.2", installation_minor=100)
    assert lines(purchase) == [("period", 0), ("installation", 100)]
    assert Payment.objects.get().amount_minor == 100
    assert billing.wrong() == {}


@pytest.mark.parametrize("method", ["mobile", "bank", "cheque"])
def test_each_other_method_keeps_its_reference(world: World, method: str) -> None:
    sign_up(world, method=method, reference=" qjk4 r81xq2 ")
    payment = Payment.objects.get()
    assert (payment.method, payment.receipt_code) == (method, "QJK4R81XQ2")


def test_without_a_username_one_is_made(world: World) -> None:
    purchase = sign_up(world, username="")
    assert purchase.subscription is not None
    assert purchase.subscription.credential_set.get().name == "john.doe"


def nothing_left(world: World) -> bool:
    return not Customer.objects.filter(first_name="John").exists() and not Purchase.objects.exists()


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"username": "OTIENO"}, "username_taken", "username"),
        ({"person": {**JOHN, "phone": "0712345678"}}, "phone_taken", "phone"),
        ({"person": {**JOHN, "phone": "020 123456"}}, "phone_landline", "phone"),
        ({"person": {"first_name": ""}}, "name_missing", "first_name"),
        ({"method": "bank"}, "reference_missing", "reference"),
        ({"installation_minor": -1}, "amount_invalid", ""),
        ({"custom_minor": -1}, "amount_invalid", ""),
    ],
)
def test_what_is_refused_leaves_nothing(world: World, changes: dict[str, Any], code: str, field: str) -> None:
    with refused(code, field):
        sign_up(world, **changes)
    assert nothing_left(world)


def test_a_reference_that_was_received_before_is_refused(world: World) -> None:
    receipts.take(customer=world.otieno, method="mobile", amount_minor=1, key="o", by=None, reference="QJK4R81XQ2")
    with refused("reference_taken", "reference"):
        sign_up(world, method="mobile", reference="qjk4r81xq2")
    assert nothing_left(world)


def test_a_static_plan_needs_its_address(world: World) -> None:
    with refused("framed_address_missing", "framed_address"):
        sign_up(world, plan=static(world))
    assert nothing_left(world)


def test_a_retired_plan_is_refused(world: World) -> None:
    plans.retire(plan=world.home_10m, by=None)
    world.home_10m.refresh_from_db()
    with refused("plan_retired", "plan"):
        sign_up(world)
    assert nothing_left(world)


def test_the_same_key_again_gives_the_first_back(world: World) -> None:
    first = sign_up(world)
    forget()
    assert sign_up(world) == first
    assert happened() == []
    assert Customer.objects.filter(first_name="John").count() == 1
    with refused("conflicts_with_first"):
        sign_up(world, custom_minor=1)


def test_the_audit_finds_a_line_that_was_changed(world: World) -> None:
    purchase = sign_up(world, installation_minor=150_000)
    purchase.lines.filter(kind="installation").update(amount_minor=1)
    assert list(billing.wrong()) == ["purchase_lines"]


def test_a_debt_cannot_be_paid_twice(world: World) -> None:
    john = sign_up(world, method="").customer
    receipts.take(customer=john, method="cash", amount_minor=250_000, key="p", by=None)
    assert entries.pay_off(customer=john, source="payment", subject_id=0) is None
    assert Account.objects.get(customer=john, kind="receivable").balance_minor == 0


def test_who_owes_nothing_pays_nothing_off(world: World) -> None:
    customer = customers.register(organization=world.organization, by=None, first_name="New")
    assert entries.pay_off(customer=customer, source="payment", subject_id=0) is None
    assert accounts.owed(customer=customer) == 0
    assert entries.statement(customer=customer, limit=5) == []
