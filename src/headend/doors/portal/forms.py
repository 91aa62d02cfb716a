"""The forms of the portal. They never write: a page calls the noun's verb, and a refusal comes back beside its field."""

import re
from collections.abc import Sequence
from typing import Any, ClassVar, Final

from django import forms
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.access.models import Plan
from headend.access.signins import PASSWORD_LONGEST, PASSWORD_SHORTEST
from headend.billing.models import Gateway
from headend.doors.portal import words
from headend.ledger.rules import Code as LedgerCode
from headend.lib import ids, money
from headend.lib.refused import Refused
from headend.ui.forms import Choices, Money
from headend.ui.mistakes import OrganizationForm
from headend.ui.templatetags.show import cost
from headend.ui.templatetags.show import money as show_money

WALLET: Final = "wallet"
_SHUT: Final = frozenset({WALLET})
TOKEN_BYTES: Final = 12
# No mobile money takes more at once; and nobody should be asked for a sum with a nought too many.
TOP_UP_MOST_MINOR: Final = 100_000_000
_TOKEN: Final = re.compile(r"[0-9a-f]{24}")


def _phone(**options: Any) -> forms.CharField:
    widget = forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "class": "w-m"})
    return forms.CharField(label=gettext_lazy("Phone number"), max_length=40, widget=widget, **options)


def _password(*, is_new: bool, **options: Any) -> forms.CharField:
    keeper = "new-password" if is_new else "current-password"
    widget = forms.PasswordInput(attrs={"autocomplete": keeper, "class": "w-l"})
    shortest = {"min_length": PASSWORD_SHORTEST, "help_text": gettext_lazy("8 characters or more.")} if is_new else {}
    return forms.CharField(max_length=PASSWORD_LONGEST, strip=False, widget=widget, **{**shortest, **options})


Layout = tuple[tuple[str, ...], ...]


class Form(OrganizationForm):
    """The base of the portal's forms. `layout` names the fields, row by row."""

    layout: Layout = ()

    def words(self, refused: Refused) -> str:
        return words.refusal(self.organization, refused)


class SignInForm(Form):
    """One name of three, and the password."""

    layout: Layout = (("name",), ("password",))

    name = forms.CharField(
        label=gettext_lazy("E-mail, phone or username"),
        max_length=254,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "class": "w-l"}
        ),
    )
    password = _password(is_new=False, label=gettext_lazy("Password"))


class NamesForm(Form):
    """What a customer may change alone."""

    layout: Layout = (("first_name", "last_name"), ("email",), ("username",))

    first_name = forms.CharField(
        label=gettext_lazy("First name"), max_length=80, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    last_name = forms.CharField(
        label=gettext_lazy("Last name"),
        max_length=80,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        required=False,
        widget=forms.EmailInput(attrs={"autocomplete": "email", "class": "w-l"}),
    )
    username = forms.CharField(
        label=gettext_lazy("Username"),
        max_length=80,
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false", "class": "w-m"}
        ),
    )


class RegisterForm(NamesForm):
    """A new account: a phone or an e-mail is what it is known by."""

    layout: Layout = (("first_name", "last_name"), ("phone",), ("email",), ("username",), ("password",))
    otherwise: ClassVar[str] = "phone"

    phone = _phone(
        required=False,
        help_text=gettext_lazy("A mobile number, to pay with and to get your codes. Without one, give an e-mail."),
    )
    password = _password(is_new=True, label=gettext_lazy("Password"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _mark(self.fields["phone"], demanded=True)

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        typed = {"phone", "email"} & set(self.errors)
        if not typed and not values.get("phone") and not values.get("email"):
            self.add_error("phone", _("Give a phone number or an e-mail: you sign in with it."))
        return values


class CodeForm(Form):
    """The phone to which a code is sent, or the e-mail address to which a link is: what can be sent is asked for."""

    layout: Layout = (("phone",),)
    otherwise: ClassVar[str] = "phone"

    phone = forms.CharField(
        label=gettext_lazy("Phone number or e-mail"),
        max_length=254,
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none", "class": "w-l"}),
    )

    def __init__(self, *args: Any, by_sms: bool, by_mail: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not by_mail:
            self.fields["phone"] = _phone()
        elif not by_sms:
            self.fields["phone"].label = gettext_lazy("E-mail")


class RegisterCodeForm(Form):
    """The code that came."""

    layout: Layout = (("code",),)
    otherwise: ClassVar[str] = "code"

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "class": "w-s mono"}),
    )


class CodeCheckForm(RegisterCodeForm):
    """The code that came, and the password from now on."""

    layout: Layout = (("code",), ("password",))

    password = _password(is_new=True, label=gettext_lazy("New password"))


class PhoneCodeCheckForm(CodeCheckForm):
    """The same where the code was asked for by somebody else: whose phone it came to is not known here."""

    layout: Layout = (("phone",), ("code",), ("password",))

    phone = _phone()


class NewPasswordForm(Form):
    """The password from now on."""

    layout: Layout = (("password",),)
    otherwise: ClassVar[str] = "password"

    password = _password(is_new=True, label=gettext_lazy("New password"))


class OwnPasswordForm(Form):
    """A new password, and the present one as proof."""

    layout: Layout = (("present",), ("password",))

    present = _password(is_new=False, label=gettext_lazy("Present password"))
    password = _password(is_new=True, label=gettext_lazy("New password"))


class PaidForm(Form):
    """What asks for money: through which gateway, from which phone, and a token by which it is done once."""

    form_token = forms.CharField(widget=forms.HiddenInput, required=False, max_length=100)
    pay = forms.ChoiceField(label=gettext_lazy("Pay with"), widget=Choices())
    phone = _phone(
        required=False,
        help_text=gettext_lazy("The phone that pays: it is asked for the payment, and you answer there."),
    )

    def __init__(self, *args: Any, gateways: list[Gateway], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("form_token", ids.token(TOKEN_BYTES))
        self.gateways = {str(gateway.pk): gateway for gateway in gateways}
        self._offer([(key, gateway.name) for key, gateway in self.gateways.items()])
        _mark(self.fields["phone"], css="for-phone", demanded=True)
        if not gateways:
            del self.fields["phone"]
            self.layout = tuple(row for row in self.layout if row != ("phone",))

    def clean_form_token(self) -> str:
        token: str = self.cleaned_data["form_token"]
        return token if _TOKEN.fullmatch(token) else ids.token(TOKEN_BYTES)

    @property
    def gateway(self) -> Gateway | None:
        """The gateway that was chosen; None for the wallet."""
        return self.gateways.get(self.cleaned_data.get("pay", ""))

    @property
    def is_possible(self) -> bool:
        """Whether there is any way to pay."""
        return self._can_be_paid

    @property
    def _pay(self) -> forms.ChoiceField:
        pay = self.fields["pay"]
        assert isinstance(pay, forms.ChoiceField), "it is declared above"
        return pay

    def _offer(
        self, choices: list[tuple[str, Any]], notes: dict[str, Any] | None = None, shut: frozenset[str] = frozenset()
    ) -> None:
        self._pay.widget = Choices(notes=notes, shut=shut)
        self._pay.choices = choices
        self._can_be_paid = any(key not in shut for key, _label in choices)
        if choices:
            self.initial.setdefault("pay", choices[0][0])


class PayForm(PaidForm):
    """How something is paid: from the wallet where it holds `least_minor` or more, or by phone.

    A wallet that is short is shown all the same, with what it lacks and the way to fill it: money that comes pays a debt first.
    """

    layout: Layout = (("pay",), ("phone",))
    beside: ClassVar[dict[str, str]] = {LedgerCode.INSUFFICIENT_BALANCE: "pay"}

    def __init__(self, *args: Any, balance_minor: int, least_minor: int, owed_minor: int = 0, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(key, gateway.name) for key, gateway in self.gateways.items()]
        if balance_minor >= least_minor:
            left = _("%(amount)s in it") % {"amount": show_money(balance_minor, self.organization.currency)}
            self._offer([(WALLET, _("Wallet")), *choices], {WALLET: left})
            self.initial["pay"] = WALLET
        elif self.gateways:
            lack = self._lack(least_minor - balance_minor + owed_minor, owes=owed_minor > 0)
            self._offer([*choices, (WALLET, _("Wallet"))], {WALLET: lack}, _SHUT)

    def _lack(self, lack_minor: int, *, owes: bool) -> str:
        currency = self.organization.currency
        short = _("%(amount)s short, with what you owe:") if owes else _("%(amount)s short:")
        short %= {"amount": show_money(lack_minor, currency)}
        place = reverse("portal:top_up", args=[self.organization.slug])
        link = format_html('<a href="{}?amount={}">{}</a>', place, money.short(lack_minor, currency), _("top up"))
        return format_html("{} {}", short, link)


class BuyForm(PayForm):
    """Which plan, and how it is paid."""

    # Drawn by its own component; the rest by the form.
    layout: Layout = (("pay",), ("phone",))

    plan = forms.TypedChoiceField(
        label=gettext_lazy("Plan"),
        error_messages={
            "required": gettext_lazy("Choose a plan."),
            "invalid_choice": gettext_lazy("This plan is no longer on sale. Choose another one."),
        },
    )

    def __init__(self, *args: Any, plans: Sequence[Plan], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        by_key = {str(plan.pk): plan for plan in plans}
        field = self.fields["plan"]
        assert isinstance(field, forms.TypedChoiceField), "it is declared above"
        self._has_free = any(not plan.price_minor for plan in plans)
        # What costs nothing needs no way to pay: the stylesheet hides the ways while such a plan is chosen.
        self.fields["pay"].required = not self._has_free
        for name in {"pay", "phone"} & set(self.fields):
            _mark(self.fields[name], css=f"{getattr(self.fields[name], 'css', '')} for-money".strip())
        if self._has_free and not self._can_be_paid:
            self.layout = ()
        field.choices = [(key, plan.name) for key, plan in by_key.items()]
        field.coerce = by_key.__getitem__

    def clean(self) -> dict[str, Any]:
        values = self.cleaned_data
        plan = values.get("plan")
        if plan is not None and plan.price_minor and not values.get("pay") and "pay" not in self.errors:
            self.add_error("pay", _("Please fill this in."))
        return values

    @property
    def is_possible(self) -> bool:
        """Whether there is any way to pay, or something that costs nothing."""
        return self._can_be_paid or self._has_free


class AgainForm(PaidForm):
    """The same purchase, asked for once more."""

    layout: Layout = (("pay",), ("phone",))


class TopUpForm(PaidForm):
    """Money into the wallet."""

    layout: Layout = (("amount",), ("pay",), ("phone",))

    amount = Money(label=gettext_lazy("Amount"))

    def clean_amount(self) -> int:
        amount_minor: int = self.cleaned_data["amount"]
        if not 0 < amount_minor <= TOP_UP_MOST_MINOR:
            most = cost(TOP_UP_MOST_MINOR, self.organization.currency)
            raise forms.ValidationError(_("Give an amount above zero, and not above %(most)s.") % {"most": most})
        return amount_minor


class NextForm(Form):
    """The period that is to begin: what the page asked about, and no other."""

    period = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)


def _mark(field: forms.Field, **marks: Any) -> None:
    """Says something to the field's template: a class (the stylesheet hides what a wallet does not need), or `demanded`,
    where the form asks for what may be empty by itself.
    """
    for name, value in marks.items():
        setattr(field, name, value)
