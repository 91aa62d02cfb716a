"""A visitor registers on the portal, and a visit that began at a hotspot is kept on the way."""

import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from headend.access import vouchers
from headend.billing.models import Purchase
from headend.customers import customers
from headend.customers.models import Customer
from headend.desk import removals
from headend.doors.portal import limits, sessions
from headend.doors.worker import loop
from headend.lib import clock
from headend.lib import phone as phones
from headend.messaging import carriers
from headend.messaging.models import Message
from headend.system import organizations
from tests.kit import billing, portal
from tests.kit.captive import LOGIN, Guest
from tests.kit.money import Money
from tests.kit.portal import BASE, PASSWORD, VISIT, client_of, is_signed_in
from tests.kit.verbs import written
from tests.kit.world import NETWORK_PASSWORD, World

pytestmark = pytest.mark.django_db

REGISTER = f"{BASE}register/"
WAMBUI = {
    "first_name": "Wambui",
    "last_name": "Kariuki",
    "phone": "0733 900118",
    "email": "wambui@example.com",
    "username": "wambui",
    "password": PASSWORD,
}


def connect(purchase: Purchase) -> str:
    return f"/baobab/hotspot/purchases/{purchase.uid}/connect/?visit=eyJ2IjoxfQ%3A1vMabc%3AsIgNaTuRe-_1"


def test_it_works(world: World, client: Client) -> None:
    page = client.get(REGISTER).content.decode()
    for words in ("First name", "Last name", "Phone number", "E-mail", "Username", "Password", ">Register<"):
        assert words in page

    response = client.post(REGISTER, WAMBUI)

    assert response["Location"] == BASE
    wambui = Customer.objects.get(username="wambui")
    assert (wambui.name, wambui.phone, wambui.email) == ("Wambui Kariuki", "+254733900118", "wambui@example.com")
    assert wambui.organization == world.organization
    page = client.get(BASE).content.decode()
    assert f"Welcome, Wambui. Your account number is {wambui.account_number}." in page
    assert "Hello, Wambui Kariuki" in page
    assert client.get(REGISTER)["Location"] == BASE


@pytest.mark.parametrize("name", ["0733900118", "wambui@example.com", "WAMBUI"])
def test_and_signs_in_again_by_each_name(world: World, client: Client, name: str) -> None:
    client.post(REGISTER, WAMBUI)
    elsewhere = Client()
    assert elsewhere.post(f"{BASE}sign-in/", {"name": name, "password": PASSWORD}).status_code == 302


@pytest.mark.parametrize("left_out", [("phone",), ("email",), ("username",), ("last_name",), ("phone", "username")])
def test_what_may_be_left_out(world: World, client: Client, left_out: tuple[str, ...]) -> None:
    assert client.post(REGISTER, {**WAMBUI, **dict.fromkeys(left_out, "")})["Location"] == BASE
    assert is_signed_in(client)


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({"first_name": ""}, "first_name", "Please fill this in."),
        ({"phone": "", "email": ""}, "phone", "Give a phone number or an e-mail: you sign in with it."),
        ({"phone": "12"}, "phone", "“12” is not a phone number in this country."),
        ({"phone": "020 2345678"}, "phone", "is a landline"),
        ({"phone": "0733900118;0722418903"}, "phone", "Type a single number, in digits."),
        ({"phone": "0712CALLME"}, "phone", "“0712CALLME” is not one phone number."),
        ({"phone": "00254712345678"}, "phone", "This phone has an account already."),
        ({"phone": "0712-345678"}, "phone", "This phone has an account already."),
        ({"email": "nobody"}, "email", "This is no e-mail address."),
        ({"email": "OTIENO@example.com"}, "email", "This e-mail has an account already."),
        ({"username": "otieno"}, "username", "Username already exists"),
        ({"username": "Mary.Bach"}, "username", "“Mary.Bach” reads as the code of a voucher."),
        ({"username": "Amina"}, "username", "Username already exists"),
        ({"username": "0712345678"}, "username", "A username is no phone number or e-mail of somebody else."),
        ({"password": "1234567"}, "password", "8 characters or more"),
        ({"password": ""}, "password", "Please fill this in."),
        ({"first_name": "W" * 81}, "first_name", "80 characters at most"),
    ],
)
def test_what_is_refused(world: World, client: Client, changes: dict[str, str], field: str, words: str) -> None:
    customers.edit(customer=world.otieno, email="otieno@example.com", by=None)
    customers.edit(customer=world.customers["neema"], username="amina", by=None)
    before = Customer.objects.count()

    response = client.post(REGISTER, {**WAMBUI, **changes})

    assert response.status_code == 400
    assert list(response.context["form"].errors) == [field]
    page = response.content.decode()
    assert words in page
    for secret in (PASSWORD, "Otieno", "Neema", world.otieno.account_number):
        assert secret not in page
    assert Customer.objects.count() == before
    assert not is_signed_in(client)


def test_whose_phone_it_is_leads_to_the_own_account(world: World, client: Client) -> None:
    page = client.post(REGISTER, {**WAMBUI, "phone": "0712345678"}).content.decode()
    assert (
        'This phone has an account already. <a href="/baobab/portal/sign-in/">Sign in</a>, '
        'or <a href="/baobab/portal/code/">have a code sent to it</a>.'
    ) in page


def test_the_names_of_another_organization_are_free(world: World, client: Client) -> None:
    client.post(REGISTER, WAMBUI)
    neighbour = Client()
    assert neighbour.post("/acacia/portal/register/", WAMBUI)["Location"] == "/acacia/portal/"
    assert Customer.objects.filter(username="wambui").count() == 2


def test_the_names_of_the_deleted_are_free(world: World, client: Client) -> None:
    removals.delete(customer=world.otieno, by=None)
    assert client.post(REGISTER, {**WAMBUI, "phone": "0712345678"})["Location"] == BASE


def test_an_address_registers_so_many(world: World) -> None:
    for number in range(limits.REGISTRATIONS_OF_SOURCE):
        Client().post(
            REGISTER, {"first_name": "W", "phone": "0712345678", "password": PASSWORD, "username": f"u{number}"}
        )
    client = Client()
    response = client.post(REGISTER, WAMBUI)
    assert response.status_code == 429
    assert "Too many people registered from here" in response.content.decode()
    assert Client(REMOTE_ADDR="10.0.0.9").post(REGISTER, WAMBUI).status_code == 302


def test_what_cannot_be_right_counts_not(world: World, client: Client) -> None:
    for _ in range(limits.REGISTRATIONS_OF_SOURCE + 1):
        client.post(REGISTER, {"first_name": ""})
    assert client.post(REGISTER, WAMBUI).status_code == 302


def test_whoever_registers_leaves_the_account_before(world: World) -> None:
    client = client_of(world.otieno)
    client.post(REGISTER, WAMBUI)
    assert "Hello, Wambui Kariuki" in client.get(BASE).content.decode()


# A visit that began at a hotspot.


def test_from_the_splash_to_the_network_without_typing_a_code(world: World, client: Client) -> None:
    gateway = billing.practice(world.organization)
    page = client.get(f"{REGISTER}?visit={VISIT}").content.decode()
    assert f'<input type="hidden" name="visit" value="{VISIT}">' in page
    assert "/baobab/portal/sign-in/?visit=eyJ2IjoxfQ%3A1vMabc" in page

    assert client.post(REGISTER, {**WAMBUI, "visit": VISIT})["Location"] == f"{BASE}buy/"
    response = portal.buy(client, plan=world.day_pass.pk, pay=gateway.pk, phone="0733900118")
    purchase = Purchase.objects.get()
    place = f"{BASE}purchases/{purchase.uid}/"
    assert response["Location"] == place
    assert client.get(place).status_code == 200
    billing.pays(purchase)
    assert client.get(place)["Location"] == connect(purchase)
    # It is used: whoever comes back sees the code.
    page = client.get(place).content.decode()
    purchase.refresh_from_db()
    assert purchase.voucher is not None
    assert purchase.voucher.code in page
    assert "visit=" not in page


def test_the_routers_own_visit_leads_back_to_the_router(world: World) -> None:
    """Through both doors: Register on the splash, buy, pay, and the login that the router gets."""
    gateway = billing.practice(world.organization)
    guest = Guest(world)
    guest.arrives()
    link = re.search(r'href="(/baobab/portal/register/\?visit=[^"]+)"', guest.page)
    assert link is not None, guest.page
    guest.opens(link.group(1))
    guest.answer = guest.client.post(REGISTER, {**WAMBUI, "visit": guest.visit})
    guest.follows()
    portal.buy(guest.client, plan=world.day_pass.pk, pay=gateway.pk, phone="0733900118")
    purchase = Purchase.objects.get()
    billing.pays(purchase)

    guest.answer = guest.client.get(f"{BASE}purchases/{purchase.uid}/")
    guest.follows()

    purchase.refresh_from_db()
    assert purchase.voucher is not None
    assert guest.login["at"] == LOGIN
    assert guest.login["username"] == purchase.voucher.code_key.upper()
    assert guest.login["password"] == vouchers.open_password(purchase.voucher)


def test_it_is_kept_without_being_in_every_address(world: World, client: Client) -> None:
    page = client.get(f"{BASE}?visit={VISIT}", follow=True)
    assert f'name="visit" value="{VISIT}"' in page.content.decode()
    assert not Session.objects.exists()
    client.post(f"{BASE}sign-in/", {"name": "neema", "password": NETWORK_PASSWORD, "visit": VISIT})
    purchase = portal.bought(world, world.customers["neema"])
    page = client.get(BASE).content.decode()
    assert f'href="{connect(purchase)}"' in page
    assert client.get(f"{BASE}purchases/{purchase.uid}/")["Location"] == connect(purchase)


def test_without_one_there_is_no_way_to_connect(world: World) -> None:
    client = client_of(world.customers["neema"])
    purchase = portal.bought(world, world.customers["neema"])
    assert "/hotspot/" not in client.get(BASE).content.decode()
    assert client.get(f"{BASE}purchases/{purchase.uid}/").status_code == 200


def test_another_one_takes_its_place(world: World) -> None:
    client = client_of(world.customers["neema"])
    client.get(f"{BASE}?visit={VISIT}")
    client.get(f"{BASE}history/?visit=the-newer-one")
    assert 'name="visit" value="the-newer-one"' in client.get(f"{BASE}account/").content.decode()


def test_it_is_good_for_twelve_hours(world: World) -> None:
    client = client_of(world.customers["neema"])
    client.get(f"{BASE}?visit={VISIT}")
    with clock.at(clock.now() + sessions.VISIT_KEPT - timedelta(minutes=1)):
        assert VISIT in client.get(f"{BASE}account/").content.decode()
    with clock.at(clock.now() + sessions.VISIT_KEPT + timedelta(minutes=1)):
        assert VISIT not in client.get(f"{BASE}account/").content.decode()
    assert VISIT not in client.get(f"{BASE}account/").content.decode()


@pytest.mark.parametrize("text", ["a b", "<script>", "x" * (sessions.VISIT_LONGEST + 1), "é", "a\0"])
def test_what_cannot_be_one_is_dropped(world: World, text: str) -> None:
    client = client_of(world.customers["neema"])
    response = client.get(f"{BASE}account/", {"visit": text})
    assert 'name="visit"' not in response.content.decode()


def test_it_outlives_signing_out_but_nothing_else_does(world: World) -> None:
    client = client_of(world.customers["neema"])
    client.get(f"{BASE}?visit={VISIT}")
    client.post(f"{BASE}sign-out/")
    assert VISIT in client.get(f"{BASE}sign-in/").content.decode()
    assert not is_signed_in(client)


@pytest.fixture
def sms(world: World) -> Iterator[Money]:
    """Baobab Net sends SMS: whoever registers a phone proves that it is his."""
    with Money() as money:
        carriers.add(
            organization=world.organization, kind="fake", base_url=money.url, sender="Baobab", key=money.key, by=None
        )
        yield money


def code_for(sms: Money, phone: str = "+254733900118") -> str:
    """The code of the newest SMS to that phone."""
    loop.run_once()
    found = re.search(r"\d{6}", sms.sms_to(phone)[-1]["body"])
    assert found
    return found[0]


CODE = f"{REGISTER}code/"


def test_the_phone_is_proved_by_a_code(world: World, client: Client, sms: Money) -> None:
    response = client.post(REGISTER, WAMBUI)

    assert response["Location"] == CODE
    assert not Customer.objects.filter(username="wambui").exists()
    assert not is_signed_in(client)
    assert "0733 900118" in client.get(CODE).content.decode()
    assert client.post(CODE, {"code": "000000"}).status_code == 400
    assert not Customer.objects.filter(username="wambui").exists()

    response = client.post(CODE, {"code": code_for(sms)})

    assert response["Location"] == BASE
    assert Customer.objects.get(username="wambui").phone == "+254733900118"
    assert "Welcome, Wambui" in client.get(BASE).content.decode()
    assert Client().post(f"{BASE}sign-in/", {"name": "wambui", "password": PASSWORD}).status_code == 302


def test_the_visit_is_kept_on_the_way_over_the_code(world: World, client: Client, sms: Money) -> None:
    assert f'value="{VISIT}"' in client.get(f"{REGISTER}?visit={VISIT}").content.decode()
    client.post(REGISTER, {**WAMBUI, "visit": VISIT})

    assert client.post(CODE, {"code": code_for(sms)})["Location"] == f"{BASE}buy/"


def test_the_password_is_not_kept_in_clear_meanwhile(world: World, client: Client, sms: Money) -> None:
    client.post(REGISTER, WAMBUI)

    assert PASSWORD not in str(dict(client.session))
    assert PASSWORD not in written()


def test_what_is_taken_is_said_before_a_code_is_sent(world: World, client: Client, sms: Money) -> None:
    customers.edit(customer=world.otieno, by=None, email="otieno@example.com")
    for phone in (WAMBUI["phone"], world.otieno.phone):
        response = client.post(REGISTER, {**WAMBUI, "phone": phone, "email": "otieno@example.com"})

        assert response.status_code == 400
        assert "This e-mail has an account already" in response.content.decode()
    assert not Message.objects.exists()


def test_whether_a_phone_is_known_is_not_told(world: World, client: Client, sms: Money) -> None:
    """A stranger who types it reads what everybody reads; its owner goes on by the code."""
    known = client.post(REGISTER, {**WAMBUI, "phone": world.otieno.phone}, follow=True).content.decode()
    unknown = Client().post(REGISTER, WAMBUI, follow=True).content.decode()
    pretty = [phones.pretty(phone, "KE") for phone in (world.otieno.phone, phones.parse(WAMBUI["phone"], "KE"))]
    assert _plain(known, pretty[0]) == _plain(unknown, pretty[1])

    world.otieno.refresh_from_db()
    assert not world.otieno.password
    response = client.post(CODE, {"code": portal.code_sent_to(world.otieno.phone)}, follow=True)
    assert "This phone had an account already." in response.content.decode()
    assert "Otieno" in response.content.decode()
    assert not Customer.objects.filter(username="wambui").exists()
    assert Client().post(f"{BASE}sign-in/", {"name": "otieno", "password": WAMBUI["password"]}).status_code == 302


def _plain(page: str, phone: str) -> str:
    """A page without what differs from browser to browser."""
    return re.sub(r'(csrfmiddlewaretoken" value=)"[^"]*"', r"\1", page).replace(phone, "PHONE")


def test_taken_while_the_code_was_on_its_way(world: World, client: Client, sms: Money) -> None:
    client.post(REGISTER, WAMBUI)
    code = code_for(sms)
    customers.edit(customer=world.otieno, by=None, phone=WAMBUI["phone"])

    response = client.post(CODE, {"code": code})

    # Whoever has the phone has its account.
    assert response["Location"] == BASE
    assert not Customer.objects.filter(username="wambui").exists()


def test_without_a_phone_there_is_nothing_to_prove(world: World, client: Client, sms: Money) -> None:
    assert client.post(REGISTER, {**WAMBUI, "phone": ""})["Location"] == BASE


def test_an_organization_may_do_without(world: World, client: Client, sms: Money) -> None:
    organizations.edit(organization=world.organization, by=None, registration="open")

    assert client.post(REGISTER, WAMBUI)["Location"] == BASE


def test_the_page_of_the_code_is_for_who_registers(world: World, client: Client) -> None:
    assert client.get(CODE)["Location"] == REGISTER


def test_three_codes_for_a_phone_are_enough(world: World, client: Client, sms: Money) -> None:
    answers = [client.post(REGISTER, WAMBUI).status_code for _ in range(4)]

    assert answers == [302, 302, 302, 429]
