"""A package's next period, begun before the running one ends."""

from typing import Final

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from headend.access import blocks, periods, subscriptions
from headend.access.models import Subscription, UsagePeriod
from headend.doors.portal import words
from headend.doors.portal.forms import NextForm
from headend.doors.portal.pages import Request, go, page, render
from headend.ledger import accounts
from headend.lib import clock
from headend.lib.refused import Refused
from headend.reports import holdings
from headend.ui import renewals

_LARGEST_ID: Final = 2**63 - 1


@page("GET", "POST")
def begin_next(request: Request, pk: int) -> HttpResponse:
    """Asks, and begins the next period that was paid ahead."""
    subscription = _fetch(request, pk)
    present, *ahead = periods.of(subscription_ids=[subscription.pk], now=clock.now())[subscription.pk]
    owed_minor = accounts.owed(customer=request.customer)
    halts = words.halts(request.organization, holdings.halts_of(request.customer), owed_minor)
    expired_on = holdings.expired_on(request.customer)
    is_blocked = blocks.is_blocked(subscription=subscription)
    form = _form(request, ahead)
    if request.method == "POST" and not (halts or expired_on or is_blocked) and form.is_valid():
        try:
            period_id = form.cleaned_data["period"]
            subscriptions.begin_next(subscription=subscription, period_id=period_id, by=None)
            messages.success(request, _("The next period of %(plan)s has begun.") % {"plan": subscription.plan_name})
            return go(request, "dashboard")
        except Refused as refused:
            form.refuse(refused)
    says = renewals.of_beginning(subscription, present, ahead[0]) if ahead else []
    shown = {"tab": "home", "subscription": subscription, "says": says, "form": form}
    shown |= {"halts": halts, "expired_on": expired_on, "is_blocked": is_blocked, "owed_minor": owed_minor}
    return render(request, "package_next", shown, status=400 if request.method == "POST" else 200)


def _fetch(request: Request, pk: int) -> Subscription:
    own = Subscription.objects.filter(organization=request.organization, customer=request.customer)
    running = own.filter(ended_at__isnull=True, activated_at__isnull=False).select_related("organization")
    found = running.filter(pk=pk).first() if pk <= _LARGEST_ID else None
    if found is None:
        raise Http404
    return found


def _form(request: Request, ahead: list[UsagePeriod]) -> NextForm:
    sent = request.POST if request.method == "POST" else None
    initial = {"period": ahead[0].pk} if ahead else {}
    return NextForm(sent, organization=request.organization, initial=initial)
