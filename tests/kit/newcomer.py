"""John Doe, whom staff add in the console: the form as it is sent, added, or refused."""

from django.test import Client

from headend.billing.models import Payment
from headend.customers.models import Customer
from tests.kit.console import words
from tests.kit.world import World

BASE = "/baobab/console/customers/"
ADD = f"{BASE}add/"


def form(world: World, **more: str) -> dict[str, str]:
    return {
        "connection_type": "pppoe",
        "plan": str(world.home_10m.pk),
        "full_name": "John Doe",
        "phone": "0733 900 118",
        "group": str(world.default_group.pk),
        "username": "john",
        "password": "johns-secret",
        "method": "cash",
        "activate": "yes",
        **more,
    }


def add(client: Client, world: World, **more: str) -> Customer:
    response = client.post(ADD, form(world, **more))
    assert response.status_code == 302, words(response)
    john = Customer.objects.get(first_name="John")
    assert response["Location"] == f"{BASE}{john.pk}/"
    return john


def refused(client: Client, world: World, **more: str) -> str:
    response = client.post(ADD, form(world, **more))
    assert response.status_code == 400
    assert not Customer.objects.filter(first_name="John").exists()
    assert not Payment.objects.exists()
    return words(response)
