"""Sessions of vouchers in the console: shown and found by the code, counted on the dashboard and on the customer's page."""

from datetime import timedelta

import pytest
from django.test import Client

from headend.access import recording, refusals, vouchers
from headend.access.models import Session, Voucher
from headend.lib import clock
from headend.reports import usage
from tests.kit import console
from tests.kit.vouchers import MAC, OTHER_MAC, of, printed, said, sold
from tests.kit.world import World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["support"])


def text_of(client: Client, path: str) -> str:
    response = client.get(f"{BASE}{path}")
    assert response.status_code == 200
    return console.words(response)


def connected(world: World) -> tuple[Voucher, Voucher]:
    """A voucher of Neema and one of nobody, both typed with their dash in small letters, and online."""
    own, (printed_one,) = sold(world), of(printed(world))
    earlier = clock.now() - timedelta(hours=1)
    for voucher, mac, session in ((own, MAC, "1"), (printed_one, OTHER_MAC, "2")):
        assert vouchers.redeem(voucher_id=voucher.pk, mac=mac, now=earlier)
        typed = {"session": session, "mac": mac, "user_name": voucher.code.lower()}
        recording.record(
            [
                said(world, voucher, "start", event_at=earlier, **typed),
                said(world, voucher, seconds=3600, download_octets=3_000_000_000, **typed),
            ]
        )
    return own, printed_one


def test_the_live_list_shows_their_codes(world: World, client: Client) -> None:
    own, nobody_s = connected(world)

    text = text_of(client, "sessions/")

    for part in (own.code, nobody_s.code, "Neema Atieno", "Day pass", "Disconnect"):
        assert part in text
    assert own.code.lower() not in text
    assert "unknown" not in text


def test_they_are_found_by_their_code_in_any_spelling(world: World, client: Client) -> None:
    own, nobody_s = connected(world)

    for typed in (nobody_s.code, nobody_s.code.lower(), nobody_s.code.replace("-", "")):
        text = text_of(client, f"sessions/?q={typed}")
        assert nobody_s.code in text
        assert own.code not in text
    # A customer is found by the code as well, and so all that is of the customer.
    assert own.code in text_of(client, f"sessions/?q={own.code.lower()}")


def test_one_session_names_its_voucher(world: World, client: Client) -> None:
    own, nobody_s = connected(world)

    of_neema = text_of(client, f"sessions/{Session.objects.get(voucher=own).pk}/")
    of_nobody = text_of(client, f"sessions/{Session.objects.get(voucher=nobody_s).pk}/")

    assert "<h1>Neema Atieno</h1>" in of_neema
    # Beside the customer's name, and beside the plan.
    assert of_neema.count(own.code) >= 2
    assert own.code.lower() not in of_neema
    assert f"<h1>Voucher {nobody_s.code}</h1>" in of_nobody
    assert "no package of ours" not in of_neema + of_nobody


def test_the_customer_s_page_shows_them(world: World, client: Client) -> None:
    own, nobody_s = connected(world)
    now = clock.now()
    refused = refusals.Refused("voucher_spent", "127.0.0.1", world.hilltop.pk, world.organization.pk, own.code.lower())
    refusals.count([(refused, 3, now)])
    vouchers.void(voucher=own, by=None, reason="paid back")

    text = text_of(client, f"customers/{world.customers['neema'].pk}/")

    assert own.code in text
    assert nobody_s.code not in text
    assert "Voucher used up" in text
    # In a timeline a code stays hidden from whoever may not issue vouchers: it may be of an unused one.
    assert f"Voucher ••••-••{own.code[-2:]} of Day pass voided: paid back" in text
    assert f"Voucher ••••-••{own.code[-2:]} of Day pass issued" in text


def test_they_are_counted_and_their_customers_too(world: World, client: Client) -> None:
    connected(world)

    figures = client.get(BASE).context["figures"]

    assert (figures.online, figures.online_customers) == (2, 1)
    used = usage.of_customer(world.customers["neema"])
    assert sum(day.download_bytes for day in used) == 3_000_000_000
    assert sum(day.download_bytes for day in usage.of_organization(world.organization)) == 6_000_000_000


def test_another_organization_sees_none_of_it(world: World) -> None:
    own, nobody_s = connected(world)
    neighbour = console.client_of(world.neighbour_staff["owner"])

    for typed in (own.code, nobody_s.code):
        text = neighbour.get(f"/acacia/console/sessions/?q={typed}").content.decode()
        assert "Day pass" not in text
        assert "Disconnect" not in text
    session = Session.objects.get(voucher=nobody_s)
    assert neighbour.get(f"/acacia/console/sessions/{session.pk}/").status_code == 404
