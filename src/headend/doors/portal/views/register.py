"""A visitor makes an account, and proves that the phone is his where the organization wants that."""

from typing import Any, Final

from django.contrib import messages
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from headend.access import signins
from headend.customers import customers
from headend.customers.rules import Code as CustomersCode
from headend.doors.portal import limits, sessions
from headend.doors.portal.forms import Form, RegisterCodeForm, RegisterForm
from headend.doors.portal.pages import Request, go, public_page, render
from headend.lib.refused import Refused
from headend.messaging import carriers, codes
from headend.system.models import Registration
from headend.ui import source

PURPOSE: Final = "portal_register"


@sensitive_post_parameters("password")
@public_page("GET", "POST")
def register(request: Request) -> HttpResponse:
    """Makes the account and signs it in: to the dashboard, or to *Buy* where a visit waits to go on.

    Where the phone has to be proved, a code is sent to it first, and nothing is made before it came back.
    """
    if request.method != "POST":
        return go(request, "dashboard") if request.signed_in else _page(request, "register", _form(request))
    form = _form(request)
    if not form.is_valid():
        return _page(request, "register", form, 400)
    try:
        limits.count_registration(organization=request.organization, source=source.of(request))
        if form.cleaned_data["phone"] and _wants_proof(request):
            _ask_for_proof(request, form.cleaned_data)
            return go(request, "register_code")
        return _make(request, form.cleaned_data)
    except Refused as refused:
        form.refuse(refused)
        return _page(request, "register", form, 429 if refused.code in _TOO_MANY else 400)


_TOO_MANY: Final = (limits.Code.TOO_MANY_REGISTRATIONS, limits.Code.TOO_MANY_CODES)


@sensitive_post_parameters("code")
@public_page("GET", "POST")
def register_code(request: Request) -> HttpResponse:
    """The code that came to the phone: now the account is made."""
    waiting = sessions.registration(request)
    if waiting is None or request.signed_in:
        return go(request, "dashboard" if request.signed_in else "register")
    if request.method != "POST":
        form = RegisterCodeForm(organization=request.organization)
        return _page(request, "register_code", form, phone=waiting["phone"])
    form = RegisterCodeForm(request.POST, organization=request.organization)
    try:
        if form.is_valid():
            limits.count_code_try(organization=request.organization, source=source.of(request))
            # First, because a code that is right is used up.
            is_known = _try(request, waiting)
            code = form.cleaned_data["code"]
            codes.check(organization=request.organization, purpose=PURPOSE, phone=waiting["phone"], code=code)
            return _join(request, waiting) if is_known else _make(request, waiting)
    except Refused as refused:
        # Also what somebody else took meanwhile; the page leads back to the beginning.
        form.refuse(refused)
    return _page(request, "register_code", form, 400, phone=waiting["phone"])


def _wants_proof(request: Request) -> bool:
    organization = request.organization
    return organization.registration == Registration.CODE and carriers.of(organization) is not None


def _ask_for_proof(request: Request, typed: dict[str, Any]) -> None:
    """Sends the code, and keeps what was typed until it comes back; of the password only what is kept of every password."""
    organization = request.organization
    phone = customers.read_phone(organization=organization, text=typed["phone"])
    names = {name: value for name, value in typed.items() if name != "password"}
    fields = {
        **names,
        "phone": phone,
        "password_hash": signins.hash_password(typed["password"], of={**names, "phone": phone}),
    }
    _try(request, fields)
    limits.count_code(organization=organization, source=source.of(request), phone=phone)
    codes.send(organization=organization, purpose=PURPOSE, phone=phone)
    sessions.remember_registration(request, organization, fields)


def _try(request: Request, fields: dict[str, Any]) -> bool:
    """Whether the phone has an account already; what else is wrong is refused.

    That is not said before the code has come back: whoever types a number must not learn whose customer its owner is.
    """
    try:
        signins.try_to_register(organization=request.organization, **fields)
    except Refused as refused:
        if refused.code != CustomersCode.PHONE_TAKEN:
            raise
        # The other mistakes of an unknown phone's form are those of a known one's.
        signins.try_to_register(organization=request.organization, **{**fields, "phone": ""})
        return True
    return False


def _make(request: Request, fields: dict[str, Any]) -> HttpResponse:
    customer = signins.register(organization=request.organization, **fields)
    sessions.sign_in(request, customer)
    welcome = _("Welcome, %(name)s. Your account number is %(number)s.")
    messages.success(request, welcome % {"name": customer.first_name, "number": customer.account_number})
    return go(request, "buy" if request.visit else "dashboard")


def _join(request: Request, fields: dict[str, Any]) -> HttpResponse:
    """The phone is proved and has an account: the password that was typed is its password now, as after a forgotten one."""
    customer = signins.by_phone(organization=request.organization, text=fields["phone"])
    if customer is None:
        # Deleted, or given another phone, a moment ago.
        return go(request, "register")
    signins.set_hash(customer=customer, password_hash=fields["password_hash"], by=None)
    sessions.sign_in(request, customer)
    messages.success(
        request, _("This phone had an account already. You are signed in, with the password that you chose.")
    )
    return go(request, "buy" if request.visit else "dashboard")


def _form(request: Request) -> RegisterForm:
    return RegisterForm(request.POST if request.method == "POST" else None, organization=request.organization)


def _page(request: Request, template: str, form: Form, status: int = 200, **context: Any) -> HttpResponse:
    return render(request, template, {"form": form, **context}, status=status)
