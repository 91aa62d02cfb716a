"""Who may open a page: the organization and the membership come from the URL's slug, the rights from the role."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, cast
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render as django_render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import patch_cache_control

from headend.doors.console import navigation
from headend.lib import clock
from headend.system import events, permissions
from headend.system.models import Membership, Organization, Staff

# The right to what everybody has who works here: the own account, the choice of pages.
ANYBODY: Final = "anybody"

# Hosts at which nobody else reaches us.
THIS_MACHINE: Final = ("", "localhost", "127.0.0.1", "::1")

P = ParamSpec("P")


class Request(HttpRequest):
    """A request of somebody who works in the organization that the URL names."""

    organization: Organization
    membership: Membership
    staff: Staff


View = Callable[Concatenate[Request, P], HttpResponse]
Opened = Callable[..., HttpResponse]


def page(*, see: str = "", do: str = "") -> Callable[[View[P]], Opened]:
    """A console page: `see` is the permission for GET, `do` for POST; an empty one means that there is no such method.

    Not signed in: the sign-in page. No membership: 404. No permission: 403 in words.
    """

    def decorate(view: View[P]) -> Opened:
        @wraps(view)
        def opened(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return HttpResponseRedirect(f"{sign_in_url(slug)}?{urlencode({'next': request.get_full_path()})}")
            ours = _enter(request, slug)
            organization = ours.organization
            with translation.override(organization.language), timezone.override(ZoneInfo(organization.timezone)):
                permission = do if request.method == "POST" else see
                if permission and not may(ours, permission):
                    return forbidden(ours)
                if not permission or request.method not in ("GET", "HEAD", "POST"):
                    if "pk" in kwargs:
                        # Whose object it is was not looked at, so that nothing may be told about it.
                        raise Http404
                    return HttpResponseNotAllowed([name for name, right in (("GET", see), ("POST", do)) if right])
                # Whatever a press of a button causes is one operation: the timeline shows it as one line.
                with events.operation():
                    response = view(ours, *args, **kwargs)
                # What one person sees is for no cache between, and is asked for anew by the back button.
                patch_cache_control(response, private=True, no_cache=True)
                return response

        return opened

    return decorate


def may(request: Request, permission: str) -> bool:
    """Whether the role of whoever asks has a permission."""
    return permission == ANYBODY or permissions.may(request.membership.role, permission)


def render(request: Request, template: str, context: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    """A page in the console's shell."""
    rights = {name.replace(".", "_"): may(request, name) for name in permissions.TABLE}
    shell = {
        "organization": request.organization,
        "membership": request.membership,
        "doubted_clock": _doubted_clock(),
        "may": rights,
        "navigation": navigation.build(request.organization, request.membership.role, request.path),
    }
    return django_render(request, template, {**shell, **(context or {})}, status=status)


def url(request: Request, name: str, *args: Any) -> str:
    """The address of a console page of this organization."""
    return reverse(f"console:{name}", args=[request.organization.slug, *args])


def public_url(request: HttpRequest) -> str:
    """Where people reach us, without a slash at the end: what the settings say, else by what this page was asked for."""
    told = str(settings.PUBLIC_URL)
    if not is_reachable(told):
        return f"{request.scheme}://{request.get_host()}"
    return told


def is_reachable(place: str) -> bool:
    """Whether others than who sits at this machine can open an address of ours."""
    return (urlsplit(place).hostname or "") not in THIS_MACHINE


def sign_in_url(slug: str) -> str:
    """Where somebody signs in to work in one organization."""
    return reverse("console:sign_in", args=[slug])


def _enter(request: HttpRequest, slug: str) -> Request:
    person = cast(Staff, request.user)
    memberships = person.membership_set.filter(organization__slug=slug).select_related("organization__logo")
    # Every page names the logo; its bytes are for the one address that serves them.
    membership = memberships.defer("organization__logo__content").first()
    if membership is None:
        raise Http404
    ours = cast(Request, request)
    ours.organization, ours.membership, ours.staff = membership.organization, membership, person
    return ours


def forbidden(request: Request) -> HttpResponse:
    """403, in words."""
    return render(request, "console/forbidden.html", status=403)


def _doubted_clock() -> clock.Judgement | None:
    judgement = clock.judge()
    return None if judgement.is_trusted else judgement
