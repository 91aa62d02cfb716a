"""One form pressed twice at the same moment."""

import pytest
from django.test import Client

from headend.customers.models import Customer
from tests import console
from tests.threads import at_once
from tests.world import World

PRESSES = 6


@pytest.mark.django_db(transaction=True)
def test_saving_the_same_form_at_once_adds_one_customer(lasting_world: World) -> None:
    world = lasting_world
    clients = [Client() for _ in range(PRESSES)]
    first = console.client_of(world.staff["operator"])
    for client in clients:
        client.cookies = first.cookies
    form = {
        "first_name": "John",
        "group": str(world.default_group.pk),
        "connection_type": "none",
        "form_token": "0123abcd",
    }

    def press(client: Client) -> str:
        response = client.post("/baobab/console/customers/add/", form)
        return f"{response.status_code} {response['Location']}"

    answers = at_once(*[lambda client=client: press(client) for client in clients])

    john = Customer.objects.get(first_name="John")
    assert answers == [f"302 /baobab/console/customers/{john.pk}/"] * PRESSES
