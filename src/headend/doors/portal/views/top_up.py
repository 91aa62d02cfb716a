"""*Top up wallet*: money by phone with which nothing is bought yet, or which pays what is owed."""

from uuid import UUID

from django.http import Http404, HttpResponse

from headend.billing import payments
from headend.billing.models import Payment
from headend.billing.reasons import FAILURES, OTHER_FAILURE
from headend.doors.portal import limits, paying
from headend.doors.portal.forms import TopUpForm
from headend.doors.portal.pages import Request, go, page, render
from headend.ledger import accounts, entries
from headend.lib import money
from headend.lib.refused import Refused


@page("GET", "POST")
def top_up(request: Request) -> HttpResponse:
    """Amount and phone."""
    sent = request.POST if request.method == "POST" else None
    wallet_minor, owed_minor = accounts.standing(customer=request.customer)
    initial = {"phone": paying.phone(request), "amount": request.GET.get("amount", "")[:20] or owed_minor or ""}
    form = TopUpForm(sent, organization=request.organization, gateways=paying.gateways(request), initial=initial)
    payment = _asked(request, form) if sent is not None and form.is_valid() else None
    if payment is not None:
        return go(request, "payment", payment.uid)
    shown = {"tab": "home", "form": form, "wallet_minor": wallet_minor, "owed_minor": owed_minor}
    return render(request, "top_up", shown, status=400 if form.errors else 200)


@page("GET")
def payment(request: Request, uid: UUID) -> HttpResponse:
    """How a payment stands; one for a purchase is told on the purchase's page."""
    found = _fetch(request, uid)
    if found.purchase is not None:
        return go(request, "purchase", found.purchase.uid)
    stage = paying.stage(found)
    wallet_minor, owed_minor = accounts.standing(customer=request.customer)
    shown = {
        "tab": "home",
        "payment": found,
        "stage": stage,
        "failure": FAILURES.get(found.failure, OTHER_FAILURE),
        "amount": money.short(found.asked_minor, request.organization.currency),
        "wallet_minor": wallet_minor,
        "owed_minor": owed_minor,
        "paid_off_minor": entries.paid_off_by(organization=request.organization, payment_id=found.pk),
        "refresh": paying.REFRESH_SECONDS.get(stage, ""),
    }
    return render(request, "payment", shown)


@page("GET")
def waiting(request: Request, uid: UUID) -> HttpResponse:
    """204 while nothing is new for a page that shows `stage`: what its script asks."""
    is_same = paying.stage(_fetch(request, uid)) == request.GET.get("stage")
    return HttpResponse(status=204 if is_same else 200)


def _asked(request: Request, form: TopUpForm) -> Payment | None:
    """The payment; None where a verb refused, and the form says why."""
    gateway = form.gateway
    assert gateway is not None, "the wallet is no way to fill the wallet"
    try:
        limits.count_prompt(customer=request.customer)
        return payments.top_up(
            customer=request.customer,
            gateway=gateway,
            phone=form.cleaned_data["phone"],
            amount_minor=form.cleaned_data["amount"],
            key=paying.key(request, form),
        )
    except Refused as refused:
        form.refuse(refused, paying.way_to_open(request, refused, form))
        return None


def _fetch(request: Request, uid: UUID) -> Payment:
    own = Payment.objects.filter(organization=request.organization, customer=request.customer, uid=uid)
    found = own.select_related("purchase").first()
    if found is None:
        raise Http404
    return found
