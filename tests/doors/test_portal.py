"""The customer's own pages: what runs, what was bought and paid, the own details."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client

from headend.access import blocks, credentials, vouchers
from headend.access.models import UsageDay, UsagePeriod, Voucher
from headend.billing import payments, purchases
from headend.billing.models import Purchase
from headend.customers import customers, suspensions
from headend.customers.models import Customer
from headend.doors.portal import limits
from headend.lib import clock
from headend.system import organizations
from tests.kit import billing, console, portal
from tests.kit.portal import BASE, PASSWORD, client_of, is_signed_in
from tests.kit.vouchers import MAC
from tests.kit.world import World

pytestmark = pytest.mark.django_db

ACCOUNT = f"{BASE}account/"


@pytest.fixture
def neema(world: World) -> Customer:
    return world.customers["neema"]


@pytest.fixture
def client(neema: Customer) -> Client:
    return client_of(neema)


def text_of(client: Client, path: str = "") -> str:
    """What a page says, without its markup."""
    response = client.get(f"{BASE}{path}")
    assert response.status_code == 200
    page = re.sub(r"<title>.*?</title>|<[^>]*>", " ", response.content.decode(), flags=re.DOTALL)
    return " ".join(page.replace("\xa0", " ").split())


def voucher_of(purchase: Purchase) -> Voucher:
    assert purchase.voucher is not None
    return purchase.voucher


# The first page.


def test_it_works(world: World, neema: Customer, client: Client) -> None:
    voucher = voucher_of(portal.bought(world, neema))
    portal.pays(neema, 12_000)
    text = text_of(client)
    for words in (
        "Baobab Net",
        "Hello, Neema Atieno",
        "KES 120.00",
        "Top up wallet",
        "Buy Voucher",
        voucher.code,
        vouchers.open_password(voucher),
        "Unused",
        "2.0 GB left of 2.0 GB",
        "8h 00m of online time left of 8h 00m",
        "Its time begins with its first use.",
        "for KES 50",
        "Vouchers purchased 1",
        "Active vouchers 0",
    ):
        assert words in text


def test_an_empty_account_says_what_to_do(world: World) -> None:
    newcomer = customers.register(organization=world.organization, phone="0733900777", by=None)
    text = text_of(client_of(newcomer))
    assert "No voucher runs just now. Buy one, and its code stands here at once." in text
    assert "My packages" not in text
    assert "KES 0.00" in text


def test_what_is_left_of_a_voucher(world: World, neema: Customer, client: Client) -> None:
    now = clock.now()
    voucher = voucher_of(portal.bought(world, neema))
    vouchers.redeem(voucher_id=voucher.pk, mac=MAC, now=now - timedelta(hours=4))
    Voucher.objects.filter(pk=voucher.pk).update(
        download_bytes=1_500_000_000, upload_bytes=100_000_000, session_seconds=3 * 3600
    )
    text = text_of(client)
    for words in ("Active", "400 MB left of 2.0 GB", "5h 00m of online time left of 8h 00m", "Ends in 19h 59m"):
        assert words in text
    assert "devices online" not in text


def test_what_does_not_run_is_in_the_history_alone(world: World, neema: Customer, client: Client) -> None:
    now = clock.now()
    over, void, spent, runs = (voucher_of(portal.bought(world, neema, f"b-{number}")) for number in range(4))
    Voucher.objects.filter(pk=over.pk).update(first_used_at=now - timedelta(days=2), expires_at=now - timedelta(days=1))
    vouchers.void(voucher=void, by=None)
    Voucher.objects.filter(pk=spent.pk).update(download_bytes=2_000_000_000)
    first, history = text_of(client), text_of(client, "history/")
    for voucher, state in ((over, "Expired"), (void, "Void"), (spent, "Used up")):
        assert voucher.code not in first
        assert voucher.code in history
        assert state in history
    assert runs.code in first
    assert "Vouchers purchased 4" in first


def test_the_one_that_ends_first_stands_first(world: World, neema: Customer, client: Client) -> None:
    now = clock.now()
    unused, later, sooner = (voucher_of(portal.bought(world, neema, f"b-{number}")) for number in range(3))
    vouchers.redeem(voucher_id=later.pk, mac=MAC, now=now)
    vouchers.redeem(voucher_id=sooner.pk, mac=MAC, now=now - timedelta(hours=5))
    text = text_of(client)
    assert text.index(sooner.code) < text.index(later.code) < text.index(unused.code)


def test_packages_and_their_usage(world: World) -> None:
    client = client_of(world.otieno)
    UsagePeriod.objects.filter(subscription=world.otieno_home).update(download_bytes=148_000_000_000)
    text = text_of(client)
    for words in ("My packages", "Home 10M", "Active", "148 GB used in this period", "Runs until", "Renew"):
        assert words in text
    blocks.block(subscription=world.otieno_home, reason="Staff know why", by=None)
    text = text_of(client)
    assert "Package blocked" in text
    assert "Staff know why" not in text


def test_usage_moves_with_the_reports(world: World) -> None:
    client = client_of(world.otieno)
    today = clock.local_day(clock.now(), world.organization.timezone)
    for day, gigabytes in ((today, 2), (today - timedelta(days=1), 3), (date(2020, 1, 1), 5)):
        UsageDay.objects.create(
            organization=world.organization,
            subscription=world.otieno_home,
            day=day,
            download_bytes=gigabytes * 1_000_000_000,
        )
    other = voucher_of(portal.bought(world, world.customers["neema"]))
    UsageDay.objects.create(organization=world.organization, voucher=other, day=today, download_bytes=9_000_000_000)
    own = voucher_of(portal.bought(world, world.otieno, "b-2"))
    UsageDay.objects.create(organization=world.organization, voucher=own, day=today, upload_bytes=500_000_000)
    Voucher.objects.filter(pk=own.pk).update(upload_bytes=500_000_000)
    _, session = console.make_session(world)
    heard_at = clock.now() - timedelta(minutes=7)
    type(session).objects.filter(pk=session.pk).update(updated_at=heard_at)

    text = text_of(client)

    assert "Data used today 2.5 GB" in text
    assert "Data used in all 10.5 GB" in text
    assert f"as of {heard_at.astimezone(clock.ZoneInfo(world.organization.timezone)):%H:%M}" in text


def test_devices_that_are_online(world: World, neema: Customer, client: Client) -> None:
    voucher = voucher_of(portal.bought(world, neema))
    vouchers.redeem(voucher_id=voucher.pk, mac=MAC, now=clock.now())
    _, session = console.make_session(world)
    type(session).objects.filter(pk=session.pk).update(subscription=None, voucher=voucher, customer=neema)
    assert "1 of 2 devices online." in text_of(client)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("overdue", "Suspended: overdue. Pay what you owe. Ask at the counter."),
        ("abuse", "Suspended: abuse. Your connection was used against our terms."),
        ("hold", "On hold. Your account rests for a while."),
        ("disabled", "Disabled. Your account is disabled. Ask at the counter."),
    ],
)
def test_whoever_is_halted_is_told_why(world: World, neema: Customer, client: Client, kind: str, words: str) -> None:
    suspensions.suspend(customer=neema, kind=kind, reason="Staff know why", by=None)
    text = text_of(client)
    assert words in text
    assert "Staff know why" not in text
    assert "Top up wallet" in text
    # The tab alone: nothing on the page sells.
    assert text.count("Buy Voucher") == 1
    suspensions.lift(customer=neema, kind=kind, by=None)
    assert words not in text_of(client)


def test_a_reason_is_told_once(world: World, neema: Customer, client: Client) -> None:
    ends_at = clock.now() + timedelta(days=3)
    suspensions.suspend(customer=neema, kind="hold", ends_at=ends_at, by=None)
    suspensions.suspend(group=neema.group, kind="hold", by=None)
    suspensions.suspend(group=neema.group, kind="disabled", by=None)
    text = text_of(client)
    assert text.count("Your account rests for a while.") == 1
    assert text.count("Your account is disabled.") == 1
    assert "It ends" in text


def test_an_account_that_expired(world: World, neema: Customer, client: Client) -> None:
    today = clock.local_day(clock.now(), world.organization.timezone)
    customers.edit(customer=neema, account_expires_on=today, by=None)
    assert "Your account expired" not in text_of(client)
    customers.edit(customer=neema, account_expires_on=today - timedelta(days=1), by=None)
    assert "Your account expired on" in text_of(client)


def test_it_has_the_organizations_colour_and_help(world: World, client: Client) -> None:
    organizations.edit(organization=world.organization, by=None, accent="#f2b52e", support_phone="0709 118 000")
    page = client.get(BASE).content.decode()
    assert "/baobab/brand/theme-" in page
    assert 'href="tel:+254709118000"' in page


def test_it_speaks_the_organizations_language(world: World, client: Client) -> None:
    organizations.edit(organization=world.organization, by=None, language="sw")
    assert '<html lang="sw">' in client.get(BASE).content.decode()


# The history.


def test_the_history_of_purchases(world: World, neema: Customer, client: Client) -> None:
    voucher = voucher_of(portal.bought(world, neema))
    text = text_of(client, "history/")
    for words in ("Plan Price Code Password Status When", "Day pass", "KES 50.00", voucher.code, "Unused"):
        assert words in text
    page = client.get(f"{BASE}history/").content.decode()
    hidden = page.index("<details>")
    assert hidden < page.index(vouchers.open_password(voucher)) < page.index("</details>")
    assert page.count("data-copy=") == 2


def test_each_purchase_says_how_it_stands(world: World, neema: Customer, client: Client) -> None:
    gateway = billing.practice(world.organization)
    purchase = portal.asked(world, neema, gateway)
    assert "Waiting for the payment" in text_of(client, "history/")
    payments.fail(payment=billing.payment_of(purchase), reason="timeout")
    assert "Not paid" in text_of(client, "history/")
    purchases.ask_again(purchase=purchase, gateway=gateway, phone="0733900118", key="again")
    assert "Not paid" not in text_of(client, "history/")
    billing.pays(purchase, amount_minor=1_000)
    assert "Paid, not given yet" in text_of(client, "history/")


def test_the_history_of_payments(world: World, neema: Customer, client: Client) -> None:
    purchase = portal.asked(world, neema, billing.practice(world.organization))
    billing.pays(purchase)
    portal.pays(neema, 12_000)
    text = text_of(client, "history/?view=payments")
    for words in ("Practice money KES 50.00 Day pass PM7K2Q9XAB Received", "Cash KES 120.00 Wallet Received"):
        assert words in text


def test_an_empty_history(client: Client) -> None:
    assert "You have bought nothing yet." in text_of(client, "history/")
    assert "No payments yet." in text_of(client, "history/?view=payments")


def test_a_long_history_has_pages(world: World, neema: Customer, client: Client) -> None:
    made = [voucher_of(portal.bought(world, neema, f"b-{number}")) for number in range(23)]
    first, second = text_of(client, "history/"), text_of(client, "history/?page=2")
    assert "1 to 20 of 23" in first
    assert "21 to 23 of 23" in second
    assert [made[22].code in first, made[3].code in first, made[2].code in first] == [True, True, False]
    assert made[2].code in second
    assert f'href="{BASE}history/?page=2"' in client.get(f"{BASE}history/").content.decode()
    assert (
        f'href="{BASE}history/?view=payments&amp;page=2"'
        in client.get(f"{BASE}history/?view=payments").content.decode()
    )
    for asked in ("0", "-1", "99", "x", "٣", "9" * 30):
        assert "1 to 20 of 23" in text_of(client, f"history/?page={asked}")


# The account.


def test_an_additional_account_number_is_shown(world: World, neema: Customer, client: Client) -> None:
    customers.edit(customer=neema, extra_account_number="482913", by=None)
    assert f'{neema.account_number} <span class="quiet">or</span> 482913' in client.get(ACCOUNT).content.decode()


def test_the_account(world: World, neema: Customer, client: Client) -> None:
    text = text_of(client, "account/")
    for words in (
        "My Account",
        neema.account_number,
        "0768 274519",
        "Another phone now? We change it for you. Ask at the counter.",
    ):
        assert words in text
    assert 'name="phone"' not in client.get(ACCOUNT).content.decode()


def test_changing_the_details(world: World, neema: Customer, client: Client) -> None:
    data = {"first_name": "Neema", "last_name": "Achieng", "email": "neema@example.com", "username": "Neema"}
    assert client.post(ACCOUNT, {**data, "phone": "0712345678"})["Location"] == ACCOUNT
    neema.refresh_from_db()
    assert (neema.last_name, neema.email, neema.username) == ("Achieng", "neema@example.com", "Neema")
    assert neema.phone == "+254768274519"
    assert "Your details are saved." in text_of(client, "account/")


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"first_name": ""}, "first_name", "Please fill this in."),
        ({"email": "otieno@example.com"}, "email", "This e-mail has an account already."),
        ({"email": "nobody"}, "email", "This is no e-mail address."),
        ({"username": "otieno"}, "username", "Username already exists"),
        ({"username": "0712345678"}, "username", "A username is no phone number or e-mail of somebody else."),
    ],
)
def test_what_changing_refuses(
    world: World, neema: Customer, client: Client, changes: dict[str, str], field: str, words: str
) -> None:
    customers.edit(customer=world.otieno, email="otieno@example.com", by=None)
    response = client.post(ACCOUNT, {"first_name": "Neema", **changes})
    assert response.status_code == 400
    assert list(response.context["form"].errors) == [field]
    page = response.content.decode()
    assert words in page
    assert "Otieno" not in page
    assert Customer.objects.get(pk=neema.pk).last_name == "Atieno"


def test_a_new_password(world: World, neema: Customer, client: Client) -> None:
    elsewhere = client_of(neema)
    assert client.post(f"{BASE}sign-in/", {"name": neema.phone, "password": PASSWORD}).status_code == 302
    url, form = f"{ACCOUNT}password/", {"present": PASSWORD, "password": "quite-another-9"}
    assert "This is not your present password." in client.post(url, {**form, "present": "x"}).content.decode()
    assert "password" in client.post(url, {**form, "password": "short"}).context["form"].errors

    assert client.post(url, form)["Location"] == ACCOUNT

    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)
    sent = {"name": "0768274519", "password": "quite-another-9"}
    assert Client().post(f"{BASE}sign-in/", sent).status_code == 302
    # The network's password is another one.
    assert credentials.open_secret(world.credential("neema")) == "radius-pass-1"


def test_the_present_password_is_tried_so_often(world: World, client: Client) -> None:
    url, form = f"{ACCOUNT}password/", {"present": "wrong", "password": "quite-another-9"}
    for _ in range(limits.PASSWORDS_OF_CUSTOMER):
        assert client.post(url, form).status_code == 400
    response = client.post(url, {**form, "present": PASSWORD})
    assert response.status_code == 400
    assert "Too many tries." in response.content.decode()
    assert "or have a code sent" not in response.content.decode()


def test_what_is_not_there(world: World, client: Client) -> None:
    response = client.get(f"{BASE}purchases/00000000-0000-4000-8000-000000000000/")
    assert response.status_code == 404
    page = response.content.decode()
    assert "Nothing is here" in page
    assert f'href="{BASE}"' in page


@pytest.mark.parametrize(
    ("door", "way_out"), [("portal", "/baobab/portal/"), ("hotspot", "/baobab/hotspot/"), ("console", "/")]
)
def test_a_lost_customer_is_led_back_to_his_own_door(world: World, door: str, way_out: str) -> None:
    page = Client().get(f"/baobab/{door}/nowhere/").content.decode()

    assert f'href="{way_out}"' in page
