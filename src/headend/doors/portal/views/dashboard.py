"""The customer's first page: what there is in the wallet, what runs, and what can be done now."""

from typing import Final

from django.http import HttpResponse

from headend.billing import purchases
from headend.doors.portal import words
from headend.doors.portal.pages import Request, page, render
from headend.reports import dues, holdings
from headend.reports.customers import Package

PLANS_SHOWN: Final = 6


@page("GET")
def dashboard(request: Request) -> HttpResponse:
    """Everything that the customer has just now."""
    held = holdings.of_customer(request.customer)
    connects = bool(request.visit and held.running and held.may_buy)
    owes = held.owed_minor > 0
    plans = purchases.on_sale(organization=request.organization)[:PLANS_SHOWN] if held.may_buy else []
    shown = {
        "tab": "home",
        "held": held,
        "halts": words.halts(request.organization, held.halts, held.owed_minor),
        "expired_on": held.expired_on,
        "plans": plans,
        "dues": dues.of_packages(request.customer, [package.subscription for package in held.packages]),
        # Somebody at a hotspot came to get online: then that is the one main action of the page.
        "connects": connects,
        # Who owes something pays that first.
        "owes": owes,
        # And whose package runs for months came to renew it.
        "renews": held.may_buy
        and not connects
        and not owes
        and any(_is_renewable(package) for package in held.packages),
    }
    return render(request, "dashboard", shown)


def _is_renewable(package: Package) -> bool:
    subscription = package.subscription
    return subscription.activated_at is not None and subscription.price_minor > 0 and package.block is None
