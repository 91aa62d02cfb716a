"""What the tests of the portal share: customers with a password, browsers in which they are signed in, and what pages hold."""

import re
from typing import Any

from django.test import Client
from django.urls import URLPattern

from headend.access import signins
from headend.billing import purchases, receipts
from headend.billing.models import Gateway, Purchase
from headend.customers.models import Customer
from headend.doors.portal.urls import urlpatterns
from headend.messaging import carriers, messages
from headend.messaging.gateways import smtp
from headend.messaging.models import CarrierKind, Message
from headend.messaging.setups import Setup
from headend.system import sealing
from headend.system.models import Organization
from tests.kit.world import World

PASSWORD = "mawingu-2026"
BASE = "/baobab/portal/"
# What a NAS told of a guest: opaque for the portal.
VISIT = "eyJ2IjoxfQ:1vMabc:sIgNaTuRe-_1"


def client_of(customer: Customer, base: str = BASE) -> Client:
    """A browser in which a customer is signed in."""
    signins.set_password(customer=customer, password=PASSWORD, by=None)
    client = Client()
    response = client.post(f"{base}sign-in/", {"name": customer.phone, "password": PASSWORD})
    assert response.status_code == 302, response.content.decode()
    return client


def is_signed_in(client: Client, base: str = BASE) -> bool:
    return client.get(base).status_code == 200


def token(page: bytes) -> str:
    """The token of a page's form."""
    found = re.search(r'name="form_token" value="([0-9a-f]+)"', page.decode())
    assert found is not None, page.decode()
    return found.group(1)


def buy(client: Client, what: str = "", **data: Any) -> Any:
    """Opens *Buy*, fills it in and sends it."""
    place = f"{BASE}buy/{what}"
    return client.post(place, {"form_token": token(client.get(place).content), **data})


def pays(customer: Customer, amount_minor: int, key: str = "desk-1") -> None:
    """Cash at the desk, into the wallet."""
    receipts.take(customer=customer, method="cash", amount_minor=amount_minor, key=key, by=None)


def bought(world: World, customer: Customer, key: str = "b-1") -> Purchase:
    """A *Day pass* from the wallet."""
    pays(customer, world.day_pass.price_minor, key=f"cash-{key}")
    return purchases.buy_from_wallet(customer=customer, plan=world.day_pass, key=key, by=None)


def asked(world: World, customer: Customer, gateway: Gateway, key: str = "a-1") -> Purchase:
    """A *Day pass* for which the customer's phone is asked to pay."""
    return purchases.start(customer=customer, plan=world.day_pass, gateway=gateway, phone=customer.phone, key=key)


def add_carrier(organization: Organization) -> None:
    """Somebody who carries SMS; nothing answers there."""
    carriers.add(
        organization=organization,
        kind=CarrierKind.FAKE,
        base_url="http://127.0.0.1:9",
        sender="Baobab",
        key="k",
        by=None,
    )


def add_mail_server(organization: Organization) -> None:
    """Somebody who carries e-mail; nothing answers there."""
    setup = Setup(
        CarrierKind.SMTP,
        base_url=smtp.place("starttls", "mail.example.com", 587),
        key="k",
        account="a",
        options={"from_address": "hello@baobab.example", "from_name": "Baobab Net", "reply_to": ""},
    )
    carriers.set_up(organization=organization, setup=setup, by=None)


def link_in(message: Message) -> str:
    """The path of the link by which a message lets a password be chosen."""
    found = re.search(r"/\w+/portal/password/\S+/", body(message))
    assert found is not None, message.shown
    return found.group()


def code_sent_to(phone: str) -> str:
    """The newest code that a phone (E.164) shows."""
    told = body(Message.objects.filter(to=phone).latest("pk"))
    found = re.search(r"\b\d{6}\b", told)
    assert found is not None, told
    return found.group()


def body(message: Message) -> str:
    """What a message says, as the phone shows it."""
    assert message.body_sealed is not None
    sealed = bytes(message.body_sealed)
    return sealing.open_text(table=messages._TABLE, column="body", uid=message.uid, sealed=sealed)


def names() -> list[str]:
    """The names of all URLs of the portal."""
    return [str(pattern.name) for pattern in urlpatterns if isinstance(pattern, URLPattern)]


def parameters(name: str) -> list[str]:
    """What stands in a URL besides the slug."""
    return list(next(pattern for pattern in urlpatterns if pattern.name == name).pattern.converters)
