"""The history of the organization: what it says, whom it names, how it is narrowed and paged."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from headend.access import blocks, plans
from headend.customers import customers, suspensions
from headend.doors.console.office.events import PAGES, read_place, write_place
from headend.lib import clock
from headend.network import nas
from headend.reports import events as report
from headend.reports.events import Place
from headend.system import events, happenings, organizations, staff
from headend.system.models import Event
from headend.ui.sentences import HAPPENINGS
from tests.kit import console
from tests.kit.verbs import forget
from tests.kit.vouchers import of, printed
from tests.kit.world import World

pytestmark = pytest.mark.django_db
PLACE = "/baobab/console/events/"


@pytest.fixture
def client(world: World) -> Client:
    forget()
    return console.client_of(world.staff["owner"])


def sentences(client: Client, **query: Any) -> list[str]:
    return [row.line.text for row in rows(client, **query)]


def rows(client: Client, **query: Any) -> Any:
    response = client.get(PLACE, query)
    assert response.status_code == 200
    return response.context["rows"]


def past(world: World, count: int, **values: Any) -> None:
    """Events of one kind, one a minute, the last of them now."""
    start = clock.now() - timedelta(minutes=count - 1)
    common: dict[str, Any] = {
        "organization": world.organization,
        "kind": "site.added",
        "subject_kind": "site",
        "subject_id": world.site.pk,
        **values,
    }
    Event.objects.bulk_create(
        Event(at=start + timedelta(minutes=number), payload={"name": str(number)}, **common) for number in range(count)
    )


def test_it_works(world: World, client: Client) -> None:
    operator = world.staff["operator"].staff
    suspensions.suspend(customer=world.otieno, kind="disabled", reason="Moved away", by=operator)
    customers.edit(customer=world.otieno, by=operator, company="Ouma & Sons")
    plans.edit(plan=world.home_10m, by=operator, price_minor=260_000)
    nas.edit(nas=world.hilltop, by=operator, secret="another-long-secret", coa_port=3800)

    shown = rows(client)

    assert [row.line.text for row in shown] == [
        "NAS hilltop changed",
        "Plan Home 10M changed",
        "Details changed",
        "Disabled: Moved away",
    ]
    assert [row.line.more.replace("\N{NO-BREAK SPACE}", " ") for row in shown] == [
        "port for Disconnect: from 3799 to 3800; shared secret",
        "price: from KES 2,500.00 to KES 2,600.00",
        "company: from — to Ouma & Sons",
        "",
    ]
    assert {row.line.by for row in shown} == {"Operator of Baobab Net"}
    assert [row.customer for row in shown] == ["", "", "Otieno Ouma", "Otieno Ouma"]
    text = console.words(client.get(PLACE))
    assert f'href="/baobab/console/customers/{world.otieno.pk}/">Otieno Ouma</a>' in text
    assert f'href="/baobab/console/plans/{world.home_10m.pk}/">Home 10M</a>' in text
    assert f'href="/baobab/console/nas/{world.hilltop.pk}/">hilltop</a>' in text
    assert "another-long-secret" not in text


def test_a_day_reads_as_everywhere(world: World, client: Client) -> None:
    customers.edit(customer=world.otieno, by=None, account_expires_on=date(2029, 12, 5))
    assert [row.line.more for row in rows(client)] == ["account expiry date: from — to 5 Dec 2029"]


def test_people_are_named_and_stay_named(world: World, client: Client) -> None:
    owner, cashier = world.staff["owner"], world.staff["cashier"]
    staff.edit(membership=cashier, name=cashier.staff.name, role="support", by=owner)
    staff.remove(membership=cashier, by=owner)

    assert sentences(client) == [
        "Cashier of Baobab Net removed from the staff, was support",
        "Cashier of Baobab Net is now support, and was cashier",
    ]


def test_what_stands_on_paper_is_linked(world: World, client: Client) -> None:
    batch = printed(world)
    text = console.words(client.get(PLACE))
    assert f'href="/baobab/console/vouchers/batches/{batch.pk}/">Batch 1</a>' in text
    assert f'href="/baobab/console/vouchers/sheets/{batch.sheet_set.get().pk}/">Sheet 1</a>' in text
    assert "Batch 1 of Day pass issued: 1 voucher" in text
    (voucher,) = of(batch)
    blocks.block(voucher=voucher, by=None, reason="Lost")
    assert f'href="/baobab/console/vouchers/{voucher.pk}/">Voucher {voucher.code}</a>' in console.words(
        client.get(PLACE)
    )


def test_every_page_that_is_named_is_known() -> None:
    assert {one.page for one in HAPPENINGS.values()} - {""} == set(PAGES)


# Narrowing


def test_it_is_narrowed_by_person(world: World, client: Client) -> None:
    operator = world.staff["operator"].staff
    suspensions.suspend(customer=world.otieno, kind="hold", by=operator)
    suspensions.suspend(customer=world.otieno, kind="abuse", by=None)

    assert sentences(client, by=operator.pk) == ["Suspended, on hold"]
    assert sentences(client, by="0") == ["Suspended, abuse"]
    assert sentences(client, by=world.staff["cashier"].staff_id) == []


def test_it_is_narrowed_by_kind(world: World, client: Client) -> None:
    suspensions.suspend(customer=world.otieno, kind="hold", by=None)
    organizations.edit(organization=world.organization, by=None, support_phone="0700000000")
    plans.retire(plan=world.day_pass, by=None)

    assert sentences(client, about="customers") == ["Suspended, on hold"]
    assert sentences(client, about="staff") == ["Settings changed"]
    assert sentences(client, about="access") == ["Plan Day pass retired"]
    assert sentences(client, about="money") == []


def test_it_is_narrowed_by_customer(world: World, client: Client) -> None:
    for name in ("otieno", "neema"):
        suspensions.suspend(customer=world.customers[name], kind="hold", by=None)
    organizations.edit(organization=world.organization, by=None, support_phone="0700000000")

    assert [row.customer for row in rows(client, q="atieno")] == ["Neema Atieno"]
    assert [row.customer for row in rows(client, q=world.otieno.account_number)] == ["Otieno Ouma"]
    assert rows(client, q="nobody at all") == []
    assert "Nothing is found." in console.words(client.get(PLACE, {"q": "nobody at all"}))


def test_more_than_fifty_customers_are_told_as_such(world: World, client: Client) -> None:
    says = "More customers are found than are looked at here: these are the events of the 50 that fit best."
    for number in range(51):
        customers.register(organization=world.organization, by=None, first_name="Wafula", last_name=f"No{number:02d}")
    assert says in client.get(f"{PLACE}?q=wafula").content.decode()
    assert says not in client.get(f"{PLACE}?q=otieno").content.decode()
    assert says not in client.get(PLACE).content.decode()


def test_days_are_those_of_the_organization(world: World, client: Client) -> None:
    # Nairobi is three hours ahead: 21:00 UTC is midnight there.
    for hour in (datetime(2026, 3, 9, 20, 59, 59, tzinfo=UTC), datetime(2026, 3, 9, 21, tzinfo=UTC)):
        with clock.at(hour):
            events.record(
                happenings.SITE_ADDED(name=hour.strftime("%H")),
                organization=world.organization,
                subject=world.site,
                by=None,
            )

    assert sentences(client, since="2026-03-10", until="2026-03-10") == ["Site 21 added"]
    assert sentences(client, until="2026-03-09") == ["Site 20 added"]
    assert sentences(client, since="2026-03-09") == ["Site 21 added", "Site 20 added"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"since": "2026-03-10", "until": "2026-03-09"}, "until"),
        ({"since": "soon"}, "since"),
        ({"by": "999999"}, "by"),
        ({"about": "weather"}, "about"),
    ],
)
def test_what_cannot_be_asked_is_said(world: World, client: Client, query: dict[str, str], field: str) -> None:
    suspensions.suspend(customer=world.otieno, kind="hold", by=None)
    response = client.get(PLACE, query)
    assert response.status_code == 400
    assert field in response.context["form"].errors
    assert response.context["rows"] == []


# Paging


def test_pages_lead_back_to_the_first_event(world: World, client: Client) -> None:
    past(world, 120)
    # Of one moment, the later row is the newer.
    Event.objects.filter(payload__name__in=["69", "70", "71"]).update(at=clock.now() - timedelta(minutes=49))
    place, seen, pages = PLACE, [], 0
    while place:
        response = client.get(place)
        seen += [row.line.text for row in response.context["rows"]]
        place, pages = response.context["older"], pages + 1
    assert pages == 3
    assert len(seen) == len(set(seen)) == 120
    assert (seen[0], seen[-1]) == ("Site 119 added", "Site 0 added")


def test_what_happens_meanwhile_moves_no_page(world: World, client: Client) -> None:
    past(world, 60)
    older = client.get(PLACE).context["older"]
    before = client.get(older).context["rows"]
    past(world, 30)
    assert client.get(older).context["rows"] == before
    assert client.get(older).context["newest"] == PLACE


def test_a_page_looks_only_so_far(world: World, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "LOOKED_THROUGH", 40)
    with clock.at(clock.now() - timedelta(days=3)):
        organizations.edit(organization=world.organization, by=None, support_phone="0700000000")
    past(world, 70)

    response = client.get(PLACE, {"about": "staff"})
    assert response.context["rows"] == []
    assert "Look further back" in console.words(response)
    further = client.get(response.context["older"])

    assert [row.line.text for row in further.context["rows"]] == ["Settings changed"]
    assert further.context["older"] == ""
    assert parse_qs(urlsplit(response.context["older"]).query)["about"] == ["staff"]


def test_a_place_is_written_and_read() -> None:
    place = Place(datetime(2026, 11, 22, 10, 11, 12, 345678, tzinfo=UTC), 4711)
    assert read_place(write_place(place)) == place
    for text in ("", "-", "1", "1-", "-1", "a-1", "1-a", "9" * 30 + "-1", "1-" + "9" * 40, "\u0661-1", "1.5-2"):
        assert read_place(text) is None, text


# Whose it is


def test_neighbours_see_their_own(world: World, client: Client) -> None:
    suspensions.suspend(customer=world.otieno, kind="hold", by=world.staff["operator"].staff)
    neighbour = console.client_of(world.neighbour_staff["owner"])
    for query in ({}, {"q": "otieno"}, {"about": "customers"}, {"q": world.otieno.account_number}):
        response = neighbour.get("/acacia/console/events/", query)
        assert response.context["rows"] == []
    # Nor are their people among the choices.
    page = neighbour.get("/acacia/console/events/").content.decode()
    assert "Operator of Baobab Net" not in page
    by = world.staff["operator"].staff_id
    assert neighbour.get("/acacia/console/events/", {"by": by}).status_code == 400


def test_the_customers_page_leads_to_all_of_theirs(world: World, client: Client) -> None:
    suspensions.suspend(customer=world.otieno, kind="hold", by=None)
    page = console.words(client.get(f"/baobab/console/customers/{world.otieno.pk}/"))
    link = re.search(r'href="(/baobab/console/events/\?q=[^"]+)"', page)
    assert link is not None
    assert [row.customer for row in client.get(link[1]).context["rows"]] == ["Otieno Ouma"]
    limited = console.client_of(world.staff["support"])
    assert "/console/events/" not in console.words(limited.get(f"/baobab/console/customers/{world.otieno.pk}/"))
