"""Money as integer minor units, shown in the organization's language."""

import re
from decimal import Decimal
from typing import Final

from babel.numbers import format_currency, get_currency_precision

MOST_MINOR: Final = 10**15

# Commas only where they part thousands: "2,50" is somebody's two and a half, and must not be read as 250.
_AMOUNT: Final = re.compile(r"(\d{1,16}|\d{1,3}(,\d{3}){1,5})(\.\d{1,4})?", re.ASCII)
_GAPS: Final = re.compile(r"\s")
_LETTERS_BEFORE_DIGITS: Final = re.compile(r"(?<=[A-Z])(?=\d)")
_GAP: Final = "\N{NO-BREAK SPACE}"


def show(minor: int, currency: str, language: str = "en") -> str:
    """`250000` minor units of KES as `KES 2,500.00`, as `language` writes it."""
    shown = str(format_currency(_major(minor, currency), currency, locale=language))
    # Where the sign is the three letters themselves, some languages put them right before the digits.
    return _LETTERS_BEFORE_DIGITS.sub(_GAP, shown)


def parse(text: str, currency: str) -> int:
    """What somebody typed (`2,500` or `2500.00`) as minor units. Raises ValueError for anything else, or below zero."""
    typed = _GAPS.sub("", text)
    if not _AMOUNT.fullmatch(typed):
        raise ValueError("not an amount")
    minor = Decimal(typed.replace(",", "")).scaleb(get_currency_precision(currency))
    if minor != minor.to_integral_value() or minor >= MOST_MINOR:
        raise ValueError("not an amount")
    return int(minor)


def plain(minor: int, currency: str) -> str:
    """Minor units as somebody would type them into a form: `2500.00`."""
    return str(_major(minor, currency))


def short(minor: int, currency: str) -> str:
    """Minor units as a bare number, without a fraction where there is none: `50`, `2500.50`."""
    return plain(minor, currency).removesuffix("." + "0" * get_currency_precision(currency))


def _major(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-get_currency_precision(currency))
