"""Money that came in parts: what completes a sum brings the voucher, and a red line lies no longer than its money."""

from datetime import timedelta

import pytest

from headend.access.models import Voucher
from headend.billing import kept, payments, purchases, receipts
from headend.billing.models import Gateway, Purchase
from headend.ledger import accounts
from headend.lib import clock
from headend.messaging import notices
from headend.messaging.models import Message
from headend.system.models import Event
from tests.kit.billing import PHONE, payment_of, pays, practice, wrong
from tests.kit.portal import add_carrier
from tests.kit.verbs import event, forget, happened, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db

GUEST = "0733000111"


@pytest.fixture
def gateway(world: World) -> Gateway:
    return practice(world.organization)


@pytest.fixture(autouse=True)
def sums_hold(world: World) -> object:
    """Whatever a test does with money, the audit is clean after it."""
    yield
    assert wrong() == {}


def guest_buys(world: World, gateway: Gateway, key: str, phone: str = GUEST) -> Purchase:
    return purchases.start_as_guest(
        organization=world.organization, plan=world.day_pass, gateway=gateway, phone=phone, key=key
    )


def otieno_buys(world: World, gateway: Gateway, key: str) -> Purchase:
    return purchases.start(customer=world.otieno, plan=world.day_pass, gateway=gateway, phone=PHONE, key=key)


def balance(purchase: Purchase) -> int:
    return accounts.balance(customer=purchase.customer)


def states(*some: Purchase) -> list[str]:
    return [Purchase.objects.get(pk=one.pk).state for one in some]


def waiting(world: World) -> list[Purchase]:
    return list(purchases.to_act_on(organization=world.organization))


def test_two_halves_make_a_voucher(world: World, gateway: Gateway) -> None:
    first = guest_buys(world, gateway, "a")
    pays(first, "PM1", 2_500)
    assert (states(first), kept.missing_minor(purchase=Purchase.objects.get())) == (["unfulfilled"], 2_500)
    second = guest_buys(world, gateway, "b")
    forget()

    pays(second, "PM2", 2_500)

    # The one that he looks at is carried out, and nobody is red for money that is spent.
    assert states(first, second) == ["closed", "fulfilled"]
    assert (Voucher.objects.count(), balance(first), waiting(world)) == (1, 0, [])
    assert happened() == ["payment.settled", "voucher.issued", "purchase.fulfilled", "purchase.closed"]
    assert event("purchase.closed").staff is None
    pays(second, "PM2", 2_500)
    assert (Voucher.objects.count(), balance(first)) == (1, 0)


def test_a_half_of_somebody_elses_phone_is_not_a_guests(world: World, gateway: Gateway) -> None:
    """Who types the number of somebody who paid a half pays his own half from another phone, and gets nothing."""
    first = guest_buys(world, gateway, "a")
    pays(first, "PM1", 2_500)
    thief = guest_buys(world, gateway, "b")
    payments.fail(payment=payment_of(thief), reason="cancelled_by_user")
    purchases.ask_again(purchase=thief, gateway=gateway, phone="0733000222", key="c")

    pays(thief, "PM2", 2_500)

    assert states(first, thief) == ["unfulfilled", "unfulfilled"]
    assert (Voucher.objects.count(), balance(first)) == (0, 5_000)


def test_a_guest_gets_nothing_for_money_from_elsewhere(world: World, gateway: Gateway) -> None:
    purchase = guest_buys(world, gateway, "a", "0712345678")
    pays(purchase, "PM1", 2_500)

    receipts.take(customer=world.otieno, method="cash", amount_minor=9_000, key="cash", by=None)
    top_up = payments.top_up(
        customer=world.otieno, gateway=gateway, phone="0799000111", amount_minor=9_000, key="top-up"
    )
    receipts.receive(payment=top_up, receipt_code="PM2", amount_minor=9_000)

    assert (states(purchase), balance(purchase)) == (["unfulfilled"], 20_500)


def test_the_halves_of_a_guest_leave_the_rest_of_the_wallet(world: World, gateway: Gateway) -> None:
    receipts.take(customer=world.otieno, method="cash", amount_minor=9_000, key="cash", by=None)
    some = [guest_buys(world, gateway, "a", "0712345678")]
    pays(some[0], "PM1", 2_500)
    some.append(guest_buys(world, gateway, "b", "0712345678"))
    pays(some[1], "PM2", 2_500)

    assert (states(*some), balance(some[0])) == (["closed", "fulfilled"], 9_000)


def test_the_rest_is_asked_for(world: World, gateway: Gateway) -> None:
    purchase = guest_buys(world, gateway, "a")
    pays(purchase, "PM1", 2_000)

    rest = purchases.ask_again(purchase=purchase, gateway=gateway, phone=GUEST, key="rest")

    assert rest is not None
    assert (rest.asked_minor, rest.purchase) == (3_000, purchase)
    with refused("prompt_open", "phone"):
        purchases.ask_again(purchase=purchase, gateway=gateway, phone=GUEST, key="rest again")
    pays(purchase, "PM2")
    assert (states(purchase), balance(purchase), waiting(world)) == (["fulfilled"], 0, [])
    assert purchases.ask_again(purchase=purchase, gateway=gateway, phone=GUEST, key="more") is None


def test_the_rest_comes_in_parts(world: World, gateway: Gateway) -> None:
    purchase = guest_buys(world, gateway, "a")
    pays(purchase, "PM1", 1_000)
    for number, left in ((2, 4_000), (3, 3_000)):
        rest = purchases.ask_again(purchase=purchase, gateway=gateway, phone=GUEST, key=f"rest {number}")
        assert rest is not None
        assert rest.asked_minor == left
        pays(purchase, f"PM{number}", 1_000)
    assert states(purchase) == ["unfulfilled"]
    assert kept.missing_minor(purchase=Purchase.objects.get()) == 2_000


def test_the_rest_of_what_was_closed_is_not_asked_for(world: World, gateway: Gateway) -> None:
    purchase = guest_buys(world, gateway, "a")
    pays(purchase, "PM1", 2_000)
    purchases.close(purchase=purchase, by=None)
    with refused("purchase_is_settled"):
        purchases.ask_again(purchase=purchase, gateway=gateway, phone=GUEST, key="rest")


def test_a_top_up_completes_a_customers_purchase(world: World, gateway: Gateway) -> None:
    add_carrier(world.organization)
    purchase = otieno_buys(world, gateway, "a")
    pays(purchase, "PM1", 2_500)
    Event.objects.all().delete()

    receipts.take(customer=world.otieno, method="cash", amount_minor=2_000, key="too little", by=None)
    assert states(purchase) == ["unfulfilled"]
    receipts.take(customer=world.otieno, method="cash", amount_minor=600, key="enough", by=None)

    assert (states(purchase), balance(purchase), waiting(world)) == (["fulfilled"], 100, [])
    notices.hand_on()
    assert Message.objects.filter(kind="voucher.bought").count() == 1


def test_one_payment_brings_two_vouchers_and_tells_of_both(world: World, gateway: Gateway) -> None:
    add_carrier(world.organization)
    first = otieno_buys(world, gateway, "a")
    pays(first, "PM1", 2_500)
    with clock.at(clock.now() + timedelta(minutes=3)):
        second = otieno_buys(world, gateway, "b")
        Event.objects.all().delete()
        pays(second, "PM2", 7_500)

    assert (states(first, second), balance(first)) == (["fulfilled", "fulfilled"], 0)
    notices.hand_on()
    assert Message.objects.filter(kind="voucher.bought").count() == 2


def test_money_that_comes_long_afterwards_is_meant_for_something_else(world: World, gateway: Gateway) -> None:
    purchase = otieno_buys(world, gateway, "a")
    pays(purchase, "PM1", 2_500)
    with clock.at(clock.now() + timedelta(days=8)):
        receipts.take(customer=world.otieno, method="cash", amount_minor=2_500, key="cash", by=None)
    assert (states(purchase), balance(purchase)) == (["unfulfilled"], 5_000)


def test_a_customer_spends_no_guests_money_unasked(world: World, gateway: Gateway) -> None:
    """His own half and a guest's half are in the wallet: neither purchase is carried out with the other's money."""
    own = otieno_buys(world, gateway, "a")
    pays(own, "PM1", 2_500)
    guest = guest_buys(world, gateway, "b", "0712345678")

    pays(guest, "PM2", 2_500)

    assert states(own, guest) == ["unfulfilled", "unfulfilled"]


def test_a_red_line_goes_with_its_money(world: World, gateway: Gateway) -> None:
    purchase = otieno_buys(world, gateway, "a")
    pays(purchase, "PM1", 4_000)
    receipts.take(customer=world.otieno, method="cash", amount_minor=400, key="cash", by=None)
    assert waiting(world) == [purchase]
    Purchase.objects.filter(pk=purchase.pk).update(price_minor=100_000)
    receipts.take(customer=world.otieno, method="cash", amount_minor=5_600, key="more", by=None)

    purchases.buy_from_wallet(customer=world.otieno, plan=world.day_pass, key="b", by=None)
    # What came for it is there still.
    assert (waiting(world), balance(purchase)) == ([purchase], 5_000)
    purchases.buy_from_wallet(customer=world.otieno, plan=world.day_pass, key="c", by=None)

    assert (waiting(world), balance(purchase)) == ([], 0)
    assert states(purchase) == ["closed"]


def test_staff_carry_out_with_both_moneys(world: World, gateway: Gateway) -> None:
    first = guest_buys(world, gateway, "a")
    pays(first, "PM1", 2_500)
    second = guest_buys(world, gateway, "b", "0733000111")
    Purchase.objects.filter(pk=second.pk).update(price_minor=9_000)
    pays(second, "PM2", 2_500)
    assert states(first, second) == ["unfulfilled", "unfulfilled"]

    purchases.fulfil(purchase=Purchase.objects.get(pk=first.pk), by=world.staff["cashier"].staff)

    assert (states(first, second), balance(first), waiting(world)) == (["fulfilled", "closed"], 0, [])


def test_paid_again_after_staff_gave_it(world: World, gateway: Gateway) -> None:
    """Staff carry out what was short; what the guest pays afterwards stays his, and nothing is red or said to be owed."""
    purchase = guest_buys(world, gateway, "a")
    pays(purchase, "PM1", 2_000)
    purchases.ask_again(purchase=purchase, gateway=gateway, phone=GUEST, key="rest")
    receipts.take(customer=purchase.customer, method="cash", amount_minor=3_000, key="cash", by=None)
    purchases.fulfil(purchase=purchase, by=None)
    forget()

    pays(purchase, "PM2")

    assert (states(purchase), balance(purchase)) == (["fulfilled"], 3_000)
    assert happened() == ["payment.settled"]
