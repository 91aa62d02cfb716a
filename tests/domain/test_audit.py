"""The audit finds what was tampered with, and names it."""

from datetime import timedelta

import pytest
from django.db import DataError, connection
from django.db.models import F

from headend.access import audit as access_audit
from headend.access import recording, vouchers
from headend.access.metering import Report
from headend.access.models import Session, UsageDay, UsagePeriod, Voucher
from headend.billing import adjustments, promotions, purchases, receipts, signups
from headend.billing import audit as billing_audit
from headend.billing.models import Adjustment, Payment, Purchase
from headend.billing.signups import Charge, Package
from headend.cli import audit as cli_audit
from headend.cli import start
from headend.customers import audit as customers_audit
from headend.ledger import audit as ledger_audit
from headend.ledger import days
from headend.ledger.models import Account, AccountDay, Entry
from headend.lib import clock
from headend.lib.audits import Check
from tests.kit.billing import PHONE, pays, practice
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def failures() -> dict[str, list[str]]:
    checks = [*ledger_audit.run(), *billing_audit.run(), *access_audit.run(), *customers_audit.run()]
    return {check.code: check.failures for check in checks if check.failures}


def change(statement: str, *parameters: object) -> None:
    """What no verb does: somebody writes into the tables by hand."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)


@pytest.fixture
def busy(world: World) -> World:
    """Money and usage of three days, the first of them closed."""
    now = clock.now()
    with clock.at(now - timedelta(days=3)):
        receipts.take(customer=world.otieno, method="cash", amount_minor=8_000, key="cash", by=None)
        bought = purchases.buy_from_wallet(customer=world.otieno, plan=world.day_pass, key="w", by=None)
    with clock.at(now - timedelta(days=1)):
        days.close()
        purchase = purchases.start(
            customer=world.customers["grace"],
            plan=world.day_pass,
            gateway=practice(world.organization),
            phone=PHONE,
            key="k",
        )
        pays(purchase)
    _owes_a_part(world)
    promotions.give(subscription=world.subscriptions["grace"], key="gift", by=None)
    _gets_money_back(world)
    voucher = bought.voucher
    assert voucher is not None
    online(world, "otieno", "s1", subscription_id=world.otieno_home.pk)
    online(world, voucher.code_key, "s2", voucher_id=voucher.pk)
    return world


def _owes_a_part(world: World) -> None:
    """Somebody new, who has paid a part of the first period and the installation."""
    owing = signups.sign_up(
        organization=world.organization,
        person={"first_name": "John"},
        package=Package(world.home_10m),
        charge=Charge(installation_minor=100_000),
        activate=True,
        key="s",
        by=None,
    )
    receipts.take(customer=owing.customer, method="cash", amount_minor=200_000, key="part", by=None)


def _gets_money_back(world: World) -> None:
    neema = world.customers["neema"]
    receipts.take(customer=neema, method="cash", amount_minor=700, key="back", by=None)
    adjustments.refund(customer=neema, method="cash", amount_minor=500, reason="Moves", key="back", by=None)
    adjustments.write_off_balance(customer=neema, amount_minor=200, reason="Moves", key="rest", by=None)


def online(world: World, name: str, session: str, **owner: int) -> None:
    report = Report(
        kind="stop",
        organization_id=world.organization.pk,
        nas_id=world.hilltop.pk,
        zone=world.organization.timezone,
        user_name=name,
        acct_session_id=session,
        event_at=clock.now(),
        seconds=600,
        upload_octets=1_000,
        download_octets=9_000,
        **owner,  # type: ignore[arg-type]  # ids
    )
    recording.record([report])


def test_it_is_clean(busy: World) -> None:
    checks = [*ledger_audit.run(), *billing_audit.run(), *access_audit.run(), *customers_audit.run()]

    assert failures() == {}
    # Nothing is clean because nothing was looked at.
    assert all(check.looked_at for check in checks)
    assert len({check.code for check in checks}) == len(checks)


def test_an_amount_was_changed(busy: World) -> None:
    entry = Entry.objects.get(kind="payment", subject_id=Payment.objects.get(key="cash").pk)

    change("UPDATE ledger_entry SET amount_minor = amount_minor + 100 WHERE id = %s", entry.pk)

    found = failures()
    assert found.keys() == {"running_totals", "closed_days", "settled_payments"}
    assert f"account {entry.credit_id} (wallet of {busy.otieno.account_number}, baobab)" in found["running_totals"][0]
    assert f"account {entry.debit_id} (clearing cash, baobab) on {entry.day}" in found["closed_days"][0]
    assert found["settled_payments"] == [f"payment {entry.subject_id} (baobab) of 8000: 1 entries of 8100 in all"]


def test_an_entry_was_removed(busy: World) -> None:
    entry = Entry.objects.get(key=f"purchase:{Purchase.objects.get(key='w').pk}")

    change("DELETE FROM ledger_entry WHERE id = %s", entry.pk)

    found = failures()
    assert found.keys() == {"running_totals", "closed_days", "fulfilled_purchases"}
    assert f"account {entry.debit_id} " in found["running_totals"][0]
    assert f"purchase {entry.subject_id} (baobab) of 5000: 0 entries" in found["fulfilled_purchases"][0]


def test_a_running_total_is_off_by_one(busy: World) -> None:
    wallet = Account.objects.get(customer=busy.otieno)

    Account.objects.filter(pk=wallet.pk).update(credits_minor=F("credits_minor") + 1)

    found = failures()
    assert found.keys() == {"running_totals", "balances"}
    assert found["running_totals"] == [
        (
            f"account {wallet.pk} (wallet of {busy.otieno.account_number}, baobab): totals say debits 5000, credits 8001; "
            "its entries add up to 5000 and 8000"
        )
    ]
    assert f"customer {busy.otieno.account_number} (baobab): the balance is 3001" in found["balances"][0]


def test_the_octets_of_a_session_were_changed(busy: World) -> None:
    session = Session.objects.get(subscription=busy.otieno_home)

    Session.objects.filter(pk=session.pk).update(download_bytes=F("download_bytes") + 1)

    found = failures()
    assert found.keys() == {"usage_days", "usage_periods"}
    assert found["usage_days"] == [
        (
            f"subscription {busy.otieno_home.pk} (of {busy.otieno.account_number}, baobab): "
            "download is kept as 9000, its sessions add up to 9001"
        )
    ]


def test_the_octets_of_a_vouchers_session_were_changed(busy: World) -> None:
    voucher = Voucher.objects.get(purchase__key="w")

    Session.objects.filter(voucher=voucher).update(upload_bytes=0)

    found = failures()
    assert found.keys() == {"usage_vouchers", "usage_voucher_days"}
    assert voucher.code in found["usage_vouchers"][0]


def test_a_settled_payment_has_no_entry(busy: World) -> None:
    payment = Payment.objects.get(network="practice")
    Payment.objects.create(
        organization=busy.organization,
        key="forged",
        customer=busy.otieno,
        method="cash",
        network="cash",
        asked_minor=700,
        amount_minor=700,
        state="settled",
        settled_at=clock.now(),
    )

    found = failures()

    forged = Payment.objects.get(key="forged")
    assert found.keys() == {"settled_payments", "balances"}
    assert found["settled_payments"] == [f"payment {forged.pk} (baobab) of 700: 0 entries of 0 in all"]
    assert payment.pk != forged.pk


def test_a_payment_went_into_anothers_wallet(busy: World) -> None:
    Payment.objects.filter(network="practice").update(customer=busy.otieno)

    assert "settled_payments" in failures()


def test_a_voucher_was_made_by_hand(busy: World) -> None:
    voucher = vouchers.issue(customer=busy.otieno, plan=busy.day_pass, by=None)

    found = failures()

    assert found == {"sold_vouchers": [f"voucher {voucher.pk} ({voucher.code}, baobab): 0 purchases"]}


def test_a_closed_day_was_changed(busy: World) -> None:
    row = AccountDay.objects.filter(credits_minor__gt=0).get()

    AccountDay.objects.filter(pk=row.pk).update(credits_minor=F("credits_minor") - 1)
    assert failures().keys() == {"closed_days"}
    AccountDay.objects.filter(pk=row.pk).delete()

    (failure,) = failures()["closed_days"]
    assert f"account {row.account_id} (revenue, baobab) on {row.day}" in failure


def test_an_adjustment_that_was_changed(busy: World) -> None:
    made = Adjustment.objects.get(kind="refund")

    change("UPDATE billing_adjustment SET amount_minor = amount_minor + 100 WHERE id = %s", made.pk)

    found = failures()
    assert found.keys() == {"adjustments", "balances"}
    assert found["adjustments"] == [
        f"adjustment {made.pk} (refund, baobab) of 600: 1 entries of 500 in all, or between other accounts"
    ]
    assert "with adjustments" in found["balances"][0]


def test_an_adjustment_between_other_accounts(busy: World) -> None:
    made = Adjustment.objects.get(kind="refund")
    change("UPDATE billing_adjustment SET network = 'bank' WHERE id = %s", made.pk)
    assert failures().keys() == {"adjustments"}


def test_an_entry_of_nothing(busy: World) -> None:
    entry = Entry.objects.order_by("pk").last()
    assert entry is not None

    change("UPDATE ledger_entry SET subject_id = 999999999 WHERE id = %s", entry.pk)

    assert failures()["entries"] == [
        f"entry {entry.pk} ({entry.key}, baobab) belongs to no payment, purchase or adjustment"
    ]


def test_a_counter_was_changed(busy: World) -> None:
    UsagePeriod.objects.filter(subscription=busy.otieno_home).update(session_seconds=F("session_seconds") + 1)
    assert failures().keys() == {"usage_periods"}
    UsageDay.objects.filter(subscription=busy.otieno_home).delete()
    assert failures().keys() == {"usage_periods", "usage_days"}


def test_a_number_that_names_two(busy: World) -> None:
    assert "account_numbers" not in failures()
    grace = busy.customers["grace"]

    change("UPDATE customers_customer SET extra_account_number = 'BN100001' WHERE id = %s", grace.pk)

    assert failures() == {
        "account_numbers": [
            "customer BN-100002 (baobab): the additional number BN100001 is the account number BN-100001"
        ]
    }


def test_rows_that_no_router_can_have_meant_do_not_stop_it(busy: World) -> None:
    session = Session.objects.get(subscription=busy.otieno_home)
    online(busy, "otieno", "s3", subscription_id=busy.otieno_home.pk)
    day = UsageDay.objects.get(subscription=busy.otieno_home)
    Session.objects.filter(pk=session.pk).update(download_bytes=2**63 - 1)
    UsageDay.objects.filter(pk=day.pk).update(download_bytes=2**63 - 1)
    UsageDay.objects.create(
        organization=busy.organization,
        subscription=busy.otieno_home,
        day=day.day - timedelta(days=1),
        download_bytes=9_000,
    )

    found = failures()

    # The sums are more than a number of the database: what differs is told, to the octet.
    assert found.keys() == {"usage_periods"}
    assert found["usage_periods"][0].endswith(f"download is kept as 18000, its sessions add up to {2**63 - 1 + 9_000}")


def test_a_check_that_cannot_be_made_leaves_the_others(
    busy: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def usage_days() -> Check:
        raise DataError("integer overflow")

    monkeypatch.setattr(start, "ready", lambda: None)
    monkeypatch.setattr(access_audit, "CHECKS", (usage_days, *access_audit.CHECKS[1:]))

    assert cli_audit.run([]) == cli_audit.FAILED

    lines = capsys.readouterr().out.splitlines()
    assert "FAILED   usage_days: it could not be made: integer overflow" in lines
    assert sum(line.startswith("ok ") for line in lines) == len(lines) - 1 > 10
