"""Founding and changing organizations."""

import re
from typing import Any, Final

from babel.numbers import list_currencies
from django.db import transaction

from headend.lib import address, phone, zones
from headend.lib.refused import Refused
from headend.system import engine, events, happenings, lengths, revisions
from headend.system.models import Organization, Staff
from headend.system.rules import Code

# What our pages speak.
LANGUAGES: Final = (("en", "English"),)
# First words of URLs, and names that people take for the installation itself.
RESERVED_SLUGS: Final = frozenset(
    {
        "api",
        "callbacks",
        "l",
        "static",
        "healthz",
        "readyz",
        "admin",
        "www",
        "sign-in",
        "sign-out",
        "organizations",
        "favicon.ico",
    }
)
_SLUG: Final = re.compile(r"[a-z0-9][a-z0-9-]{1,38}[a-z0-9]")
_REALM: Final = re.compile(r"[\w.-]+")
_COLOUR: Final = re.compile(r"#[0-9a-f]{6}")


def found(
    *,
    slug: str,
    name: str,
    country: str,
    currency: str,
    timezone: str,
    language: str = "en",
    accent: str = "#0b5c6b",
    account_prefix: str = "",
    by: Staff | None = None,
) -> Organization:
    """A new organization. Refuses `slug_invalid`, `slug_taken`, `name_missing`, `text_long`, `currency_unknown`, `timezone_unknown`.

    The caller adds what each organization begins with: see `customers.groups.add_default`.
    """
    if not _SLUG.fullmatch(slug) or slug in RESERVED_SLUGS:
        raise Refused(Code.SLUG_INVALID, field="slug", slug=slug)
    _check(name=name, currency=currency, timezone=timezone, accent=accent)
    with transaction.atomic():
        engine.lock_keys([f"slug:{slug}"])
        if Organization.objects.filter(slug=slug).exists():
            raise Refused(Code.SLUG_TAKEN, field="slug", slug=slug)
        organization = Organization(
            slug=slug,
            name=name.strip(),
            country=country.upper(),
            currency=currency,
            timezone=timezone,
            language=language,
            accent=accent,
            account_prefix=account_prefix or _initials(name),
        )
        lengths.refuse_long(organization)
        organization.save()
        events.record(happenings.ORGANIZATION_FOUNDED(), organization=organization, subject=organization, by=by)
    return organization


def edit(*, organization: Organization, by: Staff | None, **new: Any) -> Organization:
    """Changes an organization's own settings. Refuses as `found` does, `country_unknown`, `address_block_invalid`, `realm_invalid`.

    `code_countries` is a list of country codes with anything but letters between, `address_blocks` one of IPv4 blocks, `realms`
    one with commas or spaces.
    """
    # What is so already stays: a zone of an older list too.
    _check(**{name: value for name, value in new.items() if value != getattr(organization, name)})
    if "realms" in new:
        new["realms"] = _realms(new["realms"])
    if "code_countries" in new:
        new["code_countries"] = _countries(new["code_countries"], organization.country)
    if "address_blocks" in new:
        new["address_blocks"] = _blocks(new["address_blocks"])
    with transaction.atomic():
        changed = events.changes(organization, new)
        for name, value in new.items():
            setattr(organization, name, value)
        if changed:
            lengths.refuse_long(organization)
            organization.save(update_fields=list(changed))
            # Those who keep NAS data in memory keep the organization's zone, language and phone with it.
            revisions.bump(revisions.NETWORK)
            events.record(
                happenings.ORGANIZATION_EDITED(changed=changed), organization=organization, subject=organization, by=by
            )
    return organization


def _check(**values: Any) -> None:
    if "name" in values and not values["name"].strip():
        raise Refused(Code.NAME_MISSING, field="name")
    if "currency" in values and values["currency"] not in list_currencies():
        raise Refused(Code.CURRENCY_UNKNOWN, field="currency", currency=values["currency"])
    if "timezone" in values and values["timezone"] not in zones.names():
        raise Refused(Code.TIMEZONE_UNKNOWN, field="timezone", timezone=values["timezone"])
    if "accent" in values and not _COLOUR.fullmatch(values["accent"]):
        raise Refused(Code.COLOUR_INVALID, field="accent")


def _countries(text: str, own: str) -> str:
    codes = dict.fromkeys(re.findall(r"\w+", text.upper()))
    for code in codes:
        if not phone.has_numbers(code):
            raise Refused(Code.COUNTRY_UNKNOWN, field="code_countries", country=code)
    codes.pop(own, None)
    return " ".join(codes)


def _blocks(text: str) -> str:
    try:
        return ", ".join(map(str, address.blocks(text)))
    except ValueError as error:
        raise Refused(Code.ADDRESS_BLOCK_INVALID, field="address_blocks", block=str(error)) from None


def _realms(text: str) -> str:
    realms = dict.fromkeys(realm.lstrip("@") for realm in re.split(r"[\s,;]+", text.casefold()) if realm)
    for realm in realms:
        if not _REALM.fullmatch(realm):
            raise Refused(Code.REALM_INVALID, field="realms", realm=realm)
    return " ".join(realms)


def _initials(name: str) -> str:
    letters = [word[0] for word in re.findall(r"[A-Za-z]+", name)]
    return "".join(letters).upper()[:3] or "C"
