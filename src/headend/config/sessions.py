"""Which cookie a session has: the console's, the portal's of one organization, or none at all.

The session of somebody who is signed in is a row, and the cookie its key. Before that it is the cookie itself, sealed: strangers
write nothing into the database.
"""

import json
import re
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import SessionBase, UpdateError
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.exceptions import SessionInterrupted
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date

from headend.system import sealing
from headend.system.sealing import SealingError

PORTAL_COOKIE: Final = "headend_portal"
# How long a browser carries what was kept of somebody who does not sign in.
CARRIED_SECONDS: Final = 60 * 60 * 24
# Browsers drop cookies of more than 4096 bytes.
CARRIED_LONGEST: Final = 4000
# No key of a row begins so.
_CARRIED: Final = "~"
_NO_ROW: Final = UUID(int=0)
_PORTAL: Final = re.compile(r"/[-\w]+/portal/", re.ASCII)
_WITHOUT: Final = re.compile(r"/(?:[-\w]+/(?:hotspot|brand)|callbacks)/|/(?:healthz|readyz)\Z", re.ASCII)


class PortalSession(SessionStore):
    """A customer's session. Its content is signed for this class: the key of a session of staff opens nothing here."""


@dataclass(frozen=True, slots=True)
class Door:
    """What sessions at one door are kept in: a cookie of this name, which browsers send below `path`.

    Whoever is signed in has `proof` in it.
    """

    cookie: str
    path: str
    store: type[SessionStore]
    proof: str


def door_of(path: str) -> Door | None:
    """The sessions of an address; None where nobody is ever signed in."""
    portal = _PORTAL.match(path)
    if portal:
        return Door(PORTAL_COOKIE, portal.group(), PortalSession, "customer")
    if _WITHOUT.match(path):
        return None
    return Door(settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_PATH, SessionStore, SESSION_KEY)


def middleware(get_response: Callable[[HttpRequest], HttpResponse]) -> Callable[[HttpRequest], HttpResponse]:
    """Gives each request the session of its door, and keeps what was changed in it."""

    def respond(request: HttpRequest) -> HttpResponse:
        door = door_of(request.path_info)
        if door is None:
            # Django asks every request for one; this one is empty and never kept.
            request.session = SessionStore()
            return get_response(request)
        request.session = _of(door, request.COOKIES.get(door.cookie, ""))
        response = get_response(request)
        _keep(request, response, door)
        return response

    return respond


def _of(door: Door, cookie: str) -> SessionStore:
    """The session that a cookie is of; a new one where there is none."""
    if not cookie.startswith(_CARRIED):
        return door.store(cookie or None)
    session = door.store()
    session.update(_opened(door, cookie[len(_CARRIED) :]))
    session.accessed = session.modified = False
    return session


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
    if door.proof not in session:
        _carry(session, response, door)
        return
    try:
        session.save()
    except UpdateError:
        raise SessionInterrupted("The session was ended while this request was under way.") from None
    assert session.session_key is not None, "it was saved"
    _set_cookie(response, door, session.session_key, session.get_expiry_age())


def _carry(session: SessionBase, response: HttpResponse, door: Door) -> None:
    """Has the browser carry what is kept of a stranger. What no cookie can hold is kept of nobody."""
    if session.session_key is not None:
        # Somebody was signed in and is no more.
        session.delete()
    sealed = _sealed(door, dict(session.items()))
    if len(sealed) <= CARRIED_LONGEST:
        _set_cookie(response, door, sealed, CARRIED_SECONDS)
    else:
        response.delete_cookie(door.cookie, path=door.path, samesite=settings.SESSION_COOKIE_SAMESITE)


def _sealed(door: Door, kept: dict[str, Any]) -> str:
    text = json.dumps([int(time.time()), kept], ensure_ascii=False, separators=(",", ":"))
    sealed = sealing.seal_text(table="session", column=door.cookie, uid=_NO_ROW, text=text)
    return _CARRIED + urlsafe_b64encode(sealed).decode().rstrip("=")


def _opened(door: Door, carried: str) -> dict[str, Any]:
    """What a browser has carried; nothing where that is too old, or was never ours."""
    try:
        sealed = urlsafe_b64decode(carried + "=" * (-len(carried) % 4))
        at, kept = json.loads(sealing.open_text(table="session", column=door.cookie, uid=_NO_ROW, sealed=sealed))
    except (ValueError, SealingError):
        return {}
    return dict(kept) if time.time() - at < CARRIED_SECONDS else {}


def _set_cookie(response: HttpResponse, door: Door, value: str, age_seconds: int) -> None:
    response.set_cookie(
        door.cookie,
        value,
        max_age=age_seconds,
        expires=http_date(time.time() + age_seconds),
        path=door.path,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite=settings.SESSION_COOKIE_SAMESITE,
    )
