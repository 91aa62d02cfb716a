"""Buying: by phone, from the wallet, and what becomes of a purchase that cannot be carried out."""

from datetime import timedelta
from typing import Any

import pytest

from headend.access import plans, subscriptions, vouchers
from headend.access.models import Subscription, Voucher
from headend.billing import payments, purchases, receipts
from headend.billing.models import Gateway, Payment, Prompt, Purchase
from headend.customers import suspensions
from headend.customers.models import Customer
from headend.desk import removals
from headend.ledger import accounts
from headend.lib import clock
from headend.system.models import Event, Job
from tests.kit.billing import PHONE, payment_of, pays, practice, wrong
from tests.kit.verbs import event, forget, happened, refused, written
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway(world: World) -> Gateway:
    return practice(world.organization)


@pytest.fixture(autouse=True)
def sums_hold(world: World) -> object:
    """Whatever a test does with money, the audit is clean after it."""
    yield
    assert wrong() == {}


def buy(world: World, gateway: Gateway, key: str = "k1", phone: str = "0712 345 678") -> Purchase:
    return purchases.start(customer=world.otieno, plan=world.day_pass, gateway=gateway, phone=phone, key=key)


def balance(world: World) -> int:
    return accounts.balance(customer=world.otieno)


def test_it_works(world: World, gateway: Gateway) -> None:
    forget()
    purchase = buy(world, gateway)

    payment = payment_of(purchase)
    assert purchase.state == "waiting"
    assert (purchase.plan_name, purchase.price_minor) == ("Day pass", 5_000)
    assert (payment.state, payment.amount_minor, payment.phone) == ("pending", 5_000, PHONE)
    assert (payment.method, payment.network) == ("mobile", "practice")
    assert Prompt.objects.get(payment=payment).state == "queued"
    job = Job.objects.get(kind="ask_provider")
    assert job.payload == {"payment_id": payment.pk, "step": 0}
    assert job.next_at - job.created_at > timedelta(seconds=29)

    pays(purchase)

    purchase.refresh_from_db()
    assert purchase.state == "fulfilled"
    voucher = Voucher.objects.get()
    assert (purchase.voucher, voucher.customer, voucher.state_at(clock.now())) == (voucher, world.otieno, "unused")
    assert balance(world) == 0
    assert happened() == [
        "payment.asked",
        "payment.settled",
        "voucher.issued",
        "purchase.fulfilled",
    ]
    later = Event.objects.exclude(kind="payment.asked")
    assert later.values("operation").distinct().count() == 1
    assert vouchers.open_password(voucher) not in written()


def test_the_same_press_is_the_same_purchase(world: World, gateway: Gateway) -> None:
    first = buy(world, gateway)

    assert buy(world, gateway) == first
    assert Payment.objects.count() == 1
    pays(first)
    assert buy(world, gateway) == first
    assert Voucher.objects.count() == 1


def test_the_price_is_that_of_the_press(world: World, gateway: Gateway) -> None:
    purchase = buy(world, gateway)
    plans.edit(plan=world.day_pass, by=None, price_minor=9_000)

    pays(purchase)

    purchase.refresh_from_db()
    assert (purchase.state, purchase.price_minor, balance(world)) == ("fulfilled", 5_000, 0)


def test_a_guest_is_known_by_phone(world: World, gateway: Gateway) -> None:
    def buy_as(phone: str, key: str) -> Purchase:
        return purchases.start_as_guest(
            organization=world.organization,
            plan=world.day_pass,
            gateway=gateway,
            phone=phone,
            key=key,
            mac="02AABBCCDDEE",
        )

    known = buy_as("0712345678", "a")
    new = buy_as("0733 000 111", "b")

    assert known.customer == world.otieno
    assert (new.customer.phone, new.customer.name, new.mac) == ("+254733000111", "+254733000111", "02AABBCCDDEE")
    pays(new)
    again = buy_as("+254733000111", "c")
    assert again.customer == new.customer
    assert Customer.objects.filter(phone="+254733000111").count() == 1


def test_a_guest_spends_nothing_of_who_has_the_phone(world: World, gateway: Gateway) -> None:
    """Somebody types the phone of a customer with money in the wallet, and pays a part himself."""
    receipts.take(customer=world.otieno, method="cash", amount_minor=100_000, key="cash", by=None)
    purchase = purchases.start_as_guest(
        organization=world.organization, plan=world.day_pass, gateway=gateway, phone="0712345678", key="k"
    )

    pays(purchase, amount_minor=100)

    purchase.refresh_from_db()
    assert (purchase.state, purchase.unfulfilled_code) == ("unfulfilled", "insufficient_balance")
    assert balance(world) == 100_100
    # Staff may decide otherwise.
    assert purchases.fulfil(purchase=purchase, by=None).state == "fulfilled"


def test_a_key_is_of_one_thing(world: World, gateway: Gateway) -> None:
    buy(world, gateway)
    with refused("conflicts_with_first"):
        purchases.start(customer=world.otieno, subscription=world.otieno_home, gateway=gateway, phone=PHONE, key="k1")
    with refused("conflicts_with_first"):
        purchases.start(customer=world.customers["grace"], plan=world.day_pass, gateway=gateway, phone=PHONE, key="k1")


def test_the_terms_are_those_of_the_press(world: World, gateway: Gateway) -> None:
    purchase = buy(world, gateway)
    plans.edit(plan=world.day_pass, by=None, price_minor=9_000, cap_bytes=1, validity_count=1)

    pays(purchase)

    voucher = Voucher.objects.get()
    assert (voucher.price_minor, voucher.cap_bytes, voucher.validity_count) == (5_000, 2_000_000_000, 24)


def test_a_guest_without_a_phone_number(world: World, gateway: Gateway) -> None:
    for typed, code in (("12", "phone_invalid"), ("020 2222222", "phone_landline")):
        with refused(code, "phone"):
            purchases.start_as_guest(
                organization=world.organization, plan=world.day_pass, gateway=gateway, phone=typed, key="k"
            )
    with refused("phone_missing", "phone"):
        buy(world, gateway, phone="  ")
    assert not Purchase.objects.exists()


def test_a_phone_is_asked_one_thing_at_a_time(world: World, gateway: Gateway) -> None:
    first = buy(world, gateway)

    with refused("prompt_open", "phone"):
        buy(world, gateway, key="k2")
    with refused("prompt_open", "phone"):
        purchases.ask_again(purchase=first, gateway=gateway, phone=PHONE, key="again")
    # Another phone is another matter.
    buy(world, gateway, key="k3", phone="0733000111")
    with clock.at(clock.now() + timedelta(minutes=3)):
        buy(world, gateway, key="k4")


def test_a_decline_can_be_tried_again(world: World, gateway: Gateway) -> None:
    purchase = buy(world, gateway)
    payments.fail(payment=payment_of(purchase), reason="cancelled_by_user")
    assert payment_of(purchase).failure == "cancelled_by_user"

    again = purchases.ask_again(purchase=purchase, gateway=gateway, phone="0733000111", key="again")

    assert again is not None
    assert again == payment_of(purchase)
    assert purchases.ask_again(purchase=purchase, gateway=gateway, phone="0733000111", key="again") == again
    pays(purchase)
    purchase.refresh_from_db()
    assert purchase.state == "fulfilled"
    assert purchases.ask_again(purchase=purchase, gateway=gateway, phone=PHONE, key="more") is None


def test_both_tries_are_paid(world: World, gateway: Gateway) -> None:
    """The first request is approved late, after a second one: nothing is lost, and one voucher is given."""
    purchase = buy(world, gateway)
    first = payment_of(purchase)
    with clock.at(clock.now() + timedelta(minutes=3)):
        purchases.ask_again(purchase=purchase, gateway=gateway, phone=PHONE, key="again")
        pays(purchase, "PM2")
        receipts.receive(payment=first, receipt_code="PM1", amount_minor=5_000)

    assert Voucher.objects.count() == 1
    assert balance(world) == 5_000


def test_less_than_was_asked_for(world: World, gateway: Gateway) -> None:
    purchase = buy(world, gateway)

    pays(purchase, amount_minor=2_500)

    purchase.refresh_from_db()
    assert (purchase.state, purchase.unfulfilled_code) == ("unfulfilled", "insufficient_balance")
    assert payment_of(purchase).state == "settled"
    assert balance(world) == 2_500
    assert not Voucher.objects.exists()


def test_more_than_was_asked_for(world: World, gateway: Gateway) -> None:
    purchase = buy(world, gateway)

    pays(purchase, amount_minor=7_500)

    purchase.refresh_from_db()
    assert (purchase.state, balance(world)) == ("fulfilled", 2_500)


def test_the_plan_is_retired_meanwhile(world: World, gateway: Gateway) -> None:
    purchase = buy(world, gateway)
    plans.retire(plan=world.day_pass, by=None)
    forget()

    pays(purchase)

    purchase.refresh_from_db()
    assert (purchase.state, purchase.unfulfilled_code) == ("unfulfilled", "plan_retired")
    assert payment_of(purchase).state == "settled"
    assert balance(world) == 5_000
    assert happened() == ["payment.settled", "purchase.unfulfilled"]
    assert event("purchase.unfulfilled").payload["reason"] == "plan_retired"
    assert list(purchases.to_act_on(organization=world.organization)) == [purchase]
    assert not purchases.to_act_on(organization=world.neighbour)

    with refused("plan_retired", "plan"):
        purchases.fulfil(purchase=purchase, by=None)
    assert balance(world) == 5_000
    plans.restore(plan=world.day_pass, by=None)
    purchases.fulfil(purchase=Purchase.objects.get(), by=None)
    assert Purchase.objects.get().state == "fulfilled"
    assert balance(world) == 0
    assert not purchases.to_act_on(organization=world.organization)


def test_somebody_sees_to_it(world: World, gateway: Gateway) -> None:
    purchase = buy(world, gateway)
    plans.retire(plan=world.day_pass, by=None)
    pays(purchase)
    operator = world.staff["operator"].staff

    purchases.close(purchase=purchase, by=operator)
    purchases.close(purchase=purchase, by=operator)

    purchase.refresh_from_db()
    assert purchase.state == "closed"
    assert event("purchase.closed").staff == operator
    assert not purchases.to_act_on(organization=world.organization)
    assert balance(world) == 5_000
    plans.restore(plan=world.day_pass, by=None)
    with refused("purchase_is_settled"):
        purchases.fulfil(purchase=purchase, by=operator)
    assert balance(world) == 5_000


def test_closing_is_for_what_was_paid_and_not_given(world: World, gateway: Gateway) -> None:
    purchase = buy(world, gateway)
    purchases.close(purchase=purchase, by=None)
    purchase.refresh_from_db()
    assert purchase.state == "waiting"
    pays(purchase)
    purchases.close(purchase=purchase, by=None)
    purchase.refresh_from_db()
    assert purchase.state == "fulfilled"


def test_who_may_not_buy(world: World, gateway: Gateway) -> None:
    receipts.take(customer=world.otieno, method="cash", amount_minor=5_000, key="cash", by=None)
    suspensions.suspend(customer=world.otieno, kind="abuse", by=None)
    with refused("customer_may_not_buy"):
        buy(world, gateway)
    with refused("customer_may_not_buy"):
        purchases.buy_from_wallet(customer=world.otieno, plan=world.day_pass, key="w", by=None)
    suspensions.lift(customer=world.otieno, kind="abuse", by=None)
    suspensions.suspend(group=world.default_group, kind="disabled", by=None)
    with refused("customer_may_not_buy"):
        buy(world, gateway)
    suspensions.lift(group=world.default_group, kind="disabled", by=None)
    removals.delete(customer=world.otieno, by=None)
    with refused("customer_may_not_buy"):
        purchases.start(
            customer=Customer.objects.get(pk=world.otieno.pk),
            plan=world.day_pass,
            gateway=gateway,
            phone=PHONE,
            key="k",
        )


def test_disabled_between_paying_and_receiving(world: World, gateway: Gateway) -> None:
    purchase = buy(world, gateway)
    suspensions.suspend(customer=world.otieno, kind="disabled", by=None)

    pays(purchase)

    purchase.refresh_from_db()
    assert (purchase.unfulfilled_code, balance(world)) == ("customer_may_not_buy", 5_000)


def test_what_is_not_sold_here(world: World, gateway: Gateway) -> None:
    with refused("plan_not_sold", "plan"):
        purchases.start(customer=world.otieno, plan=world.home_10m, gateway=gateway, phone=PHONE, key="k")
    plans.edit(plan=world.day_pass, by=None, price_minor=0)
    world.day_pass.refresh_from_db()
    # Nobody is asked to pay nothing: it is had without.
    with refused("amount_invalid", "amount"):
        buy(world, gateway)
    plans.retire(plan=world.day_pass, by=None)
    world.day_pass.refresh_from_db()
    with refused("plan_retired", "plan"):
        buy(world, gateway)
    assert not purchases.on_sale(organization=world.organization)


def test_from_the_wallet(world: World) -> None:
    receipts.take(customer=world.otieno, method="cash", amount_minor=8_000, key="cash", by=None)
    operator = world.staff["operator"].staff

    purchase = purchases.buy_from_wallet(customer=world.otieno, plan=world.day_pass, key="w", by=operator)

    assert (purchase.state, balance(world)) == ("fulfilled", 3_000)
    assert purchases.buy_from_wallet(customer=world.otieno, plan=world.day_pass, key="w", by=operator) == purchase
    with refused("insufficient_balance"):
        purchases.buy_from_wallet(customer=world.otieno, plan=world.day_pass, key="w2", by=operator)
    assert Purchase.objects.count() == 1
    assert event("purchase.fulfilled").staff == operator


def test_the_next_period_of_a_subscription(world: World, gateway: Gateway) -> None:
    before = world.otieno_home.expires_at
    assert before is not None
    purchase = purchases.start(
        customer=world.otieno, subscription=world.otieno_home, gateway=gateway, phone=PHONE, key="k"
    )
    assert (purchase.price_minor, purchase.plan_name) == (250_000, "Home 10M")

    pays(purchase)

    purchase.refresh_from_db()
    after = Subscription.objects.get(pk=world.otieno_home.pk).expires_at
    assert purchase.state == "fulfilled"
    assert after is not None
    assert after > before
    subscriptions.end(subscription=world.otieno_home, by=None)
    world.otieno_home.refresh_from_db()
    with refused("subscription_ended"):
        purchases.buy_from_wallet(customer=world.otieno, subscription=world.otieno_home, key="w", by=None)


def test_a_fault_leaves_the_money(world: World, gateway: Gateway, settings: Any) -> None:
    """Even a fault of ours in what was bought must not undo that the money came."""
    purchase = buy(world, gateway)
    # Without a key no voucher's password can be sealed.
    settings.KEY_RING = ()

    pays(purchase)

    purchase.refresh_from_db()
    assert (purchase.state, purchase.unfulfilled_code) == ("unfulfilled", "fulfilment_failed")
    assert balance(world) == 5_000
    assert not Voucher.objects.exists()
