"""Who is told how much data a customer has used: the panel on the customer's page, adding, deleting."""

from typing import Any, ClassVar, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.access import triggers
from headend.access.models import Trigger
from headend.customers.models import Customer
from headend.doors.console import pages, saving
from headend.doors.console.pages import Request, url
from headend.doors.console.panels import Looked, panel
from headend.doors.console.saving import Act, Form, asks
from headend.ui.forms import Amount
from headend.ui.templatetags import show

# What most people want to know before it is too late.
USUAL_PERCENT: Final = 80


class TriggerForm(Form):
    """At how much it is said, and to whom."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("percent",), ("email",), ("phone",))

    percent = forms.IntegerField(
        label=gettext_lazy("When so much is used"),
        min_value=1,
        max_value=triggers.WHOLE,
        help_text=gettext_lazy("Of the data of a package, in each period."),
        widget=Amount(after="%"),
    )
    email = forms.CharField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("Empty: no e-mail is sent."),
        widget=forms.TextInput(attrs={"inputmode": "email", "class": "w-l", "autocomplete": "off"}),
    )
    phone = forms.CharField(
        label=gettext_lazy("Mobile number"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Empty: no SMS is sent."),
        widget=forms.TextInput(attrs={"type": "tel", "class": "w-m", "autocomplete": "off"}),
    )


def fetch(request: Request, pk: int) -> Trigger:
    """A Trigger of the organization; 404 for any other."""
    rows = Trigger.objects.filter(organization=request.organization)
    return pages.fetch(rows.select_related("customer__organization"), pk)


@panel("triggers", gettext_lazy("Notifications"), at=96, aside=True, later=True)
def load(looked: Looked) -> dict[str, Any]:
    """The customer's own ones, and those that hold for everybody."""
    organization = looked.request.organization
    return {
        "triggers": triggers.of(customer=looked.customer),
        "defaults": triggers.defaults(organization=organization),
    }


@asks("customers/<int:pk>/triggers/add/", "customer_trigger_add", do="customers.edit", of=pages.fetch_customer)
def add(request: Request, customer: Customer) -> Act:
    """A new one: address and number are filled in, and can be others."""

    def run(form: TriggerForm) -> str:
        typed = {name: form.cleaned_data[name] for name in ("percent", "email", "phone")}
        triggers.add(customer=customer, by=request.staff, **typed)
        return _("Usage is told at %(percent)s %%.") % {"percent": typed["percent"]}

    return Act(
        title=_("Tell how much data %(name)s has used") % {"name": customer.name},
        button=_("Add trigger"),
        icon="plus",
        harm=False,
        back=_place(request, customer),
        run=run,
        form=TriggerForm,
        initial={
            "percent": USUAL_PERCENT,
            "email": customer.email,
            "phone": show.phone(customer.phone, request.organization.country),
        },
        once=True,
    )


@asks("triggers/<int:pk>/deletion/", "trigger_deletion", do="customers.edit", of=fetch)
def delete(request: Request, trigger: Trigger) -> Act:
    """Tells it nothing more."""

    def run(form: saving.Form) -> str:
        triggers.delete(trigger=trigger, by=request.staff)
        return _("The trigger is deleted.")

    told = filter(None, (trigger.email, show.phone(trigger.phone, request.organization.country)))
    return Act(
        title=_("Delete the trigger at %(percent)s %%?") % {"percent": trigger.percent},
        says=[
            _("It tells %(told)s how much data %(name)s has used.")
            % {"told": _(" and ").join(told), "name": trigger.customer.name}
        ],
        button=_("Delete trigger"),
        icon="trash-2",
        back=_place(request, trigger.customer),
        run=run,
    )


def _place(request: Request, customer: Customer) -> str:
    return f"{url(request, 'customer', customer.pk)}#triggers"
