"""The switch on one device of a customer."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from headend.access import blocks
from headend.access.models import Device
from headend.doors.console import pages, saving
from headend.doors.console.pages import Request, url
from headend.doors.console.panels import Looked, panel
from headend.doors.console.saving import Act, ReasonForm, asks
from headend.lib import mac
from headend.reports import customer as report


def fetch(request: Request, pk: int) -> Device:
    """A Device of the organization; 404 for any other."""
    return pages.fetch(request.organization.device_set.select_related("organization", "customer"), pk)


@panel("devices", gettext_lazy("Devices"), at=70, later=True)
def of_customer(looked: Looked) -> dict[str, Any]:
    """Every MAC that a customer was ever seen with."""
    return {"devices": report.devices(looked.customer)}


@asks("devices/<int:pk>/block/", "device_block", do="customers.edit", of=fetch)
def block(request: Request, device: Device) -> Act:
    """Keeps one device from connecting."""
    name = mac.pretty(device.mac)

    def run(form: ReasonForm) -> str:
        blocks.block(device=device, reason=form.cleaned_data["reason"], by=request.staff)
        return _("%(mac)s is blocked.") % {"mac": name}

    return Act(
        title=_("Block %(mac)s of %(name)s?") % {"mac": name, "name": device.customer.name},
        says=[_("This device is cut off within seconds; the customer’s other devices go on.")],
        button=_("Block device"),
        icon="ban",
        back=url(request, "customer", device.customer_id),
        run=run,
        undo=url(request, "device_block_lift", device.pk),
        form=ReasonForm,
    )


@asks("devices/<int:pk>/block/lift/", "device_block_lift", do="customers.edit", of=fetch)
def unblock(request: Request, device: Device) -> Act:
    """Lets a blocked device connect again."""
    name = mac.pretty(device.mac)

    def run(form: saving.Form) -> str:
        lifted = blocks.lift(device=device, by=request.staff)
        return _("%(mac)s is unblocked.") % {"mac": name} if lifted else _("It was not blocked.")

    return Act(
        title=_("Unblock %(mac)s?") % {"mac": name},
        says=[_("%(name)s can connect with it at once.") % {"name": device.customer.name}],
        button=_("Unblock"),
        icon="circle-check",
        harm=False,
        back=url(request, "customer", device.customer_id),
        run=run,
    )
