"""The rail of the console: only what the role may open."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from headend.system import permissions
from headend.system.models import Organization


@dataclass(frozen=True, slots=True)
class Entry:
    """A page's line in the rail: in which part, and after which others. `waiting` counts what waits there for somebody."""

    part: str
    label: str | Promise
    icon: str
    at: int = 0
    waiting: Callable[[Organization], int | None] | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it is drawn on one page."""

    url: str
    label: str | Promise
    icon: str
    current: bool
    waiting: int | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """A titled part of the rail; `quiet` titles are only read out."""

    title: str | Promise
    quiet: bool
    links: list[Link]


# The parts of the rail in their order, with their titles; a quiet one is only read out.
_PARTS: Final[dict[str, tuple[str | Promise, bool]]] = {
    "today": (_("Today"), True),
    "people": (_("People"), False),
    "access": (_("Access"), False),
    "money": (_("Money"), False),
    "network": (_("Network"), False),
    "organization": (_("Organization"), False),
}
# What pages have asked for: part, place in it, name of the page, permission to see it.
_ENTRIES: Final[list[tuple[Entry, str, str]]] = []


def offer(entry: Entry, name: str, permission: str) -> None:
    """Puts the page of that name into the rail of whoever has the permission."""
    assert entry.part in _PARTS, entry.part
    _ENTRIES.append((entry, name, permission))


def build(organization: Organization, role: str, path: str) -> list[Part]:
    """The rail for a role, with the page at `path` marked."""
    parts = []
    for key, (title, quiet) in _PARTS.items():
        links = []
        for entry, name, permission in sorted(
            (row for row in _ENTRIES if row[0].part == key), key=lambda row: row[0].at
        ):
            if not permissions.may(role, permission):
                continue
            url = reverse(f"console:{name}", args=[organization.slug])
            current = path == url if key == "today" else path.startswith(url)
            waiting = entry.waiting(organization) if entry.waiting else None
            links.append(Link(url, entry.label, entry.icon, current, waiting))
        if links:
            parts.append(Part(title, quiet, links))
    return parts
