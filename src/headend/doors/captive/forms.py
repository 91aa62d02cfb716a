"""What a guest fills in: a voucher's code, or a plan and the phone that pays."""

from collections.abc import Iterable
from typing import Any, Final

from django import forms
from django.utils.translation import gettext_lazy as _

from headend.access.models import Plan
from headend.billing.models import Gateway
from headend.lib import ids
from headend.ui.forms import PlainRenderer
from headend.ui.mistakes import OrganizationForm

_TOO_OLD: Final = _("This page was too old, or not complete. Please send it again.")
_FREE_HELP: Final = _("You will be asked for your PIN on this phone, unless it is free.")
_PHONE: Final = {"inputmode": "tel", "autocomplete": "tel"}


class _GuestForm(OrganizationForm):
    """The base: fields without icons; what is wrong with one of them stands beside it alone."""

    default_renderer = PlainRenderer

    @property
    def above(self) -> list[str]:
        """What is wrong with the form as a whole, and with what it carries unseen."""
        unseen = [field.name for field in self.hidden_fields() if field.errors]
        return [*map(str, self.non_field_errors()), *([str(_TOO_OLD)] if unseen else [])]


class CodeForm(_GuestForm):
    """A voucher's code, in any spelling."""

    code = forms.CharField(
        label=_("I have a voucher code"),
        max_length=40,
        widget=forms.TextInput(
            attrs={
                "class": "code",
                "autocomplete": "off",
                "autocapitalize": "characters",
                "spellcheck": "false",
                "placeholder": "ABCD-2345",
            }
        ),
        error_messages={"required": _("Type the code that stands on your voucher.")},
    )


class _OnceForm(_GuestForm):
    """A form that is one press, however often it is sent: it carries a token of the page that it stood on."""

    form_token = forms.RegexField(r"^[0-9a-f]{32}\Z", widget=forms.HiddenInput)

    @property
    def token(self) -> str:
        """The token that the page is to carry: that of the press, unless it was none."""
        sent = getattr(self, "cleaned_data", {}).get("form_token")
        return str(sent) if sent else ids.token()


class BuyForm(_OnceForm):
    """A plan that is on sale, and the phone that pays, through one of the gateways."""

    plan = forms.ChoiceField(error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one.")})
    gateway = forms.ChoiceField(required=False)
    phone = forms.CharField(
        label=_("Phone number that pays"),
        help_text=_("You will be asked for your PIN on this phone."),
        max_length=40,
        widget=forms.TextInput(attrs={**_PHONE, "type": "tel"}),
        error_messages={"required": _("Give the phone number that is to pay.")},
    )

    def __init__(self, *args: Any, plans: Iterable[Plan], gateways: Iterable[Gateway], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.gateways = {str(gateway.pk): gateway for gateway in gateways}
        shelf = list(plans)
        # Where nobody can be paid, only what costs nothing is had here; the rest is told.
        self.plans = {str(plan.pk): plan for plan in shelf if self.gateways or not plan.price_minor}
        self.elsewhere = [plan for plan in shelf if str(plan.pk) not in self.plans]
        if any(not plan.price_minor for plan in self.plans.values()):
            self.fields["phone"].label, self.fields["phone"].help_text = _("Phone number"), _FREE_HELP
            self.fields["phone"].error_messages["required"] = _("Give a phone number.")
            if not any(plan.price_minor for plan in self.plans.values()):
                self.fields["phone"].help_text = _("Each phone and each device has it once in its time.")
        self.fields["plan"].choices = [(pk, plan.name) for pk, plan in self.plans.items()]  # type: ignore[attr-defined]  # the stubs see a Field
        self.fields["gateway"].choices = [(pk, gateway.name) for pk, gateway in self.gateways.items()]  # type: ignore[attr-defined]  # the same

    @property
    def only_gateway(self) -> Gateway | None:
        """The gateway, where there is nothing to choose."""
        gateways = list(self.gateways.values())
        return gateways[0] if len(gateways) == 1 else None

    @property
    def gateway_chosen(self) -> int | None:
        """The gateway that is marked: the one that was sent, else the first."""
        sent = self.gateways.get(str(self["gateway"].value()))
        first = next(iter(self.gateways.values()), None)
        return sent.pk if sent else first.pk if first else None

    @property
    def chosen(self) -> tuple[Plan, Gateway | None]:
        """What was chosen, once the form is valid; with one gateway there is nothing to choose. None for what costs nothing."""
        plan = self.plans[self.cleaned_data["plan"]]
        first = next(iter(self.gateways), "")
        return plan, self.gateways[self.cleaned_data["gateway"] or first] if plan.price_minor else None


class AgainForm(_OnceForm):
    """The phone that pays this time; the same one again where nothing is typed."""

    phone = forms.CharField(
        label=_("Another phone number"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={**_PHONE, "type": "tel"}),
    )
