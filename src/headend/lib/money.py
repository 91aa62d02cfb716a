"""Money as integer minor units, shown in the organization's language."""

from decimal import Decimal, InvalidOperation

from babel.numbers import format_currency, get_currency_precision


def show(minor: int, currency: str, language: str = "en") -> str:
    """`250000` minor units of KES as `KES 2,500.00`, as `language` writes it."""
    return str(format_currency(_major(minor, currency), currency, locale=language))


def parse(text: str, currency: str) -> int:
    """What somebody typed (`2,500` or `2500.00`) as minor units. Raises ValueError for anything else, or below zero."""
    typed = text.strip().replace(",", "").replace(" ", "")
    precision = get_currency_precision(currency)
    try:
        minor = Decimal(typed).scaleb(precision)
    except InvalidOperation:
        raise ValueError("not an amount") from None
    if not minor.is_finite() or minor < 0 or minor != minor.to_integral_value() or minor >= 10**15:
        raise ValueError("not an amount")
    return int(minor)


def plain(minor: int, currency: str) -> str:
    """Minor units as somebody would type them into a form: `2500.00`."""
    return str(_major(minor, currency))


def _major(minor: int, currency: str) -> Decimal:
    return Decimal(minor).scaleb(-get_currency_precision(currency))
