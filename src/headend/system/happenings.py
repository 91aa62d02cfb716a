"""What happens by the verbs of this package: each kind of Event, what it holds, and how it reads."""

from typing import Any, Final, TypedDict

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from headend.system.events import Area, Happening, Nothing, Personal

# What can be changed, in words.
FIELDS: Final[dict[str, str | Promise]] = {
    "name": _("name"),
    "logo": _("logo"),
    "timezone": _("time zone"),
    "language": _("language"),
    "accent": _("colour"),
    "support_phone": _("support phone"),
    "account_prefix": _("account number prefix"),
    "registration": _("registering on the portal"),
    "code_countries": _("countries of codes by SMS"),
    "address_blocks": _("own address blocks"),
    "realms": _("realms"),
    "interim_seconds": _("seconds between usage reports"),
}


class Named(TypedDict):
    name: str


class Renamed(TypedDict):
    # Before and after.
    name: list[str]


class Changed(TypedDict):
    # Of each value: before and after.
    changed: dict[str, list[Any]]


class Invited(TypedDict):
    role: str
    name: Personal[str]
    email: Personal[str]


class _OfRole(TypedDict):
    role: str


class _OtherRole(TypedDict):
    role: list[str]


class _Confirmed(TypedDict):
    clock_at: str
    known_at: str


ORGANIZATION_FOUNDED: Final = Happening(
    "organization.founded",
    Nothing,
    Area.STAFF,
    sentence=_("Organization founded"),
    tone="ok",
    when="`headend init` founded it",
)
ORGANIZATION_EDITED: Final = Happening(
    "organization.edited",
    Changed,
    Area.STAFF,
    sentence=_("Settings changed"),
    when="its settings were changed; `changed` has each value before and after",
)
ORGANIZATION_LOGO_CHANGED: Final = Happening(
    "organization.logo_changed",
    Changed,
    Area.STAFF,
    sentence=_("Logo changed"),
    when="it has another logo, or none",
)
CLOCK_CONFIRMED: Final = Happening(
    "clock.confirmed",
    _Confirmed,
    Area.STAFF,
    sentence=_("The clock of the server was confirmed"),
    when="somebody said that the server's clock is right; `known_at` is the last instant that was certain before",
)
SITE_ADDED: Final = Happening(
    "site.added",
    Named,
    Area.NETWORK,
    sentence=_("Site %(name)s added"),
    when="a site was added",
)
SITE_RENAMED: Final = Happening(
    "site.renamed",
    Renamed,
    Area.NETWORK,
    sentence=_("Site %(was)s is now called %(name)s"),
    when="it has another name; `name` is both, before and after",
)
SITE_REMOVED: Final = Happening(
    "site.removed",
    Named,
    Area.NETWORK,
    sentence=_("Site %(name)s removed"),
    tone="bad",
    when="a site that nothing used is removed",
)
STAFF_INVITED: Final = Happening(
    "staff.invited",
    Invited,
    Area.STAFF,
    sentence=_("%(name)s invited to the staff as %(role)s: %(email)s"),
    when="somebody was offered to become a member of the staff, or the offer has a new link",
)
STAFF_INVITATION_WITHDRAWN: Final = Happening(
    "staff.invitation_withdrawn",
    Invited,
    Area.STAFF,
    sentence=_("Invitation of %(name)s taken back"),
    when="such an offer was taken back",
)
STAFF_INVITATION_DECLINED: Final = Happening(
    "staff.invitation_declined",
    Invited,
    Area.STAFF,
    sentence=_("%(name)s declined the invitation"),
    when="whoever has the link does not want it",
)
STAFF_REGISTERED: Final = Happening(
    "staff.registered",
    _OfRole,
    Area.STAFF,
    sentence=_("%(subject)s joined the staff as %(role)s"),
    when="somebody became a member of the staff: by accepting, or by a command",
)
STAFF_ROLE_CHANGED: Final = Happening(
    "staff.role_changed",
    _OtherRole,
    Area.STAFF,
    sentence=_("%(subject)s is now %(role)s, and was %(was)s"),
    when="somebody has another role; `role` is both, before and after",
)
STAFF_RENAMED: Final = Happening(
    "staff.renamed",
    Nothing,
    Area.STAFF,
    sentence=_("%(subject)s has another name"),
    when="somebody has another name",
)
STAFF_PASSWORD_CHANGED: Final = Happening(
    "staff.password_changed",
    Nothing,
    Area.STAFF,
    sentence=_("%(subject)s has another password"),
    when="somebody has another password",
)
STAFF_REMOVED: Final = Happening(
    "staff.removed",
    _OfRole,
    Area.STAFF,
    sentence=_("%(subject)s removed from the staff, was %(role)s"),
    tone="bad",
    when="somebody is no longer of the staff",
)
