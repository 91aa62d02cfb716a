"""Long lists, page by page: by where the page before ended, forwards and backwards, whatever is typed into the address."""

import re
from base64 import urlsafe_b64encode
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from headend.access.models import Subscription
from headend.billing import receipts
from headend.customers.models import Customer
from headend.doors.console import lists
from headend.lib import clock
from headend.reports import customers as report
from tests.kit import console
from tests.kit.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]
BASE = "/baobab/console/customers/"
SIZE = 5
MANY = 23


@pytest.fixture
def client(world: World, monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(lists, "PAGE_SIZE", SIZE)
    now = clock.now()
    Customer.objects.bulk_create(
        Customer(
            organization=world.organization,
            group=world.default_group,
            account_number=f"X-{number:03d}",
            account_number_key=f"X{number:03d}",
            # Each name stands for two, and each moment for three.
            first_name=f"Name {number // 2:02d}",
            sort_key=f"name {number // 2:02d}",
            created_at=now - timedelta(hours=number // 3),
        )
        for number in range(MANY)
    )
    return console.client_of(world.staff["owner"])


def walk(client: Client, url: str, rel: str = "next") -> list[list[int]]:
    """The ids on each page, from page to page as the pager leads."""
    pages = []
    while url:
        response = client.get(url)
        assert response.status_code == 200
        pages.append([row.customer.pk for row in response.context["page"].rows])
        found = re.search(rf'rel="{rel}" href="([^"]+)"', response.content.decode())
        url = unescape(found[1]) if found else ""
    return pages


@pytest.mark.parametrize("sort", ["name", "-name", "account", "-account", "joined", "-joined"])
def test_every_row_stands_on_one_page(world: World, client: Client, sort: str) -> None:
    columns = {"name": ("sort_key", "pk"), "account": ("account_number",), "joined": ("created_at", "pk")}
    rows = Customer.objects.filter(organization=world.organization).order_by(*columns[sort.strip("-")])
    rows = rows.reverse() if sort.startswith("-") else rows
    wanted = list(rows.values_list("pk", flat=True))

    pages = walk(client, f"{BASE}?sort={sort}")

    assert [id_ for page in pages for id_ in page] == wanted
    assert {len(page) for page in pages[:-1]} == {SIZE}


def test_it_leads_back_the_same_way(world: World, client: Client) -> None:
    url, last = f"{BASE}?sort=-joined", ""
    while url:
        last, page = url, client.get(url).content.decode()
        found = re.search(r'rel="next" href="([^"]+)"', page)
        url = unescape(found[1]) if found else ""

    assert walk(client, last, "prev")[::-1] == walk(client, f"{BASE}?sort=-joined")


def test_a_row_that_is_gone_moves_nothing(world: World, client: Client) -> None:
    first = client.get(BASE)
    url = unescape(re.findall(r'rel="next" href="([^"]+)"', first.content.decode())[0])
    expected = [row.customer.pk for row in client.get(url).context["page"].rows]
    Customer.objects.filter(pk=first.context["page"].rows[0].customer.pk).update(deleted_at=clock.now())

    assert [row.customer.pk for row in client.get(url).context["page"].rows] == expected


def test_what_is_said_of_the_last_page_is_true(world: World, client: Client) -> None:
    everybody = Customer.objects.filter(organization=world.organization, deleted_at=None).count()
    url, text = BASE, ""
    while url:
        text = client.get(url).content.decode()
        found = re.search(r'rel="next" href="([^"]+)"', text)
        url = unescape(found[1]) if found else ""
    assert f"to {everybody} of {everybody}<" in text


@pytest.mark.parametrize(
    "place",
    ["x", "W10", "WyJhIl0", "WyJhIiwieCJd", "WyJhXHUwMDAwIiwxXQ", "WyJcdWQ4MDAiLDFd", "bnVsbA", "W251bGwsMV0", "é"],
)
@pytest.mark.parametrize("name", ["after", "before"])
def test_a_place_that_is_none_is_not_looked_at(client: Client, name: str, place: str) -> None:
    assert client.get(BASE, {name: place, "page": "2"}).context["page"].rows
    assert client.get(BASE, {name: place, "page": "2", "sort": "joined"}).context["page"].rows


@pytest.mark.parametrize(
    "place",
    [
        "[" * 20_000,
        '["0001-01-01T00:00:00+14:00", 1]',
        '["9999-12-31T23:59:59-12:00", 1]',
        # Of no time zone, as none that we wrote is.
        '["2026-11-01T00:00:00", 1]',
        '["2026-11-01", 1]',
    ],
)
@pytest.mark.parametrize("name", ["after", "before"])
def test_nor_is_a_place_that_no_calendar_and_no_parser_reaches(client: Client, name: str, place: str) -> None:
    written = urlsafe_b64encode(place.encode()).decode()
    assert client.get(BASE, {name: written, "page": "2", "sort": "joined"}).context["page"].rows
    assert client.get("/baobab/console/sessions/", {name: written, "page": "2"}).status_code == 200


def test_far_pages_are_not_counted_up_to(client: Client) -> None:
    assert client.get(BASE, {"page": "3999"}).context["page"].number == 1
    assert client.get(BASE, {"page": "3"}).context["page"].number == 3


@pytest.mark.parametrize("few", [0, 100])
def test_views_of_few_and_of_many_show_the_same(
    world: World, client: Client, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    """Few are looked up, many are walked over: who stands in the view is the same."""
    monkeypatch.setattr(report, "FEW", few)
    monkeypatch.setattr(lists, "PAGE_SIZE", 50)
    console.make_session(world)
    client.post(f"{BASE}{world.customers['grace'].pk}/suspension/disabled/", {"reason": "x"})
    client.post(f"/baobab/console/groups/{world.default_group.pk}/suspension/disabled/", {"reason": "x"})
    soon = clock.now() + timedelta(days=2)
    Subscription.objects.update(expires_at=clock.now() + timedelta(days=60))
    Subscription.objects.filter(pk=world.otieno_home.pk).update(expires_at=soon)
    in_group = Customer.objects.filter(group=world.default_group, deleted_at=None)
    wanted = {
        "online": {world.otieno.pk},
        "expiring": {world.otieno.pk},
        "halted": {world.customers["grace"].pk, *in_group.values_list("pk", flat=True)},
    }
    for view, ids in wanted.items():
        page = client.get(BASE, {"view": view}).context["page"]
        assert {row.customer.pk for row in page.rows} == ids, view
        assert page.total == len(page.rows)


def test_payments_page_by_page(world: World, client: Client) -> None:
    for number in range(12):
        receipts.take(customer=world.otieno, method="cash", amount_minor=5_000, key=f"paid-{number}", by=None)
    rows: list[int] = []
    url = "/baobab/console/payments/"
    while url:
        response = client.get(url)
        rows += [row.pk for row in response.context["page"].rows]
        found = re.search(r'rel="next" href="([^"]+)"', response.content.decode())
        url = unescape(found[1]) if found else ""
    assert len(rows) == 12
    assert rows == sorted(set(rows), reverse=True)
