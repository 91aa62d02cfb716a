"""Groups in the console: adding, disabling with or without members of their own, and removing."""

import re

import pytest
from django.test import Client

from headend.customers import suspensions
from headend.customers.models import Customer, Group
from headend.doors.console.people import suspensions as views_of_suspensions
from headend.lib import clock
from tests.kit import console
from tests.kit.console import text_of
from tests.kit.world import World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["admin"])


def test_groups(world: World, client: Client) -> None:
    client.post(f"{BASE}groups/add/", {"name": "Estate B"})
    group = Group.objects.get(name="Estate B")
    assert (
        "There is a group “estate b” already."
        in client.post(f"{BASE}groups/add/", {"name": "estate b"}).content.decode()
    )
    client.post(f"{BASE}groups/{group.pk}/edit/", {"name": "Estate C"})
    assert "Estate C" in text_of(client, "groups/")
    response = client.post(f"{BASE}groups/{group.pk}/suspension/disabled/", {"reason": "Tower is down"})
    assert response.status_code == 302
    assert "Disabled" in text_of(client, "groups/")
    client.post(f"{BASE}groups/{group.pk}/suspension/disabled/lift/")
    client.post(f"{BASE}groups/{group.pk}/removal/")
    assert not Group.objects.filter(pk=group.pk).exists()


def test_trap_20_a_member_disabled_singly_is_listed_ticked_and_gets_in(world: World, client: Client) -> None:
    grace = world.customers["grace"]
    url = f"{BASE}groups/{world.default_group.pk}/suspension/disabled/"
    client.post(url, {"reason": "Tower is down"})
    for row in (world.otieno, grace):
        suspensions.suspend(customer=row, kind="disabled", by=None)
    suspensions.suspend(customer=world.otieno, kind="hold", by=None)
    text = client.get(f"{url}lift/").content.decode()
    ticks = re.findall(r'<input type="checkbox" name="members" value="(\d+)"([^>]*)>', text)
    assert {int(pk): "checked" in rest for pk, rest in ticks} == {world.otieno.pk: True, grace.pk: True}
    assert f"Grace Wanjiru Mwangi, {grace.account_number}" in text
    assert "Suspensions stay, of the group and of single customers." in text

    # Grace's tick is taken off, and somebody whom a colleague enabled meanwhile is still ticked.
    enabled = world.customers["neema"].pk
    done = client.post(f"{url}lift/", {"members": [world.otieno.pk, enabled]}, follow=True).content.decode()
    assert "1 customer is enabled with it." in done
    assert [row.kind for row in suspensions.open_of(customer=world.otieno)] == ["hold"]
    assert [row.kind for row in suspensions.open_of(customer=grace)] == ["disabled"]
    assert suspensions.open_of(group=world.default_group) == []


def test_taking_back_a_groups_disabling_leaves_its_members_as_they_were(world: World, client: Client) -> None:
    url = f"{BASE}groups/{world.default_group.pk}/suspension/disabled/"
    suspensions.suspend(customer=world.otieno, kind="disabled", by=None)
    client.post(url, {"reason": "Tower is down"})
    client.post(f"{url}lift/")
    assert suspensions.open_of(group=world.default_group) == []
    assert len(suspensions.open_of(customer=world.otieno)) == 1


def test_members_beyond_those_that_are_listed_have_one_tick(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views_of_suspensions, "MEMBERS_LISTED", 1)
    url = f"{BASE}groups/{world.default_group.pk}/suspension/disabled/lift/"
    people = [world.customers[name] for name in ("grace", "neema", "otieno")]
    for row in people:
        suspensions.suspend(customer=row, kind="disabled", by=None)
    text = client.get(url).content.decode()
    assert text.count('name="members"') == 1
    assert "And 2 more, who are not listed" in text
    client.post(url, {"members": [people[0].pk], "others": "on"})
    assert [suspensions.open_of(customer=row) for row in people] == [[], [], []]


def test_a_group_with_customers_stays(world: World, client: Client) -> None:
    group = Group.objects.create(organization=world.organization, name="Full", name_key="full")
    Customer.objects.filter(pk=world.otieno.pk).update(group=group)
    removal = f"{BASE}groups/{group.pk}/removal/"
    assert "Remove group</button>" not in client.get(removal).content.decode()
    response = client.post(removal)
    assert "1 customer is in this group: move them to another one first." in response.content.decode()
    removal = f"{BASE}groups/{world.default_group.pk}/removal/"
    assert "The default group stays" in client.post(removal).content.decode()


def test_a_group_of_deleted_customers_goes(world: World, client: Client) -> None:
    group = Group.objects.create(organization=world.organization, name="Gone", name_key="gone")
    Customer.objects.filter(pk=world.otieno.pk).update(group=group, deleted_at=clock.now())
    url = f"{BASE}groups/{group.pk}/removal/"
    assert (
        "1 deleted customer is in it, and stands in the default group from then on." in client.get(url).content.decode()
    )
    assert client.post(url).status_code == 302
    assert Customer.objects.get(pk=world.otieno.pk).group == world.default_group
