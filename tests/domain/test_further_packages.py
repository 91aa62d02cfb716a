"""A further package: paid now, from the balance, on account, or given free by who may; each leaves the right balance."""

from datetime import timedelta
from typing import Any

import pytest

from headend.access import authorize, facts, plans
from headend.access.models import Subscription
from headend.billing import promotions, purchases, receipts, signups
from headend.billing.models import Payment, Purchase
from headend.billing.signups import BALANCE, FREE, OWED, Charge, Package
from headend.customers import customers, suspensions
from headend.ledger import accounts
from headend.ledger.models import Account, Entry
from headend.lib import clock
from headend.reports import dues
from tests.kit.billing import wrong
from tests.kit.verbs import event, forget, happened, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db
PRICE = 250_000


@pytest.fixture(autouse=True)
def sums_hold(world: World) -> object:
    yield
    assert wrong() == {}


def add(world: World, method: str, *, key: str = "k", activate: bool = True, **charge: Any) -> Purchase:
    return signups.add_package(
        customer=world.otieno,
        package=Package(world.home_10m, "otieno.shop", "shop-secret"),
        charge=Charge(method=method, **charge),
        activate=activate,
        key=key,
        by=world.staff["owner"].staff,
    )


def cash(world: World, amount_minor: int) -> None:
    receipts.take(customer=world.otieno, method="cash", amount_minor=amount_minor, key="cash", by=None)


def standing(world: World) -> tuple[int, int]:
    """What is in the wallet, and what is owed."""
    return accounts.standing(customer=world.otieno)


def shop(world: World) -> Subscription:
    return Subscription.objects.get(customer=world.otieno, credential__name="otieno.shop")


@pytest.mark.parametrize(
    ("method", "before", "after"),
    [
        ("cash", 0, (0, 0)),
        ("cash", 100_000, (100_000, 0)),
        (BALANCE, 300_000, (50_000, 0)),
        (OWED, 0, (0, PRICE)),
        # One balance: nobody owes beside money of his own.
        (OWED, 100_000, (0, 150_000)),
        (OWED, 300_000, (50_000, 0)),
        (FREE, 0, (0, 0)),
        (FREE, 100_000, (100_000, 0)),
    ],
)
def test_trap_29_each_way_to_pay_leaves_the_right_balance(
    world: World, method: str, before: int, after: tuple[int, int]
) -> None:
    if before:
        cash(world, before)
    forget()

    bought = add(world, method)

    assert standing(world) == after
    assert (bought.price_minor, bought.state) == (PRICE, "fulfilled")
    assert shop(world).activated_at is not None
    answer = authorize.decide(facts.for_credential(world.credential("otieno.shop")))
    assert isinstance(answer, authorize.Grant)
    said = event("package.added")
    assert (said.payload["method"], said.payload["is_owed"]) == (method, method == OWED)
    assert said.staff == world.staff["owner"].staff
    revenue = Account.objects.get(organization=world.organization, kind="revenue")
    assert accounts.organization_balance(account=revenue) == PRICE


def test_too_little_in_the_wallet_is_refused_and_leaves_nothing(world: World) -> None:
    cash(world, 5_000)

    with refused("insufficient_balance"):
        add(world, BALANCE)

    assert standing(world) == (5_000, 0)
    assert Subscription.objects.filter(customer=world.otieno).count() == 1


@pytest.mark.parametrize("method", ["cash", BALANCE, OWED, FREE])
def test_the_same_press_is_the_same_package(world: World, method: str) -> None:
    cash(world, 600_000)
    first = add(world, method)

    assert add(world, method) == first
    assert Subscription.objects.filter(customer=world.otieno).count() == 2
    assert Purchase.objects.count() == 1


def test_what_is_given_free_stands_in_the_ledger_and_says_so(world: World) -> None:
    bought = add(world, FREE, installation_minor=150_000)

    given = Entry.objects.get(kind="promotion")
    assert (given.subject_id, given.amount_minor) == (bought.pk, 400_000)
    assert (given.debit.kind, given.credit.kind) == ("promotion", "wallet")
    assert dues.of_packages(world.otieno, [shop(world)])[shop(world).pk].settled == "free"
    assert accounts.balance(customer=world.otieno) == 0


def test_not_activated_it_is_charged_and_started_later(world: World) -> None:
    bought = add(world, "cash", activate=False)

    assert shop(world).activated_at is None
    assert list(purchases.charged_ahead(customer=world.otieno)) == [shop(world)]
    signups.start(subscription=shop(world), by=None)
    assert shop(world).activated_at is not None
    assert Payment.objects.get().purchase == bought


def test_nothing_is_added_for_who_may_not_buy(world: World) -> None:
    suspensions.suspend(customer=world.otieno, kind="abuse", by=None)
    with refused("customer_may_not_buy"):
        add(world, OWED)
    suspensions.lift(customer=world.otieno, kind="abuse", by=None)
    yesterday = clock.local_day(clock.now(), world.organization.timezone) - timedelta(days=1)
    customers.edit(customer=world.otieno, account_expires_on=yesterday, by=None)
    with refused("account_is_over", "account_expires_on"):
        add(world, "cash")
    assert not Payment.objects.exists()


def test_a_period_is_given_free(world: World) -> None:
    """*Renew without payment*: what it is worth stands in the books."""
    before = world.otieno_home.expires_at
    forget()

    given = promotions.give(subscription=world.otieno_home, key="gift", by=world.staff["owner"].staff)

    world.otieno_home.refresh_from_db()
    assert before is not None
    assert world.otieno_home.expires_at is not None
    assert world.otieno_home.expires_at > before + timedelta(days=27)
    assert standing(world) == (0, 0)
    assert happened() == ["subscription.renewed", "package.given"]
    assert event("package.given").payload == {"plan": "Home 10M", "price_minor": PRICE}
    assert Entry.objects.get(kind="promotion").subject_id == given.pk
    assert dues.of_packages(world.otieno, [world.otieno_home])[world.otieno_home.pk].settled == "free"

    assert promotions.give(subscription=world.otieno_home, key="gift", by=None) == given
    assert Entry.objects.filter(kind="promotion").count() == 1


def test_a_gift_pays_no_debt_and_hides_none(world: World) -> None:
    """What he owes for the shop is owed still, and for the shop, after a month at home was given free."""
    add(world, OWED)
    promotions.give(subscription=world.otieno_home, key="gift", by=None)

    told = dues.of_packages(world.otieno, [world.otieno_home, shop(world)])
    assert (told[world.otieno_home.pk].settled, told[shop(world).pk].settled) == ("free", "owed")
    assert told[shop(world).pk].owed_minor == PRICE


def test_what_costs_nothing_is_given_without_an_entry(world: World) -> None:
    Subscription.objects.filter(pk=world.otieno_home.pk).update(price_minor=0)
    world.otieno_home.refresh_from_db()

    promotions.give(subscription=world.otieno_home, key="gift", by=None)

    assert not Entry.objects.exists()


def test_what_is_charged_already_is_not_given(world: World) -> None:
    add(world, OWED, activate=False)
    with refused("charged_already", "subscription"):
        promotions.give(subscription=shop(world), key="gift", by=None)


def test_the_audit_finds_a_gift_that_no_promotion_paid(world: World) -> None:
    plans.edit(plan=world.home_10m, by=None, price_minor=0)
    bought = add(world, "cash")
    Purchase.objects.filter(pk=bought.pk).update(price_minor=5_000, is_free=True)
    assert set(wrong()) == {"fulfilled_purchases", "given_free", "purchase_lines"}
    Purchase.objects.filter(pk=bought.pk).update(price_minor=0, is_free=False)
