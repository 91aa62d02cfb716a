"""What was sent to a customer, and *Send Payment Details*."""

from dataclasses import replace
from typing import Any, ClassVar, Final

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.customers.models import Customer
from headend.doors.console import lists, pages, panels, saving
from headend.doors.console.lists import Column, Listing
from headend.doors.console.pages import Request, may, page, url
from headend.doors.console.panels import Looked, panel
from headend.doors.console.saving import Act, Form, asks
from headend.messaging import details as verbs
from headend.messaging import resets
from headend.messaging.messages import KEPT_DAYS
from headend.messaging.models import Channel
from headend.reports import messages as report
from headend.ui.templatetags import show

OF_CUSTOMER: Final = Listing(
    title=gettext_lazy("Messages"),
    icon="smartphone",
    columns=(
        Column(gettext_lazy("Time"), sort="time"),
        Column(gettext_lazy("About")),
        Column(gettext_lazy("Text")),
        Column(gettext_lazy("State")),
    ),
    row="console/customers/message.html",
    orders={"time": ("pk",)},
    falling=True,
    empty=gettext_lazy("Nothing was sent yet. Receipts and codes go out by SMS where a carrier is set up."),
)


class DetailsForm(Form):
    """What a message about paying holds besides."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("with_logins",),)

    with_logins = forms.BooleanField(
        label=gettext_lazy("With the username and the password of each package"), required=False
    )


@page("customers/<int:pk>/messages/", "customer_messages", see="customers.see")
def of_customer(request: Request, pk: int) -> HttpResponse:
    """Every message that was sent to a customer, as it may be read afterwards."""
    customer = pages.fetch_customer(request, pk)
    about = _("Codes and passwords are kept as dots, and each message for %(days)s days after it was sent.")
    return lists.list_page(
        request,
        replace(OF_CUSTOMER, about=about % {"days": KEPT_DAYS}),
        report.to_customer(customer),
        template="console/customers/part.html",
        customer=customer,
    )


@panel("messages", gettext_lazy("Messages"), at=90, later=True)
def newest_of_customer(looked: Looked) -> dict[str, Any]:
    """The newest messages that were sent to a customer."""
    shown, more = panels.newest(report.to_customer(looked.customer))
    return {"sent": shown, "more": more}


@asks("customers/<int:pk>/details/", "customer_details", do="customers.see", of=pages.fetch_customer)
def details(request: Request, customer: Customer) -> Act:
    """*Send Payment Details*: account number and how to pay; the logins for whoever may reveal a password."""
    may_reveal = may(request, "customers.edit")

    def run(form: saving.Form) -> str:
        with_logins = may_reveal and bool(form.cleaned_data.get("with_logins"))
        verbs.send(customer=customer, with_logins=with_logins, key=saving.key_of(form, customer), by=request.staff)
        return _("The payment details are on their way to %(name)s.") % {"name": customer.name}

    hindrance = saving.refusal_of(request.organization, lambda: verbs.refuse_to(customer=customer))
    return Act(
        title=_("Send Payment Details to %(name)s?") % {"name": customer.name},
        says=[hindrance] if hindrance else _reached(customer, verbs.channels(customer)),
        button="" if hindrance else _("Send"),
        icon="smartphone",
        harm=False,
        back=url(request, "customer", customer.pk),
        run=run,
        ways=[(_("Edit"), url(request, "customer_edit", customer.pk))] if may_reveal and not customer.phone else [],
        form=DetailsForm if may_reveal and not hindrance else None,
    )


@asks("customers/<int:pk>/password-reset/", "customer_password_reset", do="customers.edit", of=pages.fetch_customer)
def password_reset(request: Request, customer: Customer) -> Act:
    """*Password Reset*: a mail with a link, or a code by SMS; the customer chooses the password."""

    def run(form: saving.Form) -> str:
        resets.send(customer=customer, key=saving.key_of(form, customer), by=request.staff)
        return _("The password reset is on its way to %(name)s.") % {"name": customer.name}

    hindrance = saving.refusal_of(request.organization, lambda: resets.refuse_to(customer=customer))
    channel = "" if hindrance else resets.way(customer)
    what = {
        Channel.EMAIL: _("An e-mail to %(to)s with a link that works once, within three days."),
        Channel.SMS: _("An SMS to %(to)s with a code that is good for a day."),
    }
    says = [
        what[Channel(channel)] % {"to": _to(customer, channel)} if channel else hindrance,
        _("The present password stays until another is set."),
    ]
    return Act(
        title=_("Send a password reset to %(name)s?") % {"name": customer.name},
        says=says if channel else says[:1],
        button=_("Send") if channel else "",
        icon="key-round",
        harm=False,
        back=url(request, "customer", customer.pk),
        run=run,
        ways=[(_("Set portal password"), url(request, "customer_password", customer.pk))],
    )


def _reached(customer: Customer, channels: list[str]) -> list[str]:
    """To where the account number and how to pay go."""
    return [
        (
            _("An e-mail to %(to)s, with the account number and how to pay.")
            if channel == Channel.EMAIL
            else _("An SMS to %(to)s, with the account number and how to pay.")
        )
        % {"to": _to(customer, channel)}
        for channel in channels
    ]


def _to(customer: Customer, channel: str) -> str:
    return customer.email if channel == Channel.EMAIL else show.phone(customer.phone, customer.organization.country)
