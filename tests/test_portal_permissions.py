"""`portal_permissions.txt` says for every URL of the portal, method and person what must happen; nothing else opens."""

from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from headend.access import password_links
from headend.billing import payments
from headend.customers import customers, suspensions
from tests.kit import billing, portal
from tests.kit.world import World

PEOPLE = ["nobody", "owner", "halted", "other", "neighbour"]
SLUGS = {"neighbour": "acacia"}


def read_table() -> list[tuple[str, str, list[str]]]:
    lines = (Path(__file__).parent / "portal_permissions.txt").read_text().splitlines()
    rows = [line.split() for line in lines if line and not line.startswith("#")]
    return [(row[0], row[1], row[2:]) for row in rows]


TABLE = read_table()


def test_it_names_every_url_and_method() -> None:
    assert sorted((name, method) for name, method, _ in TABLE) == sorted(
        (name, method) for name in portal.names() for method in ("GET", "POST")
    )
    assert {len(rights) for _, _, rights in TABLE} == {len(PEOPLE)}


def client_for(world: World, person: str) -> Client:
    if person == "nobody":
        return Client()
    if person == "neighbour":
        theirs = customers.register(organization=world.neighbour, phone="0733900118", by=None)
        return portal.client_of(theirs, "/acacia/portal/")
    customer = world.customers["grace" if person == "other" else "neema"]
    client = portal.client_of(customer)
    if person == "halted":
        suspensions.suspend(customer=customer, kind="disabled", by=None)
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("person", PEOPLE)
def test_a_person_may_what_the_table_says(world: World, person: str) -> None:
    neema = world.customers["neema"]
    gateway = billing.practice(world.organization)
    purchase = portal.asked(world, neema, gateway)
    payment = payments.top_up(customer=neema, gateway=gateway, phone="0733900999", amount_minor=5_000, key="top-up")
    uids: dict[str, Any] = {"purchase": purchase.uid, "again": purchase.uid, "purchase_waiting": purchase.uid}
    uids |= {"payment": payment.uid, "payment_waiting": payment.uid}
    uids |= {"package_next": world.subscriptions["neema"].pk}
    client = client_for(world, person)
    uids["password_link"] = password_links.make(world.customers["neema"])
    slug = SLUGS.get(person, "baobab")
    wrong = []
    for name, method, rights in TABLE:
        right = rights[PEOPLE.index(person)]
        url = reverse(f"portal:{name}", args=[slug, *([uids[name]] if name in uids else [])])
        # What one request did must not be there for the next.
        with transaction.atomic():
            cookies = client.cookies.output()
            response = client.generic(method, url)
            transaction.set_rollback(True)
        client.cookies.load(cookies.replace("Set-Cookie: ", ""))
        if not as_expected(right, response.status_code, response.get("Location", ""), slug=slug, name=name):
            wrong.append((name, method, right, response.status_code, response.get("Location")))
    assert wrong == []


def as_expected(right: str, status: int, location: str, *, slug: str, name: str) -> bool:
    """Whether an answer is what a right stands for."""
    to_sign_in = location.startswith(f"/{slug}/portal/sign-in/")
    if right == "in":
        return status == 302 and to_sign_in
    if right == "yes":
        return status in (200, 204, 302, 400) and (not to_sign_in or name in ("login", "sign_out"))
    return status == {"404": 404, "-": 405}[right]


@pytest.mark.django_db
@pytest.mark.parametrize("person", ["owner", "neighbour", "nobody"])
def test_a_customer_of_one_organization_is_nobody_at_another(world: World, person: str) -> None:
    purchase = portal.bought(world, world.customers["neema"])
    client = client_for(world, person)
    slug = "baobab" if person == "neighbour" else "acacia"
    for path in ("", "history/", "buy/", f"purchases/{purchase.uid}/"):
        assert client.get(f"/{slug}/portal/{path}")["Location"].startswith(f"/{slug}/portal/sign-in/")
