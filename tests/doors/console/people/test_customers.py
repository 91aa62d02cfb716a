"""Customers in the console: found, added, changed, and explained."""

import re
from datetime import timedelta

import pytest
from django.test import Client

from headend.access import blocks, facts, refusals, subscriptions
from headend.access.authorize import Refusal, decide
from headend.access.models import Credential, Subscription, UsagePeriod
from headend.billing.models import Payment
from headend.customers import customers, suspensions
from headend.customers.models import Customer, Suspension
from headend.lib import clock
from headend.system.models import Event, Job
from tests.kit import console
from tests.kit.world import World

pytestmark = pytest.mark.django_db
BASE = "/baobab/console/customers/"
# A further package that is not paid yet.
OWED = {"method": "owed", "activate": "yes"}


@pytest.fixture
def client(world: World) -> Client:
    return console.client_of(world.staff["operator"])


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return console.words(response)


def refused_code(world: World) -> str:
    """Why Otieno may not connect, as the RADIUS door would decide; empty where he may."""
    verdict = decide(facts.for_credential(world.credential("otieno")))
    return verdict.code if isinstance(verdict, Refusal) else ""


def failed(text: str) -> list[str]:
    """The rules that the customer's page shows as failed."""
    return [
        part.split('data-code="')[1].split('"')[0] for part in text.split("<li ")[1:] if part.startswith('class="fail"')
    ]


PERSON = {"full_name": "John Doe", "phone": "0733 900 118"}


def person(world: World, **more: str) -> dict[str, str]:
    return {**PERSON, "group": str(world.default_group.pk), "connection_type": "none", **more}


def package(world: World, **more: str) -> dict[str, str]:
    values = {
        "connection_type": "pppoe",
        "plan": str(world.home_10m.pk),
        "username": "john",
        "password": "johns-secret",
        "method": "cash",
        "activate": "yes",
    }
    return person(world, **{**values, **more})


def test_adding_somebody_with_a_package(world: World, client: Client) -> None:
    assert client.get(f"{BASE}add/").status_code == 200
    response = client.post(f"{BASE}add/", package(world))
    john = Customer.objects.get(first_name="John")
    assert response["Location"] == f"{BASE}{john.pk}/"
    assert john.phone == "+254733900118"
    assert john.subscription_set.get().state == "active"
    text = page(client, response["Location"])
    assert "John Doe is added." in text
    assert "Added with account number BN-100004, by Operator of Baobab Net" in text


def test_adding_somebody_without_a_package(world: World, client: Client) -> None:
    assert client.post(f"{BASE}add/", person(world)).status_code == 302
    john = Customer.objects.get(first_name="John")
    assert not john.subscription_set.exists()
    assert "There is no package to connect with." in page(client, f"{BASE}{john.pk}/")


def test_a_draft_is_not_activated(world: World, client: Client) -> None:
    client.post(f"{BASE}add/", package(world, activate="no"))
    assert Customer.objects.get(first_name="John").subscription_set.get().state == "draft"


def test_a_taken_username_adds_nobody(world: World, client: Client) -> None:
    response = client.post(f"{BASE}add/", package(world, username="OTIENO"))
    assert response.status_code == 400
    text = response.content.decode()
    assert "Username already exists" in text
    assert '<a href="#id_username">' in text
    assert not Customer.objects.filter(first_name="John").exists()


def test_a_taken_phone_leads_to_who_has_it(world: World, client: Client) -> None:
    response = client.post(f"{BASE}add/", person(world, phone="+254 712 345 678"))
    assert response.status_code == 400
    text = response.content.decode()
    assert "Otieno Ouma (BN-100001) has this phone already." in text
    assert f'<a href="{BASE}{world.otieno.pk}/">' in text
    # The summary is a list of links of its own: the one to who has it stands beside the field alone.
    assert (
        "Phone Number: Otieno Ouma (BN-100001) has this phone already. It can be their contact phone all the same.</a>"
        in text
    )
    assert "&lt;a" not in text
    assert 'aria-invalid="true"' in text


def test_everything_to_mend_is_said_at_once(world: World, client: Client) -> None:
    response = client.post(f"{BASE}add/", package(world, email="not-an-address", group="", plan=""))
    assert "3 things to mend before this can be saved" in response.content.decode()


def test_a_plan_of_another_connection_type_is_refused(world: World, client: Client) -> None:
    response = client.post(f"{BASE}add/", package(world, connection_type="hotspot"))
    assert "This plan is of another connection type." in response.content.decode()


def test_without_a_username_one_is_made(world: World, client: Client) -> None:
    client.post(f"{BASE}add/", package(world, username="", password=""))
    assert Customer.objects.get(first_name="John").subscription_set.get().credential_set.get().name == "john.doe"


def test_generate_username(world: World, client: Client) -> None:
    customers.register(organization=world.organization, by=None, first_name="Jane")
    values = {**package(world, full_name="Otieno", username=""), "generate": "username"}
    response = client.post(f"{BASE}add/", values)
    text = response.content.decode()
    assert response.status_code == 200
    assert 'name="username" value="otieno2"' in text
    assert 'value="0733 900 118"' in text
    assert not Customer.objects.filter(first_name="Otieno", last_name="").exists()


def test_a_second_press_of_save_adds_nobody(world: World, client: Client) -> None:
    token = page(client, f"{BASE}add/").split('name="form_token" value="')[1].split('"')[0]
    values = package(world, form_token=token)
    first, second = client.post(f"{BASE}add/", values), client.post(f"{BASE}add/", values)
    assert Customer.objects.filter(first_name="John").count() == 1
    assert Payment.objects.count() == 1
    assert second["Location"] == first["Location"]
    assert "That was saved already." in page(client, second["Location"])


def test_a_refused_form_may_be_sent_again(world: World, client: Client) -> None:
    values = person(world, phone="0712345678", form_token="abc")
    assert client.post(f"{BASE}add/", values).status_code == 400
    assert client.post(f"{BASE}add/", {**values, "phone": ""}).status_code == 302
    assert Customer.objects.filter(first_name="John").count() == 1


def test_editing(world: World, client: Client) -> None:
    url = f"{BASE}{world.otieno.pk}/edit/"
    assert 'value="Otieno"' in page(client, url)
    values = {**person(world, first_name="Otieno", last_name="Odinga"), "connection_type": ""}
    response = client.post(url, values)
    text = page(client, response["Location"])
    assert "Otieno Odinga" in text
    assert "last name: from Ouma to Odinga" in text


def test_editing_refuses_a_taken_phone(world: World, client: Client) -> None:
    response = client.post(f"{BASE}{world.otieno.pk}/edit/", person(world, phone="0722418903"))
    assert response.status_code == 400
    assert "Grace Wanjiru Mwangi" in response.content.decode()
    assert Customer.objects.get(pk=world.otieno.pk).phone == "+254712345678"


def test_editing_the_additional_account_number(world: World, client: Client) -> None:
    url = f"{BASE}{world.otieno.pk}/edit/"
    values = {**person(world, first_name="Otieno", last_name="Odinga", phone=""), "username": "mine"}
    text = client.post(url, {**values, "generate": "extra_account_number"}).content.decode()
    found = re.search(r'name="extra_account_number" value="(\d{6})"', text)
    assert found
    # Nothing that was typed is lost, and nothing is saved yet.
    assert 'value="Odinga"' in text
    assert 'value="mine"' in text
    assert Customer.objects.get(pk=world.otieno.pk).last_name == "Ouma"
    # Enter in a field saves, and does not make another number.
    assert 'name="generate"' not in text.partition('<form class="form"')[2].partition("<button")[2].partition(">")[0]

    text = page(client, client.post(url, {**values, "extra_account_number": found[1]})["Location"])
    assert f"additional account number: from — to {found[1]}" in text
    assert f'<span class="mono">{found[1]}</span> <span class="quiet">additional</span>' in text
    refused = client.post(url, {**values, "extra_account_number": "BN 100002"})
    assert refused.status_code == 400
    assert "Grace Wanjiru Mwangi (BN-100002) has this account number already." in refused.content.decode()


def test_who_may_connect_is_said_so(world: World, client: Client) -> None:
    text = page(client, f"{BASE}{world.otieno.pk}/")
    assert "No, but may connect" in text
    assert failed(text) == []


def test_a_connection_of_ones_own_is_no_fault(world: World, client: Client) -> None:
    console.make_session(world)
    text = page(client, f"{BASE}{world.otieno.pk}/")
    assert 'class="full" data-code="session_limit"' in text
    assert 'class="fail"' not in text


def test_who_is_online_is_said_so(world: World, client: Client) -> None:
    console.make_session(world)
    text = page(client, f"{BASE}{world.otieno.pk}/")
    assert "Yes, since" in text
    # One of one devices is connected: that keeps a second one out, and not him.
    assert "Yes, and is connected." in text


def test_disable_and_enable(world: World, client: Client) -> None:
    url = f"{BASE}{world.otieno.pk}/suspension/disabled/"
    assert "Disable Otieno Ouma?" in page(client, url)
    assert client.post(url, {}).status_code == 400
    assert refused_code(world) == ""
    response = client.post(url, {"reason": "Moved away"})
    assert refused_code(world) == "customer_disabled"
    text = page(client, response["Location"])
    assert failed(text) == ["customer_disabled"]
    assert "No: customer disabled" in text
    assert "Disabled: Moved away, by Operator of Baobab Net" in text
    # The toast takes it back.
    assert f'action="{BASE}{world.otieno.pk}/suspension/disabled/lift/"' in text
    client.post(f"{url}lift/")
    assert refused_code(world) == ""
    assert failed(page(client, response["Location"])) == []


def test_suspend_with_kind_reason_and_end(world: World, client: Client) -> None:
    url = f"{BASE}{world.otieno.pk}/suspension/"
    last = clock.local_day(clock.now(), "Africa/Nairobi") + timedelta(days=2)
    client.post(url, {"kind": "hold", "reason": "Travelling", "until": last.isoformat()})
    row = Suspension.objects.get(customer=world.otieno)
    assert (row.kind, row.reason) == ("hold", "Travelling")
    assert row.ends_at == clock.day_end(last, "Africa/Nairobi")
    assert refused_code(world) == "suspended"
    assert "No: suspended, on hold" in page(client, f"{BASE}{world.otieno.pk}/")
    client.post(f"{url}hold/lift/")
    assert refused_code(world) == ""


def test_lifting_one_kind_leaves_the_others(world: World, client: Client) -> None:
    suspensions.suspend(customer=world.otieno, kind="overdue", by=None)
    place = f"{BASE}{world.otieno.pk}/suspension/overdue/lift/"
    assert "They stay off" not in page(client, place)
    suspensions.suspend(customer=world.otieno, kind="abuse", by=None)
    assert "They stay off all the same: another suspension of theirs is in force." in page(client, place)
    suspensions.suspend(group=world.default_group, kind="disabled", by=None)
    assert "They stay off all the same: their group is disabled or suspended." in page(client, place)
    suspensions.lift(group=world.default_group, kind="disabled", by=None)
    client.post(place)
    assert refused_code(world) == "suspended"
    response = client.post(f"{BASE}{world.otieno.pk}/suspension/overdue/lift/")
    assert "There was nothing to lift." in page(client, response["Location"])


def test_a_suspension_that_ends_before_it_begins_is_refused(world: World, client: Client) -> None:
    response = client.post(
        f"{BASE}{world.otieno.pk}/suspension/", {"kind": "hold", "reason": "x", "until": "2020-01-01"}
    )
    assert response.status_code == 400
    assert "The end must be in the future." in response.content.decode()


def test_an_unknown_kind_is_404(world: World, client: Client) -> None:
    assert client.post(f"{BASE}{world.otieno.pk}/suspension/vacation/lift/").status_code == 404


def test_block_and_unblock_a_package(world: World, client: Client) -> None:
    url = f"/baobab/console/subscriptions/{world.otieno_home.pk}/block/"
    client.post(url, {"reason": "Shares it"})
    assert refused_code(world) == "subscription_blocked"
    assert failed(page(client, f"{BASE}{world.otieno.pk}/")) == ["subscription_blocked"]
    client.post(f"{url}lift/")
    assert refused_code(world) == ""


def test_block_and_unblock_a_device(world: World, client: Client) -> None:
    device, _ = console.make_session(world)
    url = f"/baobab/console/devices/{device.pk}/block/"
    client.post(url, {"reason": "Stolen"})
    assert len(blocks.open_of(customer=world.otieno)) == 1
    client.post(f"{url}lift/")
    assert blocks.open_of(customer=world.otieno) == []


def test_every_other_refusal_is_named_with_what_mends_it(world: World, client: Client) -> None:
    url = f"{BASE}{world.otieno.pk}/"
    subscription = Subscription.objects.filter(pk=world.otieno_home.pk)
    yesterday = clock.now() - timedelta(days=1)

    suspensions.suspend(group=world.default_group, kind="disabled", by=None)
    text = page(client, url)
    assert failed(text) == ["group_disabled"]
    assert "Enable group" in text
    client.post(f"/baobab/console/groups/{world.default_group.pk}/suspension/disabled/lift/")

    Customer.objects.filter(pk=world.otieno.pk).update(account_expires_on=yesterday.date() - timedelta(days=2))
    text = page(client, url)
    assert failed(text) == ["account_expired"]
    assert "Change the date" in text
    Customer.objects.filter(pk=world.otieno.pk).update(account_expires_on=None)

    subscription.update(expires_at=yesterday)
    text = page(client, url)
    assert failed(text) == ["subscription_expired"]
    assert "Renew" in text
    subscriptions.activate(subscription=world.otieno_home, by=None)
    assert refused_code(world) == ""

    subscription.update(cap_bytes=1000)
    UsagePeriod.objects.filter(subscription=world.otieno_home.pk).update(download_bytes=1000)
    assert failed(page(client, url)) == ["cap_reached"]
    assert "Data used up" in page(client, BASE)


def test_a_second_package_speaks_where_the_first_may_not(world: World, client: Client) -> None:
    url = f"{BASE}{world.otieno.pk}/subscriptions/add/"
    assert 'name="username" value="otieno.ouma"' in page(client, url)
    values = {"connection_type": "hotspot", "plan": world.day_pass.pk, "username": "otieno-phone", **OWED}
    assert client.post(url, values)["Location"] == f"{BASE}{world.otieno.pk}/#packages"
    blocks.block(subscription=world.otieno_home, by=None)
    text = page(client, f"{BASE}{world.otieno.pk}/")
    assert failed(text) == ["subscription_blocked"]
    assert "No, but may connect" in text


def test_a_static_package_needs_its_address(world: World, client: Client) -> None:
    from headend.access import plans

    static = plans.add(
        organization=world.organization,
        by=None,
        name="Business",
        connection_type="static",
        price_minor=1,
        download_kbps=None,
        upload_kbps=None,
        validity_count=1,
        validity_unit="months",
    )
    url = f"{BASE}{world.otieno.pk}/subscriptions/add/"
    values = {"connection_type": "static", "plan": static.pk, "username": "otieno-static", **OWED}
    assert "IP address is required" in client.post(url, values).content.decode()
    assert client.post(url, {**values, "framed_address": "10.20.10.9"}).status_code == 302


def test_ending_a_package_frees_its_name(world: World, client: Client) -> None:
    client.post(f"/baobab/console/subscriptions/{world.otieno_home.pk}/end/")
    assert Subscription.objects.get(pk=world.otieno_home.pk).state == "ended"
    assert not Credential.objects.filter(name="otieno", ended_at=None).exists()
    assert "There is no package to connect with." in page(client, f"{BASE}{world.otieno.pk}/")


def test_revealing_a_password_is_an_event(world: World, client: Client) -> None:
    assert "radius-pass-1" not in page(client, f"{BASE}{world.otieno.pk}/")
    response = client.post(f"/baobab/console/subscriptions/{world.otieno_home.pk}/secret/")
    assert "radius-pass-1" in response.content.decode()
    assert "no-store" in response["Cache-Control"]
    event = Event.objects.get(kind="credential.revealed")
    assert event.staff == world.staff["operator"].staff
    assert "radius-pass-1" not in str([event.payload, event.personal])
    part = client.post(f"/baobab/console/subscriptions/{world.otieno_home.pk}/secret/", headers={"HX-Request": "true"})
    assert b"<html" not in part.content


def test_changing_a_password(world: World, client: Client) -> None:
    url = f"/baobab/console/subscriptions/{world.otieno_home.pk}/password/"
    assert client.post(url, {"password": "abc"}).status_code == 400
    assert client.post(url, {"password": "another-one"}).status_code == 302
    assert "another-one" in client.post(url.replace("password", "secret")).content.decode()


def test_what_cuts_somebody_off_is_enforced(world: World, client: Client) -> None:
    Job.objects.all().delete()
    client.post(f"{BASE}{world.otieno.pk}/suspension/disabled/", {"reason": "x"})
    assert list(Job.objects.values_list("kind", flat=True)) == ["enforce"]


def test_last_refusals(world: World, client: Client) -> None:
    refused = refusals.Refused("password_wrong", "127.0.0.1", world.hilltop.pk, world.organization.pk, "OTIENO")
    refusals.count([(refused, 14, clock.now())])
    text = page(client, f"{BASE}{world.otieno.pk}/")
    assert "Wrong password" in text
    assert "refused 14 times in 7 days" in text


def test_the_neighbours_counts_stay_away(world: World, client: Client) -> None:
    refused = refusals.Refused("password_wrong", "127.0.0.1", None, world.neighbour.pk, "otieno")
    refusals.count([(refused, 14, clock.now())])
    assert "14 refused" not in page(client, f"{BASE}{world.otieno.pk}/")


def test_support_sees_but_cannot_change(world: World) -> None:
    suspensions.suspend(customer=world.otieno, kind="disabled", by=None)
    text = page(console.client_of(world.staff["support"]), f"{BASE}{world.otieno.pk}/")
    assert failed(text) == ["customer_disabled"]
    assert "/lift/" not in text
    assert "/secret/" not in text
    assert "/edit/" not in text
    assert subscriptions.suggest_username(customer=world.otieno) == "otieno.ouma"
