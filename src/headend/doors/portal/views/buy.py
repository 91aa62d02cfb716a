"""*Buy Voucher*, and the next period of a package: paid from the wallet or by phone."""

from typing import Any, Final

from django.http import Http404, HttpResponse

from headend.access import blocks
from headend.access.models import Plan, Subscription
from headend.billing import purchases
from headend.billing.models import Purchase
from headend.doors.portal import limits, paying, words
from headend.doors.portal.forms import BuyForm, PayForm
from headend.doors.portal.pages import Request, go, page, render
from headend.ledger import accounts
from headend.lib import clock
from headend.lib.refused import Refused
from headend.reports import dues, holdings
from headend.ui import renewals

_LARGEST_ID: Final = 2**63 - 1


@page("GET", "POST")
def buy(request: Request) -> HttpResponse:
    """A plan, or with `subscription` in the address the package that is renewed."""
    subscription = _renewed(request)
    balance_minor, owed_minor = accounts.standing(customer=request.customer)
    halts = words.halts(request.organization, holdings.halts_of(request.customer), owed_minor)
    expired_on = holdings.expired_on(request.customer)
    shown: dict[str, Any] = {"tab": "buy", "subscription": subscription, "owed_minor": owed_minor}
    is_blocked = subscription is not None and blocks.is_blocked(subscription=subscription)
    shown |= {"halts": halts, "expired_on": expired_on, "is_blocked": is_blocked}
    if halts or expired_on or is_blocked:
        return render(request, "buy", shown, status=400 if request.method == "POST" else 200)
    plans = [] if subscription else list(purchases.on_sale(organization=request.organization))
    shown |= {"plans": plans, "balance_minor": balance_minor}
    if subscription is not None:
        shown["renewing"] = renewals.sentences(subscription, clock.now())
        shown["due"] = dues.of_packages(request.customer, [subscription])[subscription.pk]
    form = _form(request, subscription, plans, (balance_minor, owed_minor))
    purchase = _bought(request, form, subscription) if request.method == "POST" and form.is_valid() else None
    if purchase is not None:
        return go(request, "purchase", purchase.uid)
    return render(request, "buy", {**shown, "form": form}, status=400 if form.errors else 200)


def _renewed(request: Request) -> Subscription | None:
    """The package that is renewed. One that costs nothing, or was never activated, is staff's to go on with."""
    asked = request.GET.get("subscription", "")
    if not asked:
        return None
    if not (asked.isascii() and asked.isdigit()) or int(asked[:20]) > _LARGEST_ID:
        raise Http404
    own = Subscription.objects.filter(organization=request.organization, customer=request.customer, pk=int(asked))
    running = own.filter(ended_at__isnull=True, activated_at__isnull=False, price_minor__gt=0)
    found = running.select_related("organization").first()
    if found is None:
        raise Http404
    return found


def _form(request: Request, subscription: Subscription | None, plans: list[Plan], standing: tuple[int, int]) -> PayForm:
    sent = request.POST if request.method == "POST" else None
    common: dict[str, Any] = {
        "organization": request.organization,
        "gateways": paying.gateways(request),
        "balance_minor": standing[0],
        "owed_minor": standing[1],
    }
    phone = paying.phone(request)
    if subscription is not None:
        return PayForm(sent, initial={"phone": phone}, least_minor=subscription.price_minor, **common)
    asked = request.GET.get("plan", "")
    chosen = asked if any(str(plan.pk) == asked for plan in plans) else ""
    # Which plan it will be is not known yet: the wallet is offered where it is enough for one of them.
    prices = [plan.price_minor for plan in plans if plan.price_minor and chosen in ("", str(plan.pk))]
    least_minor = min(prices, default=0)
    return BuyForm(sent, initial={"phone": phone, "plan": chosen}, plans=plans, least_minor=least_minor, **common)


def _bought(request: Request, form: PayForm, subscription: Subscription | None) -> Purchase | None:
    """The purchase; None where a verb refused, and the form says why."""
    what: dict[str, Any] = {"subscription": subscription} if subscription else {"plan": form.cleaned_data["plan"]}
    key = paying.key(request, form)
    gateway = form.gateway
    is_free = "plan" in what and not what["plan"].price_minor
    try:
        if gateway is None or is_free:
            return purchases.buy_from_wallet(customer=request.customer, key=key, by=None, **what)
        limits.count_prompt(customer=request.customer)
        phone = form.cleaned_data["phone"]
        return purchases.start(customer=request.customer, gateway=gateway, phone=phone, key=key, **what)
    except Refused as refused:
        form.refuse(refused, paying.way_to_open(request, refused, form))
        return None
