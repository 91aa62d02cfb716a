"""What every page of the portal does: the organization of its URL, its language, the customer, the visit, and no traces."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render as django_render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme

from headend.customers.models import Customer
from headend.doors.portal import sessions
from headend.system.models import Organization
from headend.ui import entering

P = ParamSpec("P")


class Request(HttpRequest):
    """A request to the portal of one organization. `visit` is what pages hand on; empty where there is none.

    `signed_in` is None on a public page that nobody has signed in to; `customer` is the same person on every other page.
    """

    organization: Organization
    signed_in: Customer | None
    customer: Customer
    visit: str


View = Callable[Concatenate[Request, P], HttpResponse]
Opened = Callable[..., HttpResponse]


def page(*methods: str) -> Callable[[View[P]], Opened]:
    """A page of whoever is signed in; everybody else is asked to sign in first."""
    return _decorator(methods, is_public=False)


def public_page(*methods: str) -> Callable[[View[P]], Opened]:
    """A page that anybody may open."""
    return _decorator(methods, is_public=True)


def render(
    request: Request, template: str, context: dict[str, Any] | None = None, *, status: int = 200
) -> HttpResponse:
    """A page in the portal's frame, with the organization's name, logo and colour."""
    frame = {"organization": request.organization, "customer": request.signed_in, "visit": request.visit}
    return django_render(request, f"portal/{template}.html", {**frame, **(context or {})}, status=status)


def url(request: Request, name: str, *args: Any) -> str:
    """The address of a page of this portal, without the visit."""
    return reverse(f"portal:{name}", args=[request.organization.slug, *args])


def go(request: Request, name: str, *args: Any) -> HttpResponse:
    """Leads to a page of this portal. The visit goes along where no session keeps it."""
    return HttpResponseRedirect(_carried(request, url(request, name, *args), {}))


def wanted(request: Request) -> str:
    """Where somebody wanted to go before signing in, if that is a page of this portal; else empty."""
    place = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = place.startswith(url(request, "dashboard"))
    return place if is_ours and ".." not in place and url_has_allowed_host_and_scheme(place, None) else ""


def _carried(request: Request, place: str, query: dict[str, str]) -> str:
    if request.visit and "visit" not in request.session:
        query = {**query, "visit": request.visit}
    return f"{place}?{urlencode(query)}" if query else place


def _decorator(methods: tuple[str, ...], *, is_public: bool) -> Callable[[View[P]], Opened]:
    def decorate(view: View[P]) -> Opened:
        @wraps(view)
        def opened(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            ours = _enter(request, slug)
            with entering.entered(ours.organization):
                response = _refuse(ours, methods, is_public) or _answer(ours, lambda: view(ours, *args, **kwargs))
            # Phones are lent: what one person saw here is not for whoever presses the back button.
            add_never_cache_headers(response)
            return response

        return opened

    return decorate


def _enter(request: HttpRequest, slug: str) -> Request:
    ours = cast(Request, request)
    ours.organization = entering.organization_of(slug)
    sessions.open_for(request, ours.organization)
    ours.signed_in = sessions.customer_of(request, ours.organization)
    if ours.signed_in is not None:
        ours.customer = ours.signed_in
    ours.visit = sessions.visit(request, ours.organization)
    return ours


def _refuse(request: Request, methods: tuple[str, ...], is_public: bool) -> HttpResponse | None:
    method = "GET" if request.method == "HEAD" else request.method
    if not is_public and request.signed_in is None:
        back = request.get_full_path() if method == "GET" else request.path
        # What can only be posted to is not gone back to.
        query = {"next": back} if "GET" in methods else {}
        return HttpResponseRedirect(_carried(request, url(request, "sign_in"), query))
    return None if method in methods else HttpResponseNotAllowed(methods)


def _answer(request: Request, view: Callable[[], HttpResponse]) -> HttpResponse:
    try:
        return view()
    except Http404:
        return render(request, "missing", status=404)
