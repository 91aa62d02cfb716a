"""A customer's wallet: money taken into it, what is bought from it, and every movement."""

from typing import Any, ClassVar, Final

from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render as django_render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.access.models import Subscription
from headend.billing import buyers, debts, purchases, receipts
from headend.customers.models import Customer
from headend.doors.console import lists, pages, saving
from headend.doors.console.choices import VoucherChoices
from headend.doors.console.lists import Column, Listing
from headend.doors.console.money import takings
from headend.doors.console.money.takings import PaymentForm
from headend.doors.console.pages import Request, may, page, render, url
from headend.doors.console.panels import Looked, panel
from headend.doors.console.saving import Act, Fill, Form, Owned, asks, fills
from headend.ledger import accounts, entries
from headend.ledger.rules import Code as LedgerCode
from headend.lib import clock, money
from headend.lib.refused import Refused
from headend.reports import wallet as report
from headend.ui import paging, renewals
from headend.ui.templatetags import show

# As the form's field takes it.
AMOUNT_LONGEST: Final = 20

LEDGER: Final = Listing(
    title=gettext_lazy("Ledger"),
    icon="wallet",
    columns=(
        Column(gettext_lazy("When")),
        Column(gettext_lazy("What")),
        Column(gettext_lazy("Change"), css="num", is_money=True),
        Column(gettext_lazy("Balance after"), css="num", is_money=True),
    ),
    row="console/customers/movement.html",
    orders={"newest": ("pk",)},
    falling=True,
    empty=gettext_lazy("Nothing was paid or bought yet."),
)


class VoucherForm(Form):
    """A voucher that is paid from the wallet."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("plan",),)

    plan = Owned(
        label=gettext_lazy("Plan"),
        of=lambda organization: purchases.on_sale(organization=organization).select_related("organization"),
        widget=VoucherChoices(),
        empty_label=None,
        blank=False,
        error_messages={
            "required": gettext_lazy("Choose a plan."),
            "invalid_choice": gettext_lazy("Choose a plan of this list."),
        },
    )


def fetch(request: Request, pk: int) -> Subscription:
    """A package of the organization; 404 for any other."""
    rows = request.organization.subscription_set.select_related(
        "organization", "plan", "customer__organization", "customer__group"
    )
    return pages.fetch(rows, pk)


@page("customers/<int:pk>/payments/add/", "customer_payment", see="money.take", do="money.take")
def payment(request: Request, pk: int) -> HttpResponse:
    """*Add Payment*: money that staff have in hand, or see in the bank."""
    customer = pages.fetch_customer(request, pk)
    back, sells_not = url(request, "customer", pk), _sells_not(customer)
    is_asking = "preview" in request.POST or "generate" in request.POST
    sent = request.POST if request.method == "POST" and not is_asking else None
    initial = request.POST.dict() if is_asking else _start(request, customer)
    form = PaymentForm(sent, customer=customer, may_buy=not sells_not, initial=initial)

    def save(form: PaymentForm) -> str:
        values, was_overdue = form.cleaned_data, debts.is_overdue(customer=customer)
        taken = receipts.take(
            customer=customer,
            method=values["method"],
            amount_minor=values["amount"],
            key=saving.key_of(form, customer),
            by=request.staff,
            reference=values["reference"],
            subscription=values["subscription"],
        )
        saving.toast(request, takings.received(taken, was_overdue=was_overdue))
        return back

    if sent is not None:
        place = saving.saved(request, form, save, once=True)
        if place is not None:
            return HttpResponseRedirect(place or back)
    context = {
        "form": form,
        "title": _("Add Payment"),
        "button": _("Add Payment"),
        "back": back,
        "crumbs": [(_("Customers"), url(request, "customers")), (customer.name, back)],
        "customer": customer,
        "asked": report.asked(customer),
        "standing": accounts.standing(customer=customer),
        "sells_not": sells_not,
        "says": takings.will(form, customer),
    }
    if "preview" in request.POST:
        shown = {"organization": request.organization, "says": context["says"]}
        return django_render(request, "console/customers/payment_outcome.html", shown)
    return render(request, "console/customers/payment.html", context, status=400 if form.errors else 200)


@fills("customers/<int:pk>/vouchers/add/", "customer_voucher", do="money.take", of=pages.fetch_customer)
def voucher(request: Request, customer: Customer) -> Fill:
    """*Buy Voucher*: for a customer, paid from the wallet."""
    back = url(request, "customer", customer.pk)

    def save(form: VoucherForm) -> str:
        plan = form.cleaned_data["plan"]
        try:
            bought = purchases.buy_from_wallet(
                customer=customer, key=saving.key_of(form, customer), by=request.staff, plan=plan
            )
        except Refused as refused:
            # The ledger knows no plan: beside it stands what could be chosen instead.
            refused.field = refused.field or ("plan" if refused.code == LedgerCode.INSUFFICIENT_BALANCE else "")
            raise
        assert bought.voucher is not None, "a purchase of a plan brings a voucher"
        code = format_html('<strong class="mono nowrap">{}</strong>', bought.voucher.code)
        saving.tell(request, format_html(_("{plan} is bought: code {code}."), plan=plan.name, code=code))
        return url(request, "voucher", bought.voucher.pk)

    balance = accounts.available(customer=customer)
    return Fill(
        VoucherForm,
        title=_("Buy Voucher"),
        about=_("For %(name)s, from the wallet: %(balance)s is in it.")
        % {"name": customer.name, "balance": show.money(balance, request.organization.currency)},
        crumbs=[(_("Customers"), url(request, "customers")), (customer.name, back)],
        button=_("Buy Voucher"),
        back=back,
        save=save,
        once=True,
        template="console/customers/voucher.html",
        more={
            "customer": customer,
            "has_plans": purchases.on_sale(organization=request.organization).exists(),
            "sells_not": _sells_not(customer),
        },
    )


@asks("subscriptions/<int:pk>/renewal/", "subscription_renewal", do="money.take", of=fetch)
def renewal(request: Request, subscription: Subscription) -> Act | HttpResponse:
    """The next period of a package, paid from the wallet."""
    customer, pk = subscription.customer, subscription.pk
    if request.method == "GET" and purchases.charged_ahead(customer=customer).filter(pk=pk).exists():
        return HttpResponseRedirect(url(request, "subscription_start", pk))

    def run(form: saving.Form) -> str:
        purchases.buy_from_wallet(
            customer=customer, key=saving.key_of(form, subscription), by=request.staff, subscription=subscription
        )
        until = Subscription.objects.filter(organization=request.organization).get(pk=pk).expires_at
        return _("%(plan)s runs to %(end)s.") % {"plan": subscription.plan_name, "end": show.until(until)}

    first = subscription.activated_at is None
    names = {"plan": subscription.plan_name}
    balance = accounts.available(customer=customer)
    verb = _("Activate") if first else _("Renew")
    why_not = _sells_not(customer, subscription)
    return Act(
        title=_("Activate %(plan)s?") % names if first else _("Renew %(plan)s?") % names,
        says=[why_not] if why_not else _renewal_says(subscription, balance),
        # What would be refused is not offered.
        button=verb if balance >= subscription.price_minor and not why_not else "",
        icon="calendar-plus",
        harm=False,
        back=f"{url(request, 'customer', customer.pk)}#packages",
        run=run,
        ways=[] if why_not else _other_ways(request, subscription),
    )


@panel("ledger", gettext_lazy("Ledger"), at=50, later=True)
def newest_movements(looked: Looked) -> dict[str, Any]:
    """The newest movements of a customer's wallet."""
    return {"movements": report.movements(looked.customer)}


@page("customers/<int:pk>/ledger/", "customer_ledger", see="customers.see")
def ledger(request: Request, pk: int) -> HttpResponse:
    """Every movement of a customer's wallet, with the balance after it."""
    customer = pages.fetch_even_erased(request, pk)
    cut = paging.cut(request, entries.of_customer(customer), size=lists.PAGE_SIZE)
    cut.rows = report.movements(customer, limit=lists.PAGE_SIZE, skip=cut.first - 1)
    context = {
        "listing": LEDGER,
        "page": cut,
        "heads": lists.heads(request, LEDGER.columns, "newest", falling=True),
        "customer": customer,
        "balance_minor": accounts.balance(customer=customer),
    }
    return render(request, "console/customers/ledger.html", context)


def _start(request: Request, customer: Customer) -> dict[str, Any]:
    """A renewal may be chosen by the link that led here; then its price is what is usually paid. Or a sum is named."""
    chosen, amount = request.GET.get("for", ""), request.GET.get("amount", "")[:AMOUNT_LONGEST]
    if amount:
        return {"amount": amount}
    if not (chosen.isascii() and chosen.isdigit()):
        return {}
    own = customer.subscription_set.filter(pk=int(chosen[:18]), ended_at__isnull=True).first()
    if own is None:
        return {}
    return {"subscription": own.pk, "amount": own.price_minor}


def _sells_not(customer: Customer, subscription: Subscription | None = None) -> str:
    """Why nothing is sold to this customer, or no further period of a package; empty where nothing stands in the way."""
    return saving.refusal_of(customer.organization, lambda: buyers.refuse(customer, subscription))


def _renewal_says(subscription: Subscription, balance: int) -> list[str]:
    organization, price = subscription.organization, subscription.price_minor
    if balance < price:
        sums = {
            "available": money.short(balance, organization.currency),
            "required": money.short(price, organization.currency),
        }
        return [saving.reason_text(LedgerCode.INSUFFICIENT_BALANCE, sums)]
    sums = {
        "price": show.money(price, organization.currency),
        "left": show.money(balance - price, organization.currency),
    }
    return [
        _("%(price)s is taken from the wallet; %(left)s stays in it.") % sums,
        *renewals.sentences(subscription, clock.now()),
    ]


def _other_ways(request: Request, subscription: Subscription) -> list[tuple[str, str]]:
    place = url(request, "customer_payment", subscription.customer_id)
    ways = [(_("Add Payment"), f"{place}?for={subscription.pk}")]
    if may(request, "packages.free"):
        free = _("Activate without payment") if subscription.activated_at is None else _("Renew without payment")
        ways.append((free, url(request, "subscription_activation", subscription.pk)))
    return ways
