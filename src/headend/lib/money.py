"""Money as integer minor units, shown in the organization's language."""

import re
from decimal import Decimal
from typing import Final

from babel.numbers import format_currency, get_currency_precision

MOST_MINOR: Final = 10**15

# Thousands parted by one sign, the Indian way too; or by none.
_WHOLE: Final = re.compile(
    r"\d{1,16}|\d{1,3}(?P<sign>[ ,.'])\d{3}((?P=sign)\d{3}){0,4}|\d{1,2}(,\d{2}){1,6},\d{3}", re.ASCII
)
_FRACTION: Final = re.compile(r"\d{0,6}", re.ASCII)
_SPACES: Final = re.compile(r"\s+")
_UNSEEN: Final = re.compile(r"[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_GROUP_DIGITS: Final = 3
# Two noughts behind the point say nothing, also where the currency has no smaller unit.
_NOUGHTS: Final = 2
_LETTERS_BEFORE_DIGITS: Final = re.compile(r"(?<=[A-Z])(?=\d)")
_GAP: Final = "\N{NO-BREAK SPACE}"


def show(minor: int, currency: str, language: str = "en") -> str:
    """`250000` minor units of KES as `KES 2,500.00`, as `language` writes it."""
    shown = str(format_currency(_major(minor, currency), currency, locale=language))
    # Where the sign is the three letters themselves, some languages put them right before the digits.
    return _LETTERS_BEFORE_DIGITS.sub(_GAP, shown)


class AmountError(ValueError):
    """The text is not an amount; or it may be either of two, which `meanings` has as they can be typed without a doubt."""

    def __init__(self, meanings: tuple[str, ...] = ()) -> None:
        super().__init__("one of two amounts" if meanings else "not an amount")
        self.meanings = meanings


def parse(text: str, currency: str) -> int:
    """What somebody typed (`2,500`, `2500.00`, `2 500` or `2.500,00`) as minor units. Raises AmountError.

    `2.500` is two and a half to some and two thousand five hundred to others: it is read only where the currency leaves no
    doubt. A comma before three digits parts thousands, as our own pages write them, unless the currency has three decimals.
    """
    precision = get_currency_precision(currency)
    typed = _SPACES.sub(" ", _UNSEEN.sub("", text)).replace("’", "'").upper().strip()
    whole, fraction = _parts(typed.removeprefix(currency).removesuffix(currency).strip(), precision)
    if not _WHOLE.fullmatch(whole) or not _FRACTION.fullmatch(fraction) or len(fraction) > max(precision, _NOUGHTS):
        raise AmountError
    minor = Decimal(f"{re.sub('[^0-9]', '', whole)}.{fraction}").scaleb(precision)
    if minor != minor.to_integral_value() or minor >= MOST_MINOR:
        raise AmountError
    return int(minor)


def plain(minor: int, currency: str) -> str:
    """Minor units as somebody would type them into a form: `2500.00`."""
    return str(_major(minor, currency))


def short(minor: int, currency: str) -> str:
    """Minor units as a bare number, without a fraction where there is none: `50`, `2500.50`."""
    return plain(minor, currency).removesuffix("." + "0" * get_currency_precision(currency))


def _parts(typed: str, precision: int) -> tuple[str, str]:
    """What stands before the decimal sign, and the digits behind it. Raises AmountError where the sign may be none."""
    last = max(typed.rfind("."), typed.rfind(","))
    whole, sign, digits = typed[: max(last, 0)], typed[last : last + 1], typed[last + 1 :]
    if last < 0 or sign in whole or not typed.isascii():
        return typed, ""
    if not whole.isdecimal() or whole == "0" or len(whole) > _GROUP_DIGITS:
        # The thousands are parted by another sign, or by none: this one parts the fraction.
        return whole, digits
    if len(digits) != _GROUP_DIGITS:
        # "2,50" is somebody's two and a half and another's 2,500 with a nought lost.
        return (whole, digits) if sign == "." else (typed, "")
    if precision == 0 or (sign == "," and precision < _GROUP_DIGITS):
        return typed, ""
    if sign == "." and precision == _GROUP_DIGITS:
        return whole, digits
    meanings = f"{whole}{digits}", f"{whole}.{digits}"
    if precision < _GROUP_DIGITS:
        meanings = meanings[0], f"{whole}.{digits[:precision]}"
    raise AmountError(meanings)


def _major(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-get_currency_precision(currency))
