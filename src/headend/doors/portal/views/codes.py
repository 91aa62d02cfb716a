"""Forgot the password, or never had one: whoever can read the phone's SMS, or the mail, sets a new one."""

from contextlib import suppress
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from headend.access import password_links, signins
from headend.customers import customers
from headend.customers.rules import Code as CustomersCode
from headend.doors.portal import limits, sessions
from headend.doors.portal.forms import CodeCheckForm, CodeForm, Form, NewPasswordForm, PhoneCodeCheckForm
from headend.doors.portal.pages import Request, go, public_page, render
from headend.lib import ids
from headend.lib.refused import Refused
from headend.messaging import carriers, codes, resets
from headend.messaging.models import Channel
from headend.messaging.rules import Code as MessagingCode
from headend.ui import source
from headend.ui.templatetags import show


@public_page("GET", "POST")
def code(request: Request) -> HttpResponse:
    """Asks for the phone or the e-mail, and sends a code or a link. Nothing here tells whether it is anybody's."""
    ways = {
        "by_sms": carriers.of(request.organization) is not None,
        "by_mail": carriers.of(request.organization, Channel.EMAIL) is not None,
    }
    can_send = any(ways.values())
    if request.method != "POST":
        return _page(request, "code", CodeForm(organization=request.organization, **ways), can_send=can_send)
    form = CodeForm(request.POST, organization=request.organization, **ways)
    status = 400
    try:
        if form.is_valid() and can_send:
            return _send(request, form.cleaned_data["phone"].strip(), **ways)
    except Refused as refused:
        form.refuse(refused)
        status = 429 if refused.code == limits.Code.TOO_MANY_CODES else 400
    return _page(request, "code", form, status, can_send=can_send)


@public_page("GET")
def code_mailed(request: Request) -> HttpResponse:
    """A link is under way, if the address is anybody's."""
    return render(request, "code_mailed", {"days": password_links.VALID_DAYS})


@sensitive_post_parameters("code", "password")
@public_page("GET", "POST")
def code_check(request: Request) -> HttpResponse:
    """The code that came and a new password: signed in at once. Whoever has not asked for it here says to which phone it came."""
    phone = sessions.phone(request)
    form_of = CodeCheckForm if phone else PhoneCodeCheckForm
    if request.method != "POST":
        return _page(request, "code_check", form_of(organization=request.organization), phone=phone)
    form = form_of(request.POST, organization=request.organization)
    try:
        # The password is looked at first: a code that is right is used up.
        if form.is_valid():
            given = dict(form.cleaned_data)
            typed = phone or customers.read_phone(organization=request.organization, text=given.pop("phone"))
            _set_password(request, typed, **given)
            return go(request, "dashboard")
    except Refused as refused:
        form.refuse(refused)
    return _page(request, "code_check", form, 400, phone=phone)


@sensitive_post_parameters("password")
@public_page("GET", "POST")
def password_link(request: Request, token: str) -> HttpResponse:
    """The link of a mail: a new password, and signed in at once. To look at it uses nothing up: programs that read mails do so."""
    try:
        customer = password_links.find(organization=request.organization, token=token)
    except Refused:
        return render(request, "password_link", {"form": None}, status=404)
    form = NewPasswordForm(request.POST if request.method == "POST" else None, organization=request.organization)
    try:
        if request.method == "POST" and form.is_valid():
            password = form.cleaned_data["password"]
            customer = password_links.use(organization=request.organization, token=token, password=password)
            sessions.sign_in(request, customer)
            messages.success(request, _("Your password is set. You are signed in."))
            return go(request, "dashboard")
    except Refused as refused:
        if refused.code == CustomersCode.LINK_OVER:
            return render(request, "password_link", {"form": None}, status=404)
        form.refuse(refused)
    name = customer.email or show.phone(customer.phone, request.organization.country) or customer.username
    return _page(request, "password_link", form, 400 if form.errors else 200, name=name)


def _send(request: Request, typed: str, *, by_sms: bool, by_mail: bool) -> HttpResponse:
    organization = request.organization
    if by_mail and ("@" in typed or not by_sms):
        key = ids.name_key(typed)
        limits.count_code(organization=organization, source=source.of(request), phone=key)
        customer = customers.holders("email_key", key, organization_id=organization.pk).first() if key else None
        if customer is not None:
            customer.organization = organization
            resets.send_link(customer=customer, key=ids.token())
        return go(request, "code_mailed")
    phone = customers.read_phone(organization=organization, text=typed)
    limits.count_code(organization=organization, source=source.of(request), phone=phone)
    codes.refuse_to(organization=organization, phone=phone)
    customer = signins.by_phone(organization=organization, text=phone)
    if customer is not None:
        # Codes that other doors have sent to this phone count there as well; that would tell that it is known.
        with suppress(Refused):
            codes.send(organization=organization, purpose=codes.PORTAL_PASSWORD, phone=customer.phone)
    sessions.remember_phone(request, organization, phone)
    return go(request, "code_check")


def _set_password(request: Request, phone: str, *, code: str, password: str) -> None:
    organization = request.organization
    limits.count_code_try(organization=organization, source=source.of(request))
    codes.check(organization=organization, purpose=codes.PORTAL_PASSWORD, phone=phone, code=code)
    customer = signins.by_phone(organization=organization, text=phone)
    if customer is None:
        # Deleted, or given another phone, since the code was sent.
        raise Refused(MessagingCode.CODE_WRONG)
    signins.set_password(customer=customer, password=password, by=None)
    sessions.sign_in(request, customer)
    messages.success(request, _("Your password is set. You are signed in."))


def _page(request: Request, template: str, form: Form, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, template, {"form": form, **context}, status=status)
