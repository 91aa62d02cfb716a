"""One link, sent three times at the same moment: one password is set."""

import pytest
from django.test import Client

from headend.access import password_links, signins
from headend.customers import customers
from tests.kit.portal import BASE
from tests.kit.threads import at_once
from tests.kit.world import World

pytestmark = pytest.mark.django_db(transaction=True)


def test_reg_7_a_link_works_once_also_at_once(world: World) -> None:
    customers.edit(customer=world.otieno, email="otieno@example.com", by=None)
    world.otieno.refresh_from_db()
    place = f"{BASE}password/{password_links.make(world.otieno)}/"

    def set_one(number: int) -> int:
        return Client().post(place, {"password": f"my-long-word-{number}"}).status_code

    answers = at_once(*[lambda number=number: set_one(number) for number in range(3)])

    assert sorted(str(answer) for answer in answers) == ["302", "404", "404"]
    right = f"my-long-word-{answers.index(302)}"
    assert signins.check(organization=world.organization, name="otieno@example.com", password=right, source="x").pk
