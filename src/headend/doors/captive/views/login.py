"""The way to the NAS's login with what was bought, and the page behind it."""

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _

from headend.access import reasons
from headend.doors.captive import logins, page, remembered
from headend.doors.captive.page import Request
from headend.doors.captive.views import purchases
from headend.doors.captive.views.purchases import others
from headend.lib import clock
from headend.ui import contact


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
    """Where the NAS leads after the login."""
    mine = remembered.vouchers_of(request)
    # The one that was connected with last stands first.
    voucher = next((one for one in mine[:1] if one.state_at(clock.now()) == "active"), None)
    left_bytes = left_seconds = None
    if voucher is not None and voucher.cap_bytes is not None:
        left_bytes = voucher.cap_bytes - voucher.used_bytes
    if voucher is not None and voucher.time_limit_seconds is not None:
        left_seconds = voucher.time_limit_seconds - voucher.session_seconds
    shown = {
        "voucher": voucher,
        "left_bytes": left_bytes,
        "left_seconds": left_seconds,
        "others": others(mine, voucher),
        "onward": request.visit.orig_url if request.visit else "",
    }
    return page.render(request, "online", shown)
