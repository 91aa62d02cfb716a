"""What a guest has besides the one thing that he looks at: a part that is missing, a second voucher, a typed code."""

from datetime import timedelta
from typing import Any

import pytest

from headend.access import plans, reasons, vouchers
from headend.access.authorize import Code, Refusal
from headend.access.models import Voucher
from headend.billing import payments
from headend.billing.models import Payment, Purchase
from headend.lib import clock
from headend.system import organizations
from tests.kit.billing import payment_of, pays, practice, wrong
from tests.kit.captive import CHAP, Guest
from tests.kit.portal import add_carrier
from tests.kit.vouchers import of as vouchers_of
from tests.kit.vouchers import printed
from tests.kit.world import World

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def gateway(world: World) -> Any:
    return practice(world.organization)


@pytest.fixture
def guest(world: World) -> Guest:
    guest = Guest(world)
    guest.arrives(**CHAP)
    return guest


@pytest.fixture
def short(guest: Guest) -> Purchase:
    """A purchase for which KES 20 of KES 50 came."""
    bought = guest.buys()
    pays(bought, "PM1", 2_000)
    return bought


def opens(guest: Guest, purchase: Purchase) -> str:
    return guest.opens(f"purchases/{purchase.uid}/", visit=guest.visit).replace("\xa0", " ")


def two_plans(world: World, guest: Guest) -> tuple[Purchase, Purchase]:
    """He goes back while the first phone is asked, and buys a *Week pass* with another phone."""
    week = plans.add(
        organization=world.organization,
        by=None,
        name="Week pass",
        connection_type="hotspot",
        price_minor=20_000,
        download_kbps=2_000,
        upload_kbps=2_000,
        validity_count=7,
        validity_unit="days",
    )
    first = guest.buys()
    guest.arrives(**CHAP)
    return first, guest.buys("0733 000 222", plan=week.pk)


def test_the_missing_part_is_paid(guest: Guest, short: Purchase) -> None:
    page = opens(guest, short)
    assert "KES 30 is missing" in page
    assert "We received KES 20, but Day pass costs KES 50." in page
    assert 'ends in <b class="tel">111</b>' in page
    assert "Pay the missing KES 30" in page

    guest.posts(f"purchases/{short.uid}/again/", form_token=guest.token, phone="")
    guest.follows()

    assert "Check your phone" in guest.page
    assert '<span class="big">KES 30</span>' in guest.page.replace("\xa0", " ")
    assert payment_of(short).asked_minor == 3_000
    assert "Your payment is waiting" in guest.arrives(**CHAP)
    pays(short, "PM2")
    opens(guest, short)
    guest.follows()
    assert guest.login["username"] == Voucher.objects.get().code_key.upper()
    assert wrong() == {}


def test_the_missing_part_is_declined(guest: Guest, short: Purchase) -> None:
    opens(guest, short)
    guest.posts(f"purchases/{short.uid}/again/", form_token=guest.token, phone="020 2222222")
    assert guest.status == 400
    assert "is a landline" in guest.page
    guest.posts(f"purchases/{short.uid}/again/", form_token=guest.token, phone="0722418903")
    payments.fail(payment=payment_of(short), reason="insufficient_funds")

    page = opens(guest, short)

    assert "There is not enough money on the phone." in page
    assert "Pay the missing KES 30" in page


def test_where_nothing_is_missing_there_is_nothing_to_pay(world: World, guest: Guest) -> None:
    bought = guest.buys()
    plans.retire(plan=world.day_pass, by=None)
    pays(bought)

    page = opens(guest, bought)

    assert "Your money is in your account" in page
    assert "again/" not in page
    assert "Ask at the counter." in page
    guest.posts(f"purchases/{bought.uid}/again/", form_token="0" * 32)
    assert Payment.objects.count() == 1


def test_the_way_to_a_password_stands_where_codes_can_be_sent(world: World, guest: Guest, short: Purchase) -> None:
    assert "set a password" not in opens(guest, short)
    add_carrier(world.organization)
    assert "/baobab/portal/code/" in opens(guest, short)


def test_the_open_request_is_told_of(world: World, guest: Guest) -> None:
    bought = guest.buys()
    page = guest.arrives(**CHAP)
    assert "If you approve it and buy something else too, you pay both and get both." in page

    guest.posts("purchases/", plan=world.day_pass.pk, phone="0733000111", form_token=guest.token)

    assert guest.status == 400
    assert "This phone is being asked to pay already." in guest.page
    assert f'href="/baobab/hotspot/purchases/{bought.uid}/' in guest.page
    assert "See Day pass, which you are asked for" in guest.page


def test_both_are_paid_and_both_are_shown(world: World, guest: Guest) -> None:
    first, second = two_plans(world, guest)
    pays(second, "PM2")
    pays(first, "PM1")
    (day, week) = (Purchase.objects.get(pk=one.pk).voucher for one in (first, second))
    assert day is not None
    assert week is not None

    page = guest.arrives(**CHAP)
    assert page.count("You have a pass") == 2
    page = guest.opens(f"purchases/{second.uid}/")
    assert "Also yours" in page
    assert day.code in page
    opens(guest, second)
    vouchers.redeem(voucher_id=week.pk, mac="020000000007", now=clock.now())
    page = guest.opens("online/")
    assert page.index(week.code) < page.index("Also yours") < page.index(day.code)
    assert "Not used yet." in page
    # The one that he connects with is the one of the page.
    guest.arrives(**CHAP)
    guest.opens(f"purchases/{first.uid}/connect/", visit=guest.visit)
    vouchers.redeem(voucher_id=day.pk, mac="020000000007", now=clock.now())
    page = guest.opens("online/")
    assert page.index(day.code) < page.index("Also yours") < page.index(week.code)


def test_away_from_the_hotspot_what_is_kept_stands_beside_nothing(world: World, guest: Guest) -> None:
    guest.buys()
    pays(Purchase.objects.get())
    page = guest.opens("online/")
    assert "You are not connected here" in page
    assert "<h2>Yours</h2>" in page
    assert "Also yours" not in page


def test_a_browser_remembers_no_more_than_a_few(world: World, guest: Guest) -> None:
    for number in range(6):
        with clock.at(clock.now() + timedelta(minutes=3 * number)):
            guest.buys(f"07330001{number:02d}", form_token=f"{number:032x}")
            page = guest.opens()
    assert page.count("Your payment is waiting") == 4


def test_a_typed_code_is_shown_once_online(world: World, guest: Guest) -> None:
    (voucher,) = vouchers_of(printed(world))
    guest.types(voucher.code.lower())
    vouchers.redeem(voucher_id=voucher.pk, mac="020000000007", now=clock.now())

    page = guest.opens("online/")

    assert "Until <b>" in page
    assert "Data left" in page
    assert voucher.code in page
    # And it goes on with one press, as what was bought.
    page = guest.arrives(**CHAP)
    assert "You have a pass" in page
    guest.posts("voucher/", code=voucher.code)
    assert guest.login["username"] == voucher.code_key.upper()
    assert voucher.code not in Guest(world).opens("online/")


def test_a_refused_code_stands_in_the_field(world: World, guest: Guest) -> None:
    (voucher,) = vouchers_of(printed(world))
    guest.types(voucher.code)

    page = guest.arrives(error="This code is already used on 2 devices.")

    assert "The hotspot says: This code is already used on 2 devices." in page
    assert f'name="code" value="{voucher.code}"' in page.split("I have a voucher code")[1]
    assert f'value="{voucher.code}"' not in guest.arrives(**CHAP).split("I have a voucher code")[1]


@pytest.mark.parametrize(
    ("most", "of_voucher", "text"),
    [
        (1, True, "This code is already used on 1 device."),
        (2, True, "This code is already used on 2 devices."),
        (1, False, "Too many devices are connected with this name."),
    ],
)
def test_too_many_devices_in_words(most: int, of_voucher: bool, text: str) -> None:
    detail = {"live": most, "limit": most, "of_voucher": of_voucher}
    assert reasons.public_text(Refusal(Code.SESSION_LIMIT, detail)).startswith(text)


def test_the_counter_or_the_number(world: World, guest: Guest, short: Purchase) -> None:
    assert "Ask at the counter. We put it right, or pay it back." in opens(guest, short)
    organizations.edit(organization=world.organization, by=None, support_phone="0709 118 000")
    assert 'Call <a class="tel" href="tel:+254709118000">0709 118 000</a>.' in opens(guest, short)
    page = guest.arrives(**CHAP, error="Your account is suspended. Please contact us.")
    assert 'suspended. Call <a class="tel"' in page
    # What the RADIUS door tells a router, and the router the page.
    page = guest.arrives(**CHAP, error="Your account is suspended. Call 0709 118 000.")
    assert 'suspended. Call <a class="tel" href="tel:+254709118000">0709 118 000</a>.' in page
    assert (
        "&lt;b&gt;"
        in guest.client.get(
            guest.base,
            {"nas": world.hilltop.token, "link-login-only": "http://127.0.0.1/login", "error": "<b>Please contact us."},
        ).content.decode()
    )
