"""A last day is a whole day: what ends with 5 December reads "to 5 December" wherever an end is shown."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from headend.access import authorize, facts, reasons, subscriptions
from headend.access.models import Subscription, Voucher
from headend.customers import customers, suspensions
from headend.lib import clock
from headend.reports import statuses
from headend.ui.templatetags import show
from tests.kit import console, portal, vouchers
from tests.kit.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]
BASE = "/baobab/console/"
# Noon of 2 December 2026 in Nairobi; and the end of 5 December there.
NOON = datetime(2026, 12, 2, 9, tzinfo=UTC)
LAST = date(2026, 12, 5)
END = datetime(2026, 12, 5, 21, tzinfo=UTC)


@pytest.fixture(autouse=True)
def at_noon() -> Any:
    with clock.at(NOON):
        yield


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["owner"])


def words(client: Client, path: str) -> str:
    return console.words(client.get(path))


@pytest.mark.parametrize(
    ("zone", "end", "day"),
    [
        ("Africa/Nairobi", END, LAST),
        ("Africa/Nairobi", END - timedelta(microseconds=1), None),
        ("Africa/Nairobi", END + timedelta(minutes=1), None),
        ("UTC", END, None),
        # The clocks of Beirut go forward at midnight: the first hour of that day is none.
        ("Asia/Beirut", datetime(2026, 3, 28, 22, tzinfo=UTC), date(2026, 3, 28)),
        ("Pacific/Kiritimati", datetime(9999, 12, 31, tzinfo=UTC), None),
    ],
)
def test_an_end_is_of_a_day(zone: str, end: datetime, day: date | None) -> None:
    assert clock.last_day(end, zone) == day


@pytest.mark.parametrize("zone", ["Africa/Nairobi", "Asia/Beirut", "America/Santiago", "Pacific/Apia"])
def test_the_last_day_is_the_one_that_was_chosen(zone: str) -> None:
    for number in range(400):
        day = date(2026, 1, 1) + timedelta(days=number)
        assert clock.last_day(clock.day_end(day, zone), zone) == day


def test_what_ends_within_a_day_keeps_its_time() -> None:
    with timezone.override("Africa/Nairobi"):
        assert show.until(END) == "5 Dec"
        assert show.until(END - timedelta(hours=1)) == "5 Dec 23:00"
        assert show.until(None) == ""


def test_a_hold(world: World, client: Client) -> None:
    form = {"kind": "hold", "reason": "Travelling", "until": LAST.isoformat()}
    response = client.post(f"{BASE}customers/{world.otieno.pk}/suspension/", form)
    assert response.status_code == 302
    assert suspensions.open_of(customer=world.otieno)[0].ends_at == END
    for path in (f"customers/{world.otieno.pk}/", "customers/?view=halted"):
        text = words(client, f"{BASE}{path}")
        assert "On hold to 5 Dec" in text
        assert "6 Dec" not in text
    home = words(portal.client_of(world.otieno), portal.BASE)
    assert "It ends 5 Dec." in home
    assert "6 Dec" not in home


def test_an_account(world: World, client: Client) -> None:
    customers.edit(customer=world.otieno, by=None, account_expires_on=LAST)
    text = words(client, f"{BASE}customers/{world.otieno.pk}/")
    assert "to 5 Dec" in text
    assert "6 Dec" not in text

    with clock.at(END + timedelta(hours=1)):
        late = console.client_of(world.staff["owner"])
        text = words(late, f"{BASE}customers/{world.otieno.pk}/")
        home = words(portal.client_of(world.otieno), portal.BASE)
    assert "Account expired 5 Dec" in text
    assert "ended 5 Dec" in text
    assert "Your account expired on 5 Dec." in home


def test_vouchers_that_nobody_used(world: World, client: Client) -> None:
    batch = vouchers.printed(world, valid_until=END)
    voucher = vouchers.of(batch)[0]
    for path in (f"vouchers/batches/{batch.pk}/", f"vouchers/{voucher.pk}/", f"vouchers/sheets/{voucher.sheet_id}/"):
        text = words(client, f"{BASE}{path}")
        assert "6 Dec" not in text
    assert "5 Dec" in words(client, f"{BASE}vouchers/batches/{batch.pk}/")
    with clock.at(END + timedelta(hours=1)):
        late = console.client_of(world.staff["owner"])
        assert "Expired 5 Dec" in words(late, f"{BASE}vouchers/{voucher.pk}/")


def test_a_package_that_began_at_midnight(world: World, client: Client) -> None:
    with clock.at(END - timedelta(days=1)):
        made = subscriptions.create(customer=world.otieno, plan=world.day_pass, username="second", by=None)
        subscription = subscriptions.activate(subscription=made, by=None)
    assert subscription.expires_at == END
    Subscription.objects.filter(pk=world.otieno_home.pk).update(ended_at=NOON)

    with clock.at(END - timedelta(hours=10)):
        day = console.client_of(world.staff["owner"])
        text = words(day, f"{BASE}customers/{world.otieno.pk}/")
        home = words(portal.client_of(world.otieno), portal.BASE)
        status = statuses.of_subscription(
            subscription, statuses.Used(), blocked=False, organization=world.organization, now=clock.now()
        )
    # It ends with today, and not tomorrow.
    assert status.code == "expires_today"
    assert "Expires today" in text
    assert ", to 5 Dec" in text
    assert "Runs until 5 Dec." in home


def test_the_explanation_of_a_login(world: World) -> None:
    customers.edit(customer=world.otieno, by=None, account_expires_on=LAST)
    verdicts = authorize.explain(facts.for_name(world.organization, "otieno"))
    (account,) = [verdict for verdict in verdicts if verdict.code is authorize.Code.ACCOUNT_EXPIRED]
    assert reasons.detail_text(account, world.organization) == "5 Dec 2026"


def test_a_voucher_of_the_portal(world: World) -> None:
    voucher = vouchers.sold(world, first_used_at=NOON, expires_at=END)
    assert Voucher.objects.get(pk=voucher.pk).expires_at == END
    home = words(portal.client_of(world.customers["neema"]), portal.BASE)
    assert ": 5 Dec." in home
    assert "6 Dec" not in home
