"""One form pressed twice at the same moment."""

import pytest
from django.test import Client

from headend.access import plans
from headend.access.models import Voucher
from headend.billing.models import Payment
from headend.customers.models import Customer
from headend.ledger import accounts
from tests.kit import console
from tests.kit.threads import at_once
from tests.kit.world import World

PRESSES = 6


@pytest.mark.django_db(transaction=True)
def test_saving_the_same_form_at_once_adds_one_customer(lasting_world: World) -> None:
    world = lasting_world
    clients = [Client() for _ in range(PRESSES)]
    first = console.client_of(world.staff["operator"])
    for client in clients:
        client.cookies = first.cookies
    form = {
        "full_name": "John Doe",
        "phone": "0733900118",
        "group": str(world.default_group.pk),
        "connection_type": "pppoe",
        "plan": str(world.home_10m.pk),
        "method": "cash",
        "activate": "yes",
        "form_token": "0123abcd",
    }

    def press(client: Client) -> str:
        response = client.post("/baobab/console/customers/add/", form)
        return f"{response.status_code} {response['Location']}"

    answers = at_once(*[lambda client=client: press(client) for client in clients])

    john = Customer.objects.get(first_name="John")
    assert answers == [f"302 /baobab/console/customers/{john.pk}/"] * PRESSES
    assert Payment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_taking_the_same_payment_at_once_takes_it_once(lasting_world: World) -> None:
    world = lasting_world
    place = f"/baobab/console/customers/{world.otieno.pk}/payments/add/"
    form = {"amount": "50", "method": "mobile", "reference": "QJK4R81XQ2", "form_token": "0123abcd"}
    # Of several people: the form's own key counts too, where each has another session.
    clients = [console.client_of(world.staff[role]) for role in ("owner", "admin", "operator", "cashier")]

    at_once(*[lambda client=client: client.post(place, form).status_code for client in clients])

    assert accounts.balance(customer=world.otieno) == 5_000
    assert Payment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_trying_again_at_once_gives_one_voucher(lasting_world: World) -> None:
    world = lasting_world
    purchase = console.unfulfilled(world)
    place = f"/baobab/console/purchases/{purchase.pk}/fulfilment/"
    clients = [console.client_of(world.staff[role]) for role in ("owner", "admin", "operator", "cashier")]

    answers = at_once(*[lambda client=client: client.post(place).status_code for client in clients])

    assert answers == [302] * 4
    assert Voucher.objects.count() == 1
    assert accounts.balance(customer=world.otieno) == 0


@pytest.mark.django_db(transaction=True)
def test_renewing_without_payment_at_once_adds_one_period(lasting_world: World) -> None:
    world = lasting_world
    before = world.otieno_home.expires_at
    place = f"/baobab/console/subscriptions/{world.otieno_home.pk}/activation/"
    clients = [Client() for _ in range(PRESSES)]
    first = console.client_of(world.staff["owner"])
    for client in clients:
        client.cookies = first.cookies

    answers = at_once(
        *[lambda client=client: client.post(place, {"form_token": "0123abcd"}).status_code for client in clients]
    )

    assert answers == [302] * PRESSES
    world.otieno_home.refresh_from_db()
    assert before is not None
    assert world.otieno_home.expires_at == plans.end_of(world.otieno_home, before, world.organization.timezone)
