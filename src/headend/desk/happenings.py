"""What happens by the verbs of this package: each kind of Event, what it holds, and how it reads."""

from typing import Final, TypedDict

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from headend.system.events import Area, Happening

# What can be changed, in words.
FIELDS: Final[dict[str, str | Promise]] = {
    "router_name": _("router’s username"),
}


class _Lost(TypedDict):
    lost: list[str]


class _Erased(TypedDict):
    number: str
    packages: int
    vouchers: int


CUSTOMER_DELETED: Final = Happening(
    "customer.deleted",
    _Lost,
    Area.CUSTOMERS,
    sentence=_("Deleted"),
    tone="bad",
    when="*Delete*",
)
CUSTOMER_UNDELETED: Final = Happening(
    "customer.undeleted",
    _Lost,
    Area.CUSTOMERS,
    sentence=_("Undeleted"),
    tone="ok",
    when="*Undelete*; `lost` names what somebody else has taken meanwhile, `router_name` and `address` of packages too",
)
CUSTOMER_ERASED: Final = Happening(
    "customer.erased",
    _Erased,
    Area.CUSTOMERS,
    sentence=_("Deleted permanently, now %(number)s"),
    tone="bad",
    when="*Delete permanently*: `number` stands for the customer from now on; how many packages ended and how many vouchers became void",
)
