"""A list asks the database for a fixed number of things: rows that are added add no queries."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from headend.access import plans, refusals, sessions, subscriptions
from headend.customers import customers, groups, suspensions
from headend.lib import clock
from headend.network import nas
from headend.system import sites, staff
from tests import console
from tests.world import PASSWORD, World

MORE = 6
# Sign-in session, staff, membership, messages and the rail's count come with every page.
BUDGETS = {
    "": 13,
    "customers/": 10,
    "customers/?view=online": 10,
    "customers/?view=halted": 10,
    # Whole words, beginnings, anything: a look for each.
    "customers/?q=customer": 13,
    "groups/": 5,
    "plans/": 5,
    "nas/": 6,
    "sites/": 5,
    "staff/": 5,
    "sessions/": 7,
    "sessions/?view=failed": 7,
    "customers/{customer}/": 20,
}


def grow(world: World, start: int) -> None:
    """More of everything that a list shows."""
    organization, by = world.organization, world.staff["owner"].staff
    for number in range(start, start + MORE):
        customer = customers.register(
            organization=organization,
            by=by,
            first_name="Customer",
            last_name=str(number),
            phone=f"07310000{number:02d}",
        )
        subscription = subscriptions.create(customer=customer, plan=world.home_10m, username=f"customer{number}", by=by)
        subscriptions.activate(subscription=subscription, by=by)
        suspensions.suspend(customer=customer, kind="hold", by=by)
        groups.add(organization=organization, name=f"Group {number}", by=by)
        sites.add(organization=organization, name=f"Site {number}", by=by)
        nas.add(organization=organization, by=by, name=f"nas-{number}", address=f"10.55.0.{number}")
        plans.add(
            organization=organization,
            by=by,
            name=f"Plan {number}",
            connection_type="pppoe",
            price_minor=1000,
            download_kbps=1000,
            upload_kbps=1000,
            validity_count=1,
            validity_unit="days",
        )
        staff.register(
            organization=organization, email=f"{number}@x.example", name="X", role="support", password=PASSWORD, by=None
        )
        _, session = console.make_session(world, number)
        command = sessions.disconnect(session=session, by=by)
        type(command).objects.filter(pk=command.pk).update(state="failed")
        world.hilltop.session_set.filter(pk=session.pk).update(customer=customer, subscription=subscription)
        console.make_session(world, number + 50)
        refused = refusals.Refused("password_wrong", "127.0.0.1", world.hilltop.pk, organization.pk, f"otieno{number}")
        refusals.count([(refused, 3, clock.now() - timedelta(minutes=1))])


def count(client: Client, path: str) -> int:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert client.get(path).status_code == 200
    return len(queries)


@pytest.mark.django_db
def test_growing_lists_ask_no_more(world: World) -> None:
    client = console.client_of(world.staff["owner"])
    grow(world, 1)
    paths = {path: f"/baobab/console/{path.format(customer=world.otieno.pk)}" for path in BUDGETS}
    before = {path: count(client, url) for path, url in paths.items()}
    grow(world, 20)
    after = {path: count(client, url) for path, url in paths.items()}
    assert after == before
    over = {path: asked for path, asked in after.items() if asked > BUDGETS[path]}
    assert over == {}
