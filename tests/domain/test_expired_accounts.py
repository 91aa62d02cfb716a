"""After the account expiry date nothing is sold: RADIUS would refuse whoever paid."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from headend.access import authorize, facts
from headend.access.models import Subscription, Voucher
from headend.billing import purchases, receipts, signups
from headend.billing.models import Gateway, Payment, Purchase
from headend.billing.signups import Charge, Package
from headend.customers import customers
from headend.customers.models import Customer
from headend.ledger import accounts
from headend.lib import clock
from tests.kit.billing import payment_of, pays, practice, wrong
from tests.kit.verbs import refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db
WALLET = 300_000


@pytest.fixture
def gateway(world: World) -> Gateway:
    return practice(world.organization)


@pytest.fixture(autouse=True)
def sums_hold(world: World) -> object:
    yield
    assert wrong() == {}


def yesterday(world: World) -> date:
    return clock.local_day(clock.now(), world.organization.timezone) - timedelta(days=1)


def expire(world: World) -> None:
    customers.edit(customer=world.otieno, account_expires_on=yesterday(world), by=None)


@pytest.mark.parametrize("what", ["voucher", "renewal"])
@pytest.mark.parametrize("how", ["wallet", "phone", "guest", "again"])
def test_no_verb_sells(world: World, gateway: Gateway, what: str, how: str) -> None:
    receipts.take(customer=world.otieno, method="cash", amount_minor=WALLET, key="cash", by=None)
    of = {"plan": world.day_pass} if what == "voucher" else {"subscription": world.otieno_home}
    started = purchases.start(customer=world.otieno, gateway=gateway, phone="0712345678", key="a", **of)
    Payment.objects.filter(purchase=started).update(state="failed")
    before = Payment.objects.count()
    doors: dict[str, Callable[[], object]] = {
        "wallet": lambda: purchases.buy_from_wallet(customer=world.otieno, key="k", by=None, **of),
        "phone": lambda: purchases.start(customer=world.otieno, gateway=gateway, phone="0712345678", key="k", **of),
        "guest": lambda: purchases.start_as_guest(
            organization=world.organization, plan=world.day_pass, gateway=gateway, phone="0712345678", key="k"
        ),
        "again": lambda: purchases.ask_again(purchase=started, gateway=gateway, phone="0712345678", key="k"),
    }
    expire(world)

    with refused("account_is_over", "account_expires_on"):
        doors[how]()

    assert Payment.objects.count() == before
    assert accounts.available(customer=world.otieno) == WALLET
    assert not Purchase.objects.filter(fulfilled_at__isnull=False).exists()


def test_it_sells_through_the_last_day(world: World) -> None:
    receipts.take(customer=world.otieno, method="cash", amount_minor=WALLET, key="cash", by=None)
    today = yesterday(world) + timedelta(days=1)
    customers.edit(customer=world.otieno, account_expires_on=today, by=None)

    purchases.buy_from_wallet(customer=world.otieno, plan=world.day_pass, key="k", by=None)

    answer = authorize.decide(facts.for_credential(world.credential("otieno")))
    assert isinstance(answer, authorize.Grant)


@pytest.mark.parametrize("by_guest", [True, False])
def test_money_that_comes_later_stays_in_the_wallet(world: World, gateway: Gateway, *, by_guest: bool) -> None:
    """The phone was asked before the account expired, and its owner pays after it."""
    purchase = purchases.start(
        customer=world.otieno, plan=world.day_pass, gateway=gateway, phone="0712345678", key="k", by_guest=by_guest
    )
    expire(world)

    pays(purchase)

    purchase.refresh_from_db()
    assert (purchase.state, purchase.unfulfilled_code) == ("unfulfilled", "account_is_over")
    assert payment_of(purchase).state == "settled"
    assert accounts.available(customer=world.otieno) == 5_000
    assert not Voucher.objects.exists()

    customers.edit(customer=world.otieno, account_expires_on=None, by=None)
    purchases.fulfil(purchase=Purchase.objects.get(pk=purchase.pk), by=None)
    assert Voucher.objects.count() == 1


def test_staff_take_money_for_a_renewal_and_it_stays_in_the_wallet(world: World) -> None:
    expire(world)
    ends_at = world.otieno_home.expires_at

    payment = receipts.take(
        customer=world.otieno,
        method="cash",
        amount_minor=250_000,
        key="cash",
        by=None,
        subscription=world.otieno_home,
    )

    assert payment.purchase is not None
    payment.purchase.refresh_from_db()
    assert payment.purchase.unfulfilled_code == "account_is_over"
    assert accounts.available(customer=world.otieno) == 250_000
    assert Subscription.objects.get(pk=world.otieno_home.pk).expires_at == ends_at


@pytest.mark.parametrize("activate", [True, False])
def test_nobody_is_signed_up_into_an_account_that_is_over(world: World, *, activate: bool) -> None:
    with refused("account_is_over", "account_expires_on"):
        signups.sign_up(
            organization=world.organization,
            person={"first_name": "John", "phone": "0733900118", "account_expires_on": yesterday(world)},
            package=Package(world.home_10m, "john", "johns-secret"),
            charge=Charge(method="cash"),
            activate=activate,
            key="k",
            by=None,
        )
    assert not Payment.objects.exists()
    assert not Customer.objects.filter(first_name="John").exists()


def test_what_was_charged_is_not_started_for_nothing(world: World) -> None:
    bought = signups.sign_up(
        organization=world.organization,
        person={"first_name": "John", "phone": "0733900118"},
        package=Package(world.home_10m, "john", "johns-secret"),
        charge=Charge(method="cash"),
        activate=False,
        key="k",
        by=None,
    )
    draft = Subscription.objects.get(pk=bought.subscription_id)
    customers.edit(customer=draft.customer, account_expires_on=yesterday(world), by=None)

    with refused("account_is_over", "account_expires_on"):
        signups.start(subscription=draft, by=None)

    assert Subscription.objects.get(pk=draft.pk).activated_at is None
