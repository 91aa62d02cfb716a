"""Purchases that were paid and not carried out: tried again, or left."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from headend.billing import purchases
from headend.billing.models import Purchase
from headend.doors.console import pages, red_lines, saving
from headend.doors.console.pages import Request, page, url
from headend.doors.console.saving import Act
from headend.ledger import accounts
from headend.reports import red_lines as report
from headend.ui.templatetags import show


@page("purchases/<int:pk>/fulfilment/", "purchase_fulfilment", see="money.take", do="money.take")
def fulfilment(request: Request, pk: int) -> HttpResponse:
    """*Try again*: takes the price from the wallet and gives what was bought. A second press does no harm."""
    purchase = _fetch(request, pk)

    def run(form: saving.Form) -> str:
        purchases.fulfil(purchase=purchase, by=request.staff)
        return _("%(name)s has %(plan)s now.") % _names(purchase)

    line = _line(request, purchase)
    act = Act(
        title=_("Carry out %(plan)s for %(name)s?") % _names(purchase),
        says=[line.why, line.money] if purchase.state == "unfulfilled" else [],
        button=_("Try again"),
        icon="refresh-cw",
        harm=False,
        back=url(request, "customer", purchase.customer_id),
        run=run,
    )
    return saving.act_page(request, act)


@page("purchases/<int:pk>/closing/", "purchase_closing", see="money.take", do="money.take")
def closing(request: Request, pk: int) -> HttpResponse:
    """*Leave in the wallet*: the red line goes, and the customer can spend the money on something else."""
    purchase = _fetch(request, pk)

    owed_minor = accounts.owed(customer=purchase.customer)

    def run(form: saving.Form) -> str:
        purchases.close(purchase=purchase, by=request.staff)
        if owed_minor:
            return _("The money of %(name)s pays what is owed; the rest stays in the wallet.") % _names(purchase)
        return _("The money of %(name)s stays in the wallet.") % _names(purchase)

    line = _line(request, purchase)
    owed = _("%(amount)s is owed: that is paid with it first.")
    act = Act(
        title=_("Leave the money of %(name)s in the wallet?") % _names(purchase),
        says=[
            line.money,
            _("%(plan)s is not given any more for this payment. The customer can buy something else with the money.")
            % _names(purchase),
            *([owed % {"amount": show.money(owed_minor, request.organization.currency)}] if owed_minor else []),
        ],
        button=_("Leave in the wallet"),
        icon="wallet",
        harm=False,
        back=url(request, "customer", purchase.customer_id),
        run=run,
    )
    return saving.act_page(request, act)


def _fetch(request: Request, pk: int) -> Purchase:
    """One that could not be carried out, whatever became of it since."""
    rows = request.organization.purchase_set.filter(unfulfilled_at__isnull=False)
    return pages.fetch(rows.select_related("organization", "customer__group", "plan__organization", "subscription"), pk)


def _line(request: Request, purchase: Purchase) -> red_lines.RedLine:
    (waiting,) = report.complete([purchase])
    return red_lines.of_purchase(waiting, request.organization)


def _names(purchase: Purchase) -> dict[str, str]:
    return {"plan": purchase.plan_name, "name": purchase.customer.name}
