"""Forgot the password, or never had one: whoever can read the phone's SMS sets a new one."""

from contextlib import suppress
from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from headend.access import signins
from headend.customers import customers
from headend.doors.portal import limits, sessions
from headend.doors.portal.forms import CodeCheckForm, CodeForm, Form
from headend.doors.portal.pages import Request, go, public_page, render
from headend.lib.refused import Refused
from headend.messaging import carriers, codes
from headend.messaging.rules import Code as MessagingCode
from headend.ui import source

PURPOSE: Final = "portal_password"


@public_page("GET", "POST")
def code(request: Request) -> HttpResponse:
    """Asks for the phone and sends a code to it. Nothing here tells whether the phone is anybody's."""
    can_send = carriers.of(request.organization) is not None
    if request.method != "POST":
        return _page(request, "code", CodeForm(organization=request.organization), can_send=can_send)
    form = CodeForm(request.POST, organization=request.organization)
    status = 400
    try:
        if form.is_valid() and can_send:
            _send(request, form.cleaned_data["phone"])
            return go(request, "code_check")
    except Refused as refused:
        form.refuse(refused)
        status = 429 if refused.code == limits.Code.TOO_MANY_CODES else 400
    return _page(request, "code", form, status, can_send=can_send)


@sensitive_post_parameters("code", "password")
@public_page("GET", "POST")
def code_check(request: Request) -> HttpResponse:
    """The code that came and a new password: signed in at once."""
    phone = sessions.phone(request)
    if not phone:
        return go(request, "code")
    if request.method != "POST":
        return _page(request, "code_check", CodeCheckForm(organization=request.organization), phone=phone)
    form = CodeCheckForm(request.POST, organization=request.organization)
    try:
        # The password is looked at first: a code that is right is used up.
        if form.is_valid():
            _set_password(request, phone, **form.cleaned_data)
            return go(request, "dashboard")
    except Refused as refused:
        form.refuse(refused)
    return _page(request, "code_check", form, 400, phone=phone)


def _send(request: Request, typed: str) -> None:
    organization = request.organization
    phone = customers.read_phone(organization=organization, text=typed)
    limits.count_code(organization=organization, source=source.of(request), phone=phone)
    codes.refuse_to(organization=organization, phone=phone)
    customer = signins.by_phone(organization=organization, text=phone)
    if customer is not None:
        # Codes that other doors have sent to this phone count there as well; that would tell that it is known.
        with suppress(Refused):
            codes.send(organization=organization, purpose=PURPOSE, phone=customer.phone)
    sessions.remember_phone(request, organization, phone)


def _set_password(request: Request, phone: str, *, code: str, password: str) -> None:
    organization = request.organization
    limits.count_code_try(organization=organization, source=source.of(request))
    codes.check(organization=organization, purpose=PURPOSE, phone=phone, code=code)
    customer = signins.by_phone(organization=organization, text=phone)
    if customer is None:
        # Deleted, or given another phone, since the code was sent.
        raise Refused(MessagingCode.CODE_WRONG)
    signins.set_password(customer=customer, password=password, by=None)
    sessions.sign_in(request, customer)
    messages.success(request, _("Your password is set. You are signed in."))


def _page(request: Request, template: str, form: Form, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, template, {"form": form, **context}, status=status)
