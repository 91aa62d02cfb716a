"""Money that buys nothing is refunded or written off, and so is a debt; then its customer can be deleted permanently."""

from typing import Any

import pytest
from django.db import IntegrityError, transaction

from headend.billing import adjustments, purchases, receipts, signups
from headend.billing.models import Adjustment, Purchase
from headend.billing.signups import Charge, Package
from headend.customers import suspensions
from headend.customers.models import Customer
from headend.desk import erasures, removals
from headend.ledger import accounts, entries
from headend.ledger.models import Account, AccountKind, Entry
from headend.reports import wallet
from tests.kit import billing
from tests.kit.verbs import event, forget, happened, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def sums_hold(world: World) -> Any:
    """Whatever was done, the audit is clean after it."""
    yield
    assert billing.wrong() == {}


def pays(customer: Customer, amount_minor: int, key: str = "paid") -> None:
    receipts.take(customer=customer, method="cash", amount_minor=amount_minor, key=key, by=None)


def refund(world: World, amount_minor: int, **more: Any) -> Adjustment:
    values = {"method": "cash", "reason": "Moves away", "key": "r", "by": world.staff["owner"].staff, **more}
    return adjustments.refund(customer=world.otieno, amount_minor=amount_minor, **values)


def in_debt(world: World) -> Customer:
    return signups.sign_up(
        organization=world.organization,
        person={"first_name": "John", "phone": "0733900118"},
        package=Package(world.home_10m, "john", "johns-secret"),
        charge=Charge(method=""),
        activate=True,
        key="debt",
        by=None,
    ).customer


def of(world: World, kind: str, method: str = "") -> int:
    account = accounts.of_organization(organization=world.organization, kind=kind, method=method)
    return accounts.organization_balance(account=account)


def test_a_refund_goes_back_the_way_that_money_comes(world: World) -> None:
    pays(world.otieno, 50_000)
    forget()

    made = refund(world, 20_000, method="bank", reference=" fp-77 x ")

    assert (made.kind, made.network, made.reference, made.reason) == ("refund", "bank", "FP77X", "Moves away")
    assert accounts.available(customer=world.otieno) == 30_000
    # Cash came, and left through the bank.
    assert (of(world, "clearing", "cash"), of(world, "clearing", "bank")) == (-50_000, 20_000)
    assert happened() == ["wallet.refunded"]
    said = event("wallet.refunded")
    assert (said.staff, said.customer_id) == (world.staff["owner"].staff, world.otieno.pk)
    assert said.payload == {"amount_minor": 20_000, "method": "bank", "network": "bank", "reference": "FP77X"}
    assert said.personal == {"reason": "Moves away"}


def test_mobile_money_leaves_through_its_network(world: World) -> None:
    gateway = billing.practice(world.organization)
    pays(world.otieno, 50_000)
    assert refund(world, 50_000, method="mobile", reference="QJK4R81XQ2").network == gateway.network
    assert of(world, "clearing", gateway.network) == 50_000


def test_what_is_left_is_written_off(world: World) -> None:
    pays(world.otieno, 150)
    forget()

    adjustments.write_off_balance(customer=world.otieno, amount_minor=150, reason="Cents", key="w", by=None)

    assert (accounts.available(customer=world.otieno), of(world, "leftover")) == (0, 150)
    assert event("wallet.written_off").payload == {"amount_minor": 150}


def test_a_debt_is_written_off_and_keeps_nobody_off(world: World) -> None:
    john = in_debt(world)
    suspensions.suspend(customer=john, kind="overdue", by=None)
    adjustments.write_off_debt(customer=john, amount_minor=100_000, reason="Fire", key="1", by=None)
    assert accounts.owed(customer=john) == 150_000
    assert suspensions.is_halted(customer=john)
    forget()

    adjustments.write_off_debt(customer=john, amount_minor=150_000, reason="Fire", key="2", by=None)

    assert (accounts.owed(customer=john), of(world, "loss")) == (0, -250_000)
    assert not suspensions.is_halted(customer=john)
    assert happened() == ["debt.written_off", "customer.lifted"]


@pytest.mark.parametrize("verb", ["refund", "write_off_balance", "write_off_debt"])
def test_pressed_twice_it_is_done_once(world: World, verb: str) -> None:
    customer = in_debt(world) if verb == "write_off_debt" else world.otieno
    if customer == world.otieno:
        pays(customer, 50_000)
    values: dict[str, Any] = {"method": "cash"} if verb == "refund" else {}
    values |= {"customer": customer, "reason": "Why", "key": "k", "by": None}
    forget()

    first = getattr(adjustments, verb)(amount_minor=20_000, **values)
    again = getattr(adjustments, verb)(amount_minor=20_000, **values)

    assert again == first
    assert len(happened()) == 1
    assert Entry.objects.filter(key=f"adjustment:{first.pk}").count() == 1
    with refused("conflicts_with_first"):
        getattr(adjustments, verb)(amount_minor=30_000, **values)


def test_never_more_than_there_is(world: World) -> None:
    pays(world.otieno, 5_000)
    with refused("more_than_held", "amount"):
        refund(world, 5_001)
    with refused("more_than_held", "amount"):
        adjustments.write_off_balance(customer=world.otieno, amount_minor=5_001, reason="x", key="w", by=None)
    with refused("more_than_owed", "amount"):
        adjustments.write_off_debt(customer=world.otieno, amount_minor=1, reason="x", key="d", by=None)
    assert not Adjustment.objects.exists()


def test_the_database_refuses_it_too(world: World) -> None:
    john = in_debt(world)
    loss = accounts.of_organization(organization=world.organization, kind=AccountKind.LOSS)
    with pytest.raises(IntegrityError), transaction.atomic():
        entries.transfer(
            organization=world.organization,
            key="too-much",
            debit=loss,
            credit=accounts.receivable(customer=john),
            amount_minor=250_001,
            kind="write_off",
            subject_id=1,
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.filter(customer=john, kind=AccountKind.RECEIVABLE).update(credits_minor=250_001)


@pytest.mark.parametrize(
    ("values", "code", "field"),
    [
        ({"amount_minor": 0}, "amount_invalid", "amount"),
        ({"amount_minor": -5}, "amount_invalid", "amount"),
        ({"reason": "  "}, "reason_missing", "reason"),
        ({"method": "bank"}, "reference_missing", "reference"),
        ({"method": "bank", "reference": "--"}, "reference_missing", "reference"),
    ],
)
def test_what_is_refused(world: World, values: dict[str, Any], code: str, field: str) -> None:
    pays(world.otieno, 5_000)
    with refused(code, field):
        refund(world, **{"amount_minor": 1_000, **values})
    assert accounts.available(customer=world.otieno) == 5_000


def test_a_reference_is_of_one_refund(world: World) -> None:
    pays(world.otieno, 5_000)
    refund(world, 1_000, method="bank", reference="FP77")
    with refused("refund_reference_taken", "reference"):
        refund(world, 1_000, method="bank", reference="fp 77", key="r2")


def test_a_red_line_goes_with_the_money_that_is_given_back(world: World) -> None:
    receipts.take(
        customer=world.otieno,
        method="cash",
        amount_minor=100_000,
        key="short",
        by=None,
        subscription=world.otieno_home,
    )
    assert Purchase.objects.get().state == "unfulfilled"
    refund(world, 100_000)
    assert Purchase.objects.get().state == "closed"


def test_then_a_customer_can_be_deleted_permanently(world: World) -> None:
    pays(world.otieno, 5_000)
    number = world.otieno.account_number
    removals.delete(customer=world.otieno, by=None)
    with refused("wallet_not_empty"):
        erasures.erase(customer=world.otieno, account_number=number, by=None)
    refund(world, 4_000)
    adjustments.write_off_balance(customer=world.otieno, amount_minor=1_000, reason="Fee", key="w", by=None)
    erasures.erase(customer=world.otieno, account_number=number, by=None)
    assert set(Adjustment.objects.values_list("reason", flat=True)) == {""}

    john = in_debt(world)
    with refused("debt_open"):
        erasures.erase(customer=john, account_number=john.account_number, by=None)
    adjustments.write_off_debt(customer=john, amount_minor=250_000, reason="Gone", key="d", by=None)
    assert erasures.erase(customer=john, account_number=john.account_number, by=None).erased_at is not None


def test_the_statement_names_each(world: World) -> None:
    pays(world.otieno, 5_000)
    refund(world, 4_000)
    adjustments.write_off_balance(customer=world.otieno, amount_minor=1_000, reason="Fee", key="w", by=None)
    rows = wallet.movements(world.otieno, limit=9)
    assert [(row.line.change_minor, row.line.balance_minor) for row in rows] == [
        (-1_000, 0),
        (-4_000, 1_000),
        (5_000, 5_000),
    ]
    assert [row.adjustment.kind if row.adjustment else "" for row in rows] == ["balance", "refund", ""]


def test_what_was_refunded_is_not_spent_on_a_renewal(world: World) -> None:
    pays(world.otieno, 250_000)
    refund(world, 1_000)
    with refused("insufficient_balance"):
        purchases.buy_from_wallet(customer=world.otieno, key="b", by=None, subscription=world.otieno_home)
