"""Limits on what can be guessed: so many tries in a window."""

from datetime import UTC, datetime, timedelta

import pytest

from headend.lib import clock
from headend.system import throttles
from headend.system.models import Throttle

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def hit(key: str = "sign-in:owner", *, after_seconds: float = 0) -> bool:
    with clock.at(NOW + timedelta(seconds=after_seconds)):
        return throttles.hit(key=key, limit=3, window_seconds=60)


def test_it_works() -> None:
    assert [hit() for _ in range(5)] == [True, True, True, False, False]
    assert Throttle.objects.get().count == 5


def test_each_key_counts_for_itself() -> None:
    for _ in range(4):
        hit()

    assert hit("sign-in:other")


def test_the_window_does_not_move_with_each_try() -> None:
    assert [hit(after_seconds=seconds) for seconds in (0, 20, 40, 59)] == [True, True, True, False]
    assert hit(after_seconds=60)
    assert Throttle.objects.get().count == 1


def test_a_right_one_clears_the_tries() -> None:
    for _ in range(4):
        hit()

    throttles.clear(key="sign-in:owner")

    assert hit()
    throttles.clear(key="nobody ever tried")


def test_windows_that_are_over_are_forgotten() -> None:
    hit("old")
    hit("new", after_seconds=59)

    with clock.at(NOW + timedelta(seconds=60)):
        throttles.forget()

    assert Throttle.objects.get().key == "new"


def test_whoever_made_up_too_many_names_writes_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(throttles, "MOST_TRIES_OF_SOURCE", 10)
    for number in range(30):
        let_in = throttles.may_sign_in(door="portal:1", name=f"nobody-{number}", source="192.0.2.7")
        assert let_in is (number < 10)
    # A pair and a name for each try that counted, and one for the address.
    assert Throttle.objects.count() == 2 * 10 + 1
