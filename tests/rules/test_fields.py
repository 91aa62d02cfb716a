"""Fields that are typed in other units than they are kept in."""

from typing import Any

import pytest
from django import forms

from headend.ui.forms import Bytes, Duration, Money, ShortDuration, Speed

FIELDS = {
    "speed": Speed(required=False),
    "bytes": Bytes(required=False),
    "duration": Duration(required=False, after="hours"),
    "short": ShortDuration(required=False),
}


def money(**options: Any) -> Money:
    field = Money(**options)
    field.use("KES")
    return field


@pytest.mark.parametrize(
    ("name", "typed", "kept"),
    [
        ("speed", "10", 10_000),
        ("speed", "0.512", 512),
        ("bytes", "300", 300 * 10**9),
        ("bytes", "0.001", 10**6),
        ("duration", "1.5", 5_400),
        ("short", "15", 900),
    ],
)
def test_what_is_typed_is_kept_and_shown_again(name: str, typed: str, kept: int) -> None:
    assert FIELDS[name].clean(typed) == kept
    assert FIELDS[name].prepare_value(kept) == typed
    assert FIELDS[name].prepare_value(typed) == typed
    assert FIELDS[name].clean("") is None


@pytest.mark.parametrize(
    ("name", "typed"), [("speed", "-1"), ("bytes", "0"), ("duration", "0.001"), ("short", "1.5"), ("short", "x")]
)
def test_what_is_none_is_refused(name: str, typed: str) -> None:
    with pytest.raises(forms.ValidationError):
        FIELDS[name].clean(typed)


def test_money_is_kept_in_minor_units_of_the_currency() -> None:
    assert money().clean("2,500") == 250_000
    assert money().prepare_value(250_000) == "2500.00"
    assert money().prepare_value("2,5") == "2,5"
    assert money(required=False).clean("") is None


@pytest.mark.parametrize(
    ("typed", "options", "said"),
    [
        ("10.000", {}, "10.000 can be read in two ways. Type 10000 or 10.00."),
        ("much", {}, "This is not an amount of KES."),
        ("10", {"below_minor": 1_000}, "This is not an amount of KES."),
        ("", {}, "Give an amount; 0 is free."),
        ("", {"or_free": False}, "Give an amount."),
    ],
)
def test_money_says_what_is_wrong_with_it(typed: str, options: dict[str, Any], said: str) -> None:
    with pytest.raises(forms.ValidationError) as caught:
        money(**options).read(typed)
    assert caught.value.messages == [said]
