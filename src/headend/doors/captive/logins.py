"""Logging a guest in to the NAS that sent him: whether the voucher would be let in, and the page that leads back."""

from dataclasses import replace
from urllib.parse import parse_qs

from django.http import HttpResponse

from headend.access import facts, vouchers
from headend.access.authorize import Refusal, decide
from headend.access.facts import Lookup
from headend.access.models import Voucher
from headend.doors.captive import dialects, page, remembered, visits
from headend.doors.captive.page import Request
from headend.doors.captive.visits import Visit
from headend.lib import clock


def refusal_of(voucher: Voucher, visit: Visit | None) -> Refusal | None:
    """Why RADIUS would refuse a login with this voucher now; None where it would not.

    Whether too many devices are connected is left to the login itself: the guest's own last session may still seem to run.
    """
    lookup = Lookup(
        voucher.organization_id,
        _name(voucher),
        nas_id=visit.nas_id if visit else 0,
        mac=visit.mac if visit else "",
    )
    (login,) = facts.load([lookup], clock.now())
    login.facts.live_sessions = None
    decision = decide(login.facts)
    return decision if isinstance(decision, Refusal) else None


def connect(request: Request, visit: Visit, voucher: Voucher, *, is_first: bool = True) -> HttpResponse:
    """The page that leads to the NAS's login by itself, and by a button. Raises LoginRefusedError, SealingError.

    After the first try the browser remembers for a while what it was made with: see `try_again`.
    """
    visits.check(organization=request.organization, visit=visit)
    behind = page.url_with(request, "online", visits.write(replace(visit, voucher_id=voucher.pk)))
    address = dialects.login_address(
        visit.login_url,
        name=_name(voucher),
        password=vouchers.open_password(voucher),
        dst=request.build_absolute_uri(behind),
        chap_id=bytes.fromhex(visit.chap_id),
        chap_challenge=bytes.fromhex(visit.chap_challenge),
    )
    # A GET, because `form-action` of our CSP would stop a form that leads to another host.
    response = page.render(request, "connect", {"address": address, "voucher": voucher}, refresh=f"1; url={address}")
    if is_first and visit.chap_challenge:
        remembered.keep_try(request, response, voucher)
    elif not is_first:
        remembered.forget_try(request, response)
    return response


def last_visit(request: Request, orig_url: str) -> Visit | None:
    """The visit that was on its way to the page behind the login, where `orig_url` is that page; else None."""
    online = request.build_absolute_uri(page.url(request, "online")).partition("?")[0]
    address, _, query = orig_url.partition("?")
    texts = parse_qs(query).get("visit", []) if address == online else []
    return visits.read(organization=request.organization, text=texts[0]) if texts else None


def try_again(request: Request, visit: Visit) -> HttpResponse | None:
    """The login once more, with the challenge that came with the refusal; None where there is nothing to try.

    A challenge is good for one login page, and phones load that page by themselves while their owner approves a payment.
    Only the browser that tried is helped so, and only where there is a challenge: no password is ever given for the asking.
    """
    voucher = remembered.tried(request) if visit.error and visit.chap_challenge else None
    if voucher is None or refusal_of(voucher, visit) is not None:
        return None
    return connect(request, replace(visit, error=""), voucher, is_first=False)


def _name(voucher: Voucher) -> str:
    return voucher.code_key.upper()
