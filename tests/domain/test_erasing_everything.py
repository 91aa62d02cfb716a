"""After deleting somebody permanently, no table holds a value that leads to them.

Who adds a table or a column that is a customer's meets this test: make one for anybody in `tests/kit/sample.py`, or for Zawadi in
`live`, wipe it in `desk/traces.py`, and tell of it in docs/design/erasing.md.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.contrib.sessions.models import Session as BrowserSession
from django.db import connection, models
from django.test import Client

from headend.access import blocks, credentials, plans, recording, refusals, sessions, signins, subscriptions, vouchers
from headend.access.metering import LATE_SECONDS, Report
from headend.access.models import Device, Session, Subscription
from headend.billing import adjustments, callbacks, purchases
from headend.billing.models import Payment, Prompt
from headend.billing.signups import Charge, Package, sign_up
from headend.customers import suspensions
from headend.customers.models import Customer
from headend.desk import erasures, removals
from headend.lib import clock
from headend.lib.refused import Refused
from headend.messaging import codes, details, notices
from headend.network.models import Command
from headend.system import engine
from headend.system.models import State
from tests.kit import billing, portal, sample
from tests.kit.world import World

pytestmark = pytest.mark.django_db

ROOT = Path(__file__).resolve().parents[2]
OURS = {"access", "billing", "customers", "ledger", "messaging", "network", "system"}
FIRST_PHONE, PHONE, PAYER = "0733445566", "0745667788", "0756778899"
MAC, SECOND_MAC = "DC2C6E41BEEF", "A4D5781CAFE0"
# What leads to Zawadi, as it is kept anywhere: in lower case, and of phones the digits that every notation has.
NEEDLES = {
    "first name": "zawadi",
    "last name": "kilonzo",
    "company": "mtungi pottery",
    "e-mail": "pots@mtungi.example",
    "first e-mail": "old@mtungi.example",
    "username": "mtungi-pots",
    "additional account number": "pots77",
    "first additional account number": "pots66",
    "network username": "zk-tower7",
    "second network username": "zk-shop",
    "network password": "nyumba-siri-1",
    "portal password": "mawingu-2026",
    "MAC": MAC.lower(),
    "second MAC": SECOND_MAC.lower(),
    "phone": "745667788",
    "first phone": "733445566",
    "phone of whoever pays": "756778899",
    "contact phone": "202555666",
    "address": "10.44.7.9",
    "fixed address": "10.66.5.4",
}
# Nothing but this is looked for without its gaps, because it is long enough to be nothing else.
GAPLESS = {"MAC", "second MAC", "phone", "first phone", "phone of whoever pays", "contact phone"}
_GAPS = re.compile(r"[^0-9a-z]")


class Zawadi:
    """Somebody with a row wherever a customer can have one."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.by = world.staff["owner"].staff
        self.gateway = billing.practice(world.organization)
        self.customer = self._sign_up()
        self.number = self.customer.account_number

    def live(self) -> None:
        """Does everything that leaves a trace. Nothing is owed, held or under way at its end."""
        self._change()
        self._buy()
        self._connect()
        self._be_stopped()
        self._be_told()
        self._guess()
        sample.of_customer(self.customer, self.by)

    def _sign_up(self) -> Customer:
        portal.add_carrier(self.world.organization)
        person = {
            "first_name": "Zawadi",
            "last_name": "Kilonzo",
            "company": "Mtungi Pottery",
            "phone": FIRST_PHONE,
            "contact_phone": "020 2555666",
            "email": "old@mtungi.example",
            "extra_account_number": "POTS66",
        }
        static = plans.add(
            organization=self.world.organization,
            by=None,
            name="Office",
            connection_type="static",
            price_minor=1_000,
            download_kbps=1,
            upload_kbps=1,
            validity_count=1,
            validity_unit="months",
        )
        package = Package(static, "zk-tower7", "nyumba-siri-1", "10.66.5.4")
        charge = Charge(method="bank", reference="FT1", installation_minor=500)
        signed = sign_up(
            organization=self.world.organization,
            person=person,
            package=package,
            charge=charge,
            activate=True,
            key="z",
            by=self.by,
        )
        self.package = signed.subscription
        return signed.customer

    def _change(self) -> None:
        codes.send(organization=self.world.organization, purpose="register", phone=self.customer.phone)
        new = {"phone": PHONE, "email": "pots@mtungi.example", "username": "mtungi-pots"}
        new |= {"extra_account_number": "POTS77"}
        self.customer = signins.edit(customer=self.customer, by=self.by, **new)
        removals.delete(customer=self.customer, by=self.by)
        self.customer = removals.undelete(customer=self.customer, by=self.by).customer
        self.client = portal.client_of(self.customer)
        second = subscriptions.create(customer=self.customer, plan=self.world.home_10m, username="ZK-Shop", by=self.by)
        subscriptions.activate(subscription=second, by=self.by)
        subscriptions.end(subscription=second, by=self.by)

    def _buy(self) -> None:
        paid = self._ask("paid", MAC)
        callbacks.take(payment=_whole(paid), body=billing.says(paid), source="::1")
        failed = self._ask("failed")
        Prompt.objects.filter(payment=failed).update(error=f"{PAYER} has no such account", state=State.FAILED)
        callbacks.take(payment=_whole(failed), body=billing.says(failed, status="declined"), source="::1")
        self.voucher = portal.bought(self.world, self.customer).voucher
        assert self.voucher is not None
        other = portal.bought(self.world, self.customer, "b-2").voucher
        assert other is not None
        vouchers.void(voucher=other, by=self.by, reason="Zawadi lost it")
        portal.pays(self.customer, 500, key="more")
        adjustments.refund(
            customer=self.customer, method="cash", amount_minor=500, reason="Zawadi asked", key="r", by=self.by
        )

    def _ask(self, key: str, mac: str = "") -> Payment:
        purchase = purchases.start(
            customer=self.customer, plan=self.world.day_pass, gateway=self.gateway, phone=PAYER, key=key, mac=mac
        )
        return billing.payment_of(purchase)

    def _connect(self) -> None:
        assert self.package is not None
        assert self.voucher is not None
        self.report("start", "zk-tower7", "s1", MAC, subscription_id=self.package.pk)
        self.report("stop", "zk-tower7", "s1", MAC, seconds=60, download_octets=5_000)
        vouchers.redeem(voucher_id=self.voucher.pk, mac=SECOND_MAC, now=clock.now())
        self.report("start", self.voucher.code, "s2", SECOND_MAC)
        # Of a name that the router let on by itself, and of one that is under way still.
        self.report("start", "zk-tower7", "s3", MAC, subscription_id=self.package.pk)
        live = Session.objects.get(acct_session_id="s3")
        sessions.disconnect(session=live, by=self.by)
        Command.objects.update(error="zk-tower7 is not here", state=State.DELIVERED, finished_at=clock.now())

    def report(self, kind: Any, name: str, session: str, mac: str, **more: Any) -> None:
        recording.record(
            [
                Report(
                    kind=kind,
                    organization_id=self.world.organization.pk,
                    nas_id=self.world.hilltop.pk,
                    zone=self.world.organization.timezone,
                    user_name=name,
                    acct_session_id=session,
                    event_at=clock.now(),
                    mac=mac,
                    framed_address="10.44.7.9",
                    start_print="f" * 32,
                    **more,
                )
            ]
        )

    def _be_stopped(self) -> None:
        device = Device.objects.get(mac=MAC)
        suspensions.suspend(customer=self.customer, kind="abuse", reason="Kilonzo shouts", by=self.by)
        suspensions.lift(customer=self.customer, kind="abuse", by=self.by)
        suspensions.suspend(customer=self.customer, kind="hold", reason="Zawadi travels", by=self.by)
        blocks.block(device=device, reason="of Zawadi", by=self.by)
        blocks.block(subscription=self.package, reason="of Zawadi", by=self.by)
        blocks.block(voucher=self.voucher, reason="of Zawadi", by=self.by)

    def _be_told(self) -> None:
        credential = self.world.credential("zk-tower7")
        credentials.reveal(credential=credential, by=self.by)
        credentials.set_secret(credential=credential, secret="nyumba-siri-1", by=self.by)
        details.send(customer=self.customer, with_logins=True, key="k", by=self.by)
        while notices.hand_on():
            pass
        codes.send(organization=self.world.organization, purpose="password", phone=self.customer.phone)

    def _guess(self) -> None:
        for name in ("mtungi-pots", "pots@mtungi.example", PHONE, "zk-tower7"):
            with pytest.raises(Refused):
                signins.check(organization=self.world.organization, name=name, password="wrong", source="192.0.2.1")
        refused = [
            refusals.Refused("password_wrong", "192.0.2.7", self.world.hilltop.pk, self.world.organization.pk, name)
            for name in ("ZK-tower7", "zk-shop", PHONE, "pots@mtungi.example")
        ]
        refusals.count([(each, 1, clock.now()) for each in refused])
        Client().post(f"{portal.BASE}code/", {"phone": PHONE})

    def erase(self) -> None:
        """By now nothing runs any more, and nobody needs a name to be told so."""
        erasures.erase(customer=self.customer, account_number=self.number, by=self.by)
        with clock.at(clock.now() + timedelta(minutes=1)):
            # The router obeys; what it says of the end of somebody who is gone is counted and no more.
            assert self.voucher is not None
            self.report("stop", "zk-tower7", "s3", MAC, seconds=70)
            self.report("stop", self.voucher.code, "s2", SECOND_MAC, seconds=70)
        with clock.at(clock.now() + timedelta(seconds=LATE_SECONDS + 61)):
            erasures.finish(customer_id=self.customer.pk)


def _whole(payment: Payment) -> Payment:
    return Payment.objects.select_related("organization", "gateway", "customer").get(pk=payment.pk)


@pytest.fixture
def zawadi(world: World) -> Zawadi:
    made = Zawadi(world)
    made.live()
    return made


def test_nothing_leads_to_somebody_who_was_deleted_permanently(world: World, zawadi: Zawadi) -> None:
    needles = {**NEEDLES, "account number": zawadi.number.lower()}
    before = set(found(needles))
    # What the sample does not hold would be searched for in vain.
    assert {needle for _, needle in before} == {*needles} - {"network password", "portal password"}

    zawadi.erase()

    left = sorted(found(needles))
    assert left == [], "\n".join(f"{column} still holds the {needle}" for column, needle in left)
    assert not Session.objects.exclude(pk__in=Session.objects.filter(customer=zawadi.customer)).exists()


def test_nothing_leads_to_who_was_deleted_first(zawadi: Zawadi) -> None:
    removals.delete(customer=zawadi.customer, by=None)
    assert Subscription.objects.exclude(released_address="").exists()

    zawadi.erase()

    assert sorted(found(NEEDLES)) == []


def test_the_books_are_as_they_were(world: World, zawadi: Zawadi) -> None:
    payments_before = list(Payment.objects.order_by("pk").values("amount_minor", "state", "receipt_code", "settled_at"))
    used = Session.objects.filter(customer=zawadi.customer).values_list("download_bytes", flat=True)

    zawadi.erase()

    after = list(Payment.objects.order_by("pk").values("amount_minor", "state", "receipt_code", "settled_at"))
    assert after == payments_before
    assert sum(used) == 5_000
    assert billing.wrong() == {}


def test_the_sample_has_a_row_wherever_a_customer_can_have_one(world: World, zawadi: Zawadi) -> None:
    """A table without one would be walked through in vain."""
    empty = [
        model._meta.label
        for model, name in of_customers()
        if not model._default_manager.filter(**{name: zawadi.customer.pk}).exists()
    ]

    assert empty == []


def test_the_record_tells_of_every_table_that_is_a_customer_s() -> None:
    text = (ROOT / "docs" / "design" / "erasing.md").read_text()
    told = set(re.findall(r"`(\w+\.\w+)`", "\n".join(line for line in text.splitlines() if line.startswith("| `"))))

    assert {model._meta.label for model, _ in of_customers()} - told == set()
    assert told <= {model._meta.label for model in apps.get_models()}


def of_customers() -> list[tuple[type[models.Model], str]]:
    """Each table that names a customer, by a key or by a plain number, with the column."""
    return [
        (model, field.attname)
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if field.related_model is Customer or field.attname == "customer_id"
    ]


def found(needles: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Each column of the project that holds a needle, with the needle."""
    for column, value in values():
        text = value.casefold()
        gapless = _GAPS.sub("", text)
        for name, needle in needles.items():
            if needle in text or (name in GAPLESS and needle in gapless):
                yield column, name


def values() -> Iterator[tuple[str, str]]:
    """Every value of every row of every table, as text, with its `table.column`."""
    tables = sorted({model._meta.db_table for model in apps.get_models() if model is not BrowserSession})
    if not engine.is_postgresql():
        tables.append("search_trigrams")
    for table in tables:
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    yield f"{table}.{name}", bytes(value).decode("latin-1") if _is_binary(value) else str(value)


def _is_binary(value: object) -> bool:
    return isinstance(value, bytes | memoryview)
