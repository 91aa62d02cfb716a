"""Money arriving."""

import pytest
from django.db import IntegrityError, transaction

from headend.billing import payments, purchases, receipts
from headend.billing.models import Gateway, Payment
from headend.desk import removals
from headend.ledger import accounts
from headend.ledger.models import Entry
from headend.system.models import Event
from tests.kit.billing import PHONE, payment_of, pays, practice, wrong
from tests.kit.verbs import event, forget, happened, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def gateway(world: World) -> Gateway:
    return practice(world.organization)


@pytest.fixture(autouse=True)
def sums_hold(world: World) -> object:
    yield
    assert wrong() == {}


def ask(world: World, gateway: Gateway, key: str = "k", phone: str = PHONE) -> Payment:
    return payments.top_up(customer=world.otieno, gateway=gateway, phone=phone, amount_minor=5_000, key=key)


def balance(world: World) -> int:
    return accounts.balance(customer=world.otieno)


def test_it_works(world: World, gateway: Gateway) -> None:
    payment = ask(world, gateway)
    forget()

    settled = receipts.receive(payment=payment, receipt_code=" pm7k-2q9x ", amount_minor=5_000, request_id="pm_1")

    assert (settled.state, settled.receipt_code, settled.request_id) == ("settled", "PM7K2Q9X", "pm_1")
    assert settled.settled_at is not None
    assert balance(world) == 5_000
    entry = Entry.objects.get()
    assert (entry.key, entry.kind, entry.subject_id) == (f"payment:{payment.pk}", "payment", payment.pk)
    assert (entry.debit.kind, entry.debit.method) == ("clearing", "practice")
    assert happened() == ["payment.settled"]


def test_said_twice(world: World, gateway: Gateway) -> None:
    payment = ask(world, gateway)
    first = receipts.receive(payment=payment, receipt_code="PM1", amount_minor=5_000)

    again = receipts.receive(payment=payment, receipt_code="pm 1", amount_minor=5_000)

    assert again == first
    assert balance(world) == 5_000


@pytest.mark.parametrize(("code", "amount"), [("PM1", 9_000), ("PM2", 5_000)])
def test_said_twice_with_other_content(world: World, gateway: Gateway, code: str, amount: int) -> None:
    payment = ask(world, gateway)
    receipts.receive(payment=payment, receipt_code="PM1", amount_minor=5_000)
    forget()

    for _ in range(2):
        with refused("payment_conflicts"):
            receipts.receive(payment=payment, receipt_code=code, amount_minor=amount)

    assert balance(world) == 5_000
    # Once, however often it is said.
    assert event("payment.conflict").payload == {
        "reason": "payment_conflicts",
        "receipt_code": code,
        "amount_minor": amount,
    }


def test_one_receipt_settles_one_payment(world: World, gateway: Gateway) -> None:
    receipts.receive(payment=ask(world, gateway), receipt_code="PM1", amount_minor=5_000)
    other = ask(world, gateway, "k2", "+254733000111")

    with refused("payment_conflicts"):
        receipts.receive(payment=other, receipt_code="PM1", amount_minor=5_000)

    other.refresh_from_db()
    assert (other.state, balance(world)) == ("pending", 5_000)
    with pytest.raises(IntegrityError), transaction.atomic():
        Payment.objects.filter(pk=other.pk).update(receipt_code="PM1")


def test_paid_after_all(world: World, gateway: Gateway) -> None:
    payment = ask(world, gateway)
    payments.fail(payment=payment, reason="timeout")

    settled = receipts.receive(payment=payment, receipt_code="PM1", amount_minor=5_000)

    assert (settled.state, settled.failure, balance(world)) == ("settled", "", 5_000)
    payments.fail(payment=payment, reason="timeout")
    payments.leave_to_a_person(payment=payment)
    payment.refresh_from_db()
    assert payment.state == "settled"


def test_taken_by_hand(world: World) -> None:
    cashier = world.staff["cashier"].staff
    forget()

    payment = receipts.take(customer=world.otieno, method="cash", amount_minor=5_000, key="form", by=cashier)
    again = receipts.take(customer=world.otieno, method="cash", amount_minor=5_000, key="form", by=cashier)

    assert again == payment
    assert (payment.state, payment.taken_by, payment.receipt_code) == ("settled", cashier, "")
    assert (happened(), event("payment.settled").staff) == (["payment.settled"], cashier)
    assert balance(world) == 5_000
    # Cash has no code: the next note is another payment.
    receipts.take(customer=world.otieno, method="cash", amount_minor=5_000, key="form2", by=cashier)
    assert balance(world) == 10_000


def test_whoever_is_deleted_pays_nothing_before_they_are_undeleted(world: World) -> None:
    def take(key: str) -> Payment:
        return receipts.take(customer=world.otieno, method="cash", amount_minor=5_000, key=key, by=None)

    first = take("form")
    removals.delete(customer=world.otieno, by=None)
    # Also of the page that was open before.
    with refused("customer_is_deleted"):
        take("late")
    # What came before is not taken twice.
    assert take("form") == first
    removals.undelete(customer=world.otieno, by=None)
    take("late")
    assert balance(world) == 10_000


def test_the_same_press_with_another_sum(world: World) -> None:
    receipts.take(customer=world.otieno, method="cash", amount_minor=5_000, key="form", by=None)
    with refused("payment_conflicts"):
        receipts.take(customer=world.otieno, method="cash", amount_minor=9_000, key="form", by=None)
    assert balance(world) == 5_000


def test_by_hand_with_a_reference(world: World) -> None:
    with refused("reference_missing", "reference"):
        receipts.take(customer=world.otieno, method="bank", amount_minor=5_000, key="a", by=None, reference=" - ")
    receipts.take(customer=world.otieno, method="bank", amount_minor=5_000, key="a", by=None, reference="ft-77 1")

    with refused("reference_taken", "reference"):
        receipts.take(
            customer=world.customers["grace"], method="bank", amount_minor=5_000, key="b", by=None, reference="FT771"
        )

    assert Payment.objects.get().receipt_code == "FT771"
    # The same digits on a cheque are another paper.
    receipts.take(customer=world.otieno, method="cheque", amount_minor=1_000, key="c", by=None, reference="FT771")


@pytest.mark.parametrize("amount", [0, -5])
def test_nothing_is_no_payment(world: World, gateway: Gateway, amount: int) -> None:
    with refused("amount_invalid", "amount"):
        receipts.take(customer=world.otieno, method="cash", amount_minor=amount, key="a", by=None)
    with refused("amount_invalid", "amount"):
        payments.top_up(customer=world.otieno, gateway=gateway, phone=PHONE, amount_minor=amount, key="a")


def test_cash_for_the_next_period(world: World) -> None:
    before = world.otieno_home.expires_at
    payment = receipts.take(
        customer=world.otieno, method="cash", amount_minor=250_000, key="a", by=None, subscription=world.otieno_home
    )

    world.otieno_home.refresh_from_db()
    assert payment.purchase is not None
    assert payment.purchase.state == "fulfilled"
    assert world.otieno_home.expires_at is not None
    assert before is not None
    assert world.otieno_home.expires_at > before
    assert balance(world) == 0


def test_cash_that_is_too_little_for_it(world: World) -> None:
    payment = receipts.take(
        customer=world.otieno, method="cash", amount_minor=100_000, key="a", by=None, subscription=world.otieno_home
    )

    assert payment.purchase is not None
    payment.purchase.refresh_from_db()
    assert (payment.purchase.state, payment.purchase.unfulfilled_code) == ("unfulfilled", "insufficient_balance")
    assert balance(world) == 100_000


def test_payments_of_a_neighbour_are_none_of_ours(world: World, gateway: Gateway) -> None:
    purchase = purchases.start(customer=world.otieno, plan=world.day_pass, gateway=gateway, phone=PHONE, key="k")
    pays(purchase)

    assert payment_of(purchase).organization == world.organization
    assert not Entry.objects.filter(organization=world.neighbour).exists()
    assert not Event.objects.filter(organization=world.neighbour, kind__startswith="payment.").exists()


def test_one_code_is_one_payment_whether_asked_for_or_typed(world: World, gateway: Gateway) -> None:
    """The prompt settled it, and the cashier types the code from the phone; and the other way round."""
    receipts.receive(payment=ask(world, gateway), receipt_code="PM1", amount_minor=5_000)
    with refused("reference_taken", "reference"):
        receipts.take(
            customer=world.otieno, method="mobile", amount_minor=5_000, key="typed", by=None, reference="pm 1"
        )

    typed = receipts.take(
        customer=world.otieno, method="mobile", amount_minor=5_000, key="typed", by=None, reference="PM2"
    )
    assert typed.network == "practice"
    with refused("payment_conflicts"):
        receipts.receive(payment=ask(world, gateway, "k2", "0733000111"), receipt_code="PM2", amount_minor=5_000)
    assert balance(world) == 10_000


def test_a_code_typed_before_there_was_a_gateway(world: World) -> None:
    typed = receipts.take(
        customer=world.otieno, method="mobile", amount_minor=5_000, key="typed", by=None, reference="PM1"
    )
    assert typed.network == "mobile"
    with refused("payment_conflicts"):
        receipts.receive(payment=ask(world, practice(world.organization)), receipt_code="PM1", amount_minor=5_000)
    assert balance(world) == 5_000
