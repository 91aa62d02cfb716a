"""The forms of refunds and write-offs."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from headend.billing.models import Method
from headend.doors.console.crud import Form
from headend.doors.console.forms.money import METHOD_NOTES
from headend.ui.forms import Amount, Choices, read_amount


class AmountForm(Form):
    """How much, and why."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("amount",), ("reason",))

    amount = forms.CharField(label=_("Amount"), max_length=20)
    reason = forms.CharField(label=_("Reason"), max_length=200, help_text=_("Colleagues read it later."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"].widget = Amount(before=self.organization.currency)

    def clean_amount(self) -> int:
        return read_amount(self.cleaned_data["amount"], self.organization.currency)


class RefundForm(AmountForm):
    """How much was given back, how, and why."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("amount",), ("method",), ("reference",), ("reason",))
    css: ClassVar[dict[str, str]] = {"reference": "not-cash"}
    demanded: ClassVar[tuple[str, ...]] = ("reference",)

    method = forms.ChoiceField(
        label=_("Method"), choices=Method.choices, initial=Method.CASH.value, widget=Choices(notes=METHOD_NOTES)
    )
    reference = forms.CharField(
        label=_("Reference"),
        max_length=40,
        required=False,
        help_text=_("Each is written down once, so that nothing is given back twice."),
        widget=forms.TextInput(attrs={"class": "mono w-m", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        # What was typed before somebody chose cash is not seen any more.
        if self.cleaned_data.get("method") == Method.CASH:
            self.cleaned_data["reference"] = ""
        return self.cleaned_data
