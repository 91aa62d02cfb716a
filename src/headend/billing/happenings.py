"""What happens by the verbs of this package: each kind of Event, what it holds, and how it reads."""

from typing import Final, TypedDict

from django.utils.translation import gettext_lazy as _

from headend.system.events import THE_CUSTOMER, Area, Happening, Personal


class OfPayment(TypedDict):
    amount_minor: int
    method: str
    network: str
    purchase_id: int | None


class _Settled(OfPayment):
    receipt_code: str


class _Failed(OfPayment):
    reason: str


class _Conflict(TypedDict):
    amount_minor: int
    receipt_code: str
    reason: str


class OfPlan(TypedDict):
    plan: str
    price_minor: int


class Charged(OfPlan):
    method: str
    is_owed: bool
    period_minor: int
    installation_minor: int


class _Fulfilled(OfPlan):
    voucher_id: int | None


class _Unfulfilled(OfPlan):
    reason: str


class _WrittenOff(TypedDict):
    amount_minor: int
    reason: Personal[str]


class _Refunded(_WrittenOff):
    method: str
    network: str
    reference: str


class _Added(TypedDict):
    kind: str
    name: str


PAYMENT_ASKED: Final = Happening(
    "payment.asked",
    OfPayment,
    Area.MONEY,
    sentence=_("The phone was asked to pay %(amount)s"),
    doer=THE_CUSTOMER,
    when="a phone was asked to pay",
    page="payment",
)
PAYMENT_SETTLED: Final = Happening(
    "payment.settled",
    _Settled,
    Area.MONEY,
    sentence=_("%(amount)s received: %(method)s %(receipt_code)s"),
    tone="ok",
    when="money came: by mobile money, or into the hand of staff. It is in the wallet",
    page="payment",
)
PAYMENT_FAILED: Final = Happening(
    "payment.failed",
    _Failed,
    Area.MONEY,
    sentence=_("Payment of %(amount)s failed%(because)s"),
    tone="bad",
    when="it will not come; `reason` is a code of [refusals](refusals.md)",
    page="payment",
)
PAYMENT_UNKNOWN: Final = Happening(
    "payment.unknown",
    OfPayment,
    Area.MONEY,
    sentence=_("The provider does not say whether %(amount)s was paid"),
    tone="bad",
    when="the provider was asked several times and does not say",
    page="payment",
)
PAYMENT_INQUIRED: Final = Happening(
    "payment.inquired",
    OfPayment,
    Area.MONEY,
    sentence=_("The provider was asked about %(amount)s"),
    when="staff had the provider asked",
    page="payment",
)
PAYMENT_CONFLICT: Final = Happening(
    "payment.conflict",
    _Conflict,
    Area.MONEY,
    sentence=_("A receipt %(receipt_code)s over %(amount)s came that does not fit the payment; nothing was changed"),
    tone="bad",
    when="something came that does not fit what was booked; nothing was changed",
    page="payment",
)
CUSTOMER_SIGNED_UP: Final = Happening(
    "customer.signed_up",
    Charged,
    Area.CUSTOMERS,
    sentence=_("Signed up for %(plan)s: %(price)s%(owed)s"),
    tone="ok",
    when="*Add Customer* with a package: what is charged for the first period and for the installation, how it is paid, and whether it is still owed",
)
PACKAGE_ADDED: Final = Happening(
    "package.added",
    Charged,
    Area.MONEY,
    sentence=_("%(plan)s added: %(price)s%(owed)s"),
    tone="ok",
    when="*Add package*: the same, for a customer who was there already",
)
WALLET_REFUNDED: Final = Happening(
    "wallet.refunded",
    _Refunded,
    Area.MONEY,
    sentence=_("%(amount)s refunded: %(method)s %(reference)s%(because)s"),
    when="*Refund*: money in a wallet was given back",
)
WALLET_WRITTEN_OFF: Final = Happening(
    "wallet.written_off",
    _WrittenOff,
    Area.MONEY,
    sentence=_("%(amount)s in the wallet written off%(because)s"),
    when="*Write off*: money in a wallet became the organization's",
)
DEBT_WRITTEN_OFF: Final = Happening(
    "debt.written_off",
    _WrittenOff,
    Area.MONEY,
    sentence=_("Debt of %(amount)s written off%(because)s"),
    tone="bad",
    when="*Write off debt*: nobody owes it any more",
)
PACKAGE_GIVEN: Final = Happening(
    "package.given",
    OfPlan,
    Area.MONEY,
    sentence=_("%(plan)s given free, worth %(price)s"),
    tone="ok",
    when="a package was activated or renewed without payment; a promotion paid its price",
)
PURCHASE_FULFILLED: Final = Happening(
    "purchase.fulfilled",
    _Fulfilled,
    Area.MONEY,
    sentence=_("%(plan)s bought for %(price)s"),
    tone="ok",
    when="what was paid was given: a voucher, or the next period",
)
PURCHASE_UNFULFILLED: Final = Happening(
    "purchase.unfulfilled",
    _Unfulfilled,
    Area.MONEY,
    sentence=_("%(plan)s was paid and not carried out, the money is in the wallet%(because)s"),
    tone="bad",
    when="it was paid and could not be given; the money is in the wallet",
)
PURCHASE_CLOSED: Final = Happening(
    "purchase.closed",
    OfPlan,
    Area.MONEY,
    sentence=_("%(plan)s is not given any more, the money stays in the wallet"),
    alone=_("%(plan)s is not given any more: the money went into something else"),
    when="staff left the money of such a purchase in the wallet",
)
GATEWAY_ADDED: Final = Happening(
    "gateway.added",
    _Added,
    Area.MONEY,
    sentence=_("Gateway %(name)s added"),
    when="a provider of mobile money was set up",
)
