"""Every page of the console that is sent, sent a second time: a press too many, or the back button."""

from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.forms import Form, Textarea
from django.test import Client

from headend.system.models import Throttle
from tests.kit import console, mail, portal, sample
from tests.kit.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]

BASE = "/baobab/console/"
# What a form does not offer by itself.
TYPED = {
    "customer_add": {"full_name": "John Doe", "phone": "0733900118", "plan": "home", "username": "john"},
    "customer_message": {"by": "sms"},
    "customers_message": {"by": "sms"},
    "customer_password": {"password": "a-long-password", "again": "a-long-password"},
    "customer_payment": {"amount": "50"},
    "customer_voucher": {"plan": "day"},
    "subscription_add": {"plan": "home", "username": "otieno2"},
    "batch_add": {"plan": "day", "sheets": "1", "vouchers_per_sheet": "2"},
    "group_add": {"name": "Estate C"},
    "site_add": {"name": "Market"},
    "plan_add": {"name": "Home 5M", "price": "1500", "download": "5", "upload": "5"},
    "carrier_edit": {
        "name": "Ours",
        "key": "k",
        "base_url": "https://sms.example/",
        "headers": "",
        "body": "{to}{text}",
    },
    "default_trigger_add": {"percent": "60"},
    "carrier_test": {"to": "0712345678"},
    "mail_server_edit": {
        "server": "mail.example",
        "from_name": "Baobab",
        "from_address": "hello@baobab.example",
    },
    "mail_server_test": {"to": "asha@baobab.example"},
    "nas_add": {"name": "valley", "address": "10.44.0.1", "vendor": "mikrotik"},
    "staff_add": {"name": "Amina", "email": "amina@baobab.example", "role": "cashier"},
}
# Two objects are in use, the customer has money and owes nothing, no further period is paid, a password asks for the present
# one, and two forms only search: nothing is done even once.
REFUSED = {
    "account_password",
    "customer_debt_write_off",
    "customer_erasure",
    "events",
    "messages",
    "nas_removal",
    "site_removal",
    "subscription_next",
}


def rows() -> dict[str, list[Any]]:
    """Everything that is on record, but for what counts presses and keeps sessions."""
    kept = [model for model in apps.get_models() if model is not Throttle and model._meta.app_label != "sessions"]
    return {model.__name__: list(model._default_manager.order_by("pk").values()) for model in kept}


def filled(forms: list[Form], typed: dict[str, str]) -> dict[str, str]:
    """The page as its reader sends it: what it offers, and what is typed."""
    sent = {}
    for form in forms:
        for name in form.fields:
            value = form[name].value()
            if value not in (None, False, ""):
                sent[name] = "on" if value is True else str(getattr(value, "pk", value))
            elif name == "reason" or isinstance(form.fields[name].widget, Textarea):
                sent[name] = "Because"
    return sent | typed


def forms_of(client: Client, place: str) -> list[Form]:
    """The forms of a page that are sent to save something."""
    context = client.get(place).context or {}
    forms = [context[name] for name in ("form", "person", "package") if name in context]
    return [form for form in forms if isinstance(form, Form) and "form_token" in form.fields]


def test_nothing_is_done_twice(world: World) -> None:
    portal.add_carrier(world.organization)
    mail.add_server(world.organization)
    portal.pays(world.otieno, 500_000)
    client, objects = console.client_of(world.staff["owner"]), sample.Objects.of(world)
    own = {"home": str(world.home_10m.pk), "day": str(world.day_pass.pk)}
    refused, twice = set(), {}
    for name in console.names():
        place = sample.address(name, "baobab", objects)
        with transaction.atomic():
            forms = forms_of(client, place)
            data = filled(forms, {key: own.get(value, value) for key, value in TYPED.get(name, {}).items()})
            if forms and client.post(place, data).status_code != 302:
                refused.add(name)
            elif forms:
                before = rows()
                # What was removed is not found any more.
                assert client.post(place, data).status_code in (302, 400, 404)
                after = rows()
                twice[name] = [model for model in after if after[model] != before[model]]
            transaction.set_rollback(True)
    assert refused == REFUSED
    assert {name: changed for name, changed in twice.items() if changed} == {}
    assert len(twice) > 40
