"""What the console says, as people say it: one and many, who it was, and words instead of codes."""

import re
from collections.abc import Callable

import pytest
from django.test import Client

from headend.access import credentials, plans, refusals
from headend.access.models import Session
from headend.billing import payments, receipts
from headend.customers import customers, groups
from headend.lib import clock
from headend.network import nas as nas_verbs
from headend.system import organizations
from headend.system.models import Job
from tests.kit import billing, console
from tests.kit.captive import connected
from tests.kit.vouchers import sold
from tests.kit.world import World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/"


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["owner"])


def page(client: Client, path: str = "") -> str:
    response = client.get(f"{BASE}{path}")
    assert response.status_code == 200
    return console.words(response)


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], "nobody has a session"),
        (["neema"], "sessions of 1 customer"),
        (["neema", "otieno"], "sessions of 2 customers"),
    ],
)
def test_sessions_of_nobody_one_and_many(world: World, client: Client, names: list[str], said: str) -> None:
    for number, name in enumerate(names):
        now = clock.now()
        Session.objects.create(
            organization=world.organization,
            nas=world.hilltop,
            subscription=world.subscriptions[name],
            customer=world.customers[name],
            user_name=name,
            acct_session_id=str(number),
            started_at=now,
            updated_at=now,
        )

    assert f'<dd class="note">{said}</dd>' in page(client)


@pytest.mark.parametrize(
    ("others", "said"),
    [
        (0, "Its 1 customer is cut off within seconds"),
        (1, "Its 2 customers are cut off within seconds"),
    ],
)
def test_disabling_a_group_of_one_and_of_many(world: World, client: Client, others: int, said: str) -> None:
    group = groups.add(organization=world.organization, name="Estate B", by=None)
    place = f"groups/{group.pk}/suspension/disabled/"
    assert "Nobody is in it." in page(client, place)

    for customer in [world.otieno, world.customers["grace"]][: others + 1]:
        customers.edit(customer=customer, by=None, group=group)

    assert said in page(client, place)


def test_what_a_cashier_renews_by_taking_a_payment_is_theirs(world: World) -> None:
    cashier = console.client_of(world.staff["cashier"])
    values = {"amount": "2500", "method": "cash", "subscription": world.otieno_home.pk}

    assert cashier.post(f"{BASE}customers/{world.otieno.pk}/payments/add/", values).status_code == 302

    text = page(cashier, f"customers/{world.otieno.pk}/")
    assert "Home 10M renewed, by Cashier of Baobab Net" in text
    assert "Home 10M bought for KES 2,500.00, by Cashier of Baobab Net" in text
    assert billing.wrong() == {}


def test_what_was_short_and_is_carried_out_by_the_rest_is_the_cashiers_too(world: World) -> None:
    cashier = world.staff["cashier"].staff
    for number, amount_minor in enumerate((100_000, 150_000)):
        receipts.take(
            customer=world.otieno,
            subscription=world.otieno_home if number == 0 else None,
            method="cash",
            amount_minor=amount_minor,
            key=f"half-{number}",
            by=cashier,
        )

    text = page(console.client_of(world.staff["cashier"]), f"customers/{world.otieno.pk}/")

    assert "Home 10M renewed, by Cashier of Baobab Net" in text


def by_staff(world: World) -> None:
    customers.edit(customer=world.otieno, by=world.staff["operator"].staff, company="Ouma & Sons")


def by_a_customer(world: World) -> None:
    billing.practice(world.organization)
    payments.top_up(
        customer=world.otieno,
        gateway=world.organization.gateway_set.get(),
        phone="0712345678",
        amount_minor=5_000,
        key="top-up",
    )


def by_nobody(world: World) -> None:
    receipts.take(customer=world.otieno, method="cash", amount_minor=100, key="came", by=None)


@pytest.mark.parametrize(
    ("act", "said"),
    [(by_staff, "Operator of Baobab Net"), (by_a_customer, "the customer"), (by_nobody, "automatic")],
)
def test_an_event_says_how_it_came(world: World, client: Client, act: Callable[[World], None], said: str) -> None:
    act(world)

    row = page(client, "events/").partition("<tbody>")[2].partition("</tr>")[0]

    assert said in row.rpartition("<td")[2]
    assert "not staff" not in row


def test_a_failed_job_is_named_in_words(world: World, client: Client) -> None:
    for kind in ("enforce", "of_another_version"):
        Job.objects.create(
            organization=world.organization, kind=kind, lane="now", state="failed", finished_at=clock.now()
        )

    text = page(client)

    assert "deciding again who may connect, " in text
    assert "work behind the pages, " in text
    assert "of_another_version" not in text


def test_what_was_chosen_among_few_is_told_by_its_words(world: World, client: Client) -> None:
    plans.edit(plan=world.day_pass, by=None, validity_count=1, validity_unit="days")
    nas_verbs.edit(nas=world.hilltop, by=None, vendor="coovachilli", limit_proxy_state="yes")
    organizations.edit(organization=world.organization, by=None, registration="open")

    text = page(client, "events/")

    assert "validity: from 24 to 1; counted in: from hours to days" in text
    assert "refuse unsigned Proxy-State: from When the NAS shows that it can to Always" in text
    assert "vendor: from MikroTik to CoovaChilli" in text
    assert "to At once, without a proof that the phone is theirs" in text


def test_no_code_of_a_refusal_is_shown(world: World, client: Client) -> None:
    voucher = sold(world, simultaneous_use=1)
    connected(world, voucher)
    now = clock.now()
    for reason in ("session_limit", "of_another_version"):
        refusals.count(
            [(refusals.Refused(reason, "127.0.0.1", world.hilltop.pk, world.organization.pk, "otieno"), 1, now)]
        )
    credentials.set_secret(credential=world.credential("otieno"), secret="another-one", by=None)

    for path in ("", f"nas/{world.hilltop.pk}/", f"customers/{world.otieno.pk}/", f"vouchers/{voucher.pk}/"):
        text = page(client, path)
        visible = re.sub(r"<[^>]*>", " ", text)
        assert "session_limit" not in visible
        assert "of_another_version" not in visible
    assert "Too many devices at once" in page(client, f"nas/{world.hilltop.pk}/")
    assert "Another reason" in page(client, f"nas/{world.hilltop.pk}/")


@pytest.mark.parametrize(("cause", "said"), [("Port-Error", "Fault at the router"), ("99", "Ended"), ("", "Ended")])
def test_why_a_session_ended_is_told_in_words(world: World, client: Client, cause: str, said: str) -> None:
    _, session = console.make_session(world)
    session.ended_at, session.end_cause = clock.now(), cause
    session.save()

    text = page(client, f"customers/{world.otieno.pk}/")

    assert f'<span class="quiet">{said}</span>' in text
