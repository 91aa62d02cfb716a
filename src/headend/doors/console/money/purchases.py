"""Purchases that were paid and not carried out: tried again, or left."""

from django.utils.translation import gettext as _

from headend.billing import purchases
from headend.billing.models import Purchase
from headend.doors.console import pages, red_lines, saving
from headend.doors.console.pages import Request, url
from headend.doors.console.saving import Act, asks
from headend.ledger import accounts
from headend.reports import red_lines as report
from headend.ui.templatetags import show


def fetch(request: Request, pk: int) -> Purchase:
    """One that could not be carried out, whatever became of it since."""
    rows = request.organization.purchase_set.filter(unfulfilled_at__isnull=False)
    return pages.fetch(rows.select_related("organization", "customer__group", "plan__organization", "subscription"), pk)


@asks("purchases/<int:pk>/fulfilment/", "purchase_fulfilment", do="money.take", of=fetch)
def fulfilment(request: Request, purchase: Purchase) -> Act:
    """*Try again*: takes the price from the wallet and gives what was bought. A second press does no harm."""

    def run(form: saving.Form) -> str:
        purchases.fulfil(purchase=purchase, by=request.staff)
        return _("%(name)s has %(plan)s now.") % _names(purchase)

    line = _line(request, purchase)
    return Act(
        title=_("Carry out %(plan)s for %(name)s?") % _names(purchase),
        says=[line.why, line.money] if purchase.state == "unfulfilled" else [],
        button=_("Try again"),
        icon="refresh-cw",
        harm=False,
        back=url(request, "customer", purchase.customer_id),
        run=run,
    )


@asks("purchases/<int:pk>/closing/", "purchase_closing", do="money.take", of=fetch)
def closing(request: Request, purchase: Purchase) -> Act:
    """*Leave in the wallet*: the red line goes, and the customer can spend the money on something else."""

    owed_minor = accounts.owed(customer=purchase.customer)

    def run(form: saving.Form) -> str:
        purchases.close(purchase=purchase, by=request.staff)
        if owed_minor:
            return _("The money of %(name)s pays what is owed; the rest stays in the wallet.") % _names(purchase)
        return _("The money of %(name)s stays in the wallet.") % _names(purchase)

    line = _line(request, purchase)
    owed = _("%(amount)s is owed: that is paid with it first.")
    return Act(
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


def _line(request: Request, purchase: Purchase) -> red_lines.RedLine:
    (waiting,) = report.complete([purchase])
    return red_lines.of_purchase(waiting, request.organization)


def _names(purchase: Purchase) -> dict[str, str]:
    return {"plan": purchase.plan_name, "name": purchase.customer.name}
