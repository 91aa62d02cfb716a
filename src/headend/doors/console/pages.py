"""Who may open a page: the organization and the membership come from the URL's slug, the rights from the role."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.db import models
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render as django_render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.functional import Promise
from django.utils.safestring import SafeString

from headend.customers.models import Customer
from headend.doors.console import navigation
from headend.doors.console.navigation import Entry
from headend.lib import clock
from headend.system import permissions
from headend.system.models import Membership, Organization, Staff
from headend.ui.entering import entered

Text = str | Promise
Row = TypeVar("Row", bound=models.Model)
_LARGEST_ID: Final = 2**63 - 1
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


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page is: its address within the console, and the name that `url` knows it by."""

    address: str
    name: str


def page(
    address: str, name: str, *, see: str = "", do: str = "", rail: Entry | None = None
) -> Callable[[View[P]], Opened]:
    """A console page: `see` is the permission for GET, `do` for POST; an empty one means that there is no such method.
    With `rail` it stands in the rail of whoever may see it.

    Not signed in: the sign-in page. No membership: 404. No permission: 403 in words.
    """

    def decorate(view: View[P]) -> Opened:
        @wraps(view)
        def opened(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                if request.headers.get("HX-Request"):
                    # The sign-in would be put into the page: instead the script loads the page anew, which leads there.
                    return HttpResponse(status=401, headers={"HX-Refresh": "true"})
                return HttpResponseRedirect(f"{sign_in_url(slug)}?{urlencode({'next': request.get_full_path()})}")
            ours = _enter(request, slug)
            with entered(ours.organization):
                permission = do if request.method == "POST" else see
                if permission and not may(ours, permission):
                    return forbidden(ours)
                if not permission or request.method not in ("GET", "HEAD", "POST"):
                    if "pk" in kwargs:
                        # Whose object it is was not looked at, so that nothing may be told about it.
                        raise Http404
                    return HttpResponseNotAllowed([name for name, right in (("GET", see), ("POST", do)) if right])
                response = view(ours, *args, **kwargs)
                # What one person sees is for no cache between, and is asked for anew by the back button.
                patch_cache_control(response, private=True, no_cache=True)
                return response

        # `urls.py` finds it by this, on whatever stands around the page.
        setattr(opened, "place", Place(address, name))  # noqa: B010 - a function has no such attribute of its own
        if rail is not None:
            navigation.offer(rail, name, see)
        return opened

    return decorate


def may(request: Request, permission: str) -> bool:
    """Whether the role of whoever asks has a permission."""
    return permission == ANYBODY or permissions.may(request.membership.role, permission)


def render(request: Request, template: str, context: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    """A page in the console's shell."""
    shell = {
        "membership": request.membership,
        "doubted_clock": _doubted_clock(),
        "navigation": navigation.build(request.organization, request.membership.role, request.path),
    }
    return django_render(request, template, {**_shared(request), **shell, **(context or {})}, status=status)


def draw(request: Request, template: str, context: dict[str, Any]) -> SafeString:
    """A part of a page, without the shell around it."""
    return render_to_string(template, {**_shared(request), **context}, request)


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


def forbidden(request: Request) -> HttpResponse:
    """403, in words."""
    return render(request, "console/forbidden.html", status=403)


def fetch(rows: QuerySet[Row], pk: int) -> Row:
    """The row of that id among `rows`, which belong to the organization; 404 for any other."""
    row = rows.filter(pk=pk).first() if pk <= _LARGEST_ID else None
    if row is None:
        raise Http404
    return row


def first(rows: QuerySet[Row]) -> Row:
    """The only row among `rows`; 404 where there is none."""
    row = rows.first()
    if row is None:
        raise Http404
    return row


def fetch_customer(request: Request, pk: int) -> Customer:
    """A customer of the organization, deleted or not; 404 for any other, and for who was deleted permanently."""
    return fetch(_customers(request).filter(erased_at__isnull=True), pk)


def fetch_even_erased(request: Request, pk: int) -> Customer:
    """A customer of the organization, also one who was deleted permanently; 404 for any other."""
    return fetch(_customers(request), pk)


def _shared(request: Request) -> dict[str, Any]:
    """What every template is told: the organization, and what whoever looks at it may do."""
    rights = {name.replace(".", "_"): may(request, name) for name in permissions.TABLE}
    return {"organization": request.organization, "may": rights}


def _customers(request: Request) -> QuerySet[Customer]:
    return request.organization.customer_set.select_related("organization", "group", "site")


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


def _doubted_clock() -> clock.Judgement | None:
    judgement = clock.judge()
    return None if judgement.is_trusted else judgement
