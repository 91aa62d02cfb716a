"""What no browser sends by itself, at every address of every door: always an answer, and never an error of ours."""

import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from headend.access import password_links
from headend.billing import payments
from headend.billing.models import Gateway
from headend.doors.captive.urls import urlpatterns as captive_patterns
from headend.messaging import mails
from tests.kit import billing, console, portal, sample
from tests.kit.world import World

pytestmark = pytest.mark.django_db

DOORS = Path(__file__).resolve().parents[1] / "src/headend/doors"
# What the doors ask an address or a form for by its name.
ASKED = re.compile(r'(?:GET|POST)(?:\.get)?[(\[]"([\w-]+)"')
NAMES = sorted({name for file in DOORS.rglob("*.py") for name in ASKED.findall(file.read_text())})

LARGE = "9" * 25
TEXTS = [LARGE, "-" + LARGE, "1e9999", "NaN", "²", "0001-01-01", "9999-12-31", "2026-02-30", "%", "\t\n", "x" * 5000]
NUL = "a\0b"

Address = tuple[str, str, Client]


class Fields(HTMLParser):
    """The fields of a page's forms with their values, as a browser would send them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self._select = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name, value = given.get("name") or "", given.get("value") or ""
        if tag == "select":
            self._select = name
            self.found[name] = ""
        elif tag == "option" and self._select and (not self.found[self._select] or "selected" in given):
            self.found[self._select] = value
        elif tag in ("input", "textarea") and name:
            is_on = given.get("type") not in ("checkbox", "radio") or "checked" in given
            if is_on or name not in self.found:
                self.found[name] = value


def of_console(world: World) -> Iterator[Address]:
    objects = sample.Objects.of(world)
    owner = console.client_of(world.staff["owner"])
    for name in console.names():
        yield name, sample.address(name, "baobab", objects), owner
    for name in ("start", "sign_in", "organizations", "readyz"):
        yield name, reverse(name), owner


def of_portal(world: World) -> Iterator[Address]:
    neema = world.customers["neema"]
    gateway = billing.practice(world.organization)
    purchase = portal.asked(world, neema, gateway)
    payment = payments.top_up(customer=neema, gateway=gateway, phone="0733900999", amount_minor=5_000, key="top-up")
    customer = portal.client_of(neema)
    for name in portal.names():
        values: dict[str, Any] = {"uid": payment.uid if name.startswith("payment") else purchase.uid}
        values |= {"pk": world.subscriptions["neema"].pk, "token": password_links.make(neema)}
        kwargs = {parameter: values[parameter] for parameter in portal.parameters(name)}
        yield name, reverse(f"portal:{name}", kwargs={"slug": "baobab", **kwargs}), customer


def of_captive(world: World) -> Iterator[Address]:
    neema = world.customers["neema"]
    purchase = portal.asked(world, neema, billing.practice(world.organization))
    for pattern in captive_patterns:
        kwargs = {"uid": purchase.uid} if "uid" in pattern.pattern.converters else {}
        yield str(pattern.name), reverse(f"captive:{pattern.name}", kwargs={"slug": "baobab", **kwargs}), Client()


def of_links(world: World) -> Iterator[Address]:
    yield "leave", urlsplit(mails.unsubscribe_place(world.organization, "otieno@example.org")).path, Client()


def ask(client: Client, url: str, data: dict[str, str] | None = None) -> int:
    """The status of one request, after which all is as it was before."""
    client.raise_request_exception = False
    cookies = client.cookies.output()
    with transaction.atomic():
        # What was kept is shown on the page that follows.
        status = client.get(url).status_code if data is None else client.post(url, data, follow=True).status_code
        transaction.set_rollback(True)
    client.cookies.load(cookies.replace("Set-Cookie: ", ""))
    return status


def fields_of(client: Client, url: str) -> dict[str, str]:
    with transaction.atomic():
        page = client.get(url).content.decode()
        transaction.set_rollback(True)
    return Fields(page).found


def with_query(url: str, text: str, *names: str) -> str:
    return f"{url}?{'&'.join(f'{name}={quote(text)}' for name in {*NAMES, *names})}"


@pytest.mark.parametrize("door", [of_console, of_portal, of_captive, of_links])
def test_no_address_breaks_at_absurd_input(world: World, door: Any) -> None:
    wrong = []
    for number, (name, url, client) in enumerate(door(world)):
        fields = fields_of(client, url)
        turn = TEXTS[number % len(TEXTS) :] + TEXTS[: number % len(TEXTS)]
        texts = {LARGE, turn[0]}
        wrong += [(name, "GET", text) for text in texts if ask(client, with_query(url, text, *fields)) >= 500]
        # One at a time: a form looks no further than its first mistake. Which text a field gets goes round.
        for place, field in enumerate(fields):
            text = turn[place % len(turn)]
            if ask(client, url, {**fields, field: text}) >= 500:
                wrong.append((name, f"POST {field}", text))
        if ask(client, url, dict.fromkeys([*fields, *NAMES], turn[1])) >= 500:
            wrong.append((name, "POST", turn[1]))
    assert wrong == []


@pytest.mark.parametrize("door", [of_console, of_portal, of_captive, of_links])
def test_what_no_database_keeps_is_read_nowhere(world: World, door: Any) -> None:
    wrong = []
    for name, url, client in door(world):
        stranger = Client()
        asked = {
            "query": ask(client, with_query(url, NUL)),
            "form": ask(client, url, dict.fromkeys(NAMES, NUL)),
            "query of a stranger": ask(stranger, with_query(url, NUL)),
            "form of a stranger": ask(stranger, url, dict.fromkeys(NAMES, NUL)),
        }
        wrong += [(name, kind, status) for kind, status in asked.items() if status != 400]
    assert wrong == []


@pytest.mark.parametrize(
    ("door", "path", "field", "rest"),
    [
        ("console", "sites/add/", "name", {}),
        ("console", "groups/add/", "name", {}),
        ("console", "staff/add/", "email", {"name": "N", "role": "support"}),
        ("portal", "register/", "username", {"first_name": "N", "phone": "0712000888", "password": "long-enough-1"}),
    ],
)
def test_a_name_that_grows_when_it_is_compared_is_too_long(
    world: World, door: str, path: str, field: str, rest: dict[str, str]
) -> None:
    """The key by which a name is unique has eighteen letters for one such sign, and its column holds no more than the name's."""
    client = console.client_of(world.staff["owner"]) if door == "console" else Client()
    signs = "\N{ARABIC LIGATURE SALLALLAHOU ALAYHE WASALLAM}" * 60
    typed = f"a@{signs}.com" if field == "email" else signs

    response = client.post(f"/baobab/{door}/{path}", {**rest, field: typed})

    assert response.status_code == 400
    assert "This is too long" in response.content.decode()


@pytest.mark.parametrize("cookie", ["headend_staff", "headend_portal", "headend_guest", "csrftoken", "other"])
def test_nor_in_a_cookie(world: World, cookie: str) -> None:
    for place in ("console/", "portal/", "hotspot/", "console/sign-in/"):
        # The escape of RFC 2109, which Python reads.
        response = Client(headers={"Cookie": f'{cookie}="0123456789\\000abc"'}).get(f"/baobab/{place}")
        assert response.status_code == 400
    assert "That cannot be read" in response.content.decode()


@pytest.mark.parametrize(
    "place", ["/%00/hotspot/", "/baobab%00/portal/", "/callbacks/fake/a%00b/", "/baobab/console/customers/%00/", "/%00"]
)
def test_nor_in_an_address(world: World, place: str) -> None:
    assert Client().get(place).status_code == 400
    assert Client().post(place, {}).status_code == 400


@pytest.mark.parametrize("charset", ["utf-7", "utf-16", "rot13", "zlib", "undefined", "nonsense"])
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=b"])
def test_forms_are_in_utf_8(world: World, kind: str, charset: str) -> None:
    half = b"+2AA-"
    body = b"code=" + half
    if kind.startswith("multipart"):
        body = b'--b\r\nContent-Disposition: form-data; name="code"\r\n\r\n' + half + b"\r\n--b--\r\n"

    response = Client().generic("POST", "/baobab/hotspot/voucher/", body, content_type=f"{kind}; charset={charset}")

    assert response.status_code == 400
    # Of the page that looks at a code nothing was said.
    assert "That cannot be read" in response.content.decode()


@pytest.mark.parametrize("number", ["0", "9" * 19, "9" * 5000])
def test_objects_that_cannot_be_are_not_there(world: World, number: str) -> None:
    owner = console.client_of(world.staff["owner"])
    objects = sample.Objects.of(world)
    names = [name for name in console.names_of_objects() if name != "join"]
    wrong = []
    for name in names:
        url = sample.address(name, "baobab", objects)
        absurd = re.sub(r"/\d+/", f"/{number}/", url, count=1)
        assert absurd != url
        wrong += [(name, status) for status in (ask(owner, absurd), ask(owner, absurd, {})) if status not in (404, 405)]
    assert wrong == []


@pytest.mark.parametrize(
    "changes",
    [
        {"receipt": "a\0b"},
        {"phone": "\ud800"},
        {"reason": "\udfff", "status": "declined"},
        {"amount": 10**30},
        {"amount": 1e300},
        {"amount": float("nan")},
        {"status": ["paid"]},
        {"reference": {"a": "\0"}},
    ],
)
def test_a_provider_says_what_no_database_keeps(world: World, changes: dict[str, Any]) -> None:
    purchase = portal.asked(world, world.customers["neema"], billing.practice(world.organization))
    payment = billing.payment_of(purchase)
    place = urlsplit(payments.callback_url(payment)).path
    client = Client(raise_request_exception=False)

    said = json.loads(billing.says(payment)) | changes
    assert client.post(place, json.dumps(said), content_type="application/json").status_code == 200
    for body in (b"\0", b"\xff\xfe", b"[" * 9000, b"{}", b"9" * 9000, b'"\\ud800"'):
        assert client.post(place, body, content_type="application/json").status_code == 200

    payment.refresh_from_db()
    assert payment.settled_at is None
    assert Gateway.objects.exists()
