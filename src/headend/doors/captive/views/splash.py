"""Where a guest arrives, and the code of a voucher that he has already."""

from dataclasses import replace
from typing import Any, Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from headend.access import reasons, vouchers
from headend.billing import providers, purchases
from headend.billing.models import Payment, PaymentState
from headend.doors.captive import dialects, limits, logins, page, remembered, visits
from headend.doors.captive.dialects import UnreadableError
from headend.doors.captive.forms import BuyForm, CodeForm
from headend.doors.captive.page import Request
from headend.doors.captive.remembered import Remembered
from headend.lib import clock
from headend.ui import contact

# A page of ours stays under 50 kB.
PLANS_MOST: Final = 50
_WAITING: Final = (PaymentState.PENDING, PaymentState.UNKNOWN)


@page.page("GET", "POST")
def splash(request: Request) -> HttpResponse:
    """Where the NAS sends a guest, by GET or POST, with its fields; and where others open the address at home."""
    fields = {**request.GET.dict(), **request.POST.dict()}
    if dialects.is_arrival(fields):
        try:
            arrival = dialects.read(fields)
        except UnreadableError:
            return _unreadable(request)
        visit = visits.begin(organization=request.organization, arrival=arrival)
        last = logins.last_visit(request, fields.get("link-orig", ""))
        if visit is not None and last is not None:
            # He wanted to go somewhere before he was on the way to us.
            visit = replace(visit, orig_url=last.orig_url)
        page.keep(request, visit)
    if request.method == "POST":
        # Browsers show our cookie to a page that another site leads to, but not where that one posts to it.
        return page.go(request, "splash")
    again = logins.try_again(request, request.visit) if request.visit else None
    if again is not None:
        return again
    error = request.visit.error if request.visit else ""
    if request.visit is not None and error:
        # It is said once: the guest who comes back here later has done something else since.
        page.keep(request, replace(request.visit, error=""))
    return show(request, router_error=error)


@sensitive_post_parameters("code")
@page.page("POST")
def code(request: Request) -> HttpResponse:
    """A voucher's code: leads to the login, or says beside the field why it does not."""
    form = CodeForm(request.POST, organization=request.organization)
    if not form.is_valid():
        return show(request, code_form=form, status=400)
    if not limits.may_try_code(request):
        return too_many(request, _("Wait a quarter of an hour, then try again. Please contact us."))
    voucher = vouchers.find(organization=request.organization, code=form.cleaned_data["code"])
    if voucher is None:
        form.add_error("code", _("This code is not known. Check it."))
        return show(request, code_form=form, status=400)
    limits.code_was_right(request)
    refusal = logins.refusal_of(voucher, request.visit)
    if refusal is not None:
        form.add_error("code", contact.put(reasons.public_text(refusal), request.organization))
        return show(request, code_form=form, status=400)
    if request.visit is None:
        return page.render(request, "good", {"voucher": voucher})
    response = logins.connect(request, request.visit, voucher)
    # The page behind the login shows what is left of it; and where the router refuses, its code stands in the field.
    remembered.keep_voucher(request, response, voucher)
    return response


def show(
    request: Request,
    *,
    code_form: CodeForm | None = None,
    buy_form: BuyForm | None = None,
    router_error: str = "",
    status: int = 200,
) -> HttpResponse:
    """The splash, with the mistakes of the form that was sent."""
    buying = buy_form or new_buy_form(request)
    mine = remembered.all_of(request)
    if code_form is None:
        newest = mine[0] if mine and router_error else None
        typed = newest.voucher.code if newest and newest.voucher and newest.purchase is None else ""
        code_form = CodeForm(initial={"code": typed}, organization=request.organization)
    shown = {
        "code_form": code_form,
        "buy_form": buying,
        "router_error": contact.put(router_error, request.organization),
        "offers": _offers(mine),
    }
    return page.render(request, "splash", shown, status=status)


def new_buy_form(request: Request, data: Any = None) -> BuyForm:
    """The form for buying what is on sale now, empty or with what was sent."""
    plans = purchases.on_sale(organization=request.organization)[:PLANS_MOST]
    gateways = providers.of(request.organization)
    return BuyForm(data, organization=request.organization, plans=plans, gateways=gateways)


def too_many(request: Request, what: str) -> HttpResponse:
    """429, in words."""
    return page.sorry(request, _("Too many tries"), contact.put(what, request.organization), status=429)


def _offers(mine: list[Remembered]) -> list[dict[str, Any]]:
    """What this browser has already, the newest first: passes to go on with, and payments on their way."""
    offers = []
    for one in mine:
        kind, payment = _kind(one)
        if kind:
            offers.append({"kind": kind, "purchase": one.purchase, "voucher": one.voucher, "payment": payment})
    return offers


def _kind(one: Remembered) -> tuple[str, Payment | None]:
    if one.voucher is not None:
        return "pass" if one.voucher.state_at(clock.now()) in ("unused", "active") else "", None
    if one.purchase is None or one.purchase.state in ("fulfilled", "closed"):
        return "", None
    payment = one.purchase.payment
    if payment is not None and payment.state in _WAITING:
        return "waiting", payment
    return "unfulfilled" if one.purchase.state == "unfulfilled" else "", payment


def _unreadable(request: Request) -> HttpResponse:
    page.keep(request, None)
    what = _("The hotspot sent something that cannot be read. Turn your Wi-Fi off and on, and open the page again.")
    return page.sorry(request, _("This page was not opened well"), what, status=400)
