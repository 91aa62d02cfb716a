"""What a provider says of a payment, and a carrier of messages: taken, and answered quickly."""

from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from headend.billing import callbacks, payments
from headend.messaging import carriers, deliveries
from headend.system import throttles
from headend.ui import source

FORGED_MOST: Final = 30
FORGED_WINDOW_SECONDS: Final = 15 * 60
# Twilio takes what is answered for a reply to whoever wrote, and this for none. Others look at the status alone.
_NO_REPLY: Final = '<?xml version="1.0" encoding="UTF-8"?><Response/>'


# A provider has no cookies; the address itself, which nobody can guess, is what proves it.
@csrf_exempt
@require_POST
def take(request: HttpRequest, kind: str, token: str) -> HttpResponse:
    """200 for whatever was kept, also where it is not believed; an error of ours is a 500, and the provider tells us again."""
    payment = payments.by_token(kind=kind, token=token)
    if payment is None:
        return _forged(request)
    body = request.read(callbacks.BODY_LARGEST_BYTES + 1)
    if len(body) > callbacks.BODY_LARGEST_BYTES:
        return HttpResponse(status=413)
    callbacks.take(payment=payment, body=body, source=source.address_of(request))
    return JsonResponse({})


@csrf_exempt
@require_http_methods(["GET", "POST"])
def take_of_carrier(request: HttpRequest, kind: str, token: str) -> HttpResponse:
    """Reports and replies by SMS: 200 for whatever was read, also where it is of no message of ours."""
    carrier = carriers.by_token(kind=kind, token=token)
    if carrier is None:
        return _forged(request)
    body = request.read(deliveries.BODY_LARGEST_BYTES + 1)
    if len(body) > deliveries.BODY_LARGEST_BYTES:
        return HttpResponse(status=413)
    call = deliveries.read(
        # As the carrier knows it: the request may name any host.
        url=settings.PUBLIC_URL + request.get_full_path(),
        body=body,
        query=request.META.get("QUERY_STRING", ""),
        signature=request.headers.get("X-Twilio-Signature", ""),
    )
    if not deliveries.take(carrier=carrier, call=call):
        return _forged(request)
    return HttpResponse(_NO_REPLY, content_type="text/xml")


def _forged(request: HttpRequest) -> HttpResponse:
    key = f"callbacks:forged:{source.of(request)}"[:160]
    is_seldom = throttles.hit(key=key, limit=FORGED_MOST, window_seconds=FORGED_WINDOW_SECONDS)
    return HttpResponse(status=404 if is_seldom else 429)
