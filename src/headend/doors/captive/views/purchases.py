"""Buying with the phone: the press, the wait, and what comes of it."""

from datetime import timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _

from headend.access import vouchers
from headend.billing import providers, purchases, reasons, rules
from headend.billing.models import Gateway, Payment, PaymentState, Purchase
from headend.customers import customers
from headend.doors.captive import limits, page, remembered
from headend.doors.captive.forms import AgainForm
from headend.doors.captive.page import Request
from headend.doors.captive.views import splash
from headend.ledger.rules import Code as LedgerCode
from headend.lib import clock
from headend.lib.refused import Refused

REFRESH_SECONDS: Final = 3
# While nobody answers: somebody may be reading or pressing what the page offers.
SLOW_REFRESH_SECONDS: Final = 15
_LAST_DIGITS: Final = 3


@page.page("POST")
def buy(request: Request) -> HttpResponse:
    """The press of *Buy Voucher*: asks the phone to pay. The same press again leads to the same purchase."""
    form = splash.new_buy_form(request, request.POST)
    if not form.gateways or not form.is_valid():
        return splash.show(request, buy_form=form, status=400)
    plan, gateway = form.chosen
    organization, typed = request.organization, form.cleaned_data["phone"]
    try:
        phone = customers.read_phone(organization=organization, text=typed)
        if not limits.may_buy(request, phone):
            return _too_many(request)
        purchase = purchases.start_as_guest(
            organization=organization,
            plan=plan,
            gateway=gateway,
            phone=phone,
            # Whoever goes back and chooses something else presses anew.
            key=_key("guest", form.token, phone, plan.pk, gateway.pk),
            mac=request.visit.mac if request.visit else "",
        )
    except Refused as refused:
        form.refuse(refused)
        return splash.show(request, buy_form=form, status=400)
    response = page.go(request, "purchase", purchase.uid)
    remembered.keep(request, response, purchase)
    return response


@page.page("GET")
def purchase(request: Request, uid: UUID) -> HttpResponse:
    """How a purchase stands. It loads itself again while it waits; without any script."""
    bought = fetch(request, uid)
    if bought.state == "fulfilled":
        return _given(request, bought)
    payment = bought.payment
    if bought.state in ("unfulfilled", "closed") or payment is None:
        return _kept(request, bought)
    return _asked(request, bought, payment, AgainForm())


@page.page("POST")
def again(request: Request, uid: UUID) -> HttpResponse:
    """Asks for the payment once more, the same phone or another one."""
    bought = fetch(request, uid)
    payment = bought.payment
    form = AgainForm(request.POST)
    if bought.state != "waiting" or payment is None:
        return page.go(request, "purchase", uid)
    if not form.is_valid():
        return _asked(request, bought, payment, form, status=400)
    typed = form.cleaned_data["phone"] or payment.phone
    try:
        phone = customers.read_phone(organization=request.organization, text=typed)
        if not limits.may_buy(request, phone):
            return _too_many(request)
        key = _key("again", form.token, phone, bought.pk)
        purchases.ask_again(purchase=bought, gateway=_gateway(request, payment), phone=phone, key=key)
    except Refused as refused:
        form.refuse(refused)
        return _asked(request, bought, payment, form, status=400)
    return page.go(request, "purchase", uid)


def fetch(request: Request, uid: UUID) -> Purchase:
    """The purchase of that id in this organization; 404 for any other. Who knows its address may see it."""
    rows = Purchase.objects.filter(organization=request.organization, uid=uid)
    found = rows.select_related("organization", "customer__organization", "customer__group", "voucher__sheet").first()
    if found is None:
        raise Http404
    return found


def _given(request: Request, bought: Purchase) -> HttpResponse:
    if bought.voucher is None:
        return page.render(request, "renewed", {"purchase": bought})
    if request.visit is not None:
        return page.go(request, "connect", bought.uid)
    shown = {"voucher": bought.voucher, "password": vouchers.open_password(bought.voucher)}
    return page.render(request, "bought", shown)


def _kept(request: Request, bought: Purchase) -> HttpResponse:
    """The money came and stays in the account."""
    payment = bought.payment_set.filter(state=PaymentState.SETTLED).order_by("-pk").first()
    is_short = bought.unfulfilled_code == LedgerCode.INSUFFICIENT_BALANCE
    return page.render(request, "unfulfilled", {"purchase": bought, "payment": payment, "is_short": is_short})


def _asked(request: Request, bought: Purchase, payment: Payment, form: AgainForm, *, status: int = 200) -> HttpResponse:
    """The phone was asked: what it said, or that we wait."""
    shown = {"purchase": bought, "payment": payment, "form": form, "digits": payment.phone[-_LAST_DIGITS:]}
    if payment.state == PaymentState.FAILED:
        shown["why"] = reasons.FAILURES.get(payment.failure, reasons.OTHER_FAILURE)
        return page.render(request, "declined", shown, status=status)
    is_late = clock.now() - payment.created_at >= timedelta(seconds=rules.PROMPT_OPEN_SECONDS)
    seconds = SLOW_REFRESH_SECONDS if is_late else REFRESH_SECONDS
    shown |= {"is_unknown": payment.state == PaymentState.UNKNOWN, "is_late": is_late}
    return page.render(request, "wait", shown, status=status, refresh=str(seconds))


def _gateway(request: Request, payment: Payment) -> Gateway:
    """The gateway that was asked before, or another one where it is offered no longer. Refuses `gateway_unknown`."""
    offered = providers.of(request.organization)
    found = next((gateway for gateway in offered if gateway.pk == payment.gateway_id), None) or next(
        iter(offered), None
    )
    if found is None:
        raise Refused(rules.Code.GATEWAY_UNKNOWN)
    return found


def _too_many(request: Request) -> HttpResponse:
    return splash.too_many(request, _("Wait ten minutes, then try again, or ask us for help."))


def _key(kind: str, token: str, *of: object) -> str:
    digest = sha256(":".join(map(str, of)).encode()).hexdigest()[:16]
    return f"{kind}:{token}:{digest}"
