"""What a refusal says to a customer: as everywhere, but for what is meant for staff or names somebody else."""

from collections.abc import Iterable
from typing import Final

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.access.rules import Code as AccessCode
from headend.billing.rules import Code as BillingCode
from headend.customers.models import SuspensionKind
from headend.customers.rules import Code as CustomersCode
from headend.doors.portal.limits import Code
from headend.ledger.rules import Code as LedgerCode
from headend.lib.refused import Refused
from headend.reports.statuses import Halt
from headend.system.models import Organization
from headend.ui import contact, refusals
from headend.ui.states import STATES
from headend.ui.templatetags.show import money as show_money

# Why somebody is kept off, without what staff wrote down about it.
HALTS: Final[dict[str, str | Promise]] = {
    SuspensionKind.OVERDUE: gettext_lazy("Pay what you owe. Please contact us."),
    SuspensionKind.ABUSE: gettext_lazy("Your connection was used against our terms. Please contact us."),
    SuspensionKind.HOLD: gettext_lazy("Your account rests for a while. Please contact us."),
    SuspensionKind.DISABLED: gettext_lazy("Your account is disabled. Please contact us."),
}

# Why something that was paid for could not be given.
UNFULFILLED: Final[dict[str, str | Promise]] = {
    LedgerCode.INSUFFICIENT_BALANCE: gettext_lazy("What was paid is less than its price."),
    AccessCode.PLAN_RETIRED: gettext_lazy("It is no longer sold."),
    AccessCode.SUBSCRIPTION_ENDED: gettext_lazy("The package has ended."),
    BillingCode.CUSTOMER_MAY_NOT_BUY: gettext_lazy("Your account is halted."),
    BillingCode.ACCOUNT_IS_OVER: gettext_lazy("Your account has expired."),
}
# How a purchase or a payment stands, for whoever made it.
STAGES: Final[dict[str, str | Promise]] = {
    "fulfilled": gettext_lazy("Done"),
    "waiting": gettext_lazy("Waiting for the payment"),
    "failed": gettext_lazy("Not paid"),
    "unfulfilled": gettext_lazy("Paid, not given yet"),
    "closed": gettext_lazy("Closed"),
    "pending": gettext_lazy("Waiting for the phone"),
    "settled": gettext_lazy("Received"),
    "unknown": gettext_lazy("We are asking"),
}
OTHER_UNFULFILLED: Final = gettext_lazy("Something on our side went wrong.")

_TEXTS: Final[refusals.Texts] = {
    **refusals.TEXTS,
    AccessCode.SUBSCRIPTION_ENDED: gettext_lazy("This package has ended. Please contact us."),
    CustomersCode.CUSTOMER_IS_DELETED: gettext_lazy("This account is closed."),
    LedgerCode.INSUFFICIENT_BALANCE: gettext_lazy(
        "There is %(in_wallet)s in your wallet, and this costs %(price)s. Top up first, or pay by phone."
    ),
    Code.TOO_MANY_REGISTRATIONS: gettext_lazy(
        "Too many people registered from here just now. Try again in an hour. Please contact us."
    ),
    Code.TOO_MANY_CODES: gettext_lazy("Too many codes. Try again in a quarter of an hour."),
    Code.TOO_MANY_PASSWORDS: gettext_lazy("Too many tries. Wait a quarter of an hour."),
    Code.TOO_MANY_PROMPTS: gettext_lazy(
        "You had phones asked for payments very often just now. Wait a quarter of an hour. Please contact us."
    ),
}


def refusal(organization: Organization, refused: Refused) -> str:
    """The words of a verb's refusal. What is taken is somebody's: the way to the own account is told, and not whose it is."""
    if refused.code == CustomersCode.EMAIL_TAKEN:
        return format_html(_("This e-mail has an account already. {sign_in}."), **_ways(organization))
    if refused.code == CustomersCode.PHONE_TAKEN:
        return format_html(_("This phone has an account already. {sign_in}, or {code}."), **_ways(organization))
    detail = refused.detail
    if refused.code == LedgerCode.INSUFFICIENT_BALANCE:
        sums = {"in_wallet": detail["available_minor"], "price": detail["required_minor"]}
        detail = {name: show_money(minor, organization.currency) for name, minor in sums.items()}
    return contact.put(str(_TEXTS[refused.code] % detail), organization)


def halts(
    organization: Organization, found: Iterable[Halt], owed_minor: int
) -> list[tuple[Halt, str | Promise, str | Promise]]:
    """Each of them with its name and with what is said about it. `owed_minor` is what the customer owes."""
    return [(halt, STATES[halt.kind].text, _halt(organization, halt, owed_minor)) for halt in found]


def _halt(organization: Organization, halt: Halt, owed_minor: int) -> str | Promise:
    if halt.kind != SuspensionKind.OVERDUE or not owed_minor:
        return contact.put(HALTS[halt.kind], organization)
    owed = {"amount": show_money(owed_minor, organization.currency)}
    if halt.is_of_group:
        return _("You owe %(amount)s.") % owed
    return _("You owe %(amount)s. Once that is paid, you can connect again at once.") % owed


def _ways(organization: Organization) -> dict[str, str]:
    """Links to the own account. Both stand in any text's reach; it uses what it needs."""
    sign_in = reverse("portal:sign_in", args=[organization.slug])
    code = reverse("portal:code", args=[organization.slug])
    return {
        "sign_in": format_html('<a href="{}">{}</a>', sign_in, _("Sign in")),
        "code": format_html('<a href="{}">{}</a>', code, _("have a code sent to it")),
    }
