"""Money that nothing is bought with: given back, or written off; and a debt that nobody will pay."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.billing import adjustments
from headend.billing.models import Method
from headend.customers.models import Customer
from headend.doors.console import pages, saving
from headend.doors.console.choices import METHOD_NOTES
from headend.doors.console.pages import Request, url
from headend.doors.console.saving import Act, Form, asks
from headend.ledger import accounts
from headend.ui.forms import Choices, Money
from headend.ui.templatetags import show


class AmountForm(Form):
    """How much, and why."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("amount",), ("reason",))

    amount = Money(label=gettext_lazy("Amount"))
    reason = forms.CharField(
        label=gettext_lazy("Reason"), max_length=200, help_text=gettext_lazy("Colleagues read it later.")
    )


class RefundForm(AmountForm):
    """How much was given back, how, and why."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("amount",), ("method",), ("reference",), ("reason",))
    css: ClassVar[dict[str, str]] = {"reference": "not-cash"}
    demanded: ClassVar[tuple[str, ...]] = ("reference",)

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
        help_text=gettext_lazy("Each is written down once, so that nothing is given back twice."),
        widget=forms.TextInput(attrs={"class": "mono w-m", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        # What was typed before somebody chose cash is not seen any more.
        if self.cleaned_data.get("method") == Method.CASH:
            self.cleaned_data["reference"] = ""
        return self.cleaned_data


@asks("customers/<int:pk>/refund/", "customer_refund", do="money.adjust", of=pages.fetch_even_erased)
def refund(request: Request, customer: Customer) -> Act:
    """*Refund*: what staff have given back out of the wallet."""

    def run(form: RefundForm) -> str:
        values = form.cleaned_data
        made = adjustments.refund(
            customer=customer,
            method=values["method"],
            reference=values["reference"],
            **_common(request, form, customer),
        )
        return _("%(amount)s is refunded.") % {"amount": _shown(request, made.amount_minor)}

    held_minor = accounts.available(customer=customer)
    says = [
        _("Give the money back first, then write it down here: nothing is sent from here."),
        _("%(amount)s is in the wallet.") % {"amount": _shown(request, held_minor)},
    ]
    title = _("Refund %(name)s?") % {"name": customer.name}
    return _act(request, customer, held_minor, says=says, run=run, form=RefundForm, title=title, button=_("Refund"))


@asks("customers/<int:pk>/write-off/", "customer_write_off", do="money.adjust", of=pages.fetch_even_erased)
def write_off(request: Request, customer: Customer) -> Act:
    """*Write off*: what is left in a wallet, and nobody will come for."""

    def run(form: AmountForm) -> str:
        made = adjustments.write_off_balance(customer=customer, **_common(request, form, customer))
        return _("%(amount)s is written off.") % {"amount": _shown(request, made.amount_minor)}

    held_minor = accounts.available(customer=customer)
    says = [
        _("%(amount)s is in the wallet.") % {"amount": _shown(request, held_minor)},
        _("What is written off is yours, and not the customer’s any more. Nobody can undo it."),
    ]
    title = _("Write off what is in the wallet of %(name)s?") % {"name": customer.name}
    return _act(request, customer, held_minor, says=says, run=run, form=AmountForm, title=title, button=_("Write off"))


@asks("customers/<int:pk>/debt/write-off/", "customer_debt_write_off", do="money.adjust", of=pages.fetch_even_erased)
def write_off_debt(request: Request, customer: Customer) -> Act:
    """*Write off* a debt that nobody will pay."""

    def run(form: AmountForm) -> str:
        made = adjustments.write_off_debt(customer=customer, **_common(request, form, customer))
        return _("%(amount)s is written off.") % {"amount": _shown(request, made.amount_minor)}

    owed_minor = accounts.owed(customer=customer)
    says = [
        _("%(amount)s is owed.") % {"amount": _shown(request, owed_minor)},
        _("What is written off is your loss, and the customer owes it no more. Nobody can undo it."),
    ]
    title = _("Write off what %(name)s owes?") % {"name": customer.name}
    return _act(request, customer, owed_minor, says=says, run=run, form=AmountForm, title=title, button=_("Write off"))


def _act(request: Request, customer: Customer, most_minor: int, *, button: str, **what: Any) -> Act:
    """A page that leads back to where somebody came from: deleting permanently, or the customer."""
    place = "customer_erasure" if request.GET.get("for") == "erasure" and customer.erased_at is None else "customer"
    return Act(
        # What would be refused is not offered.
        button=button if most_minor else "",
        icon="wallet",
        back=url(request, place, customer.pk),
        initial={"amount": most_minor} if most_minor else {},
        once=True,
        **what,
    )


def _common(request: Request, form: AmountForm, customer: Customer) -> dict[str, Any]:
    values = form.cleaned_data
    return {
        "amount_minor": values["amount"],
        "reason": values["reason"],
        "key": saving.key_of(form, customer),
        "by": request.staff,
    }


def _shown(request: Request, amount_minor: int) -> str:
    return show.money(amount_minor, request.organization.currency)
