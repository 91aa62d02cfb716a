"""One purchase: it waits for its payment, can be tried again, and shows what it brought."""

from urllib.parse import urlencode
from uuid import UUID

from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from headend.billing import kept, purchases
from headend.billing.models import Payment, PaymentState, Purchase
from headend.billing.reasons import FAILURES, OTHER_FAILURE
from headend.doors.portal import limits, paying, sessions, words
from headend.doors.portal.forms import AgainForm
from headend.doors.portal.pages import Request, go, page, render
from headend.lib import clock
from headend.lib.refused import Refused
from headend.reports import holdings


@page("GET")
def purchase(request: Request, uid: UUID) -> HttpResponse:
    """How the purchase stands. Somebody who came from a hotspot is led back to it once there is a voucher."""
    found = _fetch(request, uid)
    if found.state == "fulfilled" and found.voucher is not None and request.visit:
        return _to_hotspot(request, found)
    return _show(request, found)


@page("GET", "POST")
def again(request: Request, uid: UUID) -> HttpResponse:
    """Asks for the payment once more, after one that failed or was never answered."""
    found = _fetch(request, uid)
    if request.method != "POST" or (found.state != "waiting" and not kept.missing_minor(purchase=found)):
        return go(request, "purchase", found.uid)
    form = AgainForm(request.POST, organization=request.organization, gateways=paying.gateways(request))
    gateway = form.gateway if form.is_valid() else None
    if gateway is None:
        return _show(request, found, form)
    try:
        limits.count_prompt(customer=request.customer)
        key, phone = paying.key(request, form), form.cleaned_data["phone"]
        purchases.ask_again(purchase=found, gateway=gateway, phone=phone, key=key)
    except Refused as refused:
        form.refuse(refused, paying.way_to_open(request, refused, form))
        return _show(request, found, form)
    return go(request, "purchase", found.uid)


@page("GET")
def waiting(request: Request, uid: UUID) -> HttpResponse:
    """204 while nothing is new for a page that shows `stage`: what its script asks."""
    found = _fetch(request, uid)
    is_same = _stage(found, _payment(found)) == request.GET.get("stage")
    return HttpResponse(status=204 if is_same else 200)


def _fetch(request: Request, uid: UUID) -> Purchase:
    own = Purchase.objects.filter(organization=request.organization, customer=request.customer, uid=uid)
    found = own.select_related("customer__group", "customer__organization", "voucher", "subscription").first()
    if found is None:
        raise Http404
    return found


def _to_hotspot(request: Request, purchase: Purchase) -> HttpResponse:
    """The visit is used: whoever opens this purchase later sees its code."""
    sessions.forget(request, "visit")
    place = reverse("captive:connect", args=[request.organization.slug, purchase.uid])
    return HttpResponseRedirect(f"{place}?{urlencode({'visit': request.visit})}")


def _payment(purchase: Purchase) -> Payment | None:
    """The payment that the page is about: while the purchase waits for it, or while the rest of its price is asked for."""
    if purchase.state not in ("waiting", "unfulfilled"):
        return None
    payment = purchase.payment
    is_open = payment is not None and payment.state in (PaymentState.PENDING, PaymentState.UNKNOWN)
    return payment if is_open or purchase.state == "waiting" else None


def _stage(purchase: Purchase, payment: Payment | None) -> str:
    """What the page is about: the purchase's state, and while it waits that of its payment."""
    stage = paying.stage(payment) if payment else purchase.state
    # Settled, and not carried out yet: that takes a moment more.
    return "waiting" if stage == "settled" else stage


def _show(request: Request, purchase: Purchase, form: AgainForm | None = None) -> HttpResponse:
    payment = _payment(purchase)
    stage = _stage(purchase, payment)
    missing_minor = kept.missing_minor(purchase=purchase) if stage == "unfulfilled" else 0
    asked = purchase.payment if missing_minor else payment
    shown = {
        "tab": "buy",
        "purchase": purchase,
        "payment": payment,
        "stage": stage,
        "failure": FAILURES.get(payment.failure, OTHER_FAILURE) if payment else "",
        "unfulfilled": words.UNFULFILLED.get(purchase.unfulfilled_code, words.OTHER_UNFULFILLED),
        "missing_minor": missing_minor,
        "here_minor": purchase.price_minor - missing_minor,
        "form": form or (_form(request, asked) if asked and stage in ("failed", "silent", "unfulfilled") else None),
        "held": holdings.held(request.customer, [purchase.voucher], clock.now())[0] if purchase.voucher else None,
        # What somebody is typing must not be lost.
        "refresh": "" if form else paying.REFRESH_SECONDS.get(stage, ""),
    }
    return render(request, "purchase", shown, status=200 if form is None else 400)


def _form(request: Request, payment: Payment) -> AgainForm:
    initial = {"phone": paying.phone(request, payment.phone), "pay": str(payment.gateway_id)}
    return AgainForm(organization=request.organization, gateways=paying.gateways(request), initial=initial)
