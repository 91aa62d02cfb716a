"""The customer's first page: what there is in the wallet, what runs, and what can be done now."""

from typing import Final

from django.http import HttpResponse

from headend.billing import purchases
from headend.doors.portal import words
from headend.doors.portal.access import Request, page, render
from headend.reports import holdings

PLANS_SHOWN: Final = 6


@page("GET")
def dashboard(request: Request) -> HttpResponse:
    """Everything that the customer has just now."""
    held = holdings.of_customer(request.customer)
    plans = purchases.on_sale(organization=request.organization)[:PLANS_SHOWN] if held.may_buy else []
    shown = {
        "tab": "home",
        "held": held,
        "halts": words.halts(held.halts),
        "plans": plans,
        # Somebody at a hotspot came to get online: then that is the one main action of the page.
        "connects": bool(request.visit and held.running and held.may_buy),
    }
    return render(request, "dashboard", shown)
