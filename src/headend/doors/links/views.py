"""Following a short address: to where it leads, or to a page that says what to do instead."""

from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from headend.messaging import links
from headend.messaging.models import Link
from headend.system import throttles
from headend.ui import source
from headend.ui.entering import entered

# Of 1e12 codes none is found in so few tries; a whole town behind one address mistypes less often.
MISSES_OF_SOURCE: Final = 60
WINDOW_SECONDS: Final = 15 * 60
_LONGEST_CODE: Final = 12


@require_safe
def follow(request: HttpRequest, code: str) -> HttpResponse:
    """Leads on, and counts it: but not what only looks where it would lead, as scanners of mail and browsers beforehand do."""
    key = f"links:from:{source.of(request)}"
    if throttles.is_full(key=key, limit=MISSES_OF_SOURCE):
        return nowhere(request, 429)
    link = links.find(code) if len(code) <= _LONGEST_CODE else None
    if link is None:
        throttles.hit(key=key, limit=MISSES_OF_SOURCE, window_seconds=WINDOW_SECONDS)
        return nowhere(request, 404)
    if links.is_over(link):
        return _over(request, link)
    if request.method == "GET" and not _is_beforehand(request):
        links.count(link)
    response = HttpResponseRedirect(links.target_of(link))
    add_never_cache_headers(response)
    return response


def nowhere(request: HttpRequest, status: int) -> HttpResponse:
    """404, or 429: nothing is known of whoever would have sent it."""
    if status == 429:
        what = _(
            "Too many addresses that lead nowhere were tried from your network. Try again in a quarter of an hour."
        )
    else:
        what = _(
            "Look at the message again: is every letter of the address the same? If it is old, the address may be over: "
            "ask whoever sent it for another one."
        )
    context = {"title": _("This address leads nowhere"), "what": what}
    return render(request, "link_nowhere.html", context, status=status)


def _is_beforehand(request: HttpRequest) -> bool:
    purpose = request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "")
    return "prefetch" in purpose


def _over(request: HttpRequest, link: Link) -> HttpResponse:
    """410, in the look of whoever sent it."""
    organization = link.message.organization
    with entered(organization):
        return render(request, "link_over.html", {"organization": organization}, status=410)
