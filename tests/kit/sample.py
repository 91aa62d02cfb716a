"""One of each thing that a page can open: from it isolation, permissions, erasing, pictures and tries of odd input draw.

What hangs on a customer is made here for whoever it is asked for: in the tiny provider for Otieno, in the test of erasing for
whoever is erased, in the demo's pictures for whoever is connected. A new noun of a customer is one line in `OF_A_CUSTOMER`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.urls import reverse

from headend.access import triggers
from headend.access.models import Device, Trigger
from headend.customers import groups, notes
from headend.customers.models import Customer
from headend.lib import clock
from headend.messaging import broadcasts
from headend.messaging.audiences import Audience
from headend.messaging.letters import Letter
from headend.messaging.models import Broadcast, Message
from headend.system import invitations
from headend.system.models import Organization, Staff, State
from tests.kit import billing, console, vouchers
from tests.kit.world import World


def _device(customer: Customer, _by: Staff) -> Device:
    mac = f"02{customer.pk:010X}"
    return Device.objects.create(organization=customer.organization, customer=customer, mac=mac)


def _message(customer: Customer, _by: Staff) -> Message:
    """One that failed, and could be sent again."""
    return Message.objects.create(
        organization=customer.organization,
        channel="sms",
        kind="message.sent",
        to=customer.phone or "+254700000000",
        shown="We are on the way.",
        customer_id=customer.pk,
        state=State.FAILED,
        error="expired",
        attempts=1,
        segments=1,
        finished_at=clock.now(),
    )


def _trigger(customer: Customer, by: Staff) -> Trigger:
    email = customer.email or f"usage{customer.pk}@example.com"
    return triggers.add(customer=customer, percent=80, email=email, phone=customer.phone, by=by)


OF_A_CUSTOMER: dict[str, Callable[[Customer, Staff], models.Model]] = {
    "device": _device,
    "message": _message,
    "trigger": _trigger,
    "note": lambda customer, by: notes.add(customer=customer, text=f"{customer.name} has a dog", by=by),
}
# What else a page opens.
OF_THE_PROVIDER = (
    *("customer", "subscription", "group", "session", "voucher", "batch", "sheet", "payment", "purchase"),
    *("broadcast", "plan", "nas", "site", "membership", "invitation", "default_trigger"),
)
# Names of addresses that begin otherwise than what they open.
_OTHERWISE = {"subscription_add": "customer", "staff": "membership", "staff_invitation": "invitation"}


@dataclass
class Objects:
    """One object of each kind, by its id."""

    ids: dict[str, int]
    token: str

    @classmethod
    def of(cls, world: World) -> "Objects":
        """Of the tiny provider, made by its owner."""
        _, session = console.make_session(world)
        purchase = console.unfulfilled(world)
        invitation = console.invite(world)
        batch = vouchers.printed(world, released=False, sheets=3, each=2, note="Market day")
        return cls(
            {
                **of_customer(world.otieno, world.staff["owner"].staff),
                "customer": world.otieno.pk,
                "subscription": world.otieno_home.pk,
                "group": groups.add(organization=world.organization, name="Estate B", by=None).pk,
                "session": session.pk,
                "voucher": vouchers.sold(world).pk,
                "batch": batch.pk,
                "sheet": batch.sheet_set.get(number=1).pk,
                "payment": billing.payment_of(purchase).pk,
                "purchase": purchase.pk,
                "broadcast": broadcast(world.organization).pk,
                "plan": world.home_10m.pk,
                "nas": world.hilltop.pk,
                "site": world.site.pk,
                "default_trigger": triggers.add_default(
                    organization=world.organization, percent=80, by_email=True, by_sms=True, by=None
                ).pk,
                "membership": world.staff["support"].pk,
                "invitation": invitation.pk,
            },
            invitations.token_of(invitation),
        )


def broadcast(organization: Organization) -> Broadcast:
    """A draft to everybody."""
    terms = broadcasts.Terms(
        Letter("Good morning, {first_name}: {link}"), "sms", Audience(), is_notice=True, part_price_micros=800_000
    )
    return broadcasts.draft(organization=organization, terms=terms, by=None)


def of_customer(customer: Customer, by: Staff) -> dict[str, int]:
    """One of each thing that hangs on a customer, made for this one: its id by what it is."""
    return {thing: make(customer, by).pk for thing, make in OF_A_CUSTOMER.items()}


def thing_of(name: str) -> str:
    """What a page of the console opens, by its name: the longest beginning counts. Empty where none does."""
    beginnings = {**{thing: thing for thing in (*OF_A_CUSTOMER, *OF_THE_PROVIDER)}, **_OTHERWISE}
    return beginnings.get(max((each for each in beginnings if name.startswith(each)), key=len, default=""), "")


def address(name: str, slug: str, objects: Objects) -> str:
    """Where the page of that name is, in the organization of `slug`, with the ids of `objects`."""
    values: dict[str, Any] = {"slug": slug}
    for parameter in console.parameters(name):
        known = {
            "kind": "disabled",
            "name": "ledger",
            "token": objects.token,
            "channel": "sms",
            "code": "payment.received",
        }
        values[parameter] = objects.ids[thing_of(name)] if parameter == "pk" else known[parameter]
    return reverse(f"console:{name}", kwargs=values)
