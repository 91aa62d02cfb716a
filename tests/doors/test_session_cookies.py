"""The middleware that gives each request the session of its door."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from headend.config import sessions

pytestmark = pytest.mark.django_db

PORTAL = "/baobab/portal/"


def ask(path: str, view: Callable[[HttpRequest], Any], cookies: dict[str, str] | None = None, status: int = 200) -> Any:
    """The answer of a view behind the middleware."""

    def respond(request: HttpRequest) -> HttpResponse:
        view(request)
        return HttpResponse(status=status)

    request = RequestFactory().get(path)
    request.COOKIES.update(cookies or {})
    return sessions.middleware(respond)(request)


def keep(request: HttpRequest) -> None:
    request.session["kept"] = 1


def kept(path: str) -> dict[str, str]:
    """The cookies of a browser for which something was kept."""
    return {name: morsel.value for name, morsel in ask(path, keep).cookies.items()}


@pytest.mark.parametrize(
    ("path", "name", "place"), [(PORTAL, "headend_portal", PORTAL), ("/baobab/console/", "headend_staff", "/")]
)
def test_it_works(path: str, name: str, place: str, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = True
    response = ask(path, keep)

    cookie = response.cookies[name]
    assert list(response.cookies) == [name]
    assert (cookie["path"], cookie["samesite"], cookie["httponly"], cookie["secure"]) == (place, "Lax", True, True)
    assert cookie["max-age"] == settings.SESSION_COOKIE_AGE
    assert "Cookie" in response["Vary"]
    found: list[int] = []
    ask(path, lambda request: found.append(request.session["kept"]), {name: cookie.value})
    assert found == [1]


@pytest.mark.parametrize("path", ["/baobab/hotspot/", "/callbacks/fake/token/", "/healthz"])
def test_elsewhere_nothing_is_kept(path: str) -> None:
    response = ask(path, keep, {**kept(PORTAL), **kept("/")})
    assert not response.cookies
    assert Session.objects.count() == 2
    found: list[Any] = []
    ask(path, lambda request: found.append(request.session.get("kept")), {**kept(PORTAL), **kept("/")})
    assert found == [None]


@pytest.mark.parametrize(("here", "there"), [(PORTAL, "/"), ("/", PORTAL)])
def test_what_was_kept_at_one_door_is_nothing_at_another(here: str, there: str) -> None:
    (key,) = kept(here).values()
    found: list[Any] = []
    for name in ("headend_portal", "headend_staff"):
        ask(there, lambda request: found.append(request.session.get("kept")), {name: key})
    assert found == [None, None]


def test_looking_alone_sets_no_cookie() -> None:
    response = ask(PORTAL, lambda request: request.session.get("kept"))
    assert not response.cookies
    assert response["Vary"] == "Cookie"
    assert not ask(PORTAL, lambda request: None).has_header("Vary")


def test_a_broken_page_keeps_nothing() -> None:
    assert not ask(PORTAL, keep, status=500).cookies
    assert not Session.objects.exists()
    assert ask(PORTAL, keep, status=404).cookies


def test_an_ended_session_takes_its_cookie_along() -> None:
    response = ask(PORTAL, lambda request: request.session.flush(), kept(PORTAL))
    cookie = response.cookies["headend_portal"]
    assert (cookie.value, cookie["max-age"], cookie["path"]) == ("", 0, PORTAL)
    assert not Session.objects.exists()


def test_what_was_ended_meanwhile_does_not_come_back() -> None:
    def end_and_keep(request: HttpRequest) -> None:
        request.session.get("kept")
        Session.objects.all().delete()
        keep(request)

    with pytest.raises(SessionInterrupted):
        ask(PORTAL, end_and_keep, kept(PORTAL))
    assert not Session.objects.exists()
