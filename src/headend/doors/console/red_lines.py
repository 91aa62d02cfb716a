"""What waits for somebody, in words: what happened, where the money is, and why it could not be carried out."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.access.rules import Code as AccessCode
from headend.billing.models import Payment
from headend.billing.rules import Code as BillingCode
from headend.customers.models import Suspension, SuspensionKind
from headend.customers.rules import account_is_over
from headend.doors.console import saving
from headend.ledger.rules import Code as LedgerCode
from headend.lib import clock, money
from headend.reports.red_lines import RedLines, Unfulfilled
from headend.system.models import Organization
from headend.ui.templatetags import show

# In words for staff, where the refusal's own text speaks to the customer, or of another moment.
_WHY: Final[dict[str, str | Promise]] = {
    LedgerCode.INSUFFICIENT_BALANCE: gettext_lazy(
        "The price is %(required)s, and there was not so much in the wallet."
    ),
}


@dataclass(frozen=True, slots=True)
class Mend:
    """What mends it: a button for whoever has the right; `post` where it acts at once."""

    label: str
    icon: str
    url: str
    right: str
    post: bool = False


@dataclass(frozen=True, slots=True)
class RedLine:
    """One purchase that waits: the headline, why, where the money is, and what mends it where something does."""

    pk: int
    customer_id: int
    name: str
    headline: str
    why: str
    money: str
    mend: Mend | None


@dataclass(frozen=True, slots=True)
class Unclear:
    """One payment of which nobody knows."""

    pk: int
    customer_id: int
    name: str
    headline: str
    what: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a page shows of all that waits. `more` is how many there are besides."""

    unfulfilled: list[RedLine]
    unknown: list[Unclear]
    more: int = 0


def draw(red_lines: RedLines, organization: Organization) -> Drawn:
    """The lines as notices."""
    return Drawn(
        [of_purchase(waiting, organization) for waiting in red_lines.unfulfilled],
        [_of_payment(payment, organization) for payment in red_lines.unknown],
        red_lines.more,
    )


def of_purchase(waiting: Unfulfilled, organization: Organization) -> RedLine:
    """A purchase that was paid and not carried out."""
    purchase = waiting.purchase
    names = {"name": purchase.customer.name, "plan": purchase.plan_name}
    if purchase.subscription_id is None:
        headline = _("%(name)s paid for %(plan)s and did not get it.") % names
    else:
        headline = _("%(name)s paid for %(plan)s, and it was not renewed.") % names
    why = why_not(purchase.unfulfilled_code, purchase.plan_name, purchase.price_minor, organization)
    return RedLine(
        purchase.pk,
        purchase.customer_id,
        purchase.customer.name,
        headline,
        why,
        _where(waiting, organization),
        _mend(waiting, organization),
    )


def why_not(code: str, plan: str, price_minor: int, organization: Organization) -> str:
    """Why a purchase of `plan` was not carried out."""
    detail = {"plan": plan, "required": show.money(price_minor, organization.currency)}
    return str(_WHY[code]) % detail if code in _WHY else saving.reason_text(code, detail)


def _mend(waiting: Unfulfilled, organization: Organization) -> Mend | None:
    """Trying again is offered where nothing stands in the way any more that we know of."""
    purchase, customer = waiting.purchase, waiting.purchase.customer

    def place(name: str, *args: Any) -> str:
        return reverse(f"console:{name}", args=[organization.slug, *args])

    if customer.erased_at is not None:
        # Nothing is given to nobody: the money goes back through the provider, and only people can do that.
        return None
    missing = purchase.price_minor - waiting.balance_minor
    if purchase.unfulfilled_code == LedgerCode.INSUFFICIENT_BALANCE and missing > 0:
        # Into the wallet, and for nothing new: what is short is carried out with it.
        amount = urlencode({"amount": money.plain(missing, organization.currency)})
        return Mend(_("Add Payment"), "wallet", f"{place('customer_payment', customer.pk)}?{amount}", "money_take")
    if purchase.unfulfilled_code == BillingCode.CUSTOMER_MAY_NOT_BUY and customer.deleted_at is not None:
        undelete = place("customer_deletion_lift", customer.pk)
        return Mend(_("Undelete"), "undo-2", undelete, "customers_delete", post=True)
    if account_is_over(customer.account_expires_on, organization.timezone, clock.now()):
        return Mend(_("Change the date"), "pencil", place("customer_edit", customer.pk), "customers_edit")
    if waiting.halt is not None:
        return _lift(waiting.halt, place)
    if waiting.is_blocked:
        unblock = place("subscription_block_lift", purchase.subscription_id)
        return Mend(_("Unblock"), "circle-check", unblock, "customers_edit", post=True)
    if waiting.plan_is_retired:
        return Mend(_("See the plan"), "package", place("plan", purchase.plan_id), "network_edit")
    if purchase.unfulfilled_code == AccessCode.SUBSCRIPTION_ENDED:
        return None
    return Mend(_("Try again"), "refresh-cw", place("purchase_fulfilment", purchase.pk), "money_take", post=True)


def _lift(halt: Suspension, place: Callable[..., str]) -> Mend:
    """What stands in the way is taken out of it first; a whole group is not enabled without being asked about."""
    disabled = halt.kind == SuspensionKind.DISABLED
    if halt.group_id is not None:
        label = _("Enable group") if disabled else _("Lift for the group")
        return Mend(label, "check", place("group_suspension_lift", halt.group_id, halt.kind), "customers_edit")
    label = _("Enable") if disabled else _("Lift suspension")
    return Mend(
        label, "check", place("customer_suspension_lift", halt.customer_id, halt.kind), "customers_edit", post=True
    )


def _where(waiting: Unfulfilled, organization: Organization) -> str:
    currency = organization.currency
    balance = _("%(amount)s is in the wallet.") % {"amount": show.money(waiting.balance_minor, currency)}
    if waiting.payment is None:
        return balance
    came = _("%(amount)s came %(at)s.") % {
        "amount": show.money(waiting.came_minor, currency),
        "at": show.moment(waiting.payment.settled_at),
    }
    return f"{came} {balance}"


def _of_payment(payment: Payment, organization: Organization) -> Unclear:
    headline = _("We do not know whether %(name)s paid %(amount)s.") % {
        "name": payment.customer.name,
        "amount": show.money(payment.asked_minor, organization.currency),
    }
    what = _("%(gateway)s was asked %(at)s and again since, and does not say.") % {
        "gateway": payment.gateway.name if payment.gateway else payment.network,
        "at": show.moment(payment.created_at),
    }
    return Unclear(payment.pk, payment.customer_id, payment.customer.name, headline, what)
