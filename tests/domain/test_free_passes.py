"""A hotspot plan that costs nothing: had without a payment, once in its time by each customer and each device."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headend.access import facts, plans, vouchers
from headend.access.authorize import Grant, decide
from headend.access.facts import Lookup
from headend.access.models import Plan, Voucher
from headend.billing import purchases
from headend.billing.models import Payment, Purchase
from headend.customers import suspensions
from headend.customers.models import Customer
from headend.ledger.models import Entry
from headend.lib import clock
from headend.lib.refused import Refused
from headend.messaging import notices
from headend.messaging.models import Message
from tests.kit.billing import wrong
from tests.kit.portal import add_carrier
from tests.kit.verbs import happened, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db
MAC, OTHER_MAC = "02AABBCCDDEE", "02AABBCCDDFF"
PHONE = "0733 000 111"


@pytest.fixture
def free(world: World) -> Plan:
    """An hour a day costs nothing."""
    return plans.add(
        organization=world.organization,
        by=None,
        name="Free hour",
        connection_type="hotspot",
        price_minor=0,
        download_kbps=1_000,
        upload_kbps=1_000,
        validity_count=24,
        validity_unit="hours",
        time_limit_seconds=3600,
    )


@pytest.fixture(autouse=True)
def sums_hold(world: World) -> object:
    yield
    assert wrong() == {}


def take(world: World, free: Plan, key: str = "k", **more: Any) -> Purchase:
    what = {"phone": PHONE, "mac": MAC, **more}
    return purchases.take_free_as_guest(organization=world.organization, plan=free, key=key, **what)


def buy(world: World, free: Plan, key: str = "w") -> Purchase:
    return purchases.buy_from_wallet(customer=world.otieno, plan=free, key=key, by=None)


def code_of(purchase: Purchase) -> Voucher:
    assert purchase.voucher is not None
    return Voucher.objects.get(pk=purchase.voucher.pk)


def hours(count: float) -> Any:
    return clock.at(clock.now() + timedelta(hours=count))


def test_it_is_on_sale_and_a_customer_has_it_without_a_payment(world: World, free: Plan) -> None:
    assert list(purchases.on_sale(organization=world.organization)) == [free, world.day_pass]

    purchase = buy(world, free)

    assert (purchase.state, purchase.price_minor) == ("fulfilled", 0)
    assert not Payment.objects.exists()
    assert not Entry.objects.exists()
    assert "purchase.fulfilled" in happened()
    login = facts.load([Lookup(world.organization.pk, code_of(purchase).code_key.upper())], clock.now())[0]
    login.facts.live_sessions = None
    assert isinstance(decide(login.facts), Grant)


def test_a_guest_has_it_with_a_phone_and_a_device(world: World, free: Plan) -> None:
    purchase = take(world, free)

    assert purchase.customer.phone == "+254733000111"
    assert (purchase.state, purchase.mac, purchase.by_guest) == ("fulfilled", MAC, True)
    with refused("free_pass_at_hotspot", "plan"):
        take(world, free, "home", phone="0733000112", mac="")
    with refused("phone_invalid", "phone"):
        take(world, free, "x", phone="12")


def test_the_same_guest_on_the_same_device_gets_the_same_pass_while_it_connects(world: World, free: Plan) -> None:
    """Whoever has closed the page is not locked out of what he has."""
    first = take(world, free)
    assert take(world, free, "again", phone="+254 733 000111") == first
    vouchers.redeem(voucher_id=code_of(first).pk, mac=MAC, now=clock.now())
    assert take(world, free, "and again") == first
    Voucher.objects.filter(pk=code_of(first).pk).update(session_seconds=3600)
    with refused("free_pass_had", "plan"):
        take(world, free, "used up")


@pytest.mark.parametrize("changed", [{"phone": "0733000112"}, {"mac": OTHER_MAC}])
def test_neither_another_phone_nor_another_device_brings_a_second_one(
    world: World, free: Plan, changed: dict[str, str]
) -> None:
    take(world, free)
    with refused("free_pass_had", "plan"):
        take(world, free, "second", **changed)
    take(world, free, "both", phone="0733000113", mac="02AABBCCDD00")
    assert Voucher.objects.count() == 2


def test_a_customer_has_one_in_its_time(world: World, free: Plan) -> None:
    first = buy(world, free)
    assert buy(world, free) == first
    with refused("free_pass_had", "plan"):
        buy(world, free, "second")
    with hours(23.9), refused("free_pass_had", "plan"):
        buy(world, free, "second")
    # Another free plan is another pass, and what is paid for is sold as ever.
    other = plans.edit(plan=world.day_pass, by=None, price_minor=0)
    assert buy(world, other, "other").state == "fulfilled"

    with hours(24.1):
        assert buy(world, free, "second").state == "fulfilled"


def test_what_was_not_used_in_its_time_is_no_stock(world: World, free: Plan) -> None:
    """Else somebody takes one every day, and uses thirty of them on one."""
    first = code_of(buy(world, free))
    with hours(24.1):
        assert first.state_at(clock.now()) == "expired"
        buy(world, free, "second")


def test_one_that_was_begun_late_runs_first(world: World, free: Plan) -> None:
    first = code_of(buy(world, free))
    with hours(20):
        vouchers.redeem(voucher_id=first.pk, mac=MAC, now=clock.now())
    with hours(30), refused("free_pass_had", "plan"):
        buy(world, free, "second")
    with hours(44.1):
        buy(world, free, "second")


def test_it_says_when_the_next_one_can_be_had(world: World, free: Plan) -> None:
    with clock.at(datetime(2026, 3, 1, 9, 0, tzinfo=UTC)):
        buy(world, free)
        with pytest.raises(Refused) as caught:
            buy(world, free, "second")
    # In Nairobi.
    assert caught.value.detail == {"plan": "Free hour", "again": "2 Mar 12:00"}


def test_nobody_who_may_not_buy_gets_it(world: World, free: Plan) -> None:
    suspensions.suspend(customer=world.otieno, kind="abuse", by=None)
    with refused("customer_may_not_buy"):
        buy(world, free)
    with refused("customer_may_not_buy"):
        take(world, free, phone=world.otieno.phone)
    assert not Purchase.objects.exists()


def test_no_message_goes_to_a_phone_that_nobody_has_proved(world: World, free: Plan) -> None:
    add_carrier(world.organization)
    take(world, free)
    notices.hand_on()
    assert not Message.objects.exists()


def test_home_plans_for_nothing_are_staffs(world: World) -> None:
    home = plans.edit(plan=world.home_10m, by=None, price_minor=0)
    with refused("plan_not_sold", "plan"):
        buy(world, home)
    assert Customer.objects.count() == 3
