"""What a payment will do, and what it did, in words for whoever takes it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.access import subscriptions
from headend.access.models import Credential, Subscription
from headend.billing import forecasts, purchases
from headend.billing.forecasts import Forecast
from headend.billing.models import Method, Payment, Purchase
from headend.customers.models import Customer
from headend.doors.console import red_lines
from headend.doors.console.choices import METHOD_NOTES
from headend.doors.console.saving import Form, Owned
from headend.ledger import accounts, entries
from headend.lib import clock
from headend.ui import renewals
from headend.ui.forms import Choices, Money
from headend.ui.templatetags import show


class PurposeChoices(Choices):
    """Keep the money, or renew one of the packages: with its price, and how long it then runs. Kept, it pays a debt first."""

    owed: str = ""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        subscription = getattr(value, "instance", None)
        if not isinstance(subscription, Subscription):
            option["note"] = _("Nothing is bought yet")
            if self.owed:
                option["label"], option["price"] = _("Pay what is owed"), self.owed
                option["note"] = _("What is more stays in the wallet")
            return option
        what = {"plan": subscription.plan_name}
        option["label"] = _("Renew %(plan)s") % what
        if subscription.activated_at is None:
            option["label"] = _("Activate %(plan)s") % what
        option["price"] = show.price(subscription.price_minor, subscription.organization.currency)
        option["note"] = _run(subscription)
        return option


class PaymentForm(Form):
    """Money that somebody brought, or that is seen in the bank, and what it is for."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("amount",), ("method",), ("reference",), ("subscription",))

    css: ClassVar[dict[str, str]] = {"reference": "not-cash"}
    demanded: ClassVar[tuple[str, ...]] = ("reference",)

    # The package that comes next, where the wallet is enough to renew it: no money has to be taken for it.
    enough_for: Subscription | None = None

    amount = Money(label=gettext_lazy("Amount"))
    method = forms.ChoiceField(
        label=gettext_lazy("Method"),
        choices=Method.choices,
        initial=Method.CASH.value,
        widget=Choices(notes=METHOD_NOTES),
    )
    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Each is taken once, so that no payment counts twice."),
        widget=forms.TextInput(attrs={"class": "mono w-m", "autocomplete": "off", "spellcheck": "false"}),
    )
    subscription = Owned(
        label=gettext_lazy("What is it for?"),
        of=lambda organization: organization.subscription_set.filter(ended_at__isnull=True),
        widget=PurposeChoices(),
        required=False,
        blank=True,
        empty_label=gettext_lazy("Keep in the wallet"),
    )

    def __init__(self, *args: Any, customer: Customer, may_buy: bool, **kwargs: Any) -> None:
        super().__init__(*args, organization=customer.organization, **kwargs)
        # Whoever takes money types the sum first, or leaves the one that is due.
        self._amount.widget.attrs["autofocus"] = True
        purpose = self.fields["subscription"]
        assert isinstance(purpose, Owned), "declared above"
        wallet_minor, owed_minor = accounts.standing(customer=customer)
        if owed_minor:
            assert isinstance(purpose.widget, PurposeChoices), "declared above"
            purpose.widget.owed = show.price(owed_minor, customer.organization.currency)
        # Only this customer's, with the name that tells two of one plan apart.
        names = Prefetch("credential_set", Credential.objects.filter(organization=customer.organization).order_by("pk"))
        own = purpose.of(customer.organization).filter(customer=customer)
        # What was charged already only has to be activated.
        own = own.exclude(pk__in=purchases.charged_ahead(customer=customer))
        purpose.queryset = own.select_related("organization").prefetch_related(names).order_by("pk")
        if not {"amount", "subscription"} & set(self.initial):
            self.initial.update(self._due(wallet_minor, owed_minor, may_buy=may_buy))

    @property
    def packages(self) -> list[Subscription]:
        """The packages that the payment may be for."""
        purpose: Any = self.fields["subscription"]
        # Read once: the choices that the page draws are the same rows.
        return list(purpose.queryset)

    @property
    def chosen(self) -> Subscription | None:
        """The package that is chosen just now, whether or not the form is right yet."""
        asked = str(self["subscription"].value() or "")
        return next((row for row in self.packages if str(row.pk) == asked), None)

    @property
    def typed_minor(self) -> int | None:
        """The sum that stands in the form just now; None where that is none above zero."""
        try:
            typed_minor = self._amount.read(self._typed)
        except forms.ValidationError:
            return None
        return typed_minor if typed_minor > 0 else None

    @property
    def unread(self) -> str:
        """Why what stands in the form just now is no sum; empty where it is one, or nothing was typed yet."""
        try:
            self._amount.read(self._typed or "0")
        except forms.ValidationError as error:
            return error.messages[0]
        return ""

    @property
    def _amount(self) -> Money:
        field = self.fields["amount"]
        assert isinstance(field, Money), "declared above"
        return field

    @property
    def _typed(self) -> str:
        return str(self["amount"].value() or "").strip()

    def _due(self, wallet_minor: int, owed_minor: int, *, may_buy: bool) -> dict[str, Any]:
        """What is due: a debt first, then the package that is off or ends first; and the sum for it."""
        if owed_minor:
            return {"amount": owed_minor}
        sold = [row for row in self.packages if row.price_minor] if may_buy else []
        if not sold:
            return {}
        first = min(sold, key=lambda row: (row.expires_at is not None, row.expires_at, row.pk))
        missing_minor = first.price_minor - wallet_minor
        if missing_minor <= 0:
            self.enough_for = first
            return {}
        # What is in the wallet already pays a part of it.
        return {"subscription": first.pk, "amount": missing_minor}

    def clean(self) -> dict[str, Any]:
        # What was typed before somebody chose cash is not seen any more.
        if self.cleaned_data.get("method") == Method.CASH:
            self.cleaned_data["reference"] = ""
        return self.cleaned_data


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence; `warns` where somebody has to notice it."""

    text: str
    warns: bool = False


def will(form: PaymentForm, customer: Customer) -> list[Said]:
    """What the sum that stands in the form would do, or why it is none; empty while nothing is typed."""
    amount_minor, chosen = form.typed_minor, form.chosen
    if amount_minor is None:
        return [Said(form.unread, warns=True)] if form.unread else []
    told = forecasts.of_payment(customer=customer, amount_minor=amount_minor, subscription=chosen)
    renewed = [chosen] if chosen is not None and told.renews else []
    off = [row for row in form.packages if row not in renewed]
    return [*_debt(told, customer), *_renewal(told, chosen), *_left(told, customer), *_stays_off(off)]


def received(payment: Payment, *, was_overdue: bool) -> str:
    """What a payment did: paid a debt, renewed something, stays in the wallet; and what is off all the same."""
    said = [_received(payment)]
    if was_overdue and not accounts.owed(customer=payment.customer):
        said.append(_("The suspension (overdue) is lifted."))
    charged = purchases.charged_ahead(customer=payment.customer)
    own = payment.customer.subscription_set.filter(ended_at__isnull=True).exclude(pk__in=charged).order_by("pk")
    return " ".join([*said, *(line.text for line in _stays_off(own))])


def _run(subscription: Subscription) -> str:
    """`otieno, to 24 Nov; then to 24 Dec`."""
    now = clock.now()
    end = subscriptions.next_of(subscription=subscription, now=now).ends_at
    name = next((credential.name for credential in subscription.credential_set.all()), "")
    what = {"name": name, "until": show.until(subscription.expires_at), "end": show.until(end)}
    if subscription.expires_at is None:
        return _("%(name)s, then to %(end)s") % what
    if subscription.expires_at <= now:
        return _("%(name)s, ended %(until)s; then to %(end)s") % what
    return _("%(name)s, to %(until)s; then to %(end)s") % what


def _received(payment: Payment) -> str:
    amount = show.money(payment.amount_minor, payment.organization.currency)
    received = _("%(amount)s of %(name)s is received.") % {"amount": amount, "name": payment.customer.name}
    paid_off = entries.paid_off_by(organization=payment.organization, payment_id=payment.pk)
    if paid_off:
        received = f"{received} {_paid_off(payment, paid_off)}"
    if payment.purchase_id is None:
        if paid_off == payment.amount_minor:
            return received
        return f"{received} {_('The rest is in the wallet.') if paid_off else _('It is in the wallet.')}"
    purchase = Purchase.objects.filter(organization=payment.organization_id).get(pk=payment.purchase_id)
    if purchase.state == "fulfilled":
        renewed = _("%(plan)s is renewed.") % {"plan": purchase.plan_name}
        return " ".join([received, renewed, *_in_wallet(payment.customer)])
    if purchase.state == "closed":
        # All of it went into the debt that the customer is kept off for.
        return f"{received} {_('%(plan)s could not be renewed.') % {'plan': purchase.plan_name}}"
    left = _("It stays in the wallet: %(plan)s could not be renewed.") % {"plan": purchase.plan_name}
    why = red_lines.why_not(purchase.unfulfilled_code, purchase.plan_name, purchase.price_minor, payment.organization)
    return f"{received} {left} {why}"


def _in_wallet(customer: Customer) -> list[str]:
    left_minor = accounts.available(customer=customer)
    return [_("%(amount)s is in the wallet.") % {"amount": _money(left_minor, customer)}] if left_minor else []


def _paid_off(payment: Payment, paid_off: int) -> str:
    """What became of a debt, and what is left of it."""
    currency, left = payment.organization.currency, accounts.owed(customer=payment.customer)
    said = _("All of it paid what was owed.")
    if paid_off < payment.amount_minor:
        said = _("%(amount)s of it paid what was owed.") % {"amount": show.money(paid_off, currency)}
    return f"{said} {_('%(amount)s is still owed.') % {'amount': show.money(left, currency)}}" if left else said


def _debt(told: Forecast, customer: Customer) -> list[Said]:
    said = []
    if told.pays_debt_minor:
        said.append(Said(_("%(amount)s pay what is owed.") % {"amount": _money(told.pays_debt_minor, customer)}))
    if told.owed_minor:
        said.append(Said(_("%(amount)s is still owed.") % {"amount": _money(told.owed_minor, customer)}, warns=True))
    if told.lifts:
        said.append(Said(_("The suspension (overdue) is lifted.")))
    return said


def _renewal(told: Forecast, chosen: Subscription | None) -> list[Said]:
    said = [
        Said(_("%(plan)s, which waited for the rest, is carried out.") % {"plan": plan}) for plan in told.carried_out
    ]
    if chosen is None:
        return said
    what = {"plan": chosen.plan_name, "price": show.money(chosen.price_minor, chosen.organization.currency)}
    if told.renews:
        now = clock.now()
        end = subscriptions.next_of(subscription=chosen, now=now).ends_at
        text = _("%(plan)s is renewed for %(price)s, to %(end)s.")
        if chosen.activated_at is None:
            text = _("%(plan)s is activated for %(price)s, to %(end)s.")
        limits = [Said(more) for more in renewals.of_limits(chosen, now)]
        return [Said(text % {**what, "end": show.until(end)}), *limits, *said]
    if told.missing_minor is None:
        return [*said, Said(_("%(plan)s is not renewed: nothing can be sold now.") % what, warns=True)]
    missing = show.money(told.missing_minor, chosen.organization.currency)
    text = _("%(plan)s is not renewed: %(missing)s is missing. The money waits in the wallet for the rest.")
    return [*said, Said(text % {**what, "missing": missing}, warns=True)]


def _left(told: Forecast, customer: Customer) -> list[Said]:
    if not told.wallet_minor:
        return [Said(_("Nothing is left over."))]
    return [Said(_("%(amount)s stays in the wallet.") % {"amount": _money(told.wallet_minor, customer)})]


def _stays_off(own: Iterable[Subscription]) -> list[Said]:
    """The packages that nobody can connect with after it, because their period is over or never began."""
    now, said = clock.now(), []
    for subscription in own:
        what = {"plan": subscription.plan_name, "until": show.until(subscription.expires_at)}
        if subscription.activated_at is None:
            said.append(Said(_("%(plan)s is not active yet, and stays so.") % what, warns=True))
        elif subscription.expires_at is not None and subscription.expires_at <= now:
            said.append(Said(_("%(plan)s stays off: it ended %(until)s.") % what, warns=True))
    return said


def _money(minor: int, customer: Customer) -> str:
    return show.money(minor, customer.organization.currency)
