"""The forms of a package that is sold: the first one, or a further one; what is charged and how it is paid."""

from dataclasses import dataclass
from typing import Any, ClassVar, Final

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from headend.access.models import ConnectionType, Plan
from headend.access.rules import Code as AccessCode
from headend.billing.models import LineKind, Method
from headend.billing.rules import Code
from headend.billing.signups import BALANCE, FREE, Charge, Package
from headend.customers.models import Customer
from headend.doors.console import logins
from headend.doors.console.choices import METHOD_NOTES, TYPE_NOTES, PlanChoices
from headend.doors.console.pages import Text
from headend.doors.console.saving import Owned
from headend.ledger import accounts
from headend.ledger.rules import Code as LedgerCode
from headend.lib import money
from headend.lib.refused import Refused
from headend.system.models import Organization
from headend.ui import refusals
from headend.ui.forms import Choices, Joined, Money
from headend.ui.templatetags import show

NO_PACKAGE: Final = "none"
OWED: Final = "owed"

WAYS_NOTES: Final = {
    **METHOD_NOTES,
    OWED: _("The customer owes it; Add Payment settles it"),
    FREE: _("Given; the ledger says so"),
}

# Sums over this are typed wrongly, and two of them still fit into the ledger.
MOST_MINOR: Final = money.MOST_MINOR // 2

_TICKED: Final = {"charge_installation": "installation_amount", "charge_custom": "custom_amount"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the form would do as it stands: what is charged (minor units), and what becomes of the money."""

    kind: str
    plan: Plan | None
    lines: list[tuple[Text, int]]
    method: str
    activate: bool
    # What is in the wallet of a customer who is there already.
    wallet_minor: int = 0
    # Why the sum is not known: what was typed beside a tick is no amount. Empty where it is.
    unread: str = ""

    @property
    def total_minor(self) -> int:
        """All that is charged."""
        return sum(amount for _, amount in self.lines)

    @property
    def is_owed(self) -> bool:
        """Whether nobody has paid yet."""
        return self.method == OWED

    @property
    def is_free(self) -> bool:
        """Whether it is given."""
        return self.method == FREE

    @property
    def is_from_balance(self) -> bool:
        """Whether the wallet pays it."""
        return self.method == BALANCE

    @property
    def from_wallet_minor(self) -> int:
        """What goes out of the wallet: also of what is owed, because nobody owes beside money of his own."""
        if not (self.is_from_balance or self.is_owed):
            return 0
        return min(self.wallet_minor, self.total_minor)

    @property
    def left_minor(self) -> int:
        """What is in the wallet after it."""
        return self.wallet_minor - self.from_wallet_minor

    @property
    def lack(self) -> str:
        """That there is not enough in the wallet, in the words of the refusal; empty where there is."""
        if not self.is_from_balance or self.plan is None or self.wallet_minor >= self.total_minor:
            return ""
        currency = self.plan.organization.currency
        sums = {
            "available": money.short(self.wallet_minor, currency),
            "required": money.short(self.total_minor, currency),
        }
        return str(refusals.TEXTS[LedgerCode.INSUFFICIENT_BALANCE]) % sums

    @property
    def method_text(self) -> str:
        """How it is paid, in the middle of a sentence."""
        return str(Method(self.method).label).lower() if self.method in Method.values else ""


class TickedMoney(Money):
    """A sum beside a tick: without the tick nobody looks at it, with it there has to be one."""

    is_ticked = False

    def __init__(self, **options: Any) -> None:
        super().__init__(below_minor=MOST_MINOR, required=False, **options)

    def take(self, typed: str) -> int | None:
        return self.read(typed) if self.is_ticked else None


class PackageForm(logins.NetworkPasswordForm, logins.FixedAddressForm):
    """A plan for a customer. The connection type decides which plans are offered."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (
        ("connection_type",),
        ("plan",),
        ("framed_address",),
        ("username",),
        ("password",),
        ("activate",),
    )
    css: ClassVar[dict[str, str]] = {"framed_address": "not-hotspot"}

    connection_type = forms.ChoiceField(
        label=_("Connection type"), choices=ConnectionType.choices, widget=Choices(notes=TYPE_NOTES), initial="pppoe"
    )
    plan = Owned(
        label=_("Plan"),
        of=lambda organization: (
            organization.plan_set.filter(retired_at__isnull=True)
            .select_related("organization")
            .order_by("price_minor", "name_key")
        ),
        widget=PlanChoices(),
        empty_label=None,
        blank=False,
        error_messages={"required": _("Choose a plan."), "invalid_choice": _("Choose a plan of this list.")},
    )
    username = logins.username()
    password = logins.password(_("Generated. You can type another."))
    activate = forms.BooleanField(
        label=_("Activate now"),
        required=False,
        initial=True,
        help_text=_("Otherwise it is on record only until somebody activates it."),
    )

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        plan, kind = values.get("plan"), values.get("connection_type")
        if plan is not None and kind is not None and plan.connection_type != kind:
            self.add_error("plan", _("This plan is of another connection type."))
        return values


class SignupForm(PackageForm):
    """The first package, its charges and its payment; or no package yet."""

    css: ClassVar[dict[str, str]] = {**PackageForm.css, "reference": "not-cash"}
    ways: ClassVar[list[tuple[str, Any]]] = [*Method.choices, (OWED, _("Not paid yet"))]
    wallet_minor = 0
    demanded: ClassVar[tuple[str, ...]] = ("reference", "framed_address", "username", "password")

    connection_type = forms.ChoiceField(
        label=_("Connection Type"),
        choices=[*ConnectionType.choices, (NO_PACKAGE, _("None yet"))],
        widget=Choices(notes=TYPE_NOTES, css="narrow"),
        initial="pppoe",
    )
    username = forms.CharField(
        label=_("Username"),
        max_length=120,
        required=False,
        help_text=_("What the router or the person signs in with. Empty: one is made of the name."),
        widget=Joined(button=_("Generate Username"), value="username"),
    )
    method = forms.ChoiceField(
        label=_("Payment Method"),
        choices=ways,
        initial=Method.CASH.value,
        widget=Choices(notes=WAYS_NOTES),
    )
    reference = forms.CharField(
        label=_("Reference"),
        max_length=40,
        required=False,
        help_text=_("Each is taken once, so that no payment counts twice."),
        widget=forms.TextInput(attrs={"class": "mono w-m", "autocomplete": "off", "spellcheck": "false"}),
    )
    charge_installation = forms.BooleanField(
        label=_("Charge Installation Fee"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "opens"}),
        help_text=_("Once, as a line of its own."),
    )
    installation_amount = TickedMoney(label=_("Installation fee"))
    charge_custom = forms.BooleanField(
        label=_("Charge Custom Amount"),
        required=False,
        widget=forms.CheckboxInput(attrs={"class": "opens"}),
        help_text=_("Instead of the plan’s price, this first time only."),
    )
    custom_amount = TickedMoney(label=_("Custom amount"))
    activate = forms.ChoiceField(  # type: ignore[assignment]  # two boxes that say what each does, instead of a tick
        label=_("Auto Activate"),
        choices=[("yes", _("Yes")), ("no", _("No"))],
        initial="yes",
        widget=Choices(
            notes={
                "yes": _("Can connect as soon as this is saved"),
                "no": _("On record only; activate later"),
            },
            css="narrow",
        ),
    )

    def __init__(self, *args: Any, organization: Organization, may_give: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, organization=organization, **kwargs)
        self.may_give = may_give
        self._sum("custom_amount").or_free = may_give
        if may_give:
            self.fields["charge_custom"].help_text = _(
                "Instead of the plan’s price, this first time only. 0 makes it free."
            )
            self._ways.choices = [*self.ways, (FREE, _("Free"))]

    @property
    def wanted(self) -> bool:
        """Whether a package is to be added at all."""
        return str(self["connection_type"].value()) != NO_PACKAGE

    @property
    def is_sold(self) -> dict[str, bool]:
        """Of each connection type, whether a plan of it is on sale."""
        sold = {plan.connection_type for plan in self._plans}
        return {kind: kind in sold for kind in ConnectionType.values}

    @property
    def outcome(self) -> Outcome:
        """What the form says so far, whether or not it can be saved yet."""
        kind, asked = str(self["connection_type"].value()), str(self["plan"].value())
        plan = next((row for row in self._plans if str(row.pk) == asked and row.connection_type == kind), None)
        method = str(self["method"].value())
        charge = Charge(
            installation_minor=self._typed("charge_installation", "installation_amount") or 0,
            # What is given is worth its price.
            custom_minor=None if method == FREE else self._typed("charge_custom", "custom_amount"),
        )
        lines: list[tuple[Text, int]] = []
        if plan is not None:
            names: dict[LineKind, Text] = {LineKind.PERIOD: plan.name, LineKind.INSTALLATION: _("Installation fee")}
            lines = [(names[kind], amount) for kind, amount in charge.lines(plan)]
        activate = self["activate"].value() == "yes"
        return Outcome(kind, plan, lines, method, activate, self.wallet_minor, self._unread)

    def package(self) -> Package:
        """What the verb takes."""
        values = self.cleaned_data
        return Package(values["plan"], values["username"], values["password"], values["framed_address"])

    def charge(self) -> Charge:
        """What the verb takes. Nothing charged for what has a price is given free, and so is what is said to be."""
        values = self.cleaned_data
        installation_minor = values["installation_amount"] or 0
        is_given = values["custom_amount"] == 0 and values["plan"].price_minor and not installation_minor
        if is_given or values["method"] == FREE:
            return Charge(method=FREE, installation_minor=installation_minor)
        return Charge(
            method="" if values["method"] == OWED else values["method"],
            reference=values["reference"],
            installation_minor=installation_minor,
            custom_minor=values["custom_amount"],
        )

    def full_clean(self) -> None:
        for tick, name in _TICKED.items():
            self._sum(name).is_ticked = bool(self[tick].value())
        super().full_clean()

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        is_static = values.get("connection_type") == ConnectionType.STATIC
        if is_static and not values.get("framed_address") and "framed_address" not in self.errors:
            self.refuse(Refused(AccessCode.FRAMED_ADDRESS_MISSING, field="framed_address"))
        if values.get("custom_amount") == 0 and values.get("plan") and values["plan"].price_minor and not self.may_give:
            self.add_error("custom_amount", _("Only an owner or an admin gives something free."))
        # What was typed before somebody chose another method is not seen any more.
        if values.get("method") in (Method.CASH, OWED, BALANCE, FREE):
            values["reference"] = ""
        elif not values.get("reference") and self.outcome.total_minor:
            self.refuse(Refused(Code.REFERENCE_MISSING, field="reference"))
        return values

    @property
    def _ways(self) -> forms.ChoiceField:
        field = self.fields["method"]
        assert isinstance(field, forms.ChoiceField), "declared above"
        return field

    @property
    def _plans(self) -> list[Plan]:
        plans: Any = self.fields["plan"]
        # The choices have read them already where the page is drawn; the queryset keeps what it has read.
        return list(plans.queryset)

    def _sum(self, name: str) -> TickedMoney:
        field = self.fields[name]
        assert isinstance(field, TickedMoney), "declared above"
        return field

    def _typed(self, tick: str, name: str) -> int | None:
        """What is typed beside a tick, in a form that may not be right yet; None where it is not ticked."""
        try:
            return self._read(tick, name)
        except forms.ValidationError:
            return None

    @property
    def _unread(self) -> str:
        """What is wrong with the first amount that stands beside a tick and cannot be read."""
        for tick, name in _TICKED.items():
            try:
                self._read(tick, name)
            except forms.ValidationError as error:
                return f"{self.fields[name].label}: {error.messages[0]}"
        return ""

    def _read(self, tick: str, name: str) -> int | None:
        if not self[tick].value():
            return None
        return self._sum(name).read(str(self[name].value() or ""))


class FurtherForm(SignupForm):
    """A further package of a customer, who may have money in the wallet."""

    # The ledger knows no form: beside it stands what could be chosen instead.
    beside: ClassVar[dict[str, str]] = {LedgerCode.INSUFFICIENT_BALANCE: "method"}
    ways: ClassVar[list[tuple[str, Any]]] = [
        *Method.choices,
        (BALANCE, _("From the balance")),
        (OWED, _("Not paid yet")),
    ]
    connection_type = forms.ChoiceField(
        label=_("Connection Type"),
        choices=ConnectionType.choices,
        widget=Choices(notes=TYPE_NOTES, css="narrow"),
        initial="pppoe",
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, organization=customer.organization, **kwargs)
        self.wallet_minor = accounts.available(customer=customer)
        left = gettext("%(amount)s in it") % {"amount": show.money(self.wallet_minor, customer.organization.currency)}
        self._ways.widget = Choices(notes={**WAYS_NOTES, BALANCE: left})
        self._ways.choices = [*self.ways, *([(FREE, _("Free"))] if self.may_give else [])]
