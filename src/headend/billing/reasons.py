"""The text of each refusal of this package, and of each reason for which a payment failed."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from headend.billing.rules import Code

TEXTS: dict[str, str | Promise] = {
    Code.CUSTOMER_MAY_NOT_BUY: _("This account cannot buy at the moment. Please contact us."),
    Code.ACCOUNT_IS_OVER: _("This account has expired: nothing is sold to it. Please contact us."),
    Code.PACKAGE_IS_BLOCKED: _("“%(plan)s” is blocked, and is not renewed until that is lifted."),
    Code.PLAN_NOT_SOLD: _("“%(plan)s” is not sold here."),
    Code.FREE_PASS_HAD: _(
        "“%(plan)s” is free once in its time, and was had already. It can be had again from %(again)s."
    ),
    Code.FREE_PASS_AT_HOTSPOT: _(
        "“%(plan)s” is given at the hotspot itself: join its Wi-Fi, and choose it on the page that opens."
    ),
    Code.PHONE_MISSING: _("Give the phone number that is to pay."),
    Code.PROMPT_OPEN: _(
        "This phone is being asked to pay already. Answer on the phone, or wait two minutes and try again."
    ),
    Code.PURCHASE_IS_SETTLED: _("This purchase is settled already."),
    Code.PAYMENT_CONFLICTS: _("This payment was received before with other content. Nothing was changed."),
    Code.PAYMENT_NOT_ASKABLE: _("The provider can only be asked about payments by mobile money that are not settled."),
    Code.AMOUNT_INVALID: _("Give an amount above zero."),
    Code.REFERENCE_MISSING: _("Give the reference: only cash has none."),
    Code.REFERENCE_TAKEN: _("The reference %(reference)s was received before, from %(name)s (%(account_number)s)."),
    Code.REFUND_REFERENCE_TAKEN: _("The reference %(reference)s stands on another refund already."),
    Code.REASON_MISSING: _("Say why."),
    Code.MORE_THAN_HELD: _("Only %(amount)s is in the wallet."),
    Code.MORE_THAN_OWED: _("Only %(amount)s is owed."),
    Code.GATEWAY_UNKNOWN: _("This way of paying is not offered."),
    Code.CHARGED_ALREADY: _("The first period of “%(plan)s” is charged already: it only has to be activated."),
    Code.NOT_CHARGED: _("Nothing was charged for this package yet."),
    Code.FULFILMENT_FAILED: _("It could not be carried out, because of a fault of the system."),
}

# Why a payment failed, in the words for whoever was to pay; for a code that is not here, OTHER_FAILURE.
FAILURES: dict[str, str | Promise] = {
    "cancelled_by_user": _("The payment was cancelled on the phone."),
    "insufficient_funds": _("There is not enough money on the phone."),
    "timeout": _("Nobody answered on the phone in time."),
    "phone_invalid": _("The provider does not know this phone number."),
    "phone_busy": _("The phone is busy with another payment. Wait a minute and try again."),
    "too_many": _("The provider is busy. Wait a minute and try again."),
    "expired": _("The phone could not be asked in time. Try again."),
    "unreachable": _("The provider cannot be reached. Try again in a few minutes."),
}
OTHER_FAILURE = _("The payment did not go through.")
