"""What the customer bought and paid."""

from typing import Any, Final

from django.db.models import OuterRef, Subquery
from django.http import HttpResponse

from headend.billing.models import Payment, PaymentState
from headend.doors.portal import words
from headend.doors.portal.pages import Request, page, render
from headend.lib import clock
from headend.reports import holdings
from headend.ui import paging

# Hardly anybody has one.
ADJUSTED_SHOWN: Final = 20
PAGE_SIZE: Final = 20


@page("GET")
def history(request: Request) -> HttpResponse:
    """Purchases, or with `view=payments` the payments and what was given back; the newest first."""
    view = "payments" if request.GET.get("view") == "payments" else "purchases"
    shown = _payments(request) if view == "payments" else _purchases(request)
    return render(request, "history", {"tab": "history", "view": view, "words": words.STAGES, **shown})


def _purchases(request: Request) -> dict[str, object]:
    rows = request.customer.purchase_set.all()
    newest = Payment.objects.filter(organization=request.organization, purchase=OuterRef("pk")).order_by("-pk")
    rows = rows.annotate(payment_state=Subquery(newest.values("state")[:1]))
    rows = rows.select_related("voucher__sheet").prefetch_related("lines").order_by("-pk")
    cut = paging.cut(request, rows, size=PAGE_SIZE)
    bought = [purchase.voucher for purchase in cut.rows if purchase.voucher is not None]
    held = {one.voucher.pk: one for one in holdings.held(request.customer, bought, clock.now())}
    lines = [(purchase, _stage(purchase), held.get(purchase.voucher_id)) for purchase in cut.rows]
    return {"cut": cut, "lines": lines}


def _stage(purchase: Any) -> str:
    """How a purchase stands; while it waits, whether its payment failed."""
    is_failed = purchase.state == "waiting" and purchase.payment_state == PaymentState.FAILED
    return "failed" if is_failed else str(purchase.state)


def _payments(request: Request) -> dict[str, object]:
    rows = request.customer.payment_set.select_related("gateway", "purchase").order_by("-pk")
    adjusted = request.customer.adjustment_set.order_by("-pk")[:ADJUSTED_SHOWN]
    return {"cut": paging.cut(request, rows, size=PAGE_SIZE), "adjusted": list(adjusted)}
