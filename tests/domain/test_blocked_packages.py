"""Nothing is sold for a package with which no login is accepted; money that comes for it stays in the wallet."""

import pytest

from headend.access import blocks
from headend.billing import forecasts, promotions, purchases, receipts
from headend.ledger import accounts
from headend.reports import red_lines
from tests.kit import billing
from tests.kit.verbs import refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def blocked(world: World) -> None:
    blocks.block(subscription=world.otieno_home, by=None, reason="Shared with the street")


def test_no_door_renews_it(world: World) -> None:
    home = world.otieno_home
    gateway = billing.practice(world.organization)
    receipts.take(customer=world.otieno, method="cash", amount_minor=home.price_minor, key="m-1", by=None)
    before = home.expires_at

    with refused("package_is_blocked", "subscription"):
        purchases.start(customer=world.otieno, subscription=home, gateway=gateway, phone="0712345678", key="b-1")
    with refused("package_is_blocked", "subscription"):
        purchases.buy_from_wallet(customer=world.otieno, subscription=home, key="b-2", by=None)
    with refused("package_is_blocked", "subscription"):
        promotions.give(subscription=home, key="b-3", by=None)

    home.refresh_from_db()
    assert home.expires_at == before
    assert accounts.balance(customer=world.otieno) == home.price_minor
    # What the customer buys besides is no matter of this package.
    purchases.buy_from_wallet(customer=world.otieno, plan=world.day_pass, key="b-4", by=None)


def test_money_that_comes_for_it_waits_and_says_why(world: World) -> None:
    home = world.otieno_home
    told = forecasts.of_payment(customer=world.otieno, amount_minor=home.price_minor, subscription=home)
    assert (told.is_sold, told.renews, told.wallet_minor) == (False, False, home.price_minor)

    taken = {"method": "cash", "amount_minor": home.price_minor, "subscription": home}
    receipts.take(customer=world.otieno, key="m-1", by=None, **taken)

    (line,) = red_lines.of_customer(world.otieno).unfulfilled
    assert (line.purchase.unfulfilled_code, line.is_blocked) == ("package_is_blocked", True)
    assert accounts.balance(customer=world.otieno) == home.price_minor

    blocks.lift(subscription=home, by=None)
    (line,) = red_lines.of_customer(world.otieno).unfulfilled
    assert not line.is_blocked
    purchases.fulfil(purchase=line.purchase, by=None)
    assert accounts.balance(customer=world.otieno) == 0
    assert billing.wrong() == {}


def test_a_phone_that_was_asked_before_pays_into_the_wallet(world: World) -> None:
    blocks.lift(subscription=world.otieno_home, by=None)
    gateway = billing.practice(world.organization)
    asked = purchases.start(
        customer=world.otieno, subscription=world.otieno_home, gateway=gateway, phone="0712345678", key="b-1"
    )
    blocks.block(subscription=world.otieno_home, by=None, reason="Shared")

    billing.pays(asked)

    asked.refresh_from_db()
    assert (asked.state, asked.unfulfilled_code) == ("unfulfilled", "package_is_blocked")
    assert accounts.balance(customer=world.otieno) == world.otieno_home.price_minor
