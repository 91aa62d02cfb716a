"""Signing in and out."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from headend.access import signins
from headend.customers.rules import Code
from headend.doors.portal import sessions
from headend.doors.portal.forms import SignInForm
from headend.doors.portal.pages import Request, go, page, public_page, render, url, wanted
from headend.lib.refused import Refused
from headend.ui import source


@sensitive_post_parameters("password")
@public_page("GET", "POST")
def sign_in(request: Request) -> HttpResponse:
    """E-mail, phone or username, and the password. What is wrong reads the same, whatever it is."""
    if request.method != "POST":
        return _next(request) if request.signed_in else _page(request, SignInForm(organization=request.organization))
    form = SignInForm(request.POST, organization=request.organization)
    if not form.is_valid():
        return _page(request, form, 400)
    try:
        customer = signins.check(
            organization=request.organization,
            name=form.cleaned_data["name"],
            password=form.cleaned_data["password"],
            source=source.of(request),
        )
    except Refused as refused:
        form.refuse(refused)
        return _page(request, form, 429 if refused.code == Code.TOO_MANY_TRIES else 400)
    sessions.sign_in(request, customer)
    return _next(request)


@page("POST")
def sign_out(request: Request) -> HttpResponse:
    """Ends the session."""
    sessions.sign_out(request)
    return go(request, "sign_in")


@require_safe
def login(request: HttpRequest, slug: str) -> HttpResponse:
    """`login/` is where some look for it."""
    query = request.META.get("QUERY_STRING", "")
    place = reverse("portal:sign_in", args=[slug])
    return HttpResponseRedirect(f"{place}?{query}" if query else place)


def _next(request: Request) -> HttpResponse:
    return HttpResponseRedirect(wanted(request) or url(request, "dashboard"))


def _page(request: Request, form: SignInForm, status: int = 200) -> HttpResponse:
    shown = {"form": form, "next": wanted(request)}
    return render(request, "sign_in", shown, status=status)
