"""Builds the demo's two organizations with the product's own verbs, in one transaction: whole or not at all."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Final

from django.db import transaction

from headend.access import plans, signins, subscriptions, triggers
from headend.access.models import Plan
from headend.customers import customers, groups
from headend.customers.models import Group
from headend.demo import broadcasts, history, logo, people, talk
from headend.demo.people import Person
from headend.lib import clock, ids
from headend.messaging import carriers, texts
from headend.messaging.catalogue.money import PAYMENT_RECEIVED
from headend.messaging.catalogue.notice import Text
from headend.messaging.gateways import smtp
from headend.messaging.models import Channel
from headend.messaging.setups import Setup
from headend.network import nas as nas_verbs
from headend.system import invitations, logos, organizations, sealing, sites, staff
from headend.system.models import Event, Job, Organization, Role, Site

CUSTOMERS: Final = 200
SLUG: Final = "baobab"
OTHER_SLUG: Final = "acacia"
HISTORY_DAYS: Final = 90
STAFF_NAMES: Final = {
    "owner": "Amina Odhiambo",
    "admin": "Peter Kariuki",
    "operator": "Joyce Mutua",
    "cashier": "Dennis Kibet",
    "support": "Fatuma Abdi",
}


@dataclass(slots=True)
class Made:
    """The passwords that nobody could read from the database again: they are written to the demo's own file."""

    staff: list[dict[str, str]] = field(default_factory=list)
    other_staff: list[dict[str, str]] = field(default_factory=list)
    portal: list[dict[str, str]] = field(default_factory=list)


def build(*, nas_address: str, coa_port: int, seed: int | None = None) -> Made:
    """Fills an empty database. Takes some seconds; nothing of it is there before all of it is."""
    random = Random(seed)
    made = Made()
    with transaction.atomic():
        sealing.remember_keys()
        now = clock.now()
        began_at = now - timedelta(days=HISTORY_DAYS + 30)
        with clock.at(began_at):
            baobab = _found(SLUG, "Baobab Net", country="KE", currency="KES", timezone="Africa/Nairobi", prefix="BN")
            organizations.edit(
                organization=baobab,
                by=None,
                support_phone="0700 123 456",
                accent="#0b5c6b",
                interim_seconds=60,
                # Practice SMS reach no phone that whoever tries the demo could look at.
                registration="open",
            )
            logos.put(organization=baobab, content=logo.draw(), by=None)
            made.staff = _hire(baobab, "baobab.example", STAFF_NAMES)
            _invite(baobab)
            _reword(baobab)
            triggers.add_default(organization=baobab, percent=80, by_email=True, by_sms=True, by=None)
            _fill(baobab, random, now, nas_address=nas_address, coa_port=coa_port)
        with clock.at(now - timedelta(days=2)):
            made.portal = [_register_at_portal(baobab)]
        with clock.at(now - timedelta(days=20)):
            made.other_staff = _neighbour(random)
        # The past needs nothing enforced, since nobody of it is connected, and nobody is told of it now.
        Job.objects.all().delete()
        Event.objects.update(handled_at=now)
        # Only now: what happened before is not told by SMS. Where it is, is written down each time that the demo starts.
        carriers.add(
            organization=baobab,
            kind="fake",
            base_url="http://127.0.0.1",
            sender="BaobabNet",
            key="not known yet",
            by=None,
        )
        carriers.set_up(organization=baobab, setup=_mail_server(), by=None)
        owner = baobab.membership_set.select_related("staff").get(role=Role.OWNER).staff
        site = baobab.site_set.get(name="Hilltop")
        broadcasts.send(organization=baobab, site=site, by=owner, random=random, now=now)
        talk.talk(organization=baobab, random=random, now=now)
    return made


def _fill(baobab: Organization, random: Random, now: datetime, *, nas_address: str, coa_port: int) -> None:
    places = [sites.add(organization=baobab, name=name, by=None) for name in ("Hilltop", "Market", "Riverside")]
    circles = [groups.add(organization=baobab, name=name, by=None) for name in ("Estate A", "Estate B", "Businesses")]
    hilltop = nas_verbs.add(
        organization=baobab,
        by=None,
        name="hilltop",
        address=nas_address,
        site=places[0],
        coa_port=coa_port,
        # The simulated router signs its requests, so *auto* would soon demand it of everybody at this address: also of
        # somebody who tries the demo with a plain radclient.
        require_message_authenticator="no",
    )
    sold = _plans(baobab)
    crowd = people.make(random, CUSTOMERS)
    wanted = [_plan_for(person, index, random, sold) for index, person in enumerate(crowd)]
    history.live(
        organization=baobab,
        nas=hilltop,
        people=[
            history.Signup(
                person=person,
                plan=plan,
                # A young provider grows: of each month, more signed up than in the one before.
                on_day=0 if index == 0 else int(HISTORY_DAYS * random.random() ** 0.5),
                site=random.choice(places),
                group=_group_for(person, plan, circles, random),
            )
            for index, (person, plan) in enumerate(zip(crowd, wanted, strict=True))
        ],
        random=random,
        now=now,
        days=HISTORY_DAYS,
    )


def _plans(organization: Organization) -> dict[str, Plan]:
    """What Baobab Net sells: name, type, price in cents, down and up in kbit/s, validity, cap, devices."""
    table = (
        ("Home 5M", "pppoe", 150_000, 5_000, 2_000, 1, "months", None, 1),
        ("Home 10M", "pppoe", 250_000, 10_000, 3_000, 1, "months", None, 1),
        ("Home 20M", "pppoe", 400_000, 20_000, 8_000, 1, "months", None, 1),
        ("Home 300 GB", "pppoe", 200_000, 20_000, 8_000, 1, "months", 300 * 10**9, 1),
        ("Business 50M", "static", 1_160_000, 50_000, 50_000, 1, "months", None, 1),
        ("Day pass", "hotspot", 5_000, 4_000, 1_000, 1, "days", 2 * 10**9, 2),
        ("Week pass", "hotspot", 25_000, 4_000, 1_000, 7, "days", 15 * 10**9, 2),
    )
    return {
        name: plans.add(
            organization=organization,
            by=None,
            name=name,
            connection_type=kind,
            price_minor=price,
            download_kbps=down,
            upload_kbps=up,
            validity_count=count,
            validity_unit=unit,
            cap_bytes=cap,
            simultaneous_use=devices,
            idle_timeout_seconds=600 if kind == "hotspot" else None,
        )
        for name, kind, price, down, up, count, unit, cap, devices in table
    }


def _plan_for(person: Person, index: int, random: Random, sold: dict[str, Plan]) -> Plan:
    # The first one is whom the credentials file names: a plain PPPoE customer who is not on the simulated router.
    if index == 0:
        return sold["Home 10M"]
    if person.company:
        return sold["Business 50M"]
    names, weights = list(sold), (30, 30, 15, 10, 0, 5, 10)
    return sold[random.choices(names, weights)[0]]


def _group_for(person: Person, plan: Plan, circles: list[Group], random: Random) -> Group | None:
    if person.company:
        return circles[2]
    return None if plan.connection_type == "hotspot" else random.choice((circles[0], circles[1], None))


def _reword(baobab: Organization) -> None:
    """A notice in words of its own."""
    texts.save(
        organization=baobab,
        notice=PAYMENT_RECEIVED.code,
        channel=Channel.SMS,
        text=Text("Asante {first_name}! {organization} imepokea {amount}. {help}"),
        is_on=True,
        by=None,
    )


def _mail_server() -> Setup:
    """The practice network's; where it is, is written down likewise."""
    options = {
        "from_address": "hello@baobab.example",
        "from_name": "Baobab Net",
        "reply_to": "help@baobab.example",
    }
    place = smtp.place(smtp.PLAIN, "127.0.0.1", smtp.PORTS[smtp.PLAIN])
    return Setup("practice_mail", place, account="baobab", key="not known yet", options=options)


def _invite(baobab: Organization) -> None:
    """Somebody who has not accepted yet."""
    owner = baobab.membership_set.get(role=Role.OWNER)
    invitations.invite(
        organization=baobab, email="naomi@baobab.example", name="Naomi Chebet", role=Role.CASHIER.value, by=owner
    )


def _neighbour(random: Random) -> list[dict[str, str]]:
    """A second, small organization, which must never see the first."""
    acacia = _found(OTHER_SLUG, "Acacia Wireless", country="GH", currency="GHS", timezone="Africa/Accra", prefix="AW")
    place: Site = sites.add(organization=acacia, name="Osu café", by=None)
    # An address of the block that is kept for documentation (RFC 5737): no router answers there.
    nas_verbs.add(organization=acacia, by=None, name="osu", address="192.0.2.10", site=place)
    plan = plans.add(
        organization=acacia,
        by=None,
        name="Home 4M",
        connection_type="pppoe",
        price_minor=12_000,
        download_kbps=4_000,
        upload_kbps=1_000,
        validity_count=1,
        validity_unit="months",
    )
    for first_name, last_name, phone in (
        ("Ama", "Mensah", "0244000001"),
        ("Kofi", "Boateng", "0244000002"),
        ("Ɛsi", "Ɔkɔ", "0244000003"),
    ):
        customer = customers.register(
            organization=acacia, by=None, first_name=first_name, last_name=last_name, phone=phone, site=place
        )
        name = subscriptions.suggest_username(customer=customer)
        subscriptions.activate(
            subscription=subscriptions.create(customer=customer, plan=plan, username=name, by=None), by=None
        )
    return _hire(acacia, "acacia.example", {"owner": "Ama Mensah"})


def _register_at_portal(baobab: Organization) -> dict[str, str]:
    """Somebody who registered on the portal and bought nothing yet."""
    password = ids.password(10)
    customer = signins.register(
        organization=baobab,
        first_name="Neema",
        last_name="Wekesa",
        phone="0799 555 017",
        # Without the dot of the addresses and usernames that are made for customers: one may have this very name.
        email="neema@example.com",
        username="neema-wekesa",
        password=password,
    )
    return {"login": customer.email, "password": password}


def _found(slug: str, name: str, *, country: str, currency: str, timezone: str, prefix: str) -> Organization:
    organization = organizations.found(
        slug=slug, name=name, country=country, currency=currency, timezone=timezone, account_prefix=prefix
    )
    groups.add_default(organization=organization)
    return organization


def _hire(organization: Organization, domain: str, names: dict[str, str]) -> list[dict[str, str]]:
    made = []
    for role, name in names.items():
        password = ids.password(12)
        email = f"{role}@{domain}"
        staff.register(organization=organization, email=email, name=name, role=Role(role).value, password=password)
        made.append({"role": role, "email": email, "password": password})
    return made
