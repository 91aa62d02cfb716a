"""Passwords that people type: kept as they are or refused, and never changed on the way."""

import html
import re
from collections.abc import Iterator
from importlib import import_module

import pytest
from django import forms
from django.test import Client

from headend.access import credentials
from headend.access.models import Credential
from headend.ui.forms import PlainForm, Secret
from tests.kit import console
from tests.kit.world import World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/"
SPACE = "It begins or ends with a space, which nobody sees."
FOREIGN = "Many routers can send only plain letters, digits and signs, and not these: {}."
DEMANDS = {"require_message_authenticator": "auto", "limit_proxy_state": "auto"}
AGAIN = "Save again to use it as it is, or type another."


def all_forms(kind: type[forms.BaseForm] = PlainForm) -> Iterator[type[forms.BaseForm]]:
    for below in kind.__subclasses__():
        yield below
        yield from all_forms(below)


def test_no_form_cuts_spaces_off_a_password() -> None:
    import_module("headend.config.urls")
    fields = {
        f"{form.__module__}.{form.__name__}.{name}": field
        for form in all_forms()
        if form.__module__.startswith("headend.")
        for name, field in form.base_fields.items()
        if isinstance(field.widget, forms.PasswordInput | Secret) or "password" in name or "secret" in name
        if isinstance(field, forms.CharField)
    }

    assert len(fields) > 12
    assert [name for name, field in fields.items() if field.strip] == []


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["owner"])


def meant(text: str) -> str:
    """What the page carries as the password that was warned of."""
    found = re.search(r'name="password_meant"[^>]* value="([^"]*)"', text)
    return html.unescape(found[1]) if found else ""


@pytest.mark.parametrize(
    ("password", "said"),
    [
        (" otieno-7x ", [SPACE]),
        ("otieno-7x ", [SPACE]),
        ("Nyumba-é7ş", [FOREIGN.format("é ş")]),
        ("Пароль7 ", [SPACE, FOREIGN.format("П а л о р ь")]),
    ],
)
def test_a_password_that_a_router_may_send_otherwise_is_warned_of_and_kept(
    world: World, client: Client, password: str, said: list[str]
) -> None:
    places = {
        f"{BASE}subscriptions/{world.otieno_home.pk}/password/": {},
        f"{BASE}customers/{world.otieno.pk}/subscriptions/add/": {
            "connection_type": "pppoe",
            "plan": str(world.home_10m.pk),
            "username": "otieno-two",
            "method": "cash",
            "activate": "yes",
        },
        f"{BASE}customers/add/": {
            "full_name": "John Doe",
            "phone": "0733900118",
            "group": str(world.default_group.pk),
            "connection_type": "pppoe",
            "plan": str(world.home_10m.pk),
            "username": "john",
            "method": "cash",
            "activate": "yes",
        },
    }
    for place, values in places.items():
        response = client.post(place, {**values, "password": password})
        text = html.unescape(response.content.decode())
        assert response.status_code == 400, place
        assert [line for line in (*said, AGAIN) if line not in text] == [], place
        assert meant(text) == password
        assert "One thing to mend" in text

        # Another one is doubted anew; the same one is taken.
        assert client.post(place, {**values, "password": f"{password} ", "password_meant": password}).status_code == 400
        response = client.post(place, {**values, "password": password, "password_meant": password})
        assert response.status_code == 302, response.context["mistakes"]

    kept = {c.name: credentials.open_secret(c) for c in Credential.objects.filter(organization=world.organization)}
    assert {kept["otieno"], kept["otieno-two"], kept["john"]} == {password}


@pytest.mark.parametrize("password", ["plain-7x", "with space 7", 'sign"s%_\\7'])
def test_a_plain_password_is_taken_at_once(world: World, client: Client, password: str) -> None:
    place = f"{BASE}subscriptions/{world.otieno_home.pk}/password/"

    assert client.post(place, {"password": password}).status_code == 302
    assert credentials.open_secret(world.credential("otieno")) == password


def test_a_secret_with_a_space_at_its_end_is_refused(world: World, client: Client) -> None:
    place = f"{BASE}nas/{world.hilltop.pk}/edit/"
    values = {"name": "hilltop", "address": "127.0.0.1", "vendor": "mikrotik", "coa_port": "3799", **DEMANDS}

    response = client.post(place, {**values, "secret": "long-enough-secret-7 "})

    assert response.status_code == 400
    assert "without spaces" in response.content.decode()
