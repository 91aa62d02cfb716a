"""Organizations: founded, and their own settings changed."""

from typing import Any

import pytest

from headend.system import organizations, revisions
from headend.system.models import Organization
from tests.kit.verbs import event, forget, happened, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db

GOOD: dict[str, Any] = {
    "slug": "mvule",
    "name": " Mvule Fibre Networks Limited ",
    "country": "ug",
    "currency": "UGX",
    "timezone": "Africa/Kampala",
}


def test_it_works() -> None:
    organization = organizations.found(**GOOD, language="fr", accent="#aa0033")

    stored = Organization.objects.get(pk=organization.pk)
    assert (stored.slug, stored.name, stored.country, stored.currency, stored.timezone, stored.language) == (
        "mvule",
        "Mvule Fibre Networks Limited",
        "UG",
        "UGX",
        "Africa/Kampala",
        "fr",
    )
    assert stored.account_prefix == "MFN"
    assert (event("organization.founded").organization, event("organization.founded").staff) == (stored, None)


def test_a_zone_that_is_no_place_is_for_nobody_new_and_stays_with_who_has_it(world: World) -> None:
    for zone in ("Etc/GMT-3", "EST5EDT", "Factory", "localtime", "Asia/Calcutta"):
        with refused("timezone_unknown", "timezone"):
            organizations.found(**{**GOOD, "timezone": zone})
    Organization.objects.filter(pk=world.organization.pk).update(timezone="Etc/GMT-3")
    world.organization.refresh_from_db()

    organizations.edit(organization=world.organization, by=None, name="Baobab", timezone="Etc/GMT-3")

    world.organization.refresh_from_db()
    assert (world.organization.name, world.organization.timezone) == ("Baobab", "Etc/GMT-3")


@pytest.mark.parametrize(("name", "given", "prefix"), [("3 Rivers", "", "R"), ("水", "", "C"), ("Mvule", "MV", "MV")])
def test_account_numbers_begin_with_initials(name: str, given: str, prefix: str) -> None:
    organization = organizations.found(**{**GOOD, "name": name, "account_prefix": given})

    assert organization.account_prefix == prefix


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"slug": "ab"}, "slug_invalid", "slug"),
        ({"slug": "Mvule"}, "slug_invalid", "slug"),
        ({"slug": "-mvule"}, "slug_invalid", "slug"),
        ({"slug": "mvule-"}, "slug_invalid", "slug"),
        ({"slug": "mvule\n"}, "slug_invalid", "slug"),
        ({"slug": "m" * 41}, "slug_invalid", "slug"),
        ({"slug": "baobab"}, "slug_taken", "slug"),
        ({"name": " "}, "name_missing", "name"),
        ({"currency": "SHILLING"}, "currency_unknown", "currency"),
        ({"currency": "kes"}, "currency_unknown", "currency"),
        ({"timezone": "Africa/Nowhere"}, "timezone_unknown", "timezone"),
        ({"accent": "red"}, "colour_invalid", "accent"),
    ],
    ids=str,
)
def test_founding_is_refused(world: World, wrong: dict[str, Any], code: str, field: str) -> None:
    forget()

    with refused(code, field):
        organizations.found(**{**GOOD, **wrong})

    assert Organization.objects.count() == 2
    assert happened() == []


@pytest.mark.parametrize("slug", ["api", "callbacks", "static", "healthz", "readyz", "admin", "www", "l"])
def test_first_words_of_urls_are_no_slugs(slug: str) -> None:
    with refused("slug_invalid", "slug"):
        organizations.found(**{**GOOD, "slug": slug})


def test_editing_says_what_changed(world: World) -> None:
    owner = world.staff["owner"].staff
    before = revisions.read(revisions.NETWORK)
    forget()

    organizations.edit(
        organization=world.organization,
        by=owner,
        name="Baobab",
        timezone="Africa/Kampala",
        interim_seconds=120,
        language="en",
    )

    stored = Organization.objects.get(pk=world.organization.pk)
    assert (stored.name, stored.timezone, stored.interim_seconds) == ("Baobab", "Africa/Kampala", 120)
    said = event("organization.edited")
    assert said.staff == owner
    assert said.payload == {
        "changed": {
            "name": ["Baobab Net", "Baobab"],
            "timezone": ["Africa/Nairobi", "Africa/Kampala"],
            "interim_seconds": [300, 120],
        }
    }
    # The doors keep zone, language and interim in memory with their NASes.
    assert revisions.read(revisions.NETWORK) > before


def test_editing_without_a_change_is_not_heard_of(world: World) -> None:
    before = revisions.read(revisions.NETWORK)
    forget()

    organizations.edit(organization=world.organization, by=None, name="Baobab Net")

    assert happened() == []
    assert revisions.read(revisions.NETWORK) == before


@pytest.mark.parametrize(
    ("wrong", "code", "field"),
    [
        ({"name": ""}, "name_missing", "name"),
        ({"currency": "XXY"}, "currency_unknown", "currency"),
        ({"timezone": ""}, "timezone_unknown", "timezone"),
        ({"accent": "#12345G"}, "colour_invalid", "accent"),
        ({"address_blocks": "196.200.16.0/22, 10.1/8"}, "address_block_invalid", "address_blocks"),
    ],
    ids=str,
)
def test_editing_is_refused(world: World, wrong: dict[str, Any], code: str, field: str) -> None:
    forget()

    with refused(code, field):
        organizations.edit(organization=world.organization, by=None, **wrong)

    assert happened() == []
    assert Organization.objects.get(pk=world.organization.pk).name == "Baobab Net"
