"""Which purchase this browser made last: phones close the splash while their owner approves the payment elsewhere."""

from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

from headend.billing.models import Purchase
from headend.doors.captive.page import Request

COOKIE: Final = "headend_guest"
KEPT_SECONDS: Final = 30 * 24 * 60 * 60


def keep(request: Request, response: HttpResponse, purchase: Purchase) -> None:
    """From now on this browser's purchase is `purchase`."""
    response.set_signed_cookie(
        COOKIE,
        purchase.uid.hex,
        salt=_salt(request),
        max_age=KEPT_SECONDS,
        path=reverse("captive:splash", args=[request.organization.slug]),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def purchase_of(request: Request) -> Purchase | None:
    """The purchase that this browser made last, or None."""
    uid = request.get_signed_cookie(COOKIE, default=None, salt=_salt(request))
    if uid is None:
        return None
    rows = Purchase.objects.filter(organization=request.organization, uid=UUID(uid))
    return rows.select_related("voucher__sheet").first()


def _salt(request: Request) -> str:
    return f"captive.guest.{request.organization.pk}"
