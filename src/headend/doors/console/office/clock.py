"""The clock: somebody says that it is right."""

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _

from headend.doors.console import saving
from headend.doors.console.pages import Request, page, url
from headend.system import clocks


@page("clock/", "clock", do="settings")
def confirm(request: Request) -> HttpResponse:
    """*The time is right*: from now on the machine's clock is believed again."""
    clocks.confirm(organization=request.organization, by=request.staff)
    saving.toast(request, _("The clock is trusted again."))
    return HttpResponseRedirect(url(request, "dashboard"))
