"""What every page of the captive door does: the organization of its URL, its language, the visit, and no traces."""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, cast
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import render as django_render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt

from headend.doors.captive import visits
from headend.doors.captive.visits import LoginRefusedError, Visit
from headend.system.models import Organization
from headend.ui import entering

# Addresses hold the visit, and links the voucher's password: neither is for a cache, nor for the next host to read.
HEADERS: Final = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}

P = ParamSpec("P")


class Request(HttpRequest):
    """A guest's request to one organization. `visit_text` is what pages hand on; empty where there is no visit."""

    organization: Organization
    visit: Visit | None
    visit_text: str


View = Callable[Concatenate[Request, P], HttpResponse]


def page(*methods: str) -> Callable[[View[P]], Callable[..., HttpResponse]]:
    """A page of this door for these methods; a GET of what is only posted to leads to the splash."""

    def decorate(view: View[P]) -> Callable[..., HttpResponse]:
        # Nobody is signed in here and no cookie gives any right: a form of somebody else's page can do no more than its
        # author could do himself. And the small browsers that phones open for a sign-in may keep no cookies.
        @csrf_exempt
        @wraps(view)
        def opened(request: HttpRequest, slug: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            ours = _enter(request, slug)
            with entering.entered(ours.organization):
                response = _answer(ours, methods, lambda: view(ours, *args, **kwargs))
            for name, value in HEADERS.items():
                response.headers[name] = value
            return response

        return opened

    return decorate


def render(
    request: Request,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    status: int = 200,
    refresh: str = "",
) -> HttpResponse:
    """A page with the organization's head and foot. `refresh` is what the browser does by itself: `3`, or `1; url=...`."""
    shell = {
        "organization": request.organization,
        "visit": request.visit_text,
        "place": request.visit.place if request.visit else "",
        "refresh": refresh,
    }
    return django_render(request, f"captive/{template}.html", {**shell, **(context or {})}, status=status)


def sorry(request: Request, title: str, what: str, *, status: int) -> HttpResponse:
    """A page that says in words why this does not go on, and whom to call."""
    return render(request, "sorry", {"title": title, "what": what}, status=status)


def url(request: Request, name: str, *args: Any) -> str:
    """The address of a page of this door, with the visit."""
    return url_with(request, name, request.visit_text, *args)


def url_with(request: Request, name: str, visit_text: str, *args: Any) -> str:
    """The same with another visit, or with none where it is empty."""
    place = reverse(f"captive:{name}", args=[request.organization.slug, *args])
    return f"{place}?{urlencode({'visit': visit_text})}" if visit_text else place


def go(request: Request, name: str, *args: Any) -> HttpResponse:
    """Leads to a page of this door, with the visit."""
    return HttpResponseRedirect(url(request, name, *args))


def keep(request: Request, visit: Visit | None) -> None:
    """From here on the request and its page are of this visit."""
    request.visit, request.visit_text = visit, visits.write(visit) if visit else ""


def _enter(request: HttpRequest, slug: str) -> Request:
    ours = cast(Request, request)
    ours.organization = entering.organization_of(slug)
    text = request.POST.get("visit") or request.GET.get("visit") or ""
    ours.visit = visits.read(organization=ours.organization, text=text) if text else None
    ours.visit_text = text if ours.visit else ""
    return ours


def _answer(request: Request, methods: tuple[str, ...], view: Callable[[], HttpResponse]) -> HttpResponse:
    method = "GET" if request.method == "HEAD" else request.method
    if method not in methods:
        # A phone that opens its last page again asks by GET for what it had posted to.
        return go(request, "splash") if method == "GET" else HttpResponseNotAllowed(methods)
    try:
        return view()
    except Http404:
        return sorry(request, _("Nothing is here"), _("This page is not known, or it is too old."), status=404)
    except LoginRefusedError:
        return render(request, "refused", status=400)
