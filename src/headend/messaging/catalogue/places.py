"""What stands in braces in the text of a notice: what each is called, and what it would be for one customer."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.access.models import Subscription
from headend.customers.models import Customer
from headend.lib import clock, money, units
from headend.messaging.catalogue.notice import Words
from headend.system.models import Organization

DOTS: Final = "••••"
# What any text may name.
COMMON: Final = ("organization", "name", "first_name", "account", "portal", "help")
# For a preview, where nothing is capped.
_CAP_BYTES: Final = 10 * units.GIGABYTE


@dataclass(frozen=True, slots=True)
class Place:
    """A name in braces. Of a secret one only dots are kept."""

    label: Words
    is_secret: bool = False


PLACES: Final[dict[str, Place]] = {
    "organization": Place(gettext_lazy("your name")),
    "name": Place(gettext_lazy("the customer’s name")),
    "first_name": Place(gettext_lazy("the first name")),
    "account": Place(gettext_lazy("the account number to pay by")),
    "portal": Place(gettext_lazy("the address of the portal")),
    "help": Place(gettext_lazy("“Help:” and your support phone, where there is one")),
    "amount": Place(gettext_lazy("the amount, with its currency")),
    "plan": Place(gettext_lazy("the package")),
    "price": Place(gettext_lazy("its price")),
    "expires": Place(gettext_lazy("when it ends")),
    "until": Place(gettext_lazy("“It runs until” and the day, where it is known")),
    "balance": Place(gettext_lazy("what is in the wallet")),
    "percent": Place(gettext_lazy("the percentage of the trigger")),
    "used": Place(gettext_lazy("the data that is used")),
    "cap": Place(gettext_lazy("all the data of the period")),
    "left": Place(gettext_lazy("the data that is left")),
    "owed": Place(gettext_lazy("“You owe” and the amount, where something is owed")),
    "logins": Place(gettext_lazy("username and password of each package, where they are wanted"), is_secret=True),
    "username": Place(gettext_lazy("what the customer signs in by")),
    "access": Place(
        gettext_lazy("“Password:” and the password; where there is none yet, a link to choose one"), is_secret=True
    ),
    "code": Place(gettext_lazy("the code"), is_secret=True),
    "password": Place(gettext_lazy("the password"), is_secret=True),
    "link": Place(gettext_lazy("the link, which works once"), is_secret=True),
    "reason": Place(gettext_lazy("why")),
}


def dotted(values: Mapping[str, str]) -> dict[str, str]:
    """The values with dots for what is secret."""
    return {name: DOTS if value and PLACES[name].is_secret else value for name, value in values.items()}


def common(customer: Customer | None, organization: Organization) -> dict[str, str]:
    """What any text may name, of a customer, or of somebody who is none yet."""
    support = organization.support_phone
    return {
        "organization": organization.name,
        "portal": f"{settings.PUBLIC_URL}/{organization.slug}/portal/",
        "help": _("Help: %(phone)s") % {"phone": support} if support else "",
        "name": calm(customer.name) if customer else "",
        "first_name": calm(customer.first_name or customer.name) if customer else "",
        # One number, to keep messages short: who was given a second one pays by that, and either finds them.
        "account": customer.extra_account_number or customer.account_number if customer else "",
    }


def calm(name: str) -> str:
    """A name in which nothing becomes a link: anybody may register by one, with the address of somebody else."""
    return re.sub(r"[.:](?=[^\s.])", lambda found: f"{found[0]} ", name).replace("//", "/ /")


def samples(customer: Customer | None, organization: Organization) -> dict[str, str]:
    """What each place could be for a customer: for a preview. Nothing secret is looked up."""
    own = Subscription.objects.filter(customer=customer, ended_at__isnull=True) if customer else None
    package = own.order_by("-pk").first() if own is not None else None
    price = amount(package.price_minor if package else 100_000, organization)
    ends = end((package and package.expires_at) or clock.now(), organization)
    cap_bytes = (package and package.cap_bytes) or _CAP_BYTES
    return {
        **common(customer, organization),
        "plan": package.plan_name if package else _("Home 10M"),
        "amount": price,
        "price": price,
        "balance": amount(0, organization),
        "expires": ends,
        "until": _("It runs until %(end)s.") % {"end": ends},
        "percent": "80",
        "used": units.show_bytes(cap_bytes * 4 // 5),
        "cap": units.show_bytes(cap_bytes),
        "left": units.show_bytes(cap_bytes // 5),
        "owed": _("You owe %(amount)s.") % {"amount": price},
        "logins": _("Username %(name)s, password %(password)s.") % {"name": "amina", "password": DOTS},
        "username": customer.phone or customer.email or customer.username if customer else "",
        "access": _("Password: %(password)s") % {"password": DOTS},
        "code": DOTS,
        "password": DOTS,
        "link": f"{settings.PUBLIC_URL}/{organization.slug}/portal/password/{DOTS}/",
        "reason": "",
    }


def amount(minor: int, organization: Organization) -> str:
    """Money as the organization writes it."""
    return money.show(minor, organization.currency, organization.language)


def end(instant: datetime, organization: Organization) -> str:
    """When something ends, by the organization's clock: `30 Nov 18:05`; `30 Nov`, where it lasts to the end of a day."""
    language = organization.language.replace("-", "_")
    last = clock.last_day(instant, organization.timezone)
    local = instant.astimezone(ZoneInfo(organization.timezone))
    day = format_skeleton("MMMd", local if last is None else datetime(last.year, last.month, last.day), locale=language)  # noqa: DTZ001 - a day
    return day if last is not None else f"{day} {format_skeleton('Hm', local, locale=language)}"
