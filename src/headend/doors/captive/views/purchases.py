"""Buying with the phone: the press, the wait, and what comes of it."""

from datetime import timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.html import format_html
from django.utils.translation import gettext as _

from headend.access import vouchers
from headend.access.models import Voucher
from headend.billing import kept, providers, purchases, reasons, rules
from headend.billing.models import Gateway, Payment, PaymentState, Purchase
from headend.billing.rules import Code
from headend.customers import customers
from headend.doors.captive import limits, page, remembered
from headend.doors.captive.forms import AgainForm, BuyForm
from headend.doors.captive.page import Request
from headend.doors.captive.views import splash
from headend.lib import clock
from headend.lib.refused import Refused
from headend.messaging import carriers

REFRESH_SECONDS: Final = 3
# While nobody answers: somebody may be reading or pressing what the page offers.
SLOW_REFRESH_SECONDS: Final = 15
_LAST_DIGITS: Final = 3


@page.page("POST")
def buy(request: Request) -> HttpResponse:
    """The press of *Buy Voucher*: asks the phone to pay. The same press again leads to the same purchase."""
    form = splash.new_buy_form(request, request.POST)
    if not form.is_valid():
        return splash.show(request, buy_form=form, status=400)
    typed, asked = form.cleaned_data["phone"], ""
    try:
        phone = customers.read_phone(organization=request.organization, text=typed)
        if not limits.may_buy(request, phone):
            return _too_many(request)
        asked = phone
        purchase = _start(request, form, phone)
    except Refused as refused:
        _take_back(request, asked)
        form.refuse(refused, _open_request(request, asked) if refused.code == Code.PROMPT_OPEN else "")
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
    payment, form = bought.payment, AgainForm(organization=request.organization)
    if payment is None or (bought.state in ("unfulfilled", "closed") and not _is_asked(bought, payment)):
        return _kept(request, bought, form)
    return _asked(request, bought, payment, form)


@page.page("POST")
def again(request: Request, uid: UUID) -> HttpResponse:
    """Asks for the payment once more, or for what is missing of it; the same phone or another one."""
    bought = fetch(request, uid)
    payment = bought.payment
    form = AgainForm(request.POST, organization=request.organization)
    is_short = kept.missing_minor(purchase=bought) > 0
    if payment is None or (bought.state != "waiting" and not is_short):
        return page.go(request, "purchase", uid)
    show = _asked if _is_asked(bought, payment) else _again_kept
    if not form.is_valid():
        return show(request, bought, payment, form, status=400)
    typed, asked = form.cleaned_data["phone"] or payment.phone, ""
    try:
        phone = customers.read_phone(organization=request.organization, text=typed)
        if not limits.may_buy(request, phone):
            return _too_many(request)
        asked = phone
        key = _key("again", form.token, phone, bought.pk)
        purchases.ask_again(purchase=bought, gateway=_gateway(request, payment), phone=phone, key=key)
    except Refused as refused:
        _take_back(request, asked)
        form.refuse(refused)
        return show(request, bought, payment, form, status=400)
    return page.go(request, "purchase", uid)


def fetch(request: Request, uid: UUID) -> Purchase:
    """The purchase of that id in this organization; 404 for any other. Who knows its address may see it."""
    rows = Purchase.objects.filter(organization=request.organization, uid=uid)
    found = rows.select_related("organization", "customer__organization", "customer__group", "voucher__sheet").first()
    if found is None:
        raise Http404
    return found


def others(mine: list[Voucher], voucher: Voucher | None) -> list[Voucher]:
    """What this browser has besides `voucher` that still connects: whoever paid for two plans has both."""
    now = clock.now()
    return [one for one in mine if one != voucher and one.state_at(now) in ("unused", "active")]


def _start(request: Request, form: BuyForm, phone: str) -> Purchase:
    plan, gateway = form.chosen
    mac = request.visit.mac if request.visit else ""
    # Whoever goes back and chooses something else presses anew.
    key = _key("guest", form.token, phone, plan.pk, gateway.pk if gateway else "")
    what: dict[str, Any] = {"organization": request.organization, "plan": plan, "phone": phone, "key": key, "mac": mac}
    if gateway is None:
        return purchases.take_free_as_guest(**what)
    return purchases.start_as_guest(gateway=gateway, **what)


def _is_asked(bought: Purchase, payment: Payment) -> bool:
    """Whether the page is about the phone that is asked, and not about what came of it."""
    is_open = payment.state in (PaymentState.PENDING, PaymentState.UNKNOWN)
    return is_open or (bought.state == "waiting" and payment.state == PaymentState.FAILED)


def _open_request(request: Request, phone: str) -> str:
    """A link to the purchase for which the phone is asked already, where this browser made it; else nothing is told of it."""
    for one in remembered.all_of(request):
        payment = one.purchase.payment if one.purchase else None
        if one.purchase and payment and payment.state == PaymentState.PENDING and payment.phone == phone:
            text = _("See %(plan)s, which you are asked for") % {"plan": one.purchase.plan_name}
            return format_html('<a href="{}">{}</a>', page.url(request, "purchase", one.purchase.uid), text)
    return ""


def _given(request: Request, bought: Purchase) -> HttpResponse:
    if bought.voucher is None:
        return page.render(request, "renewed", {"purchase": bought})
    if request.visit is not None:
        return page.go(request, "connect", bought.uid)
    shown = {
        "voucher": bought.voucher,
        "password": vouchers.open_password(bought.voucher),
        "others": others(remembered.vouchers_of(request), bought.voucher),
    }
    return page.render(request, "bought", shown)


def _kept(request: Request, bought: Purchase, form: AgainForm, *, status: int = 200) -> HttpResponse:
    """The money came and stays in the account: what is missing can be paid."""
    newest = bought.payment
    came = bought.payment_set.filter(state=PaymentState.SETTLED).order_by("-pk").first()
    missing_minor = kept.missing_minor(purchase=bought)
    asked = came or newest
    shown = {
        "purchase": bought,
        "payment": came,
        "form": form,
        "missing_minor": missing_minor,
        "here_minor": bought.price_minor - missing_minor,
        "digits": asked.phone[-_LAST_DIGITS:] if asked else "",
        # The rest was asked for and did not come.
        "why": _why(newest) if missing_minor and newest and newest.state == PaymentState.FAILED else "",
        "can_pay": missing_minor > 0 and bool(providers.of(request.organization)),
        "can_send": carriers.of(request.organization) is not None,
    }
    return page.render(request, "unfulfilled", shown, status=status)


def _again_kept(
    request: Request, bought: Purchase, payment: Payment, form: AgainForm, *, status: int = 200
) -> HttpResponse:
    return _kept(request, bought, form, status=status)


def _why(payment: Payment) -> str:
    return str(reasons.FAILURES.get(payment.failure, reasons.OTHER_FAILURE))


def _asked(request: Request, bought: Purchase, payment: Payment, form: AgainForm, *, status: int = 200) -> HttpResponse:
    """The phone was asked: what it said, or that we wait."""
    shown = {"purchase": bought, "payment": payment, "form": form, "digits": payment.phone[-_LAST_DIGITS:]}
    if payment.state == PaymentState.FAILED:
        shown["why"] = _why(payment)
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


def _take_back(request: Request, asked: str) -> None:
    if asked:
        limits.was_not_asked(request, asked)


def _too_many(request: Request) -> HttpResponse:
    return splash.too_many(request, _("Wait ten minutes, then try again. Please contact us."))


def _key(kind: str, token: str, *of: object) -> str:
    digest = sha256(":".join(map(str, of)).encode()).hexdigest()[:16]
    return f"{kind}:{token}:{digest}"
