"""Signing in and out, and choosing among several organizations."""

from hashlib import sha256
from typing import ClassVar, Final, cast

from django import forms
from django.conf import settings
from django.contrib import auth
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import translation
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe

from headend.lib import ids
from headend.system import throttles
from headend.system.models import Organization, Staff
from headend.ui import source
from headend.ui.forms import PlainForm

# The name of this door where tries are counted.
DOOR: Final = "sign-in"


class SignInForm(PlainForm):
    """E-mail and password."""

    layout: ClassVar[tuple[tuple[str, ...], ...]] = (("email",), ("password",))

    email = forms.EmailField(
        label=gettext_lazy("E-mail"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "username", "autofocus": True}),
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


@require_safe
def start(request: HttpRequest) -> HttpResponse:
    """`/` leads to the console."""
    return HttpResponseRedirect(reverse("organizations" if request.user.is_authenticated else "sign_in"))


@sensitive_post_parameters("password")
@never_cache
def sign_in(request: HttpRequest, slug: str = "") -> HttpResponse:
    """E-mail and password. The answer to an unknown e-mail is that to a wrong password."""
    organization = get_object_or_404(Organization, slug=slug) if slug else None
    with translation.override(organization.language if organization else settings.LANGUAGE_CODE):
        if request.method == "POST":
            return _try(request, organization)
        if request.user.is_authenticated:
            return HttpResponseRedirect(_next(request, organization))
        return _page(request, SignInForm(), organization)


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Ends the session."""
    auth.logout(request)
    return HttpResponseRedirect(reverse("sign_in"))


@require_safe
@never_cache
@login_required(login_url="/sign-in/")
def choose(request: HttpRequest) -> HttpResponse:
    """Where somebody works; who works for one organization only is led there."""
    person = cast(Staff, request.user)
    memberships = list(person.membership_set.select_related("organization").order_by("organization__name"))
    if len(memberships) == 1 and "all" not in request.GET:
        return HttpResponseRedirect(reverse("console:dashboard", args=[memberships[0].organization.slug]))
    return render(request, "console/organizations.html", {"memberships": memberships})


def _try(request: HttpRequest, organization: Organization | None) -> HttpResponse:
    form = SignInForm(request.POST)
    if not form.is_valid():
        return _page(request, form, organization, 400)
    name, address = _counted(form.cleaned_data["email"]), source.of(request)
    if not throttles.may_sign_in(door=DOOR, name=name, source=address):
        form.add_error(None, _("Too many tries. Wait a quarter of an hour, then try again."))
        return _page(request, form, organization, 429)
    person = auth.authenticate(request, email=form.cleaned_data["email"], password=form.cleaned_data["password"])
    if person is None:
        form.add_error(None, _("E-mail or password is wrong."))
        return _page(request, form, organization, 400)
    throttles.signed_in(door=DOOR, name=name, source=address)
    auth.login(request, person)
    return HttpResponseRedirect(_next(request, organization))


def _page(request: HttpRequest, form: SignInForm, organization: Organization | None, status: int = 200) -> HttpResponse:
    shown = {"form": form, "organization": organization, "next": request.POST.get("next", request.GET.get("next", ""))}
    return render(request, "console/sign_in.html", shown, status=status)


def _next(request: HttpRequest, organization: Organization | None) -> str:
    """Where to go after signing in: what was asked for, if it is ours, else the console."""
    wanted = request.POST.get("next", request.GET.get("next", ""))
    if url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure()):
        return wanted
    person = cast(Staff, request.user)
    if organization is not None and person.membership_set.filter(organization=organization).exists():
        return reverse("console:dashboard", args=[organization.slug])
    return reverse("organizations")


def _counted(email: str) -> str:
    # Hashed, because the table need not say who tried.
    return sha256(ids.name_key(email).encode()).hexdigest()[:40]
