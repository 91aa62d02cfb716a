"""Deleting a customer, and taking it back."""

from django.http import HttpResponse
from django.utils.translation import gettext as _

from headend.desk import removals
from headend.doors.console import crud
from headend.doors.console.access import Request, page, url
from headend.doors.console.crud import Act
from headend.doors.console.views import customers


@page(see="customers.delete", do="customers.delete")
def delete(request: Request, pk: int) -> HttpResponse:
    """Deletes a customer: hidden and cut off, and everything kept."""
    customer = customers.fetch(request, pk)

    def run(form: crud.Form) -> str:
        removals.delete(customer=customer, by=request.staff)
        return _("%(name)s is deleted.") % {"name": customer.name}

    act = Act(
        title=_("Delete %(name)s?") % {"name": customer.name},
        says=[
            _("They are cut off within seconds and leave the lists. Packages, usage and history are kept."),
            _("An owner or an admin can undelete them, from the view “Deleted”."),
        ],
        button=_("Delete"),
        icon="trash-2",
        back=url(request, "customers"),
        run=run,
        undo=url(request, "customer_deletion_lift", pk),
    )
    return crud.act_page(request, act)


@page(see="customers.delete", do="customers.delete")
def undelete(request: Request, pk: int) -> HttpResponse:
    """Brings a deleted customer back."""
    customer = customers.fetch(request, pk)

    def run(form: crud.Form) -> str:
        removals.undelete(customer=customer, by=request.staff)
        return _("%(name)s is back.") % {"name": customer.name}

    act = Act(
        title=_("Undelete %(name)s?") % {"name": customer.name},
        says=[_("They are on the lists again, with everything that they had.")],
        button=_("Undelete"),
        icon="undo-2",
        harm=False,
        back=url(request, "customer", pk),
        run=run,
    )
    return crud.act_page(request, act)
