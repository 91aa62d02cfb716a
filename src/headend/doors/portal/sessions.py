"""Who is signed in to the portal of an organization, and what else a browser's session keeps there.

The cookie, and the store behind it, are the portal's own: see `config.sessions`.
"""

import re
from datetime import timedelta
from typing import Any, Final

from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.utils.crypto import constant_time_compare

from headend.access import signins
from headend.customers.models import Customer
from headend.lib import clock
from headend.system.models import Organization

# A visit is good for as long: see the captive door, which makes it.
VISIT_KEPT: Final = timedelta(hours=12)
VISIT_LONGEST: Final = 4000
# Of a stranger: his browser carries all that is kept of him in one cookie.
CARRIED_VISIT_LONGEST: Final = 1500
_VISIT: Final = re.compile(r"[\w:.=~-]+", re.ASCII)


def open_for(request: HttpRequest, organization: Organization) -> None:
    """Makes the request's session one of this organization: that of another one counts as none."""
    if request.session.get("organization", organization.pk) != organization.pk:
        request.session = type(request.session)()


def customer_of(request: HttpRequest, organization: Organization) -> Customer | None:
    """Whoever is signed in; None for a customer who was deleted, and for one whose password is another by now."""
    if "customer" not in request.session:
        return None
    rows = Customer.objects.filter(organization=organization, deleted_at__isnull=True).select_related("group")
    customer = rows.filter(pk=request.session["customer"]).first()
    if customer is None or not constant_time_compare(request.session.get("key", ""), signins.session_key(customer)):
        return None
    # What every page asks of the organization is loaded with the request's own.
    customer.organization = organization
    return customer


def sign_in(request: HttpRequest, customer: Customer) -> None:
    """The browser is that of `customer` from now on: with a new session key, and with nothing of whoever was here before."""
    visit = request.session.get("visit")
    request.session.flush()
    rotate_token(request)
    _put(request, customer.organization, customer=customer.pk, key=signins.session_key(customer))
    if visit:
        request.session["visit"] = visit


def sign_out(request: HttpRequest) -> None:
    """Nobody is signed in any more, and nothing is kept but the way back to the hotspot."""
    organization_id, visit = request.session.get("organization"), request.session.get("visit")
    request.session.flush()
    if visit:
        request.session.update({"organization": organization_id, "visit": visit})


def visit(request: HttpRequest, organization: Organization) -> str:
    """What the captive door told of the guest's visit, kept until it is used; empty where there is none."""
    given = request.POST.get("visit") or request.GET.get("visit") or ""
    kept, kept_at = request.session.get("visit") or ("", 0)
    now = clock.now().timestamp()
    if given and given != kept and len(given) <= VISIT_LONGEST and _VISIT.fullmatch(given):
        # A stranger's look writes nothing: until he does something, the addresses carry it.
        is_short = len(given) <= CARRIED_VISIT_LONGEST or "customer" in request.session
        if not is_short:
            forget(request, "visit")
        elif request.method == "POST" or not request.session.is_empty():
            _put(request, organization, visit=[given, int(now)])
        return given
    if kept and now - kept_at > VISIT_KEPT.total_seconds():
        forget(request, "visit")
        return ""
    return str(kept)


def remember_phone(request: HttpRequest, organization: Organization, phone: str) -> None:
    """The phone to which a code was sent, as it is kept (E.164)."""
    _put(request, organization, phone=phone)


def phone(request: HttpRequest) -> str:
    """The phone to which a code was sent; empty where none was asked for."""
    return str(request.session.get("phone", ""))


def remember_registration(request: HttpRequest, organization: Organization, fields: dict[str, Any]) -> None:
    """What somebody typed who has still to prove his phone; `fields` are those of `signins.register`."""
    _put(request, organization, registration=fields)


def registration(request: HttpRequest) -> dict[str, Any] | None:
    """What was typed, or None."""
    kept = request.session.get("registration")
    return dict(kept) if kept else None


def forget(request: HttpRequest, name: str) -> None:
    """Keeps it no longer."""
    request.session.pop(name, None)


def _put(request: HttpRequest, organization: Organization, **values: Any) -> None:
    request.session.update({"organization": organization.pk, **values})
