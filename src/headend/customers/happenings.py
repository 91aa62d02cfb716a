"""What happens by the verbs of this package: each kind of Event, what it holds, and how it reads."""

from typing import Final, NotRequired, TypedDict

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from headend.system.events import THE_CUSTOMER, Area, Happening, Nothing, Personal
from headend.system.happenings import Named, Renamed

# What can be changed, in words.
FIELDS: Final[dict[str, str | Promise]] = {
    "first_name": _("first name"),
    "last_name": _("last name"),
    "company": _("company"),
    "phone": _("phone"),
    "contact_phone": _("contact phone"),
    "email": _("e-mail"),
    "group": _("group"),
    "site": _("site"),
    "account_expires_on": _("account expiry date"),
    "username": _("portal username"),
    "extra_account_number": _("additional account number"),
}


class _Registered(TypedDict):
    account_number: Personal[str]


class _Edited(TypedDict):
    fields: list[str]
    # Before and after.
    first_name: NotRequired[Personal[list[str]]]
    last_name: NotRequired[Personal[list[str]]]
    company: NotRequired[Personal[list[str]]]
    phone: NotRequired[Personal[list[str]]]
    contact_phone: NotRequired[Personal[list[str]]]
    email: NotRequired[Personal[list[str]]]
    username: NotRequired[Personal[list[str]]]
    extra_account_number: NotRequired[Personal[list[str]]]
    group: NotRequired[Personal[list[str]]]
    site: NotRequired[Personal[list[str]]]
    account_expires_on: NotRequired[Personal[list[str]]]


class _Halted(TypedDict):
    kind: str
    # What somebody writes of a customer may say anything.
    reason: Personal[str]


class _Removed(TypedDict):
    name: str
    moved: int


CUSTOMER_REGISTERED: Final = Happening(
    "customer.registered",
    _Registered,
    Area.CUSTOMERS,
    sentence=_("Added with account number %(account_number)s"),
    alone=_("Registered with account number %(account_number)s"),
    doer=THE_CUSTOMER,
    tone="ok",
    when="a customer was added by staff, or registered alone, or bought as a guest for the first time",
)
CUSTOMER_EDITED: Final = Happening(
    "customer.edited",
    _Edited,
    Area.CUSTOMERS,
    sentence=_("Details changed"),
    when="name, phone, e-mail, group, site, expiry date, portal username or additional account number was changed",
)
CUSTOMER_DISABLED: Final = Happening(
    "customer.disabled",
    _Halted,
    Area.CUSTOMERS,
    sentence=_("Disabled%(because)s"),
    tone="bad",
    when="*Disable*",
)
CUSTOMER_ENABLED: Final = Happening(
    "customer.enabled",
    _Halted,
    Area.CUSTOMERS,
    sentence=_("Enabled"),
    tone="ok",
    when="*Enable*",
)
CUSTOMER_SUSPENDED: Final = Happening(
    "customer.suspended",
    _Halted,
    Area.CUSTOMERS,
    sentence=_("Suspended, %(kind)s%(because)s"),
    tone="bad",
    when="a suspension began; `kind` is `overdue`, `abuse` or `hold`",
)
CUSTOMER_LIFTED: Final = Happening(
    "customer.lifted",
    _Halted,
    Area.CUSTOMERS,
    sentence=_("Suspension lifted: %(kind)s"),
    tone="ok",
    when="it was lifted; one that ends by itself at its date records nothing",
)
GROUP_DISABLED: Final = Happening(
    "group.disabled",
    _Halted,
    Area.CUSTOMERS,
    sentence=_("Group %(subject)s disabled%(because)s"),
    tone="bad",
    when="a whole group was disabled",
)
GROUP_ENABLED: Final = Happening(
    "group.enabled",
    _Halted,
    Area.CUSTOMERS,
    sentence=_("Group %(subject)s enabled"),
    tone="ok",
    when="a whole group was enabled",
)
GROUP_SUSPENDED: Final = Happening(
    "group.suspended",
    _Halted,
    Area.CUSTOMERS,
    sentence=_("Group %(subject)s suspended, %(kind)s%(because)s"),
    tone="bad",
    when="a suspension of a whole group began",
)
GROUP_LIFTED: Final = Happening(
    "group.lifted",
    _Halted,
    Area.CUSTOMERS,
    sentence=_("Suspension of group %(subject)s lifted: %(kind)s"),
    tone="ok",
    when="it was lifted",
)
GROUP_ADDED: Final = Happening(
    "group.added",
    Named,
    Area.CUSTOMERS,
    sentence=_("Group %(name)s added"),
    when="a group was added",
)
GROUP_RENAMED: Final = Happening(
    "group.renamed",
    Renamed,
    Area.CUSTOMERS,
    sentence=_("Group %(was)s is now called %(name)s"),
    when="a group has another name; `name` is both, before and after",
)
GROUP_REMOVED: Final = Happening(
    "group.removed",
    _Removed,
    Area.CUSTOMERS,
    sentence=_("Group %(name)s removed"),
    when="a group without customers was removed; `moved` deleted ones stand in the default group now",
)
NOTE_ADDED: Final = Happening(
    "note.added",
    Nothing,
    Area.CUSTOMERS,
    sentence=_("Note added"),
    when="staff wrote a note on the customer; what it says is not repeated here",
)
NOTE_EDITED: Final = Happening(
    "note.edited",
    Nothing,
    Area.CUSTOMERS,
    sentence=_("Note changed"),
    when="a note says something else now",
)
NOTE_DELETED: Final = Happening(
    "note.deleted",
    Nothing,
    Area.CUSTOMERS,
    sentence=_("Note deleted"),
    when="a note was taken away for good",
)
