"""What a provider says of one payment: kept, acted on, and answered quickly."""

from typing import Final

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from headend.billing import callbacks, payments
from headend.system import throttles
from headend.ui import source

FORGED_MOST: Final = 30
FORGED_WINDOW_SECONDS: Final = 15 * 60


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


def _forged(request: HttpRequest) -> HttpResponse:
    key = f"callbacks:forged:{source.of(request)}"[:160]
    is_seldom = throttles.hit(key=key, limit=FORGED_MOST, window_seconds=FORGED_WINDOW_SECONDS)
    return HttpResponse(status=404 if is_seldom else 429)
