"""Time zones by the places that people live in, as the tz database lists them for each country; and those of old names."""

import re
from functools import cache
from importlib.resources import files
from typing import Final

UTC: Final = "UTC"
_GAPS: Final = re.compile(r"[\s_]+")


@cache
def names() -> tuple[str, ...]:
    """The zones to choose from, in order: every place of the tz database's zone.tab, and UTC."""
    return tuple(sorted({*_countries(), UTC}))


def country_of(name: str) -> str:
    """The country (ISO 3166 alpha-2) of one of `names`; empty for UTC."""
    return _countries().get(name, "")


def of_country(country: str) -> list[str]:
    """The zones of a country (ISO 3166 alpha-2)."""
    return [name for name, of in _countries().items() if of == country]


def read(text: str) -> str | None:
    """The zone that somebody typed, by its name or its place in any spelling (`nairobi`), or by an old name; else None."""
    typed = _key(text)
    return _by_key().get(typed) or _by_key().get(_key(_old_names().get(typed, "")))


@cache
def _countries() -> dict[str, str]:
    rows = [line.split("\t") for line in _lines("zone.tab") if not line.startswith("#")]
    return {row[2]: row[0] for row in rows}


@cache
def _by_key() -> dict[str, str]:
    """Each zone by its name, and by its place alone where no other has the same."""
    places: dict[str, list[str]] = {}
    for name in names():
        places.setdefault(_key(name.rpartition("/")[2]), []).append(name)
    found = {place: there[0] for place, there in places.items() if len(there) == 1}
    return found | {_key(name): name for name in names()}


@cache
def _old_names() -> dict[str, str]:
    """What each old name stands for now: `asia/calcutta` for Asia/Kolkata."""
    rows = [line.split() for line in _lines("tzdata.zi") if line.startswith("L ")]
    return {_key(name): target for _, target, name in rows}


def _lines(file: str) -> list[str]:
    return (files("tzdata") / "zoneinfo" / file).read_text(encoding="utf-8").splitlines()


def _key(text: str) -> str:
    return _GAPS.sub(" ", text).strip().casefold().replace(" / ", "/")
