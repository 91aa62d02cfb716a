"""Which purchase this browser made last, and with which voucher it was just sent to a login.

Phones close the splash while their owner approves the payment elsewhere.
"""

from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

from headend.access.models import Voucher
from headend.billing.models import Purchase
from headend.doors.captive.page import Request

COOKIE: Final = "headend_guest"
KEPT_SECONDS: Final = 30 * 24 * 60 * 60
TRY_COOKIE: Final = "headend_try"
TRY_KEPT_SECONDS: Final = 120


def keep(request: Request, response: HttpResponse, purchase: Purchase) -> None:
    """From now on this browser's purchase is `purchase`."""
    _set(request, response, COOKIE, purchase.uid.hex, KEPT_SECONDS)


def purchase_of(request: Request) -> Purchase | None:
    """The purchase that this browser made last, or None."""
    uid = request.get_signed_cookie(COOKIE, default=None, salt=_salt(request))
    if uid is None:
        return None
    rows = Purchase.objects.filter(organization=request.organization, uid=UUID(uid))
    return rows.select_related("voucher__sheet").first()


def keep_try(request: Request, response: HttpResponse, voucher: Voucher) -> None:
    """This browser is on its way to the NAS's login with `voucher`."""
    _set(request, response, TRY_COOKIE, str(voucher.pk), TRY_KEPT_SECONDS)


def forget_try(request: Request, response: HttpResponse) -> None:
    """The next refusal is final."""
    response.delete_cookie(TRY_COOKIE, path=_path(request))


def tried(request: Request) -> Voucher | None:
    """The voucher with which this browser has just tried to log in, or None."""
    pk = request.get_signed_cookie(TRY_COOKIE, default=None, salt=_salt(request), max_age=TRY_KEPT_SECONDS)
    return None if pk is None else Voucher.objects.filter(organization=request.organization, pk=int(pk)).first()


def _set(request: Request, response: HttpResponse, name: str, value: str, seconds: int) -> None:
    response.set_signed_cookie(
        name,
        value,
        salt=_salt(request),
        max_age=seconds,
        path=_path(request),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _path(request: Request) -> str:
    return reverse("captive:splash", args=[request.organization.slug])


def _salt(request: Request) -> str:
    return f"captive.guest.{request.organization.pk}"
