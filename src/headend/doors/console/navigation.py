"""The rail of the console: only what the role may open."""

from dataclasses import dataclass
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from headend.reports import red_lines
from headend.system import permissions
from headend.system.models import Organization
from headend.ui.templatetags.show import COUNTED


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the rail."""

    name: str
    label: str | Promise
    icon: str
    permission: str


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


_PARTS: Final[tuple[tuple[str | Promise, bool, tuple[Entry, ...]], ...]] = (
    (_("Today"), True, (Entry("dashboard", _("Dashboard"), "layout-dashboard", "customers.see"),)),
    (
        _("People"),
        False,
        (
            Entry("customers", _("Customers"), "users", "customers.see"),
            Entry("groups", _("Groups"), "folder", "customers.see"),
        ),
    ),
    (
        _("Access"),
        False,
        (
            Entry("sessions", _("Sessions"), "activity", "customers.see"),
            Entry("batches", _("Vouchers"), "ticket", "customers.see"),
            Entry("plans", _("Plans"), "package", "network.see"),
        ),
    ),
    (_("Money"), False, (Entry("payments", _("Payments"), "wallet", "customers.see"),)),
    (
        _("Network"),
        False,
        (
            Entry("nas", _("NAS"), "router", "network.see"),
            Entry("sites", _("Sites"), "map-pin", "network.see"),
        ),
    ),
    (
        _("Organization"),
        False,
        (
            Entry("staff", _("Staff"), "user-cog", "settings"),
            Entry("events", _("Events"), "history", "events.see"),
            Entry("settings", _("Settings"), "settings", "settings"),
        ),
    ),
)


def build(organization: Organization, role: str, path: str) -> list[Part]:
    """The rail for a role, with the page at `path` marked."""
    waiting: dict[str, int | None] = {
        "sessions": organization.session_set.filter(ended_at__isnull=True)[: COUNTED + 1].count(),
        # Nothing that waits for somebody is no figure.
        "payments": red_lines.count(organization) or None,
    }
    parts = []
    for title, quiet, entries in _PARTS:
        links = []
        for entry in entries:
            if not permissions.may(role, entry.permission):
                continue
            url = reverse(f"console:{entry.name}", args=[organization.slug])
            current = path == url if entry.name == "dashboard" else path.startswith(url)
            links.append(Link(url, entry.label, entry.icon, current, waiting.get(entry.name)))
        if links:
            parts.append(Part(title, quiet, links))
    return parts
