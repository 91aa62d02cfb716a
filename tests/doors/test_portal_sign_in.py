"""Signing in to the portal and out of it, first passwords, and sessions that never mix."""

import re
from urllib.parse import urlencode

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session
from django.test import Client

from headend.access import signins
from headend.config import sessions
from headend.customers import customers, suspensions
from headend.customers.models import Customer
from headend.desk import removals
from headend.doors.portal import limits
from headend.lib import clock
from headend.messaging import codes
from headend.messaging.models import Message
from headend.system import throttles
from tests.kit import console, portal
from tests.kit.portal import BASE, PASSWORD, VISIT, client_of, is_signed_in
from tests.kit.world import NETWORK_PASSWORD, World

pytestmark = pytest.mark.django_db

SIGN_IN = f"{BASE}sign-in/"
PORTAL, STAFF = sessions.PORTAL_COOKIE, settings.SESSION_COOKIE_NAME


def sign_in(client: Client, name: str = "otieno", password: str = NETWORK_PASSWORD, **more: str) -> int:
    return client.post(SIGN_IN, {"name": name, "password": password, **more}).status_code


def test_it_works(world: World, client: Client) -> None:
    page = client.get(SIGN_IN).content.decode()
    for words in ("Baobab Net", "E-mail, phone or username", "Password", ">Login<", ">Sign up<", ">Register<"):
        assert words in page
    response = client.post(SIGN_IN, {"name": "0712 345678", "password": NETWORK_PASSWORD})
    assert response["Location"] == BASE
    assert "Hello, Otieno Ouma" in client.get(BASE).content.decode()
    assert client.get(SIGN_IN)["Location"] == BASE


def test_the_address_that_some_look_for(world: World, client: Client) -> None:
    assert client.get("/baobab/portal/login/")["Location"] == SIGN_IN
    assert client.get(f"/baobab/portal/login/?visit={VISIT}")["Location"] == f"{SIGN_IN}?visit={VISIT}"
    assert client.get("/baobab/portal/login", follow=True).redirect_chain[-1][0] == SIGN_IN


def test_an_unknown_organization_is_404(world: World, client: Client) -> None:
    for page in ("", "sign-in/", "register/", "code/", "buy/"):
        assert client.get(f"/nobody/portal/{page}").status_code == 404


def test_what_is_wrong_reads_the_same(world: World, client: Client) -> None:
    removals.delete(customer=world.customers["grace"], by=None)
    texts = set()
    for name, password in (
        ("nobody", "x"),
        ("otieno", "wrong-wrong"),
        ("grace", NETWORK_PASSWORD),
        ("otieno", "x" * 120),
    ):
        response = client.post(SIGN_IN, {"name": name, "password": password})
        assert response.status_code == 400
        texts.add(re.sub(r'(name="csrfmiddlewaretoken"|id="id_name")? ?value="[^"]*"', "", response.content.decode()))
    assert len(texts) == 1
    assert "The name or the password is wrong." in texts.pop()


def test_a_password_is_never_sent_back(world: World, client: Client) -> None:
    assert b"wrong-wrong" not in client.post(SIGN_IN, {"name": "otieno", "password": "wrong-wrong"}).content


def test_too_many_tries(world: World) -> None:
    with time_machine.travel(clock.now(), tick=False) as traveller:
        client = Client(REMOTE_ADDR="10.0.0.99")
        for _ in range(throttles.TRIES):
            assert sign_in(client, password="wrong-wrong") == 400
        response = client.post(SIGN_IN, {"name": "otieno", "password": NETWORK_PASSWORD})
        assert response.status_code == 429
        assert b"Too many tries." in response.content
        traveller.shift(throttles.TRIES_WINDOW_SECONDS + 1)
        assert sign_in(client) == 302


def test_wrong_tries_elsewhere_keep_no_customer_out(world: World) -> None:
    for _ in range(25):
        sign_in(Client(REMOTE_ADDR="10.0.0.66"), password="wrong-wrong")
    assert sign_in(Client(REMOTE_ADDR="10.0.0.1")) == 302


def test_disabled_customers_sign_in(world: World, client: Client) -> None:
    suspensions.suspend(customer=world.otieno, kind="disabled", reason="Quarrelled with Juma", by=None)
    assert sign_in(client) == 302
    page = client.get(BASE).content.decode()
    assert "Your account is disabled. Ask at the counter." in page
    assert "Quarrelled" not in page


def test_it_goes_on_to_where_one_wanted(world: World, client: Client) -> None:
    asked = client.get(f"{BASE}history/?view=payments")["Location"]
    assert asked == f"{SIGN_IN}?next=%2Fbaobab%2Fportal%2Fhistory%2F%3Fview%3Dpayments"
    assert b'name="next" value="/baobab/portal/history/?view=payments"' in client.get(asked).content
    response = client.post(
        SIGN_IN, {"name": "otieno", "password": NETWORK_PASSWORD, "next": f"{BASE}history/?view=payments"}
    )
    assert response["Location"] == f"{BASE}history/?view=payments"


@pytest.mark.parametrize(
    "wanted",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "javascript:alert(1)",
        "/baobab/console/",
        "/acacia/portal/",
        "/baobab/portal/../console/",
        "\\\\elsewhere.example",
    ],
)
def test_but_never_elsewhere(world: World, client: Client, wanted: str) -> None:
    response = client.post(SIGN_IN, {"name": "otieno", "password": NETWORK_PASSWORD, "next": wanted})
    assert response["Location"] == BASE


def test_signing_out(world: World) -> None:
    client = client_of(world.otieno)
    assert client.get(f"{BASE}sign-out/").status_code == 405
    assert client.post(f"{BASE}sign-out/")["Location"] == SIGN_IN
    assert not is_signed_in(client)
    assert not Session.objects.exists()


def test_forms_need_their_token(world: World) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post(SIGN_IN, {"name": "otieno", "password": NETWORK_PASSWORD})
    assert response.status_code == 403


def test_signing_in_makes_a_new_session(world: World, client: Client) -> None:
    client.post(SIGN_IN, {"name": "neema", "password": "wrong", "visit": VISIT})
    before = client.cookies[PORTAL].value
    token_before = client.cookies["csrftoken"].value
    sign_in(client)
    assert client.cookies[PORTAL].value != before
    assert client.cookies["csrftoken"].value != token_before
    assert not Session.objects.filter(session_key=before).exists()


def test_the_cookie_is_of_this_portal_alone(world: World, client: Client) -> None:
    sign_in(client)
    cookie = client.cookies[PORTAL]
    assert cookie["path"] == BASE
    assert cookie["httponly"] is True
    assert cookie["samesite"] == "Lax"
    assert STAFF not in client.cookies


def test_whoever_only_looks_gets_no_cookie(world: World, client: Client) -> None:
    client.get(SIGN_IN)
    client.get(f"{SIGN_IN}?visit={VISIT}")
    assert PORTAL not in client.cookies
    assert not Session.objects.exists()


def test_a_stranger_writes_no_session_whatever_he_does(world: World, client: Client) -> None:
    client.post(SIGN_IN, {"name": "neema", "password": "wrong", "visit": VISIT})
    client.post(f"{BASE}code/", {"phone": "0722 000 999"})
    client.post(f"{BASE}register/", {"first_name": "Wanja", "phone": "0722 000 998"})
    assert PORTAL in client.cookies
    assert not Session.objects.exists()
    # What his browser carried goes on when he signs in: the visit that led him here.
    sign_in(client)
    assert sessions.PortalSession(client.cookies[PORTAL].value)["visit"][0] == VISIT


def test_a_visit_that_no_cookie_holds_is_carried_by_the_links(world: World, client: Client) -> None:
    long = f"{VISIT}{'v' * 2000}"
    page = client.post(SIGN_IN, {"name": "neema", "password": "wrong", "visit": long}).content.decode()
    assert f"?{urlencode({'visit': long})}" in page
    client.post(SIGN_IN, {"name": "otieno", "password": NETWORK_PASSWORD, "visit": VISIT})
    assert sessions.PortalSession(client.cookies[PORTAL].value)["visit"][0] == VISIT


@pytest.mark.parametrize("page", ["", "buy/", "history/", "account/", "top-up/"])
def test_no_page_is_kept_by_anybody(world: World, page: str) -> None:
    for client in (client_of(world.otieno), Client()):
        response = client.get(f"{BASE}{page}")
        assert "no-store" in response["Cache-Control"]
        assert "private" in response["Cache-Control"]
        assert "Cookie" in response["Vary"]


def test_a_session_of_staff_is_none_here(world: World) -> None:
    client = console.client_of(world.staff["owner"])
    assert client.get(BASE)["Location"].startswith(SIGN_IN)
    client.cookies[PORTAL] = client.cookies[STAFF].value
    assert not is_signed_in(client)


def test_a_session_of_a_customer_is_none_in_the_console(world: World) -> None:
    client = client_of(world.otieno)
    assert client.get("/baobab/console/")["Location"].startswith("/baobab/console/sign-in/")
    client.cookies[STAFF] = client.cookies[PORTAL].value
    assert client.get("/baobab/console/")["Location"].startswith("/baobab/console/sign-in/")
    assert is_signed_in(client)


def test_both_may_be_signed_in_in_one_browser(world: World) -> None:
    client = client_of(world.otieno)
    client.force_login(world.staff["owner"].staff)
    assert is_signed_in(client)
    assert client.get("/baobab/console/").status_code == 200
    client.post(f"{BASE}sign-out/")
    assert not is_signed_in(client)
    assert client.get("/baobab/console/").status_code == 200
    client = client_of(world.otieno)
    client.force_login(world.staff["owner"].staff)
    client.post("/sign-out/")
    assert is_signed_in(client)
    assert client.get("/baobab/console/").status_code == 302


def test_what_one_door_says_is_not_shown_at_another(world: World) -> None:
    client = client_of(world.otieno)
    client.force_login(world.staff["owner"].staff)
    client.post("/baobab/console/account/", {"name": "Achieng"})
    assert "Your name is changed." not in client.get(BASE).content.decode()
    assert "Your name is changed." in client.get("/baobab/console/account/").content.decode()


def test_a_session_of_another_organization_counts_as_none(world: World) -> None:
    same = customers.register(organization=world.neighbour, phone=world.otieno.phone, by=None)
    client = client_of(same, "/acacia/portal/")
    assert is_signed_in(client, "/acacia/portal/")
    # A browser sends it to its own path alone; somebody may send it where he likes.
    key = client.cookies[PORTAL].value
    stranger = Client()
    stranger.cookies[PORTAL] = key
    assert not is_signed_in(stranger)
    assert Session.objects.filter(session_key=key).exists()


def test_a_session_of_a_deleted_customer_counts_as_none(world: World) -> None:
    client = client_of(world.otieno)
    removals.delete(customer=world.otieno, by=None)
    assert not is_signed_in(client)
    removals.undelete(customer=world.otieno, by=None)
    assert is_signed_in(client)


def test_a_new_password_ends_the_sessions(world: World) -> None:
    client = client_of(world.otieno)
    signins.set_password(customer=world.otieno, password="set-by-the-desk", by=None)
    assert not is_signed_in(client)


def test_doors_without_sessions(world: World) -> None:
    for path in ("/baobab/hotspot/", "/callbacks/fake/x/", "/baobab/brand/theme-x.css", "/healthz", "/readyz"):
        assert sessions.door_of(path) is None
    for path in ("/", "/sign-in/", "/baobab/console/", "/portal/console/", "/callbacks", "/x/healthz", "/a/portal"):
        door = sessions.door_of(path)
        assert door is not None
        assert (door.cookie, door.path) == (STAFF, "/")
    door = sessions.door_of("/acacia/portal/buy/")
    assert door is not None
    assert (door.cookie, door.path) == (PORTAL, "/acacia/portal/")


# First passwords, and forgotten ones.


def ask(client: Client, phone: str) -> str:
    """Asks for a code, and gives back the page that follows."""
    response = client.post(f"{BASE}code/", {"phone": phone}, follow=True)
    assert response.redirect_chain[-1][0] == f"{BASE}code/check/"
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", response.content.decode())


def test_a_code_sets_a_password(world: World, client: Client) -> None:
    portal.add_carrier(world.organization)
    # As the captive door registers guests: by phone alone.
    guest = customers.register(organization=world.organization, phone="0733900777", by=None)
    assert b"Forgot your password" in client.get(SIGN_IN).content

    ask(client, "0733 900777")
    code = portal.code_sent_to("+254733900777")
    response = client.post(f"{BASE}code/check/", {"code": code, "password": PASSWORD})

    assert response["Location"] == BASE
    assert is_signed_in(client)
    assert sign_in(Client(), "0733900777", PASSWORD) == 302
    assert Customer.objects.get(pk=guest.pk).password


def test_it_signs_other_browsers_out(world: World, client: Client) -> None:
    portal.add_carrier(world.organization)
    elsewhere = client_of(world.otieno)
    ask(client, "0712345678")
    data = {"code": portal.code_sent_to("+254712345678"), "password": "a-new-one-here"}
    client.post(f"{BASE}code/check/", data)
    assert is_signed_in(client)
    assert not is_signed_in(elsewhere)


def test_the_answer_does_not_tell_whether_a_phone_is_known(world: World) -> None:
    portal.add_carrier(world.organization)
    removals.delete(customer=world.customers["grace"], by=None)
    pages = {ask(Client(), phone).replace(phone, "") for phone in ("0712 345678", "0733 900999", "0722 418903")}
    assert len(pages) == 1
    assert [message.to for message in Message.objects.all()] == ["+254712345678"]


def test_nor_do_wrong_codes(world: World) -> None:
    portal.add_carrier(world.organization)
    texts = set()
    for phone in ("0712 345678", "0733 900999"):
        client = Client()
        ask(client, phone)
        for _ in range(codes.TRIES + 1):
            response = client.post(f"{BASE}code/check/", {"code": "000000", "password": PASSWORD})
            assert response.status_code == 400
            page = response.content.decode().replace(phone, "")
            texts.add(re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page))
    assert len(texts) == 1
    assert "This code is wrong or too old." in texts.pop()


def test_nor_does_asking_too_often(world: World) -> None:
    portal.add_carrier(world.organization)
    for phone in ("0712 345678", "0733 900999"):
        for _ in range(limits.CODES_OF_PHONE):
            ask(Client(), phone)
        response = Client().post(f"{BASE}code/", {"phone": phone})
        assert response.status_code == 429
        assert b"Too many codes." in response.content


def test_nor_what_another_door_sent_to_it(world: World, client: Client) -> None:
    portal.add_carrier(world.organization)
    for _ in range(codes.SENT_AT_MOST):
        codes.send(organization=world.organization, purpose="captive_phone", phone="+254712345678")
    ask(client, "0712 345678")
    assert Message.objects.count() == codes.SENT_AT_MOST


def test_nor_does_what_is_held_back(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    portal.add_carrier(world.organization)
    monkeypatch.setattr(codes, "SENT_OF_ORGANIZATION", 1)
    ask(Client(), "0722 418903")
    for phone in ("0712 345678", "0733 900999"):
        page = Client().post(f"{BASE}code/", {"phone": phone}).content.decode()
        assert "too many were asked for" in page
    page = Client().post(f"{BASE}code/", {"phone": "+44 7911 123456"}).content.decode()
    assert "Codes by SMS go to numbers of Kenya only. Please contact us." not in page
    assert "Codes by SMS go to numbers of Kenya only." in page


def test_an_address_asks_for_so_many_codes(world: World, client: Client) -> None:
    portal.add_carrier(world.organization)
    for number in range(limits.CODES_OF_SOURCE):
        ask(client, f"07339{number:05d}")
    assert client.post(f"{BASE}code/", {"phone": "0712345678"}).status_code == 429
    ask(Client(REMOTE_ADDR="10.0.0.2"), "0712345678")


def test_a_short_password_does_not_use_the_code_up(world: World, client: Client) -> None:
    portal.add_carrier(world.organization)
    ask(client, "0712345678")
    code = portal.code_sent_to("+254712345678")
    response = client.post(f"{BASE}code/check/", {"code": code, "password": "short"})
    assert response.status_code == 400
    assert "password" in response.context["form"].errors
    assert client.post(f"{BASE}code/check/", {"code": code, "password": PASSWORD}).status_code == 302


def test_a_code_is_for_the_phone_that_this_browser_asked_for(world: World, client: Client) -> None:
    portal.add_carrier(world.organization)
    ask(client, "0712345678")
    stranger = Client()
    ask(stranger, "0733900999")
    data = {"code": portal.code_sent_to("+254712345678"), "password": PASSWORD, "phone": "0712345678"}
    assert stranger.post(f"{BASE}code/check/", data).status_code == 400
    # Staff may have had it sent: a browser that has asked for nothing says to which phone it came.
    assert 'name="phone"' in Client().get(f"{BASE}code/check/").content.decode()
    assert 'name="phone"' not in stranger.get(f"{BASE}code/check/").content.decode()


def test_of_whoever_was_deleted_meanwhile(world: World, client: Client) -> None:
    portal.add_carrier(world.organization)
    ask(client, "0712345678")
    removals.delete(customer=world.otieno, by=None)
    data = {"code": portal.code_sent_to("+254712345678"), "password": PASSWORD}
    assert client.post(f"{BASE}code/check/", data).status_code == 400


@pytest.mark.parametrize(("phone", "words"), [("12", "is not a phone number"), ("020 2345678", "is a landline")])
def test_what_is_no_mobile_phone(world: World, client: Client, phone: str, words: str) -> None:
    portal.add_carrier(world.organization)
    response = client.post(f"{BASE}code/", {"phone": phone})
    assert response.status_code == 400
    assert words in response.content.decode()


def test_without_a_carrier_it_says_so(world: World, client: Client) -> None:
    assert "Codes cannot be sent here." in client.get(f"{BASE}code/").content.decode()
    assert client.post(f"{BASE}code/", {"phone": "0712345678"}).status_code == 400
