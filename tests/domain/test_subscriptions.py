"""Subscriptions: drafted with the plan's terms, activated, renewed, ended."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headend.access import facts, plans, subscriptions
from headend.access.authorize import Code, Grant, Refusal, decide
from headend.access.metering import Report
from headend.access.models import Credential, Subscription, UsagePeriod
from headend.access.recording import record
from headend.customers import customers
from headend.customers.models import Customer
from headend.desk import removals
from headend.lib import clock
from headend.system import organizations, search
from tests.kit.verbs import enforced, event, forget, happened, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


def draft(world: World, username: str = "second", **more: str) -> Subscription:
    return subscriptions.create(customer=world.otieno, plan=world.day_pass, username=username, by=None, **more)


def used(world: World, octets: int, at: datetime) -> None:
    record(
        [
            Report(
                kind="interim",
                organization_id=world.organization.pk,
                nas_id=world.hilltop.pk,
                zone="Africa/Nairobi",
                user_name="neema",
                acct_session_id="81a00009",
                event_at=at,
                seconds=60,
                upload_octets=0,
                download_octets=octets,
            )
        ]
    )


def test_it_works(world: World) -> None:
    operator = world.staff["operator"].staff
    forget()

    subscription = subscriptions.create(customer=world.otieno, plan=world.day_pass, username=" Otieno2 ", by=operator)

    assert subscription.state == "draft"
    assert (subscription.plan_name, subscription.cap_bytes, subscription.simultaneous_use) == (
        "Day pass",
        2_000_000_000,
        2,
    )
    created = event("subscription.created")
    assert (created.payload, created.personal) == ({"plan": "Day pass"}, {"username": "Otieno2"})
    assert enforced() == set()
    decision = decide(facts.for_name(world.organization, "OTIENO2"))
    assert decision == Refusal(Code.SUBSCRIPTION_INACTIVE, {"plan": "Day pass", "state": "draft"})
    forget()

    with clock.at(NOON):
        subscription = subscriptions.activate(subscription=subscription, by=operator)

        assert subscription.state == "active"
        assert subscription.expires_at == NOON + timedelta(hours=24)
        assert isinstance(decide(facts.for_name(world.organization, "otieno2")), Grant)
    said = event("subscription.activated")
    assert (said.staff, said.customer_id) == (operator, world.otieno.pk)
    assert said.payload == {"plan": "Day pass", "expires_at": "2026-12-01T09:00:00+00:00"}
    assert enforced() == {("subscription", subscription.pk)}


def test_the_customer_is_found_by_the_username(world: World) -> None:
    subscription = draft(world, "tumbili")
    assert search.find(organization=world.organization, query="tumb") == [world.otieno.pk]

    subscriptions.end(subscription=subscription, by=None)

    assert search.find(organization=world.organization, query="tumb") == []
    assert search.find(organization=world.organization, query="otieno") == [world.otieno.pk]


def test_a_renewal_runs_on_from_the_expiry(world: World) -> None:
    with clock.at(NOON):
        subscription = subscriptions.activate(subscription=draft(world), by=None)
    forget()

    with clock.at(NOON + timedelta(hours=2)):
        subscription = subscriptions.activate(subscription=subscription, by=None)

    assert subscription.activated_at == NOON
    assert subscription.expires_at == NOON + timedelta(hours=48)
    assert happened() == ["subscription.renewed"]
    assert enforced() == {("subscription", subscription.pk)}


def test_a_late_renewal_runs_from_now(world: World) -> None:
    with clock.at(NOON):
        subscription = subscriptions.activate(subscription=draft(world), by=None)

    with clock.at(NOON + timedelta(days=9)):
        subscription = subscriptions.activate(subscription=subscription, by=None)

    assert subscription.expires_at == NOON + timedelta(days=10)


def test_months_are_those_of_the_organization(world: World) -> None:
    subscription = subscriptions.create(customer=world.otieno, plan=world.home_10m, username="second", by=None)

    # It is 1 December in Nairobi already.
    with clock.at(datetime(2026, 11, 30, 22, 0, tzinfo=UTC)):
        subscription = subscriptions.activate(subscription=subscription, by=None)

    assert subscription.expires_at == datetime(2026, 12, 31, 22, 0, tzinfo=UTC)


def test_a_renewal_begins_cap_and_time_anew(world: World) -> None:
    neema = world.subscriptions["neema"]
    used(world, 2_000_000_000, clock.now())
    decision = decide(facts.for_name(world.organization, "neema"))
    assert isinstance(decision, Refusal)
    assert decision.code is Code.CAP_REACHED

    subscriptions.activate(subscription=neema, by=None)

    decision = decide(facts.for_name(world.organization, "neema"))
    assert isinstance(decision, Grant)
    assert decision.remaining_bytes == 2_000_000_000
    # What was used stays on record.
    assert sum(UsagePeriod.objects.filter(subscription=neema).values_list("download_bytes", flat=True)) == 2_000_000_000


def test_ending_is_for_good(world: World) -> None:
    forget()

    subscriptions.end(subscription=world.otieno_home, by=world.staff["operator"].staff)
    subscriptions.end(subscription=world.otieno_home, by=None)
    subscriptions.end(subscription=Subscription.objects.get(pk=world.otieno_home.pk), by=None)

    assert Subscription.objects.get(pk=world.otieno_home.pk).state == "ended"
    assert happened() == ["subscription.ended"]
    assert event("subscription.ended").staff == world.staff["operator"].staff
    assert enforced() == {("subscription", world.otieno_home.pk)}
    with refused("subscription_ended"):
        subscriptions.activate(subscription=world.otieno_home, by=None)


def test_ending_frees_the_name(world: World) -> None:
    subscriptions.end(subscription=world.otieno_home, by=None)

    subscriptions.create(customer=world.customers["grace"], plan=world.home_10m, username="OTIENO", by=None)

    assert Credential.objects.filter(name_key="otieno").count() == 2


def test_a_deleted_customer_gets_nothing(world: World) -> None:
    removals.delete(customer=world.otieno, by=None)
    forget()

    with refused("customer_is_deleted"):
        subscriptions.create(
            customer=Customer.objects.get(pk=world.otieno.pk), plan=world.day_pass, username="second", by=None
        )

    assert happened() == []


@pytest.mark.parametrize(
    ("username", "password", "code", "field"),
    [
        (" ", "", "username_missing", "username"),
        ("OTIENO", "", "username_taken", "username"),
        ("second", "12345", "password_short", "password"),
        ("second", "line\nbreak", "password_unreadable", "password"),
        ("second", "é" * 65, "password_unreadable", "password"),
    ],
)
def test_a_name_or_password_is_refused(world: World, username: str, password: str, code: str, field: str) -> None:
    forget()

    with refused(code, field):
        draft(world, username, password=password)

    # The whole subscription is gone with it.
    assert Subscription.objects.filter(customer=world.otieno).count() == 1
    assert happened() == []


def test_a_mac_is_one_name_in_every_notation(world: World) -> None:
    draft(world, "AA:BB:CC:DD:EE:0F")

    with refused("username_taken", "username"):
        draft(world, "aabb.ccdd.ee0f")


def test_another_organization_has_names_of_its_own(world: World) -> None:
    neighbour = customers.register(organization=world.neighbour, by=None, first_name="Otieno")
    plan = plans.add(
        organization=world.neighbour,
        by=None,
        name="Home",
        connection_type="pppoe",
        price_minor=1,
        download_kbps=None,
        upload_kbps=None,
        validity_count=1,
        validity_unit="days",
    )

    subscriptions.create(customer=neighbour, plan=plan, username="otieno", by=None)

    assert facts.for_name(world.neighbour, "otieno").customer_id == neighbour.pk
    assert facts.for_name(world.organization, "otieno").customer_id == world.otieno.pk


@pytest.mark.parametrize(
    "typed",
    [
        "10.0.0",
        "2001:db8::1",
        "router",
        "10.0.0.256",
        "127.0.0.1",
        "169.254.7.7",
        "224.0.0.5",
        "255.255.255.255",
        "0.0.0.0",
        "196.200.19.255",
    ],
)
def test_an_address_that_no_customer_can_have_is_refused(world: World, typed: str) -> None:
    organizations.edit(organization=world.organization, by=None, address_blocks="196.200.16.0/22")
    with refused("framed_address_invalid", "framed_address"):
        draft(world, framed_address=typed)


def test_an_address_is_taken_until_its_subscription_ends(world: World) -> None:
    first = draft(world, framed_address=" 10.0.3.7 ")
    assert first.framed_address == "10.0.3.7"

    with refused("framed_address_taken", "framed_address"):
        draft(world, "third", framed_address="::ffff:10.0.3.7")

    subscriptions.end(subscription=first, by=None)
    assert draft(world, "third", framed_address="10.0.3.7").framed_address == "10.0.3.7"


def test_a_static_plan_needs_an_address(world: World) -> None:
    static = plans.edit(plan=world.day_pass, by=None, connection_type="static")

    with refused("framed_address_missing", "framed_address"):
        subscriptions.create(customer=world.otieno, plan=static, username="second", by=None)

    made = subscriptions.create(
        customer=world.otieno, plan=static, username="second", by=None, framed_address="10.0.3.7"
    )
    assert made.framed_address == "10.0.3.7"


def test_a_username_is_suggested(world: World) -> None:
    def suggest(**who: str) -> str:
        customer = customers.register(organization=world.organization, by=None, **who)
        return subscriptions.suggest_username(customer=customer)

    assert suggest(first_name="Désirée", last_name="N'Diaye") == "desiree.ndiaye"
    assert suggest(company="3 Rivers Ltd") == "3.rivers"
    assert suggest(phone="0733111222") == "254733111222"
    assert suggest(first_name="李") == "bn-100007"
    assert suggest(first_name="Mary Wanjiru", last_name="Njoroge") == "mary.njoroge"
    assert suggest(first_name="Jean-Pierre", last_name="van der Berg") == "jeanpierre.berg"
    assert suggest(first_name="Ƙasimu Ɓaɗi", last_name="Ƴarʼadua") == "kasimu.yaradua"
    assert suggest(first_name="Łukasz", last_name="Đặng") == "lukasz.dang"
    assert suggest(first_name="Işık", company="Ɛsi Ɔkɔ & Søns") == "isik"
    assert suggest(company="Ɛsi Ɔkɔ & Søns") == "esi.oko"
    assert subscriptions.suggest_username(customer=world.otieno) == "otieno.ouma"
    draft(world, "Otieno.Ouma")
    draft(world, "otieno.ouma2")
    assert subscriptions.suggest_username(customer=world.otieno) == "otieno.ouma3"


@pytest.mark.parametrize("taken", [0, 1, 40, 300])
def test_a_username_is_made_in_few_statements_however_many_are_called_so(
    world: World, django_assert_max_num_queries: Any, taken: int
) -> None:
    Customer.objects.bulk_create(
        Customer(
            organization=world.organization,
            group=world.default_group,
            account_number=f"X-{number}",
            account_number_key=f"X{number}",
            first_name="Mary",
            last_name="Njoroge",
            username=f"mary.njoroge{number if number > 1 else ''}",
            username_key=f"mary.njoroge{number if number > 1 else ''}",
        )
        for number in range(1, taken + 1)
    )
    mary = customers.register(
        organization=world.organization, first_name="Mary", last_name="Njoroge", phone="0733900118", by=None
    )
    with django_assert_max_num_queries(3):
        made = subscriptions.suggest_username(customer=mary)
    assert made == f"mary.njoroge{taken + 1 if taken else ''}"
