"""The middleware that gives each request the session of its door."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.exceptions import SessionInterrupted
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from headend.config import sessions
from headend.doors.portal import sessions as portal

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
    """Keeps something of somebody who is signed in at either door."""
    request.session.update({"kept": 1, "customer": 7, SESSION_KEY: "7"})


def keep_of_stranger(request: HttpRequest) -> None:
    request.session["kept"] = 1


def kept(path: str, view: Callable[[HttpRequest], Any] = keep) -> dict[str, str]:
    """The cookies of a browser for which something was kept."""
    return {name: morsel.value for name, morsel in ask(path, view).cookies.items()}


def found(path: str, cookies: dict[str, str]) -> Any:
    """What a page finds of what was kept."""
    seen: list[Any] = []
    ask(path, lambda request: seen.append(request.session.get("kept")), cookies)
    return seen[0]


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
    assert found(path, {name: cookie.value}) == 1
    assert Session.objects.count() == 1


@pytest.mark.parametrize("path", ["/baobab/hotspot/", "/callbacks/fake/token/", "/healthz"])
def test_elsewhere_nothing_is_kept(path: str) -> None:
    response = ask(path, keep, {**kept(PORTAL), **kept("/")})
    assert not response.cookies
    assert Session.objects.count() == 2
    assert found(path, {**kept(PORTAL), **kept("/")}) is None


@pytest.mark.parametrize("view", [keep, keep_of_stranger])
@pytest.mark.parametrize(("here", "there"), [(PORTAL, "/"), ("/", PORTAL)])
def test_what_was_kept_at_one_door_is_nothing_at_another(
    here: str, there: str, view: Callable[[HttpRequest], Any]
) -> None:
    (key,) = kept(here, view).values()
    assert [found(there, {name: key}) for name in ("headend_portal", "headend_staff")] == [None, None]


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


# ---- strangers: the browser carries what is kept of them ----


@pytest.mark.parametrize("path", [PORTAL, "/"])
def test_of_a_stranger_nothing_is_written(path: str) -> None:
    cookies = kept(path, keep_of_stranger)
    assert found(path, cookies) == 1
    assert not Session.objects.exists()
    (cookie,) = cookies.values()
    assert "kept" not in cookie


def test_what_was_carried_goes_on_when_somebody_signs_in_and_then_is_a_row() -> None:
    carried = kept(PORTAL, keep_of_stranger)

    def sign_in(request: HttpRequest) -> None:
        request.session["customer"] = 7

    cookie = ask(PORTAL, sign_in, carried).cookies["headend_portal"].value
    assert found(PORTAL, {"headend_portal": cookie}) == 1
    assert Session.objects.get().session_key == cookie


def test_whoever_is_no_longer_signed_in_leaves_no_row() -> None:
    def leave(request: HttpRequest) -> None:
        del request.session["customer"]

    cookie = ask(PORTAL, leave, kept(PORTAL)).cookies["headend_portal"].value
    assert found(PORTAL, {"headend_portal": cookie}) == 1
    assert not Session.objects.exists()


def test_a_carried_cookie_is_good_for_a_day(monkeypatch: pytest.MonkeyPatch) -> None:
    cookies = kept(PORTAL, keep_of_stranger)
    now = time.time()
    monkeypatch.setattr(sessions.time, "time", lambda: now + sessions.CARRIED_SECONDS - 60)
    assert found(PORTAL, cookies) == 1
    monkeypatch.setattr(sessions.time, "time", lambda: now + sessions.CARRIED_SECONDS + 60)
    assert found(PORTAL, cookies) is None


@pytest.mark.parametrize(
    "change", [lambda c: c[:-1] + ("A" if c[-1] != "A" else "B"), lambda c: c[:40], lambda c: "~", lambda c: "~ä€"]
)
def test_a_cookie_that_was_made_up_is_none(change: Callable[[str], str]) -> None:
    (cookie,) = kept(PORTAL, keep_of_stranger).values()
    assert found(PORTAL, {"headend_portal": change(cookie)}) is None


def test_what_no_cookie_holds_is_not_kept() -> None:
    def keep_much(request: HttpRequest) -> None:
        request.session["kept"] = "x" * sessions.CARRIED_LONGEST

    cookie = ask(PORTAL, keep_much).cookies["headend_portal"]
    assert (cookie.value, cookie["max-age"]) == ("", 0)


def test_the_longest_that_the_portal_keeps_of_a_stranger_fits() -> None:
    def keep_all(request: HttpRequest) -> None:
        fields = {"name": "Ɛ" * 120, "email": "e" * 200, "phone": "+254712345678", "password": "p" * 100}
        visit = ["v" * portal.CARRIED_VISIT_LONGEST, 1_800_000_000]
        request.session.update({"organization": 1, "visit": visit, "phone": "+254712345678", "registration": fields})

    assert ask(PORTAL, keep_all).cookies["headend_portal"].value.startswith("~")
