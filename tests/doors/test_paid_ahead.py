"""Paid-ahead periods on pages: what renewing does is said before, and the next period can be begun at the desk and in the portal."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client

from headend.access import blocks, periods, subscriptions
from headend.access.models import Subscription, UsagePeriod
from headend.billing.models import Purchase
from headend.customers import suspensions
from headend.lib import clock
from tests.kit import console, portal
from tests.kit.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]
BASE = "/baobab/console/"
KEPT = "What is left of the period that runs stays; the new one has 2 GB and 8h 00m online of its own, from"
AT_ONCE = "What the running period had is used up: the next one begins at once, with 2 GB and 8h 00m online."


@pytest.fixture
def neema(world: World) -> Subscription:
    return world.subscriptions["neema"]


def use(subscription: Subscription, total_bytes: int) -> None:
    present = periods.of(subscription_ids=[subscription.pk], now=clock.now())[subscription.pk][0]
    UsagePeriod.objects.filter(pk=present.pk).update(download_bytes=total_bytes)


def words(client: Client, path: str) -> str:
    return console.words(client.get(path))


@pytest.mark.parametrize(
    "path", ["console/subscriptions/{}/renewal/", "console/subscriptions/{}/activation/", "portal/buy/?subscription={}"]
)
def test_renewing_says_what_becomes_of_the_running_period(world: World, neema: Subscription, path: str) -> None:
    portal.pays(neema.customer, neema.price_minor)
    is_portal = path.startswith("portal")
    client = portal.client_of(neema.customer) if is_portal else console.client_of(world.staff["owner"])
    place = f"/baobab/{path.format(neema.pk)}"
    use(neema, 500_000_000)
    assert KEPT in words(client, place)
    use(neema, 2_000_000_000)
    assert AT_ONCE in words(client, place)
    assert KEPT not in words(client, place)
    with clock.at(clock.now() + timedelta(days=3)):
        fresh = portal.client_of(neema.customer) if is_portal else console.client_of(world.staff["owner"])
        late = words(fresh, place)
    assert "It then runs to" in late
    assert AT_ONCE not in late
    assert KEPT not in late


def test_no_limit_no_word_about_it(world: World) -> None:
    client = console.client_of(world.staff["owner"])
    text = words(client, f"{BASE}subscriptions/{world.otieno_home.pk}/activation/")
    assert "It then runs to" in text
    assert "of its own" not in text


def begin(client: Client, place: str, page: str) -> str:
    period = page.partition('name="period" value="')[2].partition('"')[0]
    return console.words(client.post(place, {"period": period}, follow=True))


def at_the_desk(world: World, subscription: Subscription) -> tuple[Client, str, str]:
    hub = f"{BASE}customers/{subscription.customer_id}/"
    return console.client_of(world.staff["cashier"]), hub, f"{BASE}subscriptions/{subscription.pk}/next/"


def in_the_portal(world: World, subscription: Subscription) -> tuple[Client, str, str]:
    return portal.client_of(subscription.customer), portal.BASE, f"{portal.BASE}packages/{subscription.pk}/next/"


Door = Callable[[World, Subscription], tuple[Client, str, str]]


@pytest.mark.parametrize("door", [at_the_desk, in_the_portal])
def test_the_next_period_is_begun(world: World, neema: Subscription, door: Door) -> None:
    client, hub, place = door(world, neema)
    assert place not in client.get(hub).content.decode()
    assert "Nothing is paid ahead." in words(client, place)
    subscriptions.activate(subscription=neema, by=None)
    use(neema, 500_000_000)
    assert place in client.get(hub).content.decode()

    page = client.get(place).content.decode()
    assert "What is left of the period that runs is given up: 1.5 GB and 8h 00m online." in page
    assert "The next period begins at once, with 2 GB and 8h 00m online, and runs to" in page
    for _ in range(2):
        # Pressed twice, or gone back and pressed again, the same period has begun.
        assert "The next period of Day pass has begun." in begin(client, place, page)

    present, *ahead = periods.of(subscription_ids=[neema.pk], now=clock.now())[neema.pk]
    assert (present.used_bytes, ahead) == (0, [])
    neema.refresh_from_db()
    assert present.ends_at == neema.expires_at
    assert place not in client.get(hub).content.decode()


@pytest.mark.parametrize("door", [at_the_desk, in_the_portal])
def test_what_is_not_next_is_refused_in_words(world: World, neema: Subscription, door: Door) -> None:
    for _ in range(2):
        subscriptions.activate(subscription=neema, by=None)
    client, _hub, place = door(world, neema)
    last = UsagePeriod.objects.filter(subscription=neema).latest("started_at")

    text = console.words(client.post(place, {"period": last.pk}))

    assert "No period that was paid ahead is next any more: look at the package again." in text
    assert len(periods.of(subscription_ids=[neema.pk], now=clock.now())[neema.pk]) == 3


def test_who_is_halted_keeps_what_is_paid_ahead(world: World, neema: Subscription) -> None:
    subscriptions.activate(subscription=neema, by=None)
    client, _hub, place = in_the_portal(world, neema)
    suspensions.suspend(customer=neema.customer, kind="hold", by=None)
    ahead = periods.of(subscription_ids=[neema.pk], now=clock.now())[neema.pk][1]

    response = client.post(place, {"period": ahead.pk})

    assert "It would run while you cannot connect. What you paid ahead stays yours." in console.words(response)
    assert len(periods.of(subscription_ids=[neema.pk], now=clock.now())[neema.pk]) == 2


def test_pages_name_the_end_of_the_period_and_of_what_is_paid(world: World, neema: Subscription) -> None:
    subscriptions.activate(subscription=neema, by=None)
    use(neema, 500_000_000)
    hub = words(console.client_of(world.staff["owner"]), f"{BASE}customers/{neema.customer_id}/")
    assert "500 MB of 2.0 GB, to " in hub
    assert "; paid to " in hub
    assert "this period to " in hub
    home = words(portal.client_of(neema.customer), portal.BASE)
    assert "This period runs to " in home
    assert ", then the next one begins." in home


def test_a_payment_that_renews_says_when_there_is_data_again(world: World, neema: Subscription) -> None:
    client = console.client_of(world.staff["cashier"])
    place = f"{BASE}customers/{neema.customer_id}/payments/add/?for={neema.pk}"
    assert KEPT in words(client, place)
    use(neema, 2_000_000_000)
    assert AT_ONCE in words(client, place)


def test_who_has_used_it_up_and_paid_ahead_is_led_to_the_next_period(world: World, neema: Subscription) -> None:
    subscriptions.activate(subscription=neema, by=None)
    use(neema, 2_000_000_000)
    hub = words(console.client_of(world.staff["cashier"]), f"{BASE}customers/{neema.customer_id}/")
    assert "The next period is paid for and begins " in hub
    assert "It can begin now." in hub
    assert "Renew to begin a new period." not in hub


def test_ending_a_package_says_what_is_lost_with_it(world: World, neema: Subscription) -> None:
    client, place = console.client_of(world.staff["owner"]), f"{BASE}subscriptions/{neema.pk}/end/"
    assert "paid ahead" not in words(client, place)
    subscriptions.activate(subscription=neema, by=None)
    assert "1 period that is paid ahead is lost with it" in words(client, place)
    subscriptions.activate(subscription=neema, by=None)
    assert "2 periods that are paid ahead are lost with it" in words(client, place)


def test_a_blocked_package_is_not_renewed_and_says_why(world: World, neema: Subscription) -> None:
    client = portal.client_of(neema.customer)
    subscriptions.activate(subscription=neema, by=None)
    portal.pays(neema.customer, 12_000)
    place, following = f"{portal.BASE}buy/?subscription={neema.pk}", f"{portal.BASE}packages/{neema.pk}/next/"
    for address in (place, following):
        assert address in client.get(portal.BASE).content.decode()
    blocks.block(subscription=neema, reason="Shares it with the whole street", by=None)

    home = client.get(portal.BASE).content.decode()
    assert "Package blocked" in home
    assert place not in home
    assert following not in home
    for response in (
        client.get(place),
        client.post(place, {"pay": "wallet", "form_token": portal.token(client.get(f"{portal.BASE}buy/").content)}),
    ):
        said = response.content.decode()
        assert "This package is blocked: nothing connects with it, so it is not renewed." in said
        assert "whole street" not in said
    ahead = periods.of(subscription_ids=[neema.pk], now=clock.now())[neema.pk][1]
    kept = client.post(following, {"period": ahead.pk}).content.decode()
    assert "What you paid ahead stays yours." in kept

    assert not Purchase.objects.exists()
    assert len(periods.of(subscription_ids=[neema.pk], now=clock.now())[neema.pk]) == 2
    # The account itself may buy.
    assert world.day_pass.name in client.get(f"{portal.BASE}buy/").content.decode()


def test_the_desk_neither_renews_a_blocked_package_nor_begins_its_next_period(
    world: World, neema: Subscription
) -> None:
    subscriptions.activate(subscription=neema, by=None)
    blocks.block(subscription=neema, reason="Shares it with the whole street", by=None)
    desk = console.client_of(world.staff["owner"])
    for name in ("renewal", "activation", "next"):
        page = words(desk, f"{BASE}subscriptions/{neema.pk}/{name}/")
        assert "blocked" in page, name
        assert '<button class="btn primary' not in page, name
