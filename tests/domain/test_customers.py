"""Customers: registered, edited, and what is refused."""

from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from headend.access import facts, reasons, signins
from headend.access.authorize import Code, Grant, decide, explain
from headend.customers import customers, groups
from headend.customers.models import Customer
from headend.desk import removals
from headend.lib import clock
from headend.system import search
from tests.kit.verbs import enforced, event, forget, happened, refused, written
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_it_works(world: World) -> None:
    operator = world.staff["operator"].staff
    forget()

    customer = customers.register(
        organization=world.organization,
        by=operator,
        first_name=" Achieng ",
        last_name="Odhiambo",
        phone="0733 111 222",
        email="Achieng@Example.com",
        site=world.site,
        account_expires_on=date(2027, 1, 31),
    )

    customer.refresh_from_db()
    assert customer.name == "Achieng Odhiambo"
    assert (customer.phone, customer.email, customer.email_key) == (
        "+254733111222",
        "Achieng@Example.com",
        "achieng@example.com",
    )
    assert customer.sort_key == "achieng odhiambo"
    assert customer.group == world.default_group
    assert customer.site == world.site
    assert customer.account_expires_on == date(2027, 1, 31)
    assert happened() == ["customer.registered"]
    said = event("customer.registered")
    assert (said.organization, said.staff, said.customer_id, said.subject_kind, said.subject_id) == (
        world.organization,
        operator,
        customer.pk,
        "customer",
        customer.pk,
    )
    assert said.personal == {"account_number": customer.account_number}


def test_account_numbers_follow_each_other_in_each_organization(world: World) -> None:
    numbers = [world.customers[name].account_number for name in ("otieno", "grace", "neema")]
    neighbour = customers.register(organization=world.neighbour, by=None, company="Kiosk")

    assert numbers == ["BN-100001", "BN-100002", "BN-100003"]
    assert neighbour.account_number == "AW-100001"


@pytest.mark.parametrize(
    ("who", "name"),
    [
        ({"first_name": "Achieng"}, "Achieng"),
        ({"last_name": "Odhiambo"}, "Odhiambo"),
        ({"company": "3 Rivers Ltd"}, "3 Rivers Ltd"),
        ({"phone": "0733111222"}, "+254733111222"),
        ({"first_name": "Achieng", "company": "3 Rivers Ltd"}, "Achieng"),
    ],
    ids=str,
)
def test_one_name_of_any_kind_is_enough(world: World, who: dict[str, Any], name: str) -> None:
    assert customers.register(organization=world.organization, by=None, **who).name == name


@pytest.mark.parametrize(
    ("who", "code", "field"),
    [
        ({}, "name_missing", "first_name"),
        ({"first_name": "  ", "email": "a@b.example"}, "name_missing", "first_name"),
        ({"first_name": "A", "phone": "07123456789"}, "phone_invalid", "phone"),
        ({"first_name": "A", "phone": "0202012345"}, "phone_landline", "phone"),
        ({"first_name": "A", "phone": "0712345678;0722345678"}, "phone_unreadable", "phone"),
        ({"first_name": "A", "phone": "0712CALLME"}, "phone_unreadable", "phone"),
        ({"first_name": "A", "phone": "+254 (0)712 345678"}, "phone_taken", "phone"),
        ({"first_name": "A", "phone": "00254712345678"}, "phone_taken", "phone"),
        ({"first_name": "A", "email": "OTIENO@example.com"}, "customer_email_taken", "email"),
    ],
    ids=str,
)
def test_registering_is_refused(world: World, who: dict[str, Any], code: str, field: str) -> None:
    customers.edit(customer=world.otieno, by=None, email="otieno@example.com")
    forget()

    with refused(code, field):
        customers.register(organization=world.organization, by=None, **who)

    assert Customer.objects.count() == 3
    assert happened() == []
    # A number that nobody got is not lost.
    assert customers.register(organization=world.organization, by=None, first_name="Next").account_number == "BN-100004"


@pytest.mark.parametrize(
    ("new", "code", "field"),
    [
        ({"first_name": "", "last_name": "", "phone": ""}, "name_missing", "first_name"),
        ({"phone": "12"}, "phone_invalid", "phone"),
        ({"phone": "0202012345"}, "phone_landline", "phone"),
        ({"phone": "0722 418 9O3"}, "phone_unreadable", "phone"),
        ({"phone": "0722418903"}, "phone_taken", "phone"),
        ({"email": "Grace@Example.com"}, "customer_email_taken", "email"),
    ],
    ids=str,
)
def test_editing_is_refused(world: World, new: dict[str, Any], code: str, field: str) -> None:
    customers.edit(customer=world.customers["grace"], by=None, email="grace@example.com")
    forget()

    with refused(code, field):
        customers.edit(customer=world.otieno, by=None, **new)

    untouched = Customer.objects.get(pk=world.otieno.pk)
    assert (untouched.first_name, untouched.phone, untouched.email) == ("Otieno", "+254712345678", "")
    assert happened() == []


@pytest.mark.parametrize(
    ("typed", "kept", "found_by"),
    [
        ("020 2012345", "+254202012345", "0202012"),
        ("0722 418 903", "+254722418903", "0722418903"),
        ("00447911123456", "+447911123456", "7911123"),
    ],
    ids=["a landline", "what Grace signs in with", "abroad"],
)
def test_trap_25_a_number_that_signs_nobody_in_is_a_contact(world: World, typed: str, kept: str, found_by: str) -> None:
    both = [
        customers.register(organization=world.organization, by=None, first_name=name, contact_phone=typed)
        for name in ("Amina", "Baraka")
    ]

    assert [row.contact_phone for row in both] == [kept, kept]
    assert {row.pk for row in both} <= set(search.find(organization=world.organization, query=found_by))
    # Grace alone signs in with hers, gets her codes and is who pays by it.
    holder = customers.holder_of_contact(organization=world.organization, text=kept)
    assert holder == (world.customers["grace"] if kept.endswith("722418903") else None)
    assert signins.by_phone(organization=world.organization, text=kept) == holder

    customers.edit(customer=both[0], by=None, contact_phone="")
    assert Customer.objects.get(pk=both[0].pk).contact_phone == ""
    assert both[0].pk not in search.find(organization=world.organization, query=found_by)
    assert event("customer.edited").personal == {"contact_phone": [kept, ""]}


@pytest.mark.parametrize(
    ("who", "code", "field"),
    [
        ({"contact_phone": "0202012345"}, "name_missing", "first_name"),
        ({"phone": "0202012345"}, "phone_landline", "phone"),
        ({"first_name": "A", "contact_phone": "0712CALLME"}, "phone_unreadable", "contact_phone"),
        ({"first_name": "A", "contact_phone": "020201"}, "phone_invalid", "contact_phone"),
    ],
    ids=str,
)
def test_trap_25_a_contact_is_no_name_and_has_to_be_a_number(
    world: World, who: dict[str, str], code: str, field: str
) -> None:
    with refused(code, field):
        customers.register(organization=world.organization, by=None, **who)


def test_a_phone_of_another_organization_is_free(world: World) -> None:
    customers.register(organization=world.neighbour, by=None, first_name="Otieno", phone="0712345678")


def test_the_phone_of_a_deleted_customer_is_free(world: World) -> None:
    removals.delete(customer=world.otieno, by=None)

    customers.register(organization=world.organization, by=None, first_name="Other", phone="0712345678")


def test_editing_keeps_personal_values_apart(world: World) -> None:
    forget()

    customers.edit(customer=world.otieno, by=world.staff["operator"].staff, phone="0733111222", last_name="Okoth")

    said = event("customer.edited")
    assert said.payload == {"fields": ["last_name", "phone"]}
    assert said.personal == {"last_name": ["Ouma", "Okoth"], "phone": ["+254712345678", "+254733111222"]}
    assert said.staff == world.staff["operator"].staff
    assert enforced() == set()
    stored = Customer.objects.get(pk=world.otieno.pk)
    assert (stored.name, stored.sort_key) == ("Otieno Okoth", "otieno okoth")
    assert search.find(organization=world.organization, query="okoth") == [world.otieno.pk]
    assert search.find(organization=world.organization, query="ouma") == []


def test_editing_without_a_change_is_not_heard_of(world: World) -> None:
    forget()

    customers.edit(customer=world.otieno, by=None, first_name=" Otieno", phone="0712 345 678", email="")

    assert happened() == []


@pytest.mark.parametrize("what", ["group", "account_expires_on"])
def test_what_changes_access_is_enforced(world: World, what: str) -> None:
    new = {
        "group": groups.add(organization=world.organization, name="Estate", by=None),
        "account_expires_on": date(2026, 1, 1),
    }
    forget()

    customers.edit(customer=world.otieno, by=None, **{what: new[what]})

    assert enforced() == {("customer", world.otieno.pk)}
    forget()
    customers.edit(customer=world.otieno, by=None, **{what: new[what]})
    assert enforced() == set()


def test_editing_with_an_old_copy_brings_nothing_else_back(world: World) -> None:
    old = Customer.objects.get(pk=world.otieno.pk)
    removals.delete(customer=world.otieno, by=None)

    customers.edit(customer=old, by=None, last_name="Okoth")

    stored = Customer.objects.get(pk=world.otieno.pk)
    assert stored.last_name == "Okoth"
    assert stored.deleted_at is not None


@pytest.mark.parametrize("day", [date.max, date.min])
def test_an_absurd_expiry_date_keeps_nobody_else_from_connecting(world: World, day: date) -> None:
    customers.edit(customer=world.otieno, by=None, account_expires_on=day)

    lookups = [facts.Lookup(world.organization.pk, name) for name in ("otieno", "grace")]
    decisions = [decide(login.facts) for login in facts.load(lookups, clock.now())]

    assert isinstance(decisions[0], Grant) == (day == date.max)
    assert isinstance(decisions[1], Grant)


@pytest.mark.parametrize("day", [date.max, date.min])
def test_an_absurd_expiry_date_can_be_explained(world: World, day: date) -> None:
    customers.edit(customer=world.otieno, by=None, account_expires_on=day)

    verdicts = explain(facts.for_name(world.organization, "otieno"))

    for timezone in ("Africa/Nairobi", "America/New_York", "Pacific/Kiritimati"):
        world.organization.timezone = timezone
        texts = {verdict.code: reasons.detail_text(verdict, world.organization) for verdict in verdicts}
        assert texts[Code.ACCOUNT_EXPIRED]


def test_no_event_holds_a_name_in_its_payload(world: World) -> None:
    customers.edit(customer=world.otieno, by=None, first_name="Zebedayo")

    assert "Zebedayo" in written()
    assert "Zebedayo" not in str(event("customer.edited").payload)


def test_who_has_no_name_comes_after_all_names(world: World) -> None:
    named = ["Ämne", "Zoe", "Çelik", "محمد", "李", "0 Street"]
    for number, name in enumerate(named):
        customers.register(organization=world.organization, by=None, first_name=name, phone=f"073400000{number}")
    for phone in ("0735000002", "0735000001"):
        customers.register(organization=world.organization, by=None, phone=phone)

    listed = [customer.name for customer in Customer.objects.order_by("sort_key", "pk")]

    assert listed[-2:] == ["+254735000001", "+254735000002"]


if connection.vendor == "sqlite":

    def test_registering_walks_over_nobodys_customers(world: World) -> None:
        with CaptureQueriesContext(connection) as captured:
            customers.register(
                organization=world.organization,
                by=None,
                phone="0733111222",
                email="a@b.example",
                username="a",
                extra_account_number="482913",
            )
        asked = [
            query["sql"] for query in captured if query["sql"].startswith("SELECT") and "_customer" in query["sql"]
        ]
        used = []
        with connection.cursor() as cursor:
            for statement in asked:
                cursor.execute(f"EXPLAIN QUERY PLAN {statement}")
                used += [row[-1] for row in cursor.fetchall() if row[-1].startswith(("SEARCH", "SCAN"))]
        # Phone, e-mail, username, the number that was chosen and the one that is given, each of both kinds.
        assert len(used) == 7
        assert [step for step in used if "organization_id=? AND " not in step] == []
