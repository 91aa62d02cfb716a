"""The way to the NAS's login with what was bought, and the page behind it."""

import re
from typing import Final
from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _

from headend.access import reasons, vouchers
from headend.doors.captive import logins, page, remembered
from headend.doors.captive.page import Request
from headend.doors.captive.views import purchases
from headend.doors.captive.views.purchases import others
from headend.lib import clock
from headend.ui import contact

# After so long the page behind the login looks again whether the NAS has told of the session; then it says that it has not.
LOOK_AGAIN_SECONDS: Final = (1, 2, 3, 5, 5)
_LOOKS: Final = re.compile(r"[0-9]{1,2}", re.ASCII)


@page.page("GET")
def connect(request: Request, uid: UUID) -> HttpResponse:
    """Logs in with the voucher of a purchase; where that cannot be, the page of the purchase says how it stands."""
    bought = purchases.fetch(request, uid)
    if request.visit is None or bought.voucher is None:
        return page.go(request, "purchase", uid)
    refusal = logins.refusal_of(bought.voucher, request.visit)
    if refusal is None:
        response = logins.connect(request, request.visit, bought.voucher)
    else:
        why = contact.put(reasons.public_text(refusal), request.organization)
        response = page.sorry(request, _("This voucher does not connect"), why, status=200)
    # A purchase that was made on the customer's own pages comes here too: the router may send the guest to the splash again.
    remembered.keep(request, response, bought)
    return response


@page.page("GET")
def online(request: Request) -> HttpResponse:
    """Where the NAS leads after the login. It says *online* to whoever is: the NAS may tell of it a moment later."""
    mine = remembered.vouchers_of(request)
    visit, looks = request.visit, _looks(request)
    is_online = visit is not None and vouchers.is_connected(voucher_id=visit.voucher_id, mac=visit.mac)
    is_awaited = visit is not None and visit.voucher_id > 0 and not is_online
    if is_awaited and looks < len(LOOK_AGAIN_SECONDS):
        again = f"{page.url(request, 'online')}&look={looks + 1}"
        return page.render(request, "looking", {"again": again}, refresh=f"{LOOK_AGAIN_SECONDS[looks]}; url={again}")
    # The one that was connected with last stands first.
    voucher = next((one for one in mine[:1] if one.state_at(clock.now()) == "active"), None)
    left_bytes = left_seconds = None
    if voucher is not None and voucher.cap_bytes is not None:
        left_bytes = voucher.cap_bytes - voucher.used_bytes
    if voucher is not None and voucher.time_limit_seconds is not None:
        left_seconds = voucher.time_limit_seconds - voucher.session_seconds
    shown = {
        "is_online": is_online,
        "is_awaited": is_awaited,
        "voucher": voucher,
        "left_bytes": left_bytes,
        "left_seconds": left_seconds,
        "others": others(mine, voucher),
        "onward": visit.orig_url if visit and visit.voucher_id else "",
    }
    return page.render(request, "online", shown)


def _looks(request: Request) -> int:
    """How often the page has looked already."""
    text = request.GET.get("look", "")
    return int(text) if _LOOKS.fullmatch(text) else 0
