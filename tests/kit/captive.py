"""A guest at hilltop's hotspot with a small browser: what the router hands over, and what the guest does with our pages."""

import html
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.test import Client

from headend.access.models import Session, Voucher
from headend.billing.models import Purchase
from headend.lib import clock
from tests.kit.world import World

MAC = "02:00:00:00:00:07"
LOGIN = "http://127.0.0.1/login"
ORIG = "http://example.org/news?a=b&c=d"
CHALLENGE = bytes.fromhex("d2a1f0047e11c3b90a5d66788899aabb")
CHAP = {"chap-id": r"\065", "chap-challenge": "".join(f"\\{octet:03o}" for octet in CHALLENGE)}
PHONE = "0733 000 111"


def fields(world: World, **changes: str) -> dict[str, str]:
    """What hilltop's login page hands over; hyphens of a name are written as underscores. Empty values are left out."""
    told = {
        "nas": world.hilltop.token,
        "mac": MAC,
        "ip": "10.5.50.7",
        "username": "",
        "link-login-only": LOGIN,
        "link-orig": ORIG,
        "error": "",
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    return {name: value for name, value in told.items() if value}


def connected(world: World, voucher: Voucher, mac: str = "020000000007") -> Session:
    """The session of a device that hilltop has told of."""
    now = clock.now()
    return Session.objects.create(
        organization=world.organization,
        nas=world.hilltop,
        voucher=voucher,
        customer_id=voucher.customer_id,
        user_name=voucher.code_key.upper(),
        acct_session_id=mac,
        mac=mac,
        started_at=now,
        updated_at=now,
    )


class Guest:
    """A guest and the page in front of him. `answer` is the last response, `page` its text without markup of characters."""

    def __init__(self, world: World, slug: str = "baobab") -> None:
        self.world = world
        self.base = f"/{slug}/hotspot/"
        self.client = Client()
        self.answer: Any = None

    @property
    def page(self) -> str:
        return html.unescape(self.answer.content.decode())

    @property
    def status(self) -> int:
        return int(self.answer.status_code)

    @property
    def visit(self) -> str:
        """The visit that the page hands on; empty where it has none."""
        found = re.search(r'name="visit" value="([^"]*)"|[?&]visit=([^"&]+)', self.page)
        return (found[1] or found[2]).replace("%3A", ":") if found else ""

    @property
    def refresh(self) -> str:
        """What the browser does by itself."""
        found = re.search(r'http-equiv="refresh" content="([^"]*)"', self.answer.content.decode())
        return html.unescape(found[1]) if found else ""

    @property
    def token(self) -> str:
        """The token of the press that the page offers."""
        found = re.search(r'name="form_token" value="([0-9a-f]{32})"', self.page)
        assert found, self.page
        return found[1]

    @property
    def login(self) -> dict[str, str]:
        """What the page that connects sends to the router: the fields, and `at`, where it is."""
        address = self.refresh.partition("url=")[2]
        assert address, self.page
        assert f'href="{html.escape(address)}"' in self.answer.content.decode()
        parts = urlsplit(address)
        return {"at": parts._replace(query="").geturl(), **dict(parse_qsl(parts.query, strict_parsing=True))}

    def opens(self, place: str = "", **query: str) -> str:
        """Opens a page of the door, or any address that begins with a slash."""
        return self._show(self.client.get(place if place.startswith("/") else self.base + place, query or None))

    def looks_again(self) -> str:
        """The browser loads the page again by itself."""
        return self.opens(self.answer.wsgi_request.get_full_path())

    def arrives(self, **changes: str) -> str:
        """The router sends him here."""
        return self._show(self.client.get(self.base, fields(self.world, **changes)))

    def posts(self, place: str, **values: Any) -> str:
        """Sends a form of the page, with the visit that stands in it."""
        return self._show(self.client.post(self.base + place, {"visit": self.visit, **values}))

    def buys(self, phone: str = PHONE, **values: Any) -> Purchase:
        """Presses *Buy Voucher*, and is led to the page that waits."""
        token = values.pop("form_token", "") or self.token
        self.posts("purchases/", **{"plan": self.world.day_pass.pk, "phone": phone, "form_token": token, **values})
        assert self.status == 302, self.page
        self.follows()
        return Purchase.objects.latest("pk")

    def types(self, code: str) -> str:
        """Types a voucher's code."""
        return self.posts("voucher/", code=code)

    def follows(self) -> str:
        """Is led on."""
        assert self.status == 302, self.page
        return self.opens(self.answer["Location"])

    def _show(self, answer: Any) -> str:
        self.answer = answer
        return self.page
