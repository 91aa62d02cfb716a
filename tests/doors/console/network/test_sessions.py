"""Sessions and the dashboard in the console."""

from datetime import timedelta

import pytest
from django.test import Client

from headend.access import refusals
from headend.access.models import Session, UsageDay
from headend.customers import customers
from headend.lib import clock
from headend.network.models import NAS, Command
from headend.system.models import Job
from tests.kit import console
from tests.kit.console import text_of
from tests.kit.world import World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["support"])


def test_the_live_sessions(world: World, client: Client) -> None:
    console.make_session(world)
    text = text_of(client, "sessions/")
    for part in ("Otieno Ouma", "hilltop", "10.0.3.1", "DC:2C:6E:41:00:01", "1h 00m", "3.0", "Disconnect"):
        assert part in text


@pytest.mark.parametrize("query", ["otieno", "10.0.3.1", "dc2c.6e41.0001"])
def test_sessions_are_found(world: World, client: Client, query: str) -> None:
    console.make_session(world)
    assert "Otieno Ouma" in text_of(client, f"sessions/?q={query}")
    assert "Otieno Ouma" not in text_of(client, "sessions/?q=grace")


def test_a_session_is_found_behind_fifty_customers_who_have_none(world: World, client: Client) -> None:
    for number in range(51):
        customers.register(organization=world.organization, by=None, first_name="Ouma", last_name=f"No{number:02d}")
    newest = customers.register(organization=world.organization, by=None, first_name="Ouma", last_name="Last")
    _, session = console.make_session(world)
    Session.objects.filter(pk=session.pk).update(customer=newest)
    assert "Ouma Last" in text_of(client, "sessions/?q=ouma")


def test_sessions_of_one_nas(world: World, client: Client) -> None:
    console.make_session(world)
    assert "Otieno Ouma" in text_of(client, f"sessions/?nas={world.hilltop.pk}")
    assert "Otieno Ouma" not in text_of(client, "sessions/?nas=999")


def test_disconnect_and_its_result(world: World, client: Client) -> None:
    _, session = console.make_session(world)
    url = f"{BASE}sessions/{session.pk}/disconnection/"

    assert client.post(url)["Location"] == f"{BASE}sessions/{session.pk}/"
    command = Command.objects.get()
    assert (command.session_id, command.state, command.reason) == (session.pk, "queued", "staff")
    waiting = client.get(url, headers=HTMX).content.decode()
    assert "Waiting to be sent" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    # A second press is the same Command.
    client.post(url)
    assert Command.objects.count() == 1

    Command.objects.update(state="delivered")
    done = client.get(url, headers=HTMX).content.decode()
    assert "Disconnected" in done
    assert "hx-trigger" not in done

    assert "No disconnect has failed in the last 24 hours." in text_of(client, "sessions/?view=failed")
    Command.objects.update(state="failed", result="No answer from NAS hilltop")
    assert "No answer from NAS hilltop" in text_of(client, f"sessions/{session.pk}/")
    assert "Otieno Ouma" in text_of(client, "sessions/?view=failed")
    assert "Try again" in client.get(url, headers=HTMX).content.decode()


def test_a_cashier_sees_only(world: World) -> None:
    _, session = console.make_session(world)
    cashier = console.client_of(world.staff["cashier"])
    assert "hx-post" not in text_of(cashier, "sessions/")
    assert cashier.post(f"{BASE}sessions/{session.pk}/disconnection/").status_code == 403
    assert not Command.objects.exists()


def test_a_session_that_ended_is_not_disconnected(world: World, client: Client) -> None:
    _, session = console.make_session(world)
    session.ended_at = clock.now()
    session.save()
    response = client.post(f"{BASE}sessions/{session.pk}/disconnection/", follow=True)
    assert "This session has ended already." in response.content.decode()
    assert not Command.objects.exists()


def test_the_dashboard_is_true(world: World, client: Client) -> None:
    console.make_session(world)
    today = clock.local_day(clock.now(), "Africa/Nairobi")
    for days in (0, 3, 40):
        UsageDay.objects.create(
            organization=world.organization,
            subscription=world.otieno_home,
            day=today - timedelta(days=days),
            download_bytes=3_000_000_000 + days,
            upload_bytes=200_000_000,
        )
    response = client.get(BASE)
    figures = response.context["figures"]
    assert (figures.customers, response.context["joined_today"], figures.active) == (3, 3, 3)
    assert (figures.online, figures.online_customers) == (1, 1)
    assert (response.context["today"].download_bytes, response.context["today"].upload_bytes) == (
        3_000_000_000,
        200_000_000,
    )
    assert response.context["chart"].total_bytes == 6_400_000_003
    assert len(response.context["chart"].bars) == 30
    text = response.content.decode()
    assert "3.2 GB" in text
    assert "down 3.0 GB, up 200 MB" in text


def test_the_dashboard_counts_only_ones_own(world: World) -> None:
    console.make_session(world)
    figures = console.client_of(world.neighbour_staff["owner"]).get("/acacia/console/").context["figures"]
    assert (figures.customers, figures.active, figures.online) == (0, 0, 0)


def test_refused_and_dropped_in_the_last_hour(world: World, client: Client) -> None:
    def refuse(reason: str, times: int, minutes_ago: int) -> None:
        what = refusals.Refused(reason, "127.0.0.1", world.hilltop.pk, world.organization.pk, f"otieno{minutes_ago}")
        refusals.count([(what, times, clock.now() - timedelta(minutes=minutes_ago))])

    refuse("password_wrong", 58, 5)
    refuse("suspended", 212, 5)
    refuse("cap_reached", 7, 90)
    refuse("message_authenticator_wrong", 3, 5)
    context = client.get(BASE).context
    assert [(str(words), row.nas, row.times) for words, row in context["refused"]] == [
        ("Suspended", "hilltop", 212),
        ("Wrong password", "hilltop", 58),
    ]
    assert [row.times for _, row in context["dropped"]] == [3]


def attention(client: Client) -> list[str]:
    return [line.text for line in client.get(BASE).context["attention"]]


def test_what_needs_somebody(world: World, client: Client) -> None:
    assert attention(client) == ["hilltop was never heard", "1 package runs out"]
    world.day_pass.subscription_set.update(expires_at=clock.now() + timedelta(days=9))
    _, session = console.make_session(world)
    hilltop = NAS.objects.filter(pk=world.hilltop.pk)
    hilltop.update(last_seen_at=clock.now() - timedelta(minutes=14))
    assert attention(client) == []
    hilltop.update(last_seen_at=clock.now() - timedelta(minutes=16))
    assert attention(client) == ["hilltop is silent"]
    session.ended_at, session.end_cause = clock.now(), "User-Request"
    session.save()
    assert attention(client) == []

    Command.objects.create(
        organization=world.organization, nas=world.hilltop, kind="disconnect", session_id=session.pk, state="failed"
    )
    Job.objects.create(
        organization=world.organization, kind="enforce", lane="now", state="failed", finished_at=clock.now()
    )
    assert attention(client) == ["1 command failed", "1 job failed"]
