"""*My Account*: the own names, and the password."""

from django.contrib import messages
from django.contrib.auth.hashers import check_password
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from headend.access import signins
from headend.doors.portal import limits, sessions
from headend.doors.portal.forms import NamesForm, OwnPasswordForm
from headend.doors.portal.pages import Request, go, page, render
from headend.lib.refused import Refused


@page("GET", "POST")
def account(request: Request) -> HttpResponse:
    """Who we think the customer is, and what of that can be changed here."""
    customer = request.customer
    initial = {name: getattr(customer, name) for name in ("first_name", "last_name", "email", "username")}
    form = NamesForm(
        request.POST if request.method == "POST" else None, organization=request.organization, initial=initial
    )
    try:
        if request.method == "POST" and form.is_valid():
            signins.edit(customer=customer, **form.cleaned_data)
            messages.success(request, _("Your details are saved."))
            return go(request, "account")
    except Refused as refused:
        form.refuse(refused)
    return render(request, "account", {"tab": "account", "form": form}, status=400 if form.errors else 200)


@sensitive_post_parameters()
@page("GET", "POST")
def password(request: Request) -> HttpResponse:
    """A new password; other browsers that are signed in are signed out."""
    form = OwnPasswordForm(request.POST if request.method == "POST" else None, organization=request.organization)
    try:
        if request.method == "POST" and form.is_valid():
            return _change(request, form)
    except Refused as refused:
        form.refuse(refused)
    return _password_page(request, form)


def _change(request: Request, form: OwnPasswordForm) -> HttpResponse:
    customer = request.customer
    limits.count_password(customer=customer)
    if not check_password(form.cleaned_data["present"], customer.password):
        form.add_error("present", _("This is not your present password."))
        return _password_page(request, form)
    signins.set_password(customer=customer, password=form.cleaned_data["password"], by=None)
    sessions.sign_in(request, customer)
    messages.success(request, _("Your password is changed. Other browsers are signed out."))
    return go(request, "account")


def _password_page(request: Request, form: OwnPasswordForm) -> HttpResponse:
    return render(request, "password", {"tab": "account", "form": form}, status=400 if form.errors else 200)
