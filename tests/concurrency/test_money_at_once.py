"""The same money from two sides at the same moment."""

from datetime import timedelta

import pytest

from headend.access.models import Voucher
from headend.billing import adjustments, callbacks, payments, purchases, receipts
from headend.billing.models import Adjustment, Payment, Purchase
from headend.billing.rules import Outcome
from headend.customers.models import Customer
from headend.ledger import accounts
from headend.ledger.models import Entry
from headend.lib import clock
from headend.lib.refused import Refused
from tests.kit.billing import PHONE, payment_of, practice, says, wrong
from tests.kit.threads import at_once
from tests.kit.world import World

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5


@pytest.fixture(autouse=True)
def sums_hold(lasting_world: World) -> object:
    yield
    assert wrong() == {}


def test_two_callbacks_of_one_payment(lasting_world: World) -> None:
    world = lasting_world
    gateway = practice(world.organization)
    for number in range(ROUNDS):
        purchase = purchases.start(
            customer=world.otieno, plan=world.day_pass, gateway=gateway, phone=PHONE, key=f"k{number}"
        )
        payment = payment_of(purchase)
        body = says(payment, receipt=f"PM{number}")

        outcomes = at_once(
            *[lambda p=payment, b=body: callbacks.take(payment=p, body=b, source="127.0.0.1")] * 2,
        )

        assert outcomes == [Outcome.CREDIT, Outcome.CREDIT]
        assert Entry.objects.filter(kind="payment", subject_id=payment.pk).count() == 1
        assert Voucher.objects.count() == number + 1
    assert accounts.balance(customer=world.otieno) == 0


def test_two_refunds_of_one_balance(lasting_world: World) -> None:
    """One wins; the other finds the wallet empty. The same form twice is one refund."""
    world = lasting_world
    for number in range(ROUNDS):
        receipts.take(customer=world.otieno, method="cash", amount_minor=5_000, key=f"c{number}", by=None)

        def refund(key: str) -> object:
            values = {"method": "cash", "amount_minor": 5_000, "reason": "Moves away", "by": None}
            return adjustments.refund(customer=world.otieno, key=key, **values)

        results = at_once(
            *[lambda k=key: refund(k) for key in (f"a{number}", f"a{number}", f"b{number}")],
        )

        refusals = [result for result in results if isinstance(result, Refused)]
        assert len({result.pk for result in results if isinstance(result, Adjustment)}) == 1
        assert {str(refusal.code) for refusal in refusals} == {"more_than_held"}
        assert accounts.available(customer=world.otieno) == 0


def test_two_receipts_of_one_payment(lasting_world: World) -> None:
    """One wins; the other, with another code, is refused."""
    world = lasting_world
    payment = payments.top_up(
        customer=world.otieno, gateway=practice(world.organization), phone=PHONE, amount_minor=5_000, key="k"
    )

    results = at_once(
        lambda: receipts.receive(payment=payment, receipt_code="PM1", amount_minor=5_000),
        lambda: receipts.receive(payment=payment, receipt_code="PM2", amount_minor=5_000),
    )

    refusals = [result for result in results if isinstance(result, Refused)]
    assert [refusal.code for refusal in refusals] == ["payment_conflicts"]
    assert accounts.balance(customer=world.otieno) == 5_000


def test_two_payments_with_one_receipt(lasting_world: World) -> None:
    world = lasting_world
    gateway = practice(world.organization)
    asked = [
        payments.top_up(customer=world.otieno, gateway=gateway, phone=phone, amount_minor=5_000, key=phone)
        for phone in (PHONE, "0733000111")
    ]

    results = at_once(
        *[lambda p=payment: receipts.receive(payment=p, receipt_code="PM1", amount_minor=5_000) for payment in asked]
    )

    refusals = [result for result in results if isinstance(result, Refused)]
    assert [refusal.code for refusal in refusals] == ["payment_conflicts"]
    assert accounts.balance(customer=world.otieno) == 5_000


def test_the_wallet_is_spent_once(lasting_world: World) -> None:
    world = lasting_world
    receipts.take(customer=world.otieno, method="cash", amount_minor=5_000, key="cash", by=None)

    results = at_once(
        *[
            lambda key=key: purchases.buy_from_wallet(customer=world.otieno, plan=world.day_pass, key=key, by=None)
            for key in ("a", "b", "c")
        ]
    )

    refusals = [result for result in results if isinstance(result, Refused)]
    assert [refusal.code for refusal in refusals] == ["insufficient_balance"] * 2
    assert Voucher.objects.count() == 1
    assert accounts.balance(customer=world.otieno) == 0


def test_the_button_is_pressed_twice(lasting_world: World) -> None:
    world = lasting_world
    gateway = practice(world.organization)

    results = at_once(
        *[
            lambda: purchases.start_as_guest(
                organization=world.organization, plan=world.day_pass, gateway=gateway, phone="0733000111", key="press"
            )
        ]
        * 3
    )

    assert len({result.pk for result in results}) == 1
    assert (Purchase.objects.count(), Payment.objects.count()) == (1, 1)
    assert Customer.objects.filter(phone="+254733000111").count() == 1


def test_one_phone_is_asked_from_two_sides(lasting_world: World) -> None:
    world = lasting_world
    gateway = practice(world.organization)

    results = at_once(
        *[
            lambda key=key: purchases.start(
                customer=world.otieno, plan=world.day_pass, gateway=gateway, phone=PHONE, key=key
            )
            for key in ("a", "b")
        ]
    )

    refusals = [result for result in results if isinstance(result, Refused)]
    assert [refusal.code for refusal in refusals] == ["prompt_open"]
    assert Payment.objects.count() == 1


def test_cash_is_taken_twice(lasting_world: World) -> None:
    world = lasting_world

    results = at_once(
        *[lambda: receipts.take(customer=world.otieno, method="cash", amount_minor=5_000, key="form", by=None)] * 3
    )

    assert len({result.pk for result in results}) == 1
    assert accounts.balance(customer=world.otieno) == 5_000


def test_one_wallet_fills_and_empties(lasting_world: World) -> None:
    world = lasting_world
    receipts.take(customer=world.otieno, method="cash", amount_minor=50_000, key="first", by=None)

    results = at_once(
        *[
            lambda n=n: receipts.take(customer=world.otieno, method="cash", amount_minor=1_000, key=f"cash{n}", by=None)
            for n in range(4)
        ],
        *[
            lambda n=n: purchases.buy_from_wallet(customer=world.otieno, plan=world.day_pass, key=f"buy{n}", by=None)
            for n in range(4)
        ],
    )

    assert not [result for result in results if isinstance(result, Exception)]
    assert accounts.balance(customer=world.otieno) == 50_000 + 4_000 - 20_000


def test_two_halves_come_at_once(lasting_world: World) -> None:
    """Whichever is second carries out its purchase with both; the money is spent once and no red line is left."""
    world = lasting_world
    gateway = practice(world.organization)
    for number in range(ROUNDS):
        phone = f"07330001{number:02d}"
        halves = []
        for half in range(2):
            purchase = purchases.start_as_guest(
                organization=world.organization,
                plan=world.day_pass,
                gateway=gateway,
                phone=phone,
                key=f"{number}{half}",
            )
            halves.append(payment_of(purchase))
            # Only so does the phone get a second question.
            Payment.objects.filter(pk=halves[-1].pk).update(created_at=clock.now() - timedelta(minutes=3))

        results = at_once(
            *[
                lambda p=payment, c=f"PM{payment.pk}": receipts.receive(payment=p, receipt_code=c, amount_minor=2_500)
                for payment in halves
            ]
        )

        assert not [result for result in results if isinstance(result, Exception)]
        assert Voucher.objects.count() == number + 1
        assert accounts.balance(customer=halves[0].customer) == 0
        assert not purchases.to_act_on(organization=world.organization)


def test_money_completes_what_staff_try_again(lasting_world: World) -> None:
    """The rest comes while staff press *Try again* and the customer spends from the wallet: each price is taken once."""
    world = lasting_world
    gateway = practice(world.organization)
    for number in range(ROUNDS):
        short = purchases.start(
            customer=world.otieno, plan=world.day_pass, gateway=gateway, phone=PHONE, key=f"short {number}"
        )
        receipts.receive(payment=payment_of(short), receipt_code=f"PM{number}", amount_minor=2_500)

        results = at_once(
            lambda n=number: receipts.take(
                customer=world.otieno, method="cash", amount_minor=2_500, key=f"rest {n}", by=None
            ),
            lambda p=short: purchases.fulfil(purchase=Purchase.objects.get(pk=p.pk), by=None),
            lambda n=number: purchases.buy_from_wallet(
                customer=world.otieno, plan=world.day_pass, key=f"wallet {n}", by=None
            ),
        )

        refusals = [result.code for result in results if isinstance(result, Refused)]
        assert not [result for result in results if isinstance(result, Exception) and not isinstance(result, Refused)]
        assert set(refusals) <= {"insufficient_balance", "purchase_is_settled"}
        assert (Voucher.objects.count(), accounts.balance(customer=world.otieno)) == (number + 1, 0)
        assert not purchases.to_act_on(organization=world.organization)
