"""Which cookie a session has: the console's, the portal's of one organization, or none at all."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date

PORTAL_COOKIE: Final = "headend_portal"
_PORTAL: Final = re.compile(r"/[-\w]+/portal/", re.ASCII)
_WITHOUT: Final = re.compile(r"/(?:[-\w]+/(?:hotspot|brand)|callbacks)/|/(?:healthz|readyz)\Z", re.ASCII)


class PortalSession(SessionStore):
    """A customer's session. Its content is signed for this class: the key of a session of staff opens nothing here."""


@dataclass(frozen=True, slots=True)
class Door:
    """What sessions at one door are kept in: a cookie of this name, which browsers send below `path`."""

    cookie: str
    path: str
    store: type[SessionStore]


def door_of(path: str) -> Door | None:
    """The sessions of an address; None where nobody is ever signed in."""
    portal = _PORTAL.match(path)
    if portal:
        return Door(PORTAL_COOKIE, portal.group(), PortalSession)
    if _WITHOUT.match(path):
        return None
    return Door(settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_PATH, SessionStore)


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Gives each request the session of its door, and keeps what was changed in it."""

    def respond(request: HttpRequest) -> HttpResponse:
        door = door_of(request.path_info)
        if door is None:
            # Django asks every request for one; this one is empty and never kept.
            request.session = SessionStore()
            return get_response(request)
        request.session = door.store(request.COOKIES.get(door.cookie))
        response = get_response(request)
        _keep(request, response, door)
        return response

    return respond


def _keep(request: HttpRequest, response: HttpResponse, door: Door) -> None:
    session = request.session
    # They count looking as well, so they are asked before anything else is.
    accessed, modified, empty = session.accessed, session.modified, session.is_empty()
    if accessed or modified:
        patch_vary_headers(response, ("Cookie",))
    if empty and door.cookie in request.COOKIES:
        response.delete_cookie(door.cookie, path=door.path, samesite=settings.SESSION_COOKIE_SAMESITE)
        patch_vary_headers(response, ("Cookie",))
    # What a broken page has changed may be half of what it meant to.
    if empty or not modified or response.status_code >= 500:
        return
    try:
        session.save()
    except UpdateError:
        raise SessionInterrupted("The session was ended while this request was under way.") from None
    assert session.session_key is not None, "it was saved"
    age_seconds = session.get_expiry_age()
    response.set_cookie(
        door.cookie,
        session.session_key,
        max_age=age_seconds,
        expires=http_date(time.time() + age_seconds),
        path=door.path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite=settings.SESSION_COOKIE_SAMESITE,
    )
