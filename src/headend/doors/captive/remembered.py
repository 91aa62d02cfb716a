"""What this browser bought or typed here, and with which voucher it was just sent to a login.

Phones close the splash while their owner approves the payment elsewhere.
"""

import re
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.urls import reverse

from headend.access.models import Voucher
from headend.billing.models import Payment, PaymentState, Purchase
from headend.doors.captive.page import Request

COOKIE: Final = "headend_guest"
KEPT_SECONDS: Final = 30 * 24 * 60 * 60
# Who goes back and chooses otherwise may have paid for both: so many things are remembered, the newest first.
KEPT_MOST: Final = 4
TRY_COOKIE: Final = "headend_try"
TRY_KEPT_SECONDS: Final = 120
_PURCHASE: Final = re.compile(r"p([0-9a-f]{32})")
_VOUCHER: Final = re.compile(r"v([0-9]{1,18})")


@dataclass(frozen=True, slots=True)
class Remembered:
    """A purchase that this browser made, with the voucher that it brought; or a voucher whose code was typed here."""

    purchase: Purchase | None
    voucher: Voucher | None


def keep(request: Request, response: HttpResponse, purchase: Purchase) -> None:
    """From now on `purchase` is the newest of this browser."""
    _keep(request, response, f"p{purchase.uid.hex}")


def keep_voucher(request: Request, response: HttpResponse, voucher: Voucher) -> None:
    """From now on `voucher`, whose code was typed, is the newest of this browser."""
    _keep(request, response, f"v{voucher.pk}")


def all_of(request: Request) -> list[Remembered]:
    """What this browser bought or typed, the newest first; each voucher once."""
    names = _names(request)
    uids = [UUID(match[1]) for name in names if (match := _PURCHASE.fullmatch(name))]
    pks = [int(match[1]) for name in names if (match := _VOUCHER.fullmatch(name))]
    bought = Purchase.objects.filter(organization=request.organization, uid__in=uids).select_related("voucher__sheet")
    typed = Voucher.objects.filter(organization=request.organization, pk__in=pks).select_related("sheet")
    by_name: dict[str, Remembered] = {}
    for purchase in bought if uids else ():
        by_name[f"p{purchase.uid.hex}"] = Remembered(purchase, purchase.voucher)
    for voucher in typed if pks else ():
        by_name[f"v{voucher.pk}"] = Remembered(None, voucher)
    found: list[Remembered] = []
    for name in names:
        one = by_name.get(name)
        known = {other.voucher.pk for other in found if other.voucher}
        if one is not None and (one.voucher is None or one.voucher.pk not in known):
            found.append(one)
    return found


def vouchers_of(request: Request) -> list[Voucher]:
    """The vouchers that this browser bought or typed, the newest first."""
    return [one.voucher for one in all_of(request) if one.voucher is not None]


def has_paid(request: Request, phone: str) -> bool:
    """Whether a purchase of this browser was paid by `phone` (E.164)."""
    bought = [one.purchase.pk for one in all_of(request) if one.purchase is not None]
    paid = Payment.objects.filter(organization=request.organization, state=PaymentState.SETTLED)
    return paid.filter(purchase__in=bought, phone=phone).exists()


def keep_try(request: Request, response: HttpResponse, voucher: Voucher) -> None:
    """This browser is on its way to the NAS's login with `voucher`."""
    _set(request, response, TRY_COOKIE, str(voucher.pk), seconds=TRY_KEPT_SECONDS)


def forget_try(request: Request, response: HttpResponse) -> None:
    """The next refusal is final."""
    response.delete_cookie(TRY_COOKIE, path=_path(request))


def tried(request: Request) -> Voucher | None:
    """The voucher with which this browser has just tried to log in, or None."""
    pk = request.get_signed_cookie(TRY_COOKIE, default=None, salt=_salt(request), max_age=TRY_KEPT_SECONDS)
    return None if pk is None else Voucher.objects.filter(organization=request.organization, pk=int(pk)).first()


def _keep(request: Request, response: HttpResponse, name: str) -> None:
    names = [name, *(other for other in _names(request) if other != name)]
    _set(request, response, COOKIE, ".".join(names[:KEPT_MOST]), seconds=KEPT_SECONDS)


def _names(request: Request) -> list[str]:
    text = request.get_signed_cookie(COOKIE, default=None, salt=_salt(request))
    return text.split(".") if text else []


def _set(request: Request, response: HttpResponse, name: str, value: str, *, seconds: int) -> None:
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
