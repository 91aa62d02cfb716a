"""Notices of what was used."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from headend.access import triggers
from headend.access.models import UsagePeriod
from headend.customers.models import Customer
from headend.lib import ids, units
from headend.messaging.catalogue import places
from headend.messaging.catalogue.notice import Address, Notice, Text
from headend.messaging.models import Channel
from headend.system.models import Event


def _reached(event: Event, payload: dict[str, Any]) -> dict[str, str]:
    used, cap = payload["used_bytes"], payload["cap_bytes"]
    begun = UsagePeriod.objects.filter(subscription=event.subject_id, started_at__lte=event.at)
    period = begun.order_by("-started_at").first()
    ends_at = period.ends_at if period else None
    return {
        "plan": payload["plan"],
        "used": units.show_bytes(used),
        "cap": units.show_bytes(cap),
        "left": units.show_bytes(max(0, cap - used)),
        "expires": places.end(ends_at, event.organization) if ends_at else "",
    }


def _addresses(event: Event, customer: Customer) -> list[Address]:
    """Each address once: of several marks that one report came past, it hears of the highest."""
    highest: dict[tuple[str, str], Address] = {}
    after, percent = event.payload["after_percent"], event.payload["percent"]
    told = triggers.between(customer=customer, after=after, percent=percent)
    for one in sorted(told, key=lambda one: one.percent):
        values = {"percent": str(one.percent)}
        if one.email:
            highest[Channel.EMAIL, ids.name_key(one.email)] = Address(Channel.EMAIL, one.email, values)
        if one.phone:
            highest[Channel.SMS, one.phone] = Address(Channel.SMS, one.phone, values)
    return list(highest.values())


USAGE_REACHED: Final = Notice(
    "usage.reached",
    _("Usage trigger"),
    _(
        "When the data of a package comes to a percentage that stands under “Usage triggers”, or on the customer’s page."
    ),
    {
        Channel.SMS: Text(
            _(
                "{organization}: {name}, {percent} % of the data of {plan} is used: {used} of {cap}. {left} left until {expires}."
            )
        ),
        Channel.EMAIL: Text(
            _(
                "Hello,\n\n{percent} % of the data of {plan} is used: {used} of {cap}. {left} left until {expires}."
                "\n\nCustomer: {name}, account number {account}\n\n{portal}\n\n{help}"
            ),
            _("{percent} % of {plan} is used"),
        ),
    },
    places=("percent", "plan", "used", "cap", "left", "expires"),
    causes={"usage.reached": _reached},
    addresses=_addresses,
)
NOTICES: Final = (USAGE_REACHED,)
