"""What waits for somebody, in words: what happened, where the money is, and why it could not be carried out."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.billing.models import Payment
from headend.doors.console import crud
from headend.ledger.rules import Code as LedgerCode
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
class RedLine:
    """One purchase that waits: the headline, why, and where the money is."""

    pk: int
    customer_id: int
    name: str
    headline: str
    why: str
    money: str


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
        purchase.pk, purchase.customer_id, purchase.customer.name, headline, why, _where(waiting, organization)
    )


def why_not(code: str, plan: str, price_minor: int, organization: Organization) -> str:
    """Why a purchase of `plan` was not carried out."""
    detail = {"plan": plan, "required": show.money(price_minor, organization.currency)}
    return str(_WHY[code]) % detail if code in _WHY else crud.reason_text(code, detail)


def _where(waiting: Unfulfilled, organization: Organization) -> str:
    currency = organization.currency
    balance = _("%(amount)s are in the wallet.") % {"amount": show.money(waiting.balance_minor, currency)}
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
