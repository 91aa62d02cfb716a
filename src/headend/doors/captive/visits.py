"""A guest's visit: what the NAS that sent him told, signed by us into one opaque string that every page hands on.

The string is the only memory of it: nothing is kept here, so that a phone which closes the page loses nothing of ours.
"""

from dataclasses import astuple, dataclass
from datetime import timedelta
from hashlib import sha256
from typing import Final

from django.core import signing

from headend.doors.captive import dialects
from headend.doors.captive.dialects import Arrival
from headend.lib import clock
from headend.network import happenings, rules
from headend.network import nas as nas_verbs
from headend.network.models import NAS
from headend.system import events, throttles
from headend.system.models import Event, Organization

GOOD_FOR: Final = timedelta(hours=12)
# Hosts are whatever somebody writes into an address: no more than so many of them are kept for staff.
REFUSALS_KEPT: Final = 20
REFUSALS_WINDOW_SECONDS: Final = 60 * 60
_SALT: Final = "captive.visit"


@dataclass(frozen=True, slots=True)
class Visit:
    """Where a guest came from. `chap_id` and `chap_challenge` are hexadecimal, empty where the NAS takes plain passwords.

    `place` is the name of the NAS's site, `error` what the NAS said of the last try, until it was shown. `begun_at` is in
    seconds since 1970. `voucher_id` is with what the guest was sent to the login, 0 before.
    """

    organization_id: int
    nas_id: int
    login_url: str
    orig_url: str
    mac: str
    chap_id: str
    chap_challenge: str
    place: str
    error: str
    begun_at: int
    voucher_id: int = 0


class LoginRefusedError(Exception):
    """The login address that came with a guest is none of the NAS's own: no password may be sent there."""


def begin(*, organization: Organization, arrival: Arrival) -> Visit | None:
    """The visit of a guest who arrives; None where no login was named. Raises LoginRefusedError, which staff can read of."""
    if not arrival.login_url:
        return None
    nas = nas_verbs.for_captive(organization=organization, token=arrival.nas_token)
    if nas is None or not _is_login_of(nas, arrival.login_url):
        _say_refused(organization, nas, arrival.login_url)
        raise LoginRefusedError
    return Visit(
        organization_id=organization.pk,
        nas_id=nas.pk,
        login_url=arrival.login_url,
        orig_url=arrival.orig_url,
        mac=arrival.mac,
        chap_id=arrival.chap_id.hex(),
        chap_challenge=arrival.chap_challenge.hex(),
        place=nas.site.name if nas.site else "",
        error=arrival.error,
        begun_at=int(clock.now().timestamp()),
    )


def write(visit: Visit) -> str:
    """The visit as one string."""
    return signing.Signer(salt=_SALT).sign_object(astuple(visit), compress=True)


def read(*, organization: Organization, text: str) -> Visit | None:
    """The visit of that string; None where it is none of ours, of another organization, or too old."""
    try:
        visit = Visit(*signing.Signer(salt=_SALT).unsign_object(text))
    except (signing.BadSignature, ValueError, TypeError):
        return None
    age = clock.now().timestamp() - visit.begun_at
    return visit if visit.organization_id == organization.pk and age < GOOD_FOR.total_seconds() else None


def check(*, organization: Organization, visit: Visit) -> None:
    """Asks again whether the login is the NAS's own: it may have been changed since. Raises LoginRefusedError."""
    nas = NAS.objects.filter(organization=organization, pk=visit.nas_id).first()
    if nas is None or not _is_login_of(nas, visit.login_url):
        _say_refused(organization, nas, visit.login_url)
        raise LoginRefusedError


def _is_login_of(nas: NAS, url: str) -> bool:
    is_short = len(url) <= dialects.LOGIN_URL_LONGEST
    return is_short and rules.login_url_is_of(url, nas.login_hosts, nas.address)


def _say_refused(organization: Organization, nas: NAS | None, url: str) -> None:
    """An Event for staff, once an hour for a NAS and host: it is how they learn that a router is not set up right."""
    hour = int(clock.now().timestamp()) // REFUSALS_WINDOW_SECONDS
    host = dialects.host_of(url)
    name = f"{happenings.CAPTIVE_LOGIN_REFUSED.kind}:{organization.pk}:{nas.pk if nas else 0}"
    unique_key = f"{name}:{hour}:{sha256(host.encode()).hexdigest()[:16]}"
    if Event.objects.filter(organization=organization, unique_key=unique_key).exists():
        return
    if not throttles.hit(key=name, limit=REFUSALS_KEPT, window_seconds=REFUSALS_WINDOW_SECONDS):
        return
    events.record(
        happenings.CAPTIVE_LOGIN_REFUSED(host=host, nas=nas.name if nas else ""),
        organization=organization,
        subject=nas or organization,
        by=None,
        unique_key=unique_key,
    )
