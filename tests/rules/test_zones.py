"""Time zones: the places of the tz database, found by what people type."""

from zoneinfo import ZoneInfo

import pytest

from headend.lib import zones

NO_PLACES = [
    "localtime",
    "Factory",
    "EST5EDT",
    "GMT0",
    "Zulu",
    "posixrules",
    "Etc/GMT+3",
    "US/Eastern",
    "Asia/Calcutta",
]


def test_the_list_has_every_place_and_nothing_else() -> None:
    names = zones.names()

    assert len(names) > 400
    assert list(names) == sorted(set(names))
    assert {
        "Africa/Nairobi",
        "Africa/Kampala",
        "Asia/Kolkata",
        "Europe/Kyiv",
        "America/Argentina/Ushuaia",
        "UTC",
    } <= set(names)
    assert [name for name in NO_PLACES if name in names] == []
    assert [name for name in names if "/" not in name] == ["UTC"]
    for name in names:
        assert ZoneInfo(name).key == name


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("Africa/Nairobi", "Africa/Nairobi"),
        (" africa / nairobi ", "Africa/Nairobi"),
        ("nairobi", "Africa/Nairobi"),
        ("NEW YORK", "America/New_York"),
        ("america/new york", "America/New_York"),
        ("Ushuaia", "America/Argentina/Ushuaia"),
        ("utc", "UTC"),
        # What they were called before.
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("Europe/Kiev", "Europe/Kyiv"),
        ("US/Eastern", "America/New_York"),
        ("GB", "Europe/London"),
    ],
)
def test_a_zone_is_read_as_people_type_it(typed: str, name: str) -> None:
    assert zones.read(typed) == name


@pytest.mark.parametrize("typed", ["", "Mars/Olympus", "Factory", "Etc/GMT-3", "Africa", "0"])
def test_what_is_no_place_is_none(typed: str) -> None:
    assert zones.read(typed) is None


def test_zones_of_a_country() -> None:
    assert zones.of_country("KE") == ["Africa/Nairobi"]
    assert zones.of_country("IN") == ["Asia/Kolkata"]
    assert sorted(zones.of_country("CD")) == ["Africa/Kinshasa", "Africa/Lubumbashi"]
    assert zones.of_country("XX") == []
    assert (zones.country_of("Africa/Kampala"), zones.country_of("UTC")) == ("UG", "")
