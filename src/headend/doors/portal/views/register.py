"""A visitor makes an account."""

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from headend.access import signins
from headend.doors.portal import limits, sessions
from headend.doors.portal.access import Request, go, public_page, render
from headend.doors.portal.forms import Register
from headend.lib.refused import Refused
from headend.ui import source


@sensitive_post_parameters("password")
@public_page("GET", "POST")
def register(request: Request) -> HttpResponse:
    """Makes the account and signs it in at once: to the dashboard, or to *Buy* where a visit waits to go on."""
    if request.method != "POST":
        return go(request, "dashboard") if request.signed_in else _page(request, _form(request))
    form = _form(request)
    if not form.is_valid():
        return _page(request, form, 400)
    try:
        limits.count_registration(organization=request.organization, source=source.of(request))
        customer = signins.register(organization=request.organization, **form.cleaned_data)
    except Refused as refused:
        form.refuse(refused)
        return _page(request, form, 429 if refused.code == limits.Code.TOO_MANY_REGISTRATIONS else 400)
    sessions.sign_in(request, customer)
    welcome = _("Welcome, %(name)s. Your account number is %(number)s.")
    messages.success(request, welcome % {"name": customer.first_name, "number": customer.account_number})
    return go(request, "buy" if request.visit else "dashboard")


def _form(request: Request) -> Register:
    return Register(request.POST if request.method == "POST" else None, organization=request.organization)


def _page(request: Request, form: Register, status: int = 200) -> HttpResponse:
    return render(request, "register", {"form": form}, status=status)
