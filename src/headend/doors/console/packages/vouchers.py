"""Vouchers: one with all that is known of it, its password, and taking it back; and those of a customer."""

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import render as django_render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables

from headend.access import blocks, vouchers
from headend.access.authorize import Code, Verdict
from headend.access.models import Block, Voucher
from headend.access.reasons import RULES
from headend.doors.console import lists, mending, pages, panels, saving
from headend.doors.console.lists import Column, Listing
from headend.doors.console.pages import Request, forbidden, may, page, render, url
from headend.doors.console.panels import Looked, panel
from headend.doors.console.saving import Act, ReasonForm, asks
from headend.lib import clock
from headend.reports import vouchers as report

OF_CUSTOMER: Final = Listing(
    title=gettext_lazy("Vouchers"),
    icon="ticket",
    columns=(
        Column(gettext_lazy("Code")),
        Column(gettext_lazy("Plan")),
        Column(gettext_lazy("State")),
        Column(gettext_lazy("Used")),
        Column(gettext_lazy("To")),
        Column(gettext_lazy("Issued"), css="p2", sort="issued"),
    ),
    row="console/vouchers/row.html",
    orders={"issued": ("issued_at", "pk")},
    falling=True,
    empty=gettext_lazy("No vouchers yet. Each one bought gives a code and a password for the hotspot."),
)


def fetch(request: Request, pk: int) -> Voucher:
    """A Voucher of the organization; 404 for any other."""
    rows = request.organization.voucher_set.select_related(
        "organization", "plan", "customer", "sheet__batch", "voided_by", "sheet__voided_by"
    )
    return pages.fetch(rows, pk)


@page("vouchers/<int:pk>/", "voucher", see="customers.see")
def show(request: Request, pk: int) -> HttpResponse:
    """One voucher: whether it connects, what is left of it, and who used it."""
    hub = report.hub(fetch(request, pk))
    return render(
        request,
        "console/vouchers/show.html",
        {
            "hub": hub,
            "voucher": hub.voucher,
            "may_reveal": vouchers.may_reveal(voucher=hub.voucher, membership=request.membership),
            "now": hub.now,
            "verdicts": [_drawn(verdict, hub, request) for verdict in hub.verdicts if verdict.code not in _NOT_HERE],
            "blocked": _block(request, hub),
            "short": mending.short(hub.first) if hub.first is not None else "",
        },
    )


@sensitive_variables()
@never_cache
@page("vouchers/<int:pk>/secret/", "voucher_secret", do="customers.see")
def secret(request: Request, pk: int) -> HttpResponse:
    """Shows the password once, and the code with it, which not everybody sees on the page; that it was shown is an Event."""
    voucher = fetch(request, pk)
    if not vouchers.may_reveal(voucher=voucher, membership=request.membership):
        return forbidden(request)
    shown = {
        "secret": vouchers.reveal(voucher=voucher, by=request.staff),
        "name": voucher.code,
        "code": "" if may(request, "vouchers.issue") or voucher.first_used_at else voucher.code,
    }
    if request.headers.get("HX-Request"):
        return django_render(request, "console/secret_part.html", shown)
    back = url(request, "voucher", pk)
    return render(request, "console/secret.html", {**shown, "back": back, "title": voucher.code})


@asks("vouchers/<int:pk>/voiding/", "voucher_voiding", do="vouchers.void", of=fetch)
def void(request: Request, voucher: Voucher) -> Act:
    """Takes a voucher back for good."""

    def run(form: ReasonForm) -> str:
        vouchers.void(voucher=voucher, by=request.staff, reason=form.cleaned_data["reason"])
        return _("The voucher %(code)s is void.") % {"code": voucher.code}

    says = [_("Whoever is connected with it is cut off within seconds, and it connects nobody any more.")]
    if voucher.customer is not None:
        says.append(_("What %(name)s paid for it does not go back into the wallet.") % {"name": voucher.customer.name})
    says.append(_("This cannot be taken back."))
    return Act(
        title=_("Void the voucher %(code)s?") % {"code": voucher.code},
        says=says,
        button=_("Void voucher"),
        icon="ban",
        back=url(request, "voucher", voucher.pk),
        run=run,
        form=ReasonForm,
    )


@asks("vouchers/<int:pk>/block/", "voucher_block", do="customers.edit", of=fetch)
def block(request: Request, voucher: Voucher) -> Act:
    """Keeps one voucher from connecting until it is unblocked."""

    def run(form: ReasonForm) -> str:
        blocks.block(voucher=voucher, reason=form.cleaned_data["reason"], by=request.staff)
        return _("The voucher %(code)s is blocked.") % {"code": voucher.code}

    return Act(
        title=_("Block the voucher %(code)s?") % {"code": voucher.code},
        says=[
            _("Whoever is connected with it is cut off within seconds, and it connects nobody until it is unblocked."),
            _("If it was used already, its time runs on meanwhile."),
        ],
        button=_("Block voucher"),
        icon="ban",
        back=url(request, "voucher", voucher.pk),
        run=run,
        undo=url(request, "voucher_block_lift", voucher.pk),
        form=ReasonForm,
    )


@asks("vouchers/<int:pk>/block/lift/", "voucher_block_lift", do="customers.edit", of=fetch)
def unblock(request: Request, voucher: Voucher) -> Act:
    """Lets a blocked voucher connect again."""

    def run(form: saving.Form) -> str:
        lifted = blocks.lift(voucher=voucher, by=request.staff)
        return _("The voucher %(code)s is unblocked.") % {"code": voucher.code} if lifted else _("It was not blocked.")

    return Act(
        title=_("Unblock the voucher %(code)s?") % {"code": voucher.code},
        says=[_("It can be used again at once, if it has not ended meanwhile.")],
        button=_("Unblock"),
        icon="circle-check",
        harm=False,
        back=url(request, "voucher", voucher.pk),
        run=run,
    )


@page("customers/<int:pk>/vouchers/", "customer_vouchers", see="customers.see")
def of_customer(request: Request, pk: int) -> HttpResponse:
    """Every voucher of a customer."""
    customer = pages.fetch_even_erased(request, pk)
    return lists.list_page(
        request,
        OF_CUSTOMER,
        report.of_customer(customer),
        template="console/customers/part.html",
        customer=customer,
        now=clock.now(),
        complete=lambda shown: {"states": states_of(shown)},
    )


@panel("vouchers", gettext_lazy("Vouchers"), at=40, later=True)
def newest_of_customer(looked: Looked) -> dict[str, Any]:
    """The newest vouchers of a customer."""
    shown, more = panels.newest(report.of_customer(looked.customer))
    return {"vouchers": shown, "more": more, "states": states_of(shown)}


def states_of(shown: list[Voucher]) -> dict[int, str]:
    """The state of each voucher of a page."""
    now = clock.now()
    return {voucher.pk: voucher.state_at(now) for voucher in shown}


# Nobody presents a password to a page, and the code stands at its head.
_NOT_HERE: Final = frozenset({Code.USER_UNKNOWN, Code.PASSWORD_WRONG})


def _drawn(verdict: Verdict, hub: report.Hub, request: Request) -> dict[str, Any]:
    """A rule as the page draws it. Whoever is connected is not refused by their own connection."""
    full = verdict.code is Code.SESSION_LIMIT and verdict.result == "fail" and bool(hub.live)
    return {
        "code": verdict.code,
        "result": "full" if full else verdict.result,
        "rule": RULES[verdict.code],
        "detail": mending.detail(verdict, request.organization),
    }


def _block(request: Request, hub: report.Hub) -> Block | None:
    """The block in force, with who set it and why; asked for only where the rules have met one."""
    if not any(verdict.code is Code.VOUCHER_BLOCKED and verdict.result == "fail" for verdict in hub.verdicts):
        return None
    rows = request.organization.block_set.filter(voucher=hub.voucher, lifted_at__isnull=True)
    return rows.select_related("started_by").first()
