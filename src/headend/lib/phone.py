"""Phone numbers, read in an organization's country and kept as E.164 (`+254712345678`)."""

import re

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)


class PhoneError(ValueError):
    """The text is not a phone number that can take SMS in this country. Its argument is `invalid` or `landline`."""


def parse(text: str, country: str) -> str:
    """The E.164 form of a mobile number typed in any notation in `country` (ISO 3166 alpha-2).

    Raises PhoneError("invalid") or PhoneError("landline").
    """
    typed = text.strip().replace("(0)", "")
    try:
        number = phonenumbers.parse(typed, country)
    except phonenumbers.NumberParseException:
        raise PhoneError("invalid") from None
    if not phonenumbers.is_valid_number(number):
        raise PhoneError("invalid")
    if phonenumbers.number_type(number) not in _MOBILE:
        raise PhoneError("landline")
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))


def pretty(e164: str, country: str) -> str:
    """The number as people of `country` write it: national at home, international abroad. Other text is given back."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    home = number.country_code == phonenumbers.country_code_for_region(country)
    style = PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, style))


def search_digits(e164: str, country: str) -> list[str]:
    """The digit strings under which a number is found: international, and national with its leading zero."""
    national = re.sub(r"\D", "", pretty(e164, country))
    return [e164.lstrip("+"), national]
