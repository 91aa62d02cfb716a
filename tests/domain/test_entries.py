"""Moving money between accounts, and the days that are closed over it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from headend.ledger import accounts, days, entries
from headend.ledger.models import Account, AccountDay, Closing, Entry
from headend.lib import clock
from headend.system.models import Organization
from tests.kit.billing import wrong
from tests.kit.verbs import refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 10, 5, 9, 0, tzinfo=UTC)


def cash(world: World) -> Account:
    return accounts.of_organization(organization=world.organization, kind="clearing", method="cash")


def revenue(world: World) -> Account:
    return accounts.of_organization(organization=world.organization, kind="revenue")


def put_in(world: World, amount: int, key: str = "payment:1") -> Entry:
    return entries.transfer(
        organization=world.organization,
        key=key,
        debit=cash(world),
        credit=accounts.wallet(customer=world.otieno),
        amount_minor=amount,
        kind="payment",
        subject_id=1,
    )


def take_out(world: World, amount: int, key: str = "purchase:1") -> Entry:
    return entries.transfer(
        organization=world.organization,
        key=key,
        debit=accounts.wallet(customer=world.otieno),
        credit=revenue(world),
        amount_minor=amount,
        kind="purchase",
        subject_id=1,
    )


def test_it_works(world: World) -> None:
    put_in(world, 5_000)
    take_out(world, 3_000)

    assert accounts.balance(customer=world.otieno) == 2_000
    assert accounts.balance(customer=world.customers["grace"]) == 0
    assert accounts.organization_balance(account=cash(world)) == -5_000
    assert accounts.organization_balance(account=revenue(world)) == 3_000
    assert cash(world).credits_minor is None
    lines = entries.statement(customer=world.otieno, limit=10)
    assert [(line.change_minor, line.balance_minor) for line in lines] == [(-3_000, 2_000), (5_000, 5_000)]
    assert len(entries.statement(customer=world.otieno, limit=1)) == 1
    assert entries.statement(customer=world.customers["grace"], limit=10) == []


def test_the_same_key_moves_once(world: World) -> None:
    first = put_in(world, 5_000)

    assert put_in(world, 5_000) == first
    assert accounts.balance(customer=world.otieno) == 5_000
    with refused("conflicts_with_first"):
        put_in(world, 6_000)
    assert Entry.objects.count() == 1
    # Keys are of one organization.
    other = accounts.of_organization(organization=world.neighbour, kind="clearing", method="cash")
    entries.transfer(
        organization=world.neighbour,
        key="payment:1",
        debit=other,
        credit=accounts.of_organization(organization=world.neighbour, kind="revenue"),
        amount_minor=1,
        kind="payment",
        subject_id=1,
    )


def test_a_wallet_never_falls_below_zero(world: World) -> None:
    put_in(world, 5_000)

    with refused("insufficient_balance"):
        take_out(world, 10_000)
    assert accounts.balance(customer=world.otieno) == 5_000
    take_out(world, 5_000, "purchase:2")
    with refused("insufficient_balance"):
        take_out(world, 1, "purchase:3")
    with pytest.raises(IntegrityError), transaction.atomic():
        Account.objects.filter(customer=world.otieno).update(credits_minor=0)


def test_the_text_of_a_short_balance(world: World) -> None:
    put_in(world, 5_000)

    try:
        take_out(world, 10_000)
    except Exception as refusal:  # noqa: BLE001 - its text is looked at
        from headend.ui.refusals import TEXTS

        text = str(TEXTS["insufficient_balance"]) % refusal.detail  # type: ignore[attr-defined]  # a Refused
    assert text == "Insufficient balance to assign this plan. Available balance: 50, required: 100"


@pytest.mark.parametrize(
    "change",
    [
        {"amount_minor": 0},
        {"amount_minor": -5},
        {"credit": None},
    ],
)
def test_what_the_database_refuses(world: World, change: dict[str, object]) -> None:
    entry = put_in(world, 5_000)
    values = {"amount_minor": 1, "credit": entry.debit} if change == {"credit": None} else change

    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.filter(pk=entry.pk).update(**values)


def test_days_are_closed(world: World) -> None:
    with clock.at(NOON):
        put_in(world, 5_000)
    with clock.at(NOON + timedelta(days=1)):
        take_out(world, 3_000)
        assert days.close() == 1
        assert Closing.objects.get().through == date(2026, 10, 5)
        # Open days still count.
        assert accounts.organization_balance(account=revenue(world)) == 3_000
        assert accounts.organization_balance(account=cash(world)) == -5_000
        assert days.close() == 0
    with clock.at(NOON + timedelta(days=4)):
        assert days.close() == 1
        assert accounts.organization_balance(account=revenue(world)) == 3_000
    assert list(AccountDay.objects.order_by("day").values_list("day", "debits_minor", "credits_minor")) == [
        (date(2026, 10, 5), 5_000, 0),
        (date(2026, 10, 6), 0, 3_000),
    ]
    assert not {"running_totals", "closed_days"} & wrong().keys()


def test_the_first_days_of_a_long_ledger_are_closed_one_by_one(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (0, 1, 40):
        with clock.at(NOON + timedelta(days=number)):
            put_in(world, 5_000, key=f"payment:{number}")
    summed = days._sum_day

    def stop_at_the_third(organization: Organization, day: date) -> None:
        assert day < date(2026, 11, 1), "the worker is stopped"
        summed(organization, day)

    with clock.at(NOON + timedelta(days=60)):
        with monkeypatch.context() as patched:
            patched.setattr(days, "_sum_day", stop_at_the_third)
            with pytest.raises(AssertionError, match="is stopped"):
                days.close()
        # What was closed before stays closed, and nobody waited for all of it.
        assert Closing.objects.get().through == date(2026, 10, 6)
        assert accounts.organization_balance(account=cash(world)) == -15_000
        assert days.close() == 1
        assert Closing.objects.get().through == date(2026, 12, 3)

    assert list(AccountDay.objects.order_by("day").values_list("day", flat=True)) == [
        date(2026, 10, 5),
        date(2026, 10, 6),
        date(2026, 11, 14),
    ]
    assert "closed_days" not in wrong()


def test_a_clock_that_was_set_back_leaves_closed_days_alone(world: World) -> None:
    with clock.at(NOON):
        put_in(world, 5_000)
    with clock.at(NOON + timedelta(days=3)):
        days.close()
    with clock.at(NOON):
        entry = take_out(world, 1_000)

    assert entry.day == date(2026, 10, 8)
    assert "closed_days" not in wrong()


def test_the_day_is_that_of_the_organization(world: World) -> None:
    # 22:30 in London is past midnight in Nairobi.
    with clock.at(datetime(2026, 10, 5, 22, 30, tzinfo=UTC)):
        assert put_in(world, 5_000).day == date(2026, 10, 6)
    with clock.at(datetime(2026, 10, 6, 21, 30, tzinfo=UTC)):
        # Half an hour into the next day: what was booked at the end of the last may not be written yet.
        assert days.close() == 1
        assert Closing.objects.get().through == date(2026, 10, 5)
