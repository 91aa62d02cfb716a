"""Payments: the list, one with all that was heard of it, and asking its provider."""

from dataclasses import replace
from typing import Final

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.billing import inquiries
from headend.billing.models import Payment, PaymentState
from headend.billing.reasons import FAILURES, OTHER_FAILURE
from headend.billing.rules import Outcome
from headend.doors.console import lists, pages, red_lines, saving
from headend.doors.console.lists import Column, Listing
from headend.doors.console.navigation import Entry
from headend.doors.console.pages import Request, may, page, render, url
from headend.lib.refused import Refused
from headend.reports import payments as report
from headend.reports import red_lines as red_lines_report
from headend.system.models import Organization
from headend.ui import paging, sentences

VIEWS: Final = (
    ("all", gettext_lazy("All")),
    ("pending", gettext_lazy("Waiting")),
    ("settled", gettext_lazy("Settled")),
    ("failed", gettext_lazy("Failed")),
    ("unknown", gettext_lazy("Unknown")),
    ("unfulfilled", gettext_lazy("Paid, not carried out")),
)

EMPTY: Final = {
    "all": gettext_lazy("No payments yet. What customers pay, by phone or to you, appears here."),
    "pending": gettext_lazy("No phone is being asked to pay just now."),
    "settled": gettext_lazy("No payment was settled yet."),
    "failed": gettext_lazy("No payment has failed."),
    "unknown": gettext_lazy("Of every payment we know what became of it."),
    "unfulfilled": gettext_lazy("Everything that was paid was carried out."),
}

LISTING: Final = Listing(
    title=gettext_lazy("Payments"),
    icon="wallet",
    columns=(
        Column(gettext_lazy("Date"), sort="date"),
        Column(gettext_lazy("Customer")),
        Column(gettext_lazy("Method")),
        Column(gettext_lazy("Reference")),
        Column(gettext_lazy("State")),
        Column(gettext_lazy("Amount"), css="num", is_money=True),
    ),
    row="console/payments/row.html",
    orders={"date": ("created_at", "pk")},
    falling=True,
    empty="",
    placeholder=gettext_lazy("Reference or phone"),
)

# What became of a callback.
OUTCOMES: Final[dict[str, str | Promise]] = {
    Outcome.CREDIT: gettext_lazy("Believed: it was paid"),
    Outcome.FAIL: gettext_lazy("Believed: it was not paid"),
    Outcome.ASK: gettext_lazy("Not as we asked: the provider was asked"),
    Outcome.CONFLICT: gettext_lazy("Paid by another receipt than before: see what happened"),
    Outcome.UNREADABLE: gettext_lazy("Could not be read"),
    "": gettext_lazy("Received, and not looked at"),
}
CALLBACKS_SHOWN: Final = 50


def _waiting(organization: Organization) -> int | None:
    """What waits for somebody; nothing is no figure."""
    return red_lines_report.count(organization) or None


def fetch(request: Request, pk: int) -> Payment:
    """A Payment of the organization; 404 for any other."""
    rows = request.organization.payment_set.select_related(
        "organization", "gateway", "taken_by", "customer", "purchase__customer", "purchase__voucher"
    ).prefetch_related("purchase__lines")
    return pages.fetch(rows, pk)


@page(
    "payments/", "payments", see="customers.see", rail=Entry("money", gettext_lazy("Payments"), "wallet", 1, _waiting)
)
def listing(request: Request) -> HttpResponse:
    """The payments of a state, newest first."""
    view = request.GET.get("state", "all")
    view = view if view in report.VIEWS else "all"
    organization = request.organization
    return lists.list_page(
        request,
        replace(LISTING, empty=EMPTY[view], find=lambda rows, query: report.found(organization, rows, query)),
        report.listed(organization, view),
        template="console/payments/list.html",
        view=view,
        views=[
            (name, label, paging.link(request, state="" if name == "all" else name, page="")) for name, label in VIEWS
        ],
    )


@page("payments/<int:pk>/", "payment", see="customers.see")
def show(request: Request, pk: int) -> HttpResponse:
    """One payment: what is known of it, what was heard, and what happened."""
    payment = fetch(request, pk)
    unfulfilled = payment.purchase is not None and payment.purchase.state == "unfulfilled"
    waiting = red_lines_report.RedLines(
        red_lines_report.complete([payment.purchase] if payment.purchase and unfulfilled else []),
        [payment] if payment.state == PaymentState.UNKNOWN else [],
    )
    heard = payment.callback_set.order_by("-received_at", "-pk")[:CALLBACKS_SHOWN]
    return render(
        request,
        "console/payments/show.html",
        {
            "payment": payment,
            "failure": FAILURES.get(payment.failure, OTHER_FAILURE) if payment.failure else "",
            "red_lines": red_lines.draw(waiting, request.organization),
            "callbacks": [(callback, OUTCOMES.get(callback.outcome, callback.outcome)) for callback in heard],
            "timeline": sentences.lines(
                report.events_of(payment),
                request.organization,
                why=red_lines.why_not,
                hides_codes=not may(request, "vouchers.issue"),
            ),
            "askable": inquiries.is_askable(payment),
        },
    )


@page("payments/<int:pk>/inquiry/", "payment_inquiry", do="money.take")
def inquiry(request: Request, pk: int) -> HttpResponse:
    """*Ask the provider*: the worker asks at once, and the answer is on the payment's page."""
    try:
        inquiries.ask_now(payment=fetch(request, pk), by=request.staff)
        saving.toast(request, _("The provider is asked. The answer is here in a moment: reload the page."))
    except Refused as refused:
        saving.toast(request, saving.refusal_text(request.organization, refused))
    return HttpResponseRedirect(url(request, "payment", pk))
