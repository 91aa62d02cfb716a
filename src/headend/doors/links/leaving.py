"""Saying that nothing promotional shall come any more, by the address that stood in a mail: also for whoever has no account."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import add_never_cache_headers
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from headend.doors.links import views
from headend.messaging import mails, opt_outs
from headend.messaging.models import Channel, How
from headend.system import throttles
from headend.system.models import Organization
from headend.ui import source
from headend.ui.entering import entered


# Mail programs press it without a page of ours (RFC 8058): the address itself is what proves that they may.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def leave(request: HttpRequest, token: str) -> HttpResponse:
    """Asks, for scanners of mail follow every link; a POST does it, and with `again` takes it back."""
    key = f"links:from:{source.of(request)}"
    if throttles.is_full(key=key, limit=views.MISSES_OF_SOURCE):
        return views.nowhere(request, 429)
    found = mails.read_unsubscribe(token)
    organization = _organization(found[0]) if found else None
    if found is None or organization is None:
        throttles.hit(key=key, limit=views.MISSES_OF_SOURCE, window_seconds=views.WINDOW_SECONDS)
        return views.nowhere(request, 404)
    whose: dict[str, Any] = {"organization": organization, "channel": Channel.EMAIL, "address": found[1]}
    with entered(organization):
        if request.method == "POST":
            (opt_outs.withdraw if "again" in request.POST else opt_outs.add)(**whose, how=How.LINK)
        is_out = opt_outs.is_out(organization, Channel.EMAIL, found[1])
        response = render(request, "link_leave.html", {**whose, "is_out": is_out, "place": request.path})
    add_never_cache_headers(response)
    return response


def _organization(organization_id: int) -> Organization | None:
    rows = Organization.objects.select_related("logo").defer("logo__content")
    return rows.filter(pk=organization_id).first()
