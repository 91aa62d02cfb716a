"""Paying what was owed lets the customer connect again, however it is paid."""

from datetime import timedelta

import pytest

from headend.access import authorize, facts, subscriptions
from headend.access.models import Subscription
from headend.billing import callbacks, inquiries, payments, purchases, receipts, signups
from headend.billing.models import Gateway, Payment, Purchase
from headend.billing.rules import Said
from headend.billing.signups import Charge, Package
from headend.customers import suspensions
from headend.customers.models import Customer
from headend.ledger import accounts
from headend.lib import clock
from tests.kit.billing import pays, practice, says, wrong
from tests.kit.verbs import enforced, event, forget, happened
from tests.kit.world import World

pytestmark = pytest.mark.django_db
PHONE = "+254733900118"


@pytest.fixture
def gateway(world: World) -> Gateway:
    return practice(world.organization)


@pytest.fixture(autouse=True)
def sums_hold(world: World) -> object:
    yield
    assert wrong() == {}


@pytest.fixture
def john(world: World) -> Customer:
    """He owes 2,500 for his first month, and is suspended for it."""
    bought = signups.sign_up(
        organization=world.organization,
        person={"first_name": "John", "phone": PHONE},
        package=Package(world.home_10m, "john", "johns-secret"),
        charge=Charge(),
        activate=True,
        key="k",
        by=None,
    )
    suspensions.suspend(customer=bought.customer, kind="overdue", by=None)
    forget()
    return Customer.objects.get(pk=bought.customer_id)


def cash(john: Customer, amount_minor: int, key: str = "cash", subscription: Subscription | None = None) -> Payment:
    return receipts.take(
        customer=john, method="cash", amount_minor=amount_minor, key=key, by=None, subscription=subscription
    )


def is_overdue(john: Customer) -> bool:
    return bool(suspensions.open_of(customer=john))


def connects(world: World) -> bool:
    return isinstance(authorize.decide(facts.for_credential(world.credential("john"))), authorize.Grant)


@pytest.mark.parametrize("how", ["desk", "bank", "prompt", "callback", "provider_asked", "closed", "in_parts"])
def test_paying_what_is_owed_lifts_overdue(world: World, john: Customer, gateway: Gateway, how: str) -> None:
    assert not connects(world)
    if how == "desk":
        cash(john, 250_000)
    elif how == "bank":
        receipts.take(customer=john, method="bank", amount_minor=300_000, key="b", by=None, reference="FT1")
    elif how == "in_parts":
        cash(john, 100_000, "first")
        assert is_overdue(john)
        cash(john, 150_000, "second")
    elif how == "closed":
        # Money that waits for a purchase is free once somebody leaves it in the wallet.
        suspensions.lift(customer=john, kind="overdue", by=None)
        purchase = purchases.start(customer=john, plan=world.day_pass, gateway=gateway, phone=PHONE, key="v")
        Purchase.objects.filter(pk=purchase.pk).update(by_guest=True, price_minor=260_000)
        suspensions.suspend(customer=john, kind="overdue", by=None)
        pays(purchase, amount_minor=255_000)
        assert is_overdue(john)
        purchases.close(purchase=Purchase.objects.get(pk=purchase.pk), by=None)
    else:
        payment = payments.top_up(customer=john, gateway=gateway, phone=PHONE, amount_minor=250_000, key="t")
        _provider_says(payment, how)

    assert not is_overdue(john)
    assert accounts.owed(customer=john) == 0
    assert connects(world)
    assert "customer.lifted" in happened()
    assert ("customer", john.pk) in enforced()


def _provider_says(payment: Payment, how: str) -> None:
    if how == "callback":
        callbacks.take(payment=payment, body=says(payment), source="192.0.2.1")
    elif how == "provider_asked":
        said = Said("paid", "pm_1", payment.uid.hex, "PM1", payment.asked_minor, "KES", PHONE)
        inquiries._receive(payment, said)
    else:
        receipts.receive(payment=payment, receipt_code="PM1", amount_minor=payment.asked_minor)


def test_a_part_lifts_nothing(john: Customer) -> None:
    cash(john, 249_999)

    assert is_overdue(john)
    assert accounts.owed(customer=john) == 1


@pytest.mark.parametrize("kind", ["disabled", "abuse", "hold"])
def test_it_lifts_overdue_alone(john: Customer, kind: str) -> None:
    suspensions.suspend(customer=john, kind=kind, by=None)

    cash(john, 250_000)

    assert [row.kind for row in suspensions.open_of(customer=john)] == [kind]


def test_the_whole_groups_stays(john: Customer) -> None:
    suspensions.suspend(group=john.group, kind="overdue", by=None)

    cash(john, 250_000)

    assert not suspensions.open_of(customer=john)
    assert suspensions.open_of(group=john.group)


def test_who_owes_nothing_in_the_books_is_left_to_staff(world: World) -> None:
    suspensions.suspend(customer=world.otieno, kind="overdue", by=None)

    cash(world.otieno, 250_000)

    assert is_overdue(world.otieno)


def test_it_says_who_took_the_money(world: World, john: Customer) -> None:
    cashier = world.staff["cashier"].staff
    receipts.take(customer=john, method="cash", amount_minor=250_000, key="c", by=cashier)

    assert event("customer.lifted").staff == cashier
    assert event("customer.lifted").payload == {"kind": "overdue"}


def test_what_is_owed_comes_before_the_renewal_of_who_is_kept_off_for_it(world: World, john: Customer) -> None:
    home = Subscription.objects.get(customer=john)
    before = home.expires_at

    payment = cash(john, 500_000, subscription=home)

    home.refresh_from_db()
    assert not is_overdue(john)
    assert before is not None
    assert home.expires_at is not None
    assert home.expires_at > before + timedelta(days=27)
    assert accounts.balance(customer=john) == 0
    assert payment.purchase is not None
    payment.purchase.refresh_from_db()
    assert payment.purchase.state == "fulfilled"


def test_what_is_left_after_the_debt_waits_for_the_rest_of_the_price(world: World, john: Customer) -> None:
    home = Subscription.objects.get(customer=john)
    payment = cash(john, 300_000, subscription=home)

    assert payment.purchase is not None
    payment.purchase.refresh_from_db()
    assert payment.purchase.unfulfilled_code == "insufficient_balance"
    assert (accounts.owed(customer=john), accounts.available(customer=john)) == (0, 50_000)

    cash(john, 200_000, "rest")
    payment.purchase.refresh_from_db()
    assert payment.purchase.state == "fulfilled"
    assert accounts.balance(customer=john) == 0


def test_too_little_for_the_debt_leaves_no_red_line(world: World, john: Customer) -> None:
    """It went into the debt: nobody owes a renewal for it."""
    payment = cash(john, 100_000, subscription=Subscription.objects.get(customer=john))

    assert payment.purchase is not None
    payment.purchase.refresh_from_db()
    assert payment.purchase.state == "closed"
    assert accounts.owed(customer=john) == 150_000
    assert not purchases.to_act_on(organization=world.organization).exists()


def test_what_was_paid_for_while_overdue_is_carried_out_with_the_lift(
    world: World, john: Customer, gateway: Gateway
) -> None:
    """The phone was asked before the suspension, and said yes after it, for a package that it is still short of the debt for."""
    suspensions.lift(customer=john, kind="overdue", by=None)
    home = Subscription.objects.get(customer=john)
    bought = purchases.start(customer=john, subscription=home, gateway=gateway, phone=PHONE, key="r")
    Payment.objects.filter(purchase=bought).update(state="failed")
    Purchase.objects.filter(pk=bought.pk).update(unfulfilled_at=clock.now(), unfulfilled_code="customer_may_not_buy")
    suspensions.suspend(customer=john, kind="overdue", by=None)

    cash(john, 500_000)

    bought.refresh_from_db()
    assert bought.state == "fulfilled"
    assert not is_overdue(john)


def test_a_guest_pays_no_debt_of_whose_phone_he_typed(world: World, john: Customer, gateway: Gateway) -> None:
    suspensions.lift(customer=john, kind="overdue", by=None)
    purchase = purchases.start_as_guest(
        organization=world.organization, plan=world.day_pass, gateway=gateway, phone=PHONE, key="g"
    )
    suspensions.suspend(customer=john, kind="overdue", by=None)

    pays(purchase)

    purchase.refresh_from_db()
    assert purchase.state == "unfulfilled"
    assert accounts.owed(customer=john) == 250_000
    assert accounts.available(customer=john) == 5_000


def test_a_renewal_of_who_owes_and_may_connect_goes_before_the_debt(world: World, john: Customer) -> None:
    suspensions.lift(customer=john, kind="overdue", by=None)
    home = Subscription.objects.get(customer=john)
    subscriptions.activate(subscription=home, by=None)

    cash(john, 250_000, subscription=home)

    assert accounts.owed(customer=john) == 250_000
