"""What happens by the verbs of this package: each kind of Event, what it holds, and how it reads."""

from typing import Final, NotRequired, TypedDict

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from headend.system.events import THE_CUSTOMER, Area, Happening, Nothing, Personal
from headend.system.happenings import Changed

# What can be changed, in words.
FIELDS: Final[dict[str, str | Promise]] = {
    "price_minor": _("price"),
    "download_kbps": _("download speed"),
    "upload_kbps": _("upload speed"),
    "validity_count": _("validity"),
    "validity_unit": _("counted in"),
    "cap_bytes": _("data cap"),
    "time_limit_seconds": _("time limit"),
    "simultaneous_use": _("devices at once"),
    "idle_timeout_seconds": _("idle time-out"),
    "connection_type": _("connection type"),
}


class _Added(TypedDict):
    name: str
    price_minor: int


class _OfPlan(TypedDict):
    plan: str


class _Created(_OfPlan):
    username: Personal[str]


class _Completed(_OfPlan):
    given: list[str]
    username: NotRequired[Personal[str]]
    address: NotRequired[Personal[str]]


class _Renewed(_OfPlan):
    expires_at: str


class _Begun(_OfPlan):
    ends_at: str


class _OfName(TypedDict):
    name: Personal[str]


class _Blocked(_OfName):
    reason: Personal[str]


class _Asked(TypedDict):
    nas: str
    reason: str
    user_name: Personal[str]


class _Used(_OfPlan):
    used_bytes: int
    cap_bytes: int | None


class _Reached(_Used):
    after_percent: int
    percent: int


class _OfTrigger(TypedDict):
    percent: int
    address: Personal[str]


class _OfDefault(TypedDict):
    percent: int
    channels: str


class _Issued(_OfPlan):
    number: int
    sheets: int
    vouchers: int


class _Range(TypedDict):
    batch: int
    first: int
    last: int
    sheets: int


class OfSheet(TypedDict):
    batch: int
    number: int


class _Revealed(OfSheet):
    vouchers: int


class _Voucher(_OfPlan):
    code: str


class _Sold(_Voucher):
    voucher: int
    price_minor: int


class _Started(_Voucher):
    expires_at: str
    mac: Personal[str]


class _Spent(_Voucher):
    used_bytes: int
    cap_bytes: int | None
    used_seconds: int
    time_limit_seconds: int | None


class _Voided(_Voucher):
    reason: Personal[str]


CUSTOMER_PASSWORD_CHANGED: Final = Happening(
    "customer.password_changed",
    Nothing,
    Area.CUSTOMERS,
    sentence=_("Portal password set"),
    alone=_("Portal password changed by the customer"),
    doer=THE_CUSTOMER,
    when="the password of the portal was set, by staff or by the customer",
)
PLAN_ADDED: Final = Happening(
    "plan.added",
    _Added,
    Area.ACCESS,
    sentence=_("Plan %(name)s added: %(price)s"),
    when="a plan was added",
    page="plan",
)
PLAN_EDITED: Final = Happening(
    "plan.edited",
    Changed,
    Area.ACCESS,
    sentence=_("Plan %(subject)s changed"),
    when="a plan was changed; `changed` has each value before and after",
    page="plan",
)
PLAN_RETIRED: Final = Happening(
    "plan.retired",
    Nothing,
    Area.ACCESS,
    sentence=_("Plan %(subject)s retired"),
    when="a plan is no longer sold",
    page="plan",
)
PLAN_RESTORED: Final = Happening(
    "plan.restored",
    Nothing,
    Area.ACCESS,
    sentence=_("Plan %(subject)s on sale again"),
    when="it is sold again",
    page="plan",
)
SUBSCRIPTION_CREATED: Final = Happening(
    "subscription.created",
    _Created,
    Area.ACCESS,
    sentence=_("%(plan)s added as %(username)s"),
    when="a package was added to a customer, with the name it connects by",
)
SUBSCRIPTION_COMPLETED: Final = Happening(
    "subscription.completed",
    _Completed,
    Area.ACCESS,
    sentence=_("%(plan)s has a username or an address again"),
    tone="ok",
    when="a package got a username or a fixed address that it lacked; `given` says which",
)
SUBSCRIPTION_ACTIVATED: Final = Happening(
    "subscription.activated",
    _Renewed,
    Area.ACCESS,
    sentence=_("%(plan)s activated"),
    tone="ok",
    when="its first period began",
)
SUBSCRIPTION_RENEWED: Final = Happening(
    "subscription.renewed",
    _Renewed,
    Area.ACCESS,
    sentence=_("%(plan)s renewed"),
    tone="ok",
    when="a further period was added",
)
SUBSCRIPTION_PERIOD_BEGUN: Final = Happening(
    "subscription.period_begun",
    _Begun,
    Area.ACCESS,
    sentence=_("Next period of %(plan)s begun early"),
    doer=THE_CUSTOMER,
    tone="ok",
    when="*Begin next period*: one that was paid ahead began early",
)
SUBSCRIPTION_ENDED: Final = Happening(
    "subscription.ended",
    _OfPlan,
    Area.ACCESS,
    sentence=_("%(plan)s ended"),
    tone="bad",
    when="*End package*: for good, and its name is free",
)
SUBSCRIPTION_BLOCKED: Final = Happening(
    "subscription.blocked",
    _Blocked,
    Area.ACCESS,
    sentence=_("%(name)s blocked%(because)s"),
    tone="bad",
    when="*Block package*",
)
SUBSCRIPTION_UNBLOCKED: Final = Happening(
    "subscription.unblocked",
    _OfName,
    Area.ACCESS,
    sentence=_("%(name)s unblocked"),
    tone="ok",
    when="*Unblock*",
)
DEVICE_BLOCKED: Final = Happening(
    "device.blocked",
    _Blocked,
    Area.ACCESS,
    sentence=_("Device %(name)s blocked%(because)s"),
    tone="bad",
    when="a device was blocked by its MAC",
)
DEVICE_UNBLOCKED: Final = Happening(
    "device.unblocked",
    _OfName,
    Area.ACCESS,
    sentence=_("Device %(name)s unblocked"),
    tone="ok",
    when="it was unblocked",
)
CREDENTIAL_REVEALED: Final = Happening(
    "credential.revealed",
    _OfName,
    Area.ACCESS,
    sentence=_("Password of %(name)s shown"),
    when="somebody of the staff looked at the password of a package or voucher",
)
CREDENTIAL_SECRET_CHANGED: Final = Happening(
    "credential.secret_changed",
    _OfName,
    Area.ACCESS,
    sentence=_("Password of %(name)s changed"),
    when="it has a new password",
)
SESSION_DISCONNECT_ASKED: Final = Happening(
    "session.disconnect_asked",
    _Asked,
    Area.ACCESS,
    sentence=_("Disconnect asked for %(user_name)s on %(nas)s"),
    when="a router is told to end a session, by staff or because a rule now refuses it",
)
USAGE_CAP_NEAR: Final = Happening(
    "usage.cap_near",
    _Used,
    Area.ACCESS,
    sentence=_("80 %% of the data of %(plan)s is used"),
    when="80 % of the data of a period is used; once a period",
)
USAGE_CAP_REACHED: Final = Happening(
    "usage.cap_reached",
    _Used,
    Area.ACCESS,
    sentence=_("All data of %(plan)s is used: %(used)s"),
    tone="bad",
    when="all of it is used; once a period",
)
USAGE_TIME_USED_UP: Final = Happening(
    "usage.time_used_up",
    _Used,
    Area.ACCESS,
    sentence=_("All time of %(plan)s is used"),
    tone="bad",
    when="the hours of a period are used up; once a period",
)
USAGE_REACHED: Final = Happening(
    "usage.reached",
    _Reached,
    Area.ACCESS,
    sentence=_("%(percent)s %% of the data of %(plan)s is used: a usage trigger"),
    when="the data of a period came to the percentage of a usage trigger; of several that one report comes past, the highest, "
    "`percent`, and they stand above `after_percent`; once a period, and once more where the cap is another one by then",
)
TRIGGER_ADDED: Final = Happening(
    "trigger.added",
    _OfTrigger,
    Area.CUSTOMERS,
    sentence=_("Usage trigger at %(percent)s %% added: %(address)s"),
    when="an address, a number or both are told from then on when the data of one of the customer’s packages comes to `percent`",
)
TRIGGER_DELETED: Final = Happening(
    "trigger.deleted",
    _OfTrigger,
    Area.CUSTOMERS,
    sentence=_("Usage trigger at %(percent)s %% deleted: %(address)s"),
    when="it is told nothing more",
)
DEFAULT_TRIGGER_ADDED: Final = Happening(
    "default_trigger.added",
    _OfDefault,
    Area.STAFF,
    sentence=_("Usage trigger at %(percent)s %% added for all customers: by %(channels)s"),
    when="every customer is told from then on when the data of a package comes to `percent`; `channels` have spaces between them",
)
DEFAULT_TRIGGER_DELETED: Final = Happening(
    "default_trigger.deleted",
    _OfDefault,
    Area.STAFF,
    sentence=_("Usage trigger at %(percent)s %% deleted for all customers"),
    when="it is not said to every customer any more",
)
BATCH_ISSUED: Final = Happening(
    "batch.issued",
    _Issued,
    Area.ACCESS,
    sentence=ngettext_lazy(
        "Batch %(number)s of %(plan)s issued: %(vouchers)s voucher",
        "Batch %(number)s of %(plan)s issued: %(vouchers)s vouchers",
        "vouchers",
    ),
    tone="ok",
    when="a batch of vouchers was made, to be printed",
    page="batch",
)
BATCH_SHEETS_RELEASED: Final = Happening(
    "batch.sheets_released",
    _Range,
    Area.ACCESS,
    sentence=_("Sheets %(first)s to %(last)s of batch %(batch)s released, %(sheets)s of them held"),
    tone="ok",
    when="several sheets were handed out at once: of `first` to `last`, those that were held",
    page="batch",
)
BATCH_SHEETS_VOIDED: Final = Happening(
    "batch.sheets_voided",
    _Range,
    Area.ACCESS,
    sentence=_("Sheets %(first)s to %(last)s of batch %(batch)s voided, %(sheets)s in all"),
    tone="bad",
    when="several sheets were taken back at once",
    page="batch",
)
SHEET_REVEALED: Final = Happening(
    "sheet.revealed",
    _Revealed,
    Area.ACCESS,
    sentence=_("Passwords of sheet %(number)s of batch %(batch)s shown: %(vouchers)s"),
    when="somebody of the staff looked at the passwords of a page of a sheet",
    page="sheet",
)
SHEET_RELEASED: Final = Happening(
    "sheet.released",
    OfSheet,
    Area.ACCESS,
    sentence=_("Sheet %(number)s of batch %(batch)s released"),
    tone="ok",
    when="a sheet was handed out: its vouchers work from now on",
    page="sheet",
)
SHEET_VOIDED: Final = Happening(
    "sheet.voided",
    OfSheet,
    Area.ACCESS,
    sentence=_("Sheet %(number)s of batch %(batch)s voided"),
    tone="bad",
    when="a sheet was taken back: its vouchers connect nobody",
    page="sheet",
)
VOUCHER_ISSUED: Final = Happening(
    "voucher.issued",
    _Sold,
    Area.ACCESS,
    sentence=_("Voucher %(code)s of %(plan)s issued"),
    tone="ok",
    when="a voucher was made for one customer",
    page="voucher",
)
VOUCHER_STARTED: Final = Happening(
    "voucher.started",
    _Started,
    Area.ACCESS,
    sentence=_("Voucher %(code)s of %(plan)s used for the first time"),
    tone="ok",
    when="it was used for the first time: its clock runs",
    page="voucher",
)
VOUCHER_SPENT: Final = Happening(
    "voucher.spent",
    _Spent,
    Area.ACCESS,
    sentence=_("Voucher %(code)s of %(plan)s is used up"),
    when="its data or hours are used up",
    page="voucher",
)
VOUCHER_VOIDED: Final = Happening(
    "voucher.voided",
    _Voided,
    Area.ACCESS,
    sentence=_("Voucher %(code)s of %(plan)s voided%(because)s"),
    tone="bad",
    when="it was taken back",
    page="voucher",
)
VOUCHER_BLOCKED: Final = Happening(
    "voucher.blocked",
    _Blocked,
    Area.ACCESS,
    sentence=_("Voucher %(name)s blocked%(because)s"),
    tone="bad",
    when="one voucher was blocked",
    page="voucher",
)
VOUCHER_UNBLOCKED: Final = Happening(
    "voucher.unblocked",
    _OfName,
    Area.ACCESS,
    sentence=_("Voucher %(name)s unblocked"),
    tone="ok",
    when="it was unblocked",
    page="voucher",
)
