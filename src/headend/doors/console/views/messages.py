"""What was sent to a customer."""

from dataclasses import replace
from typing import Final

from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.doors.console import crud
from headend.doors.console.access import Request, page
from headend.doors.console.crud import Column, Listing
from headend.doors.console.views import customers
from headend.messaging.messages import KEPT_DAYS
from headend.reports import wallet

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


@page(see="customers.see")
def of_customer(request: Request, pk: int) -> HttpResponse:
    """Every message that was sent to a customer, as it may be read afterwards."""
    customer = customers.fetch(request, pk)
    about = _("Codes and passwords are kept as dots, and each message for %(days)s days after it was sent.")
    return crud.list_page(
        request,
        replace(OF_CUSTOMER, about=about % {"days": KEPT_DAYS}),
        wallet.messages_to(customer),
        template="console/customers/part.html",
        customer=customer,
    )
