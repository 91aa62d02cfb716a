"""The forms of money: taken from a customer, and spent from the wallet."""

from typing import Any, ClassVar, Final

from django import forms
from django.db.models import Prefetch
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from headend.access import subscriptions
from headend.access.models import Credential, Subscription
from headend.billing import purchases
from headend.billing.models import Method
from headend.customers.models import Customer
from headend.doors.console.crud import Form, Owned
from headend.doors.console.forms.subscriptions import PlanChoices
from headend.ledger import accounts
from headend.lib import clock, money
from headend.ui.forms import Amount, Choices, read_amount
from headend.ui.templatetags import show

METHOD_NOTES: Final = {
    "cash": _("In hand; has no reference"),
    "mobile": _("The code of the message, as QJK4R81XQ2"),
    "bank": _("The bank’s reference"),
    "cheque": _("The cheque’s number"),
}


class VoucherChoices(PlanChoices):
    """Plans of which vouchers are made, all of them shown: nothing else on the page decides among them."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        return super().create_option(name, value, *args, **kwargs) | {"css": ""}


class PurposeChoices(Choices):
    """Keep the money, or renew one of the packages: with its price, and how long it then runs. Kept, it pays a debt first."""

    owed: str = ""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        subscription = getattr(value, "instance", None)
        if not isinstance(subscription, Subscription):
            option["note"] = gettext("Nothing is bought yet")
            if self.owed:
                option["label"], option["price"] = gettext("Pay what is owed"), self.owed
                option["note"] = gettext("What is more stays in the wallet")
            return option
        what = {"plan": subscription.plan_name}
        option["label"] = gettext("Renew %(plan)s") % what
        if subscription.activated_at is None:
            option["label"] = gettext("Activate %(plan)s") % what
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

    amount = forms.CharField(label=_("Amount"), max_length=20)
    method = forms.ChoiceField(
        label=_("Method"), choices=Method.choices, initial=Method.CASH.value, widget=Choices(notes=METHOD_NOTES)
    )
    reference = forms.CharField(
        label=_("Reference"),
        max_length=40,
        required=False,
        help_text=_("Each is taken once, so that no payment counts twice."),
        widget=forms.TextInput(attrs={"class": "mono w-m", "autocomplete": "off", "spellcheck": "false"}),
    )
    subscription = Owned(
        label=_("What is it for?"),
        of=lambda organization: organization.subscription_set.filter(ended_at__isnull=True),
        widget=PurposeChoices(),
        required=False,
        blank=True,
        empty_label=_("Keep in the wallet"),
    )

    def __init__(self, *args: Any, customer: Customer, may_buy: bool, **kwargs: Any) -> None:
        super().__init__(*args, organization=customer.organization, **kwargs)
        amount = Amount(before=customer.organization.currency)
        # Whoever takes money types the sum first, or leaves the one that is due.
        amount.attrs["autofocus"] = True
        self.fields["amount"].widget = amount
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
            typed_minor = read_amount(self._typed, self.organization.currency)
        except forms.ValidationError:
            return None
        return typed_minor if typed_minor > 0 else None

    @property
    def unread(self) -> str:
        """Why what stands in the form just now is no sum; empty where it is one, or nothing was typed yet."""
        try:
            read_amount(self._typed or "0", self.organization.currency)
        except forms.ValidationError as error:
            return error.messages[0]
        return ""

    @property
    def _typed(self) -> str:
        return str(self["amount"].value() or "").strip()

    def _due(self, wallet_minor: int, owed_minor: int, *, may_buy: bool) -> dict[str, Any]:
        """What is due: a debt first, then the package that is off or ends first; and the sum for it."""
        currency = self.organization.currency
        if owed_minor:
            return {"amount": money.plain(owed_minor, currency)}
        sold = [row for row in self.packages if row.price_minor] if may_buy else []
        if not sold:
            return {}
        first = min(sold, key=lambda row: (row.expires_at is not None, row.expires_at, row.pk))
        missing_minor = first.price_minor - wallet_minor
        if missing_minor <= 0:
            self.enough_for = first
            return {}
        # What is in the wallet already pays a part of it.
        return {"subscription": first.pk, "amount": money.plain(missing_minor, currency)}

    def clean_amount(self) -> int:
        return read_amount(self.cleaned_data["amount"], self.organization.currency)

    def clean(self) -> dict[str, Any]:
        # What was typed before somebody chose cash is not seen any more.
        if self.cleaned_data.get("method") == Method.CASH:
            self.cleaned_data["reference"] = ""
        return self.cleaned_data


class VoucherForm(Form):
    """A voucher that is paid from the wallet."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("plan",),)

    plan = Owned(
        label=_("Plan"),
        of=lambda organization: purchases.on_sale(organization=organization).select_related("organization"),
        widget=VoucherChoices(),
        empty_label=None,
        blank=False,
        error_messages={"required": _("Choose a plan."), "invalid_choice": _("Choose a plan of this list.")},
    )


def _run(subscription: Subscription) -> str:
    """`otieno, to 24 Nov; then to 24 Dec`."""
    now = clock.now()
    end = subscriptions.next_of(subscription=subscription, now=now).ends_at
    name = next((credential.name for credential in subscription.credential_set.all()), "")
    what = {"name": name, "until": show.until(subscription.expires_at), "end": show.until(end)}
    if subscription.expires_at is None:
        return gettext("%(name)s, then to %(end)s") % what
    if subscription.expires_at <= now:
        return gettext("%(name)s, ended %(until)s; then to %(end)s") % what
    return gettext("%(name)s, to %(until)s; then to %(end)s") % what
