"""Phone numbers, read in an organization's country and kept as E.164 (`+254712345678`)."""

import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from phonenumbers import PhoneNumberFormat, PhoneNumberType

_MOBILE = (PhoneNumberType.MOBILE, PhoneNumberType.FIXED_LINE_OR_MOBILE)
# Digits of any script, and what people put between them; a plus stands in front, or nowhere.
_TYPED = re.compile(r"(?:tel:)?[\s(]*\+?[\d\s().\-\u2010-\u2015\u2212/]*", re.IGNORECASE)
# E.164 has 15 at most, and no country dials more than 4 before them.
_MOST_DIGITS = 19


class PhoneError(ValueError):
    """The text is not a phone number that can take SMS in this country.

    Its argument is `unreadable` (letters, or more than one number), `invalid` or `landline`.
    """


@dataclass(frozen=True, slots=True)
class Phone:
    """A number that exists: its E.164 form, and whether it can take SMS and mobile money."""

    e164: str
    is_mobile: bool


def read(text: str, country: str) -> Phone:
    """A number, mobile or not, typed in any notation in `country` (ISO 3166 alpha-2); 00 stands for + in every country.

    Letters never become digits, and of two numbers none is chosen. Raises PhoneError("unreadable") or PhoneError("invalid").
    """
    # What is copied from a phone's contacts has invisible marks of direction around it.
    typed = "".join(sign for sign in unicodedata.normalize("NFKC", text) if unicodedata.category(sign) != "Cf").strip()
    if not _TYPED.fullmatch(typed) or sum(sign.isdigit() for sign in typed) > _MOST_DIGITS:
        raise PhoneError("unreadable")
    typed = typed.replace("(0)", "")
    number = _valid(typed, country)
    digits = re.sub(r"\D", "", typed)
    if number is None and digits.startswith("00"):
        number = _valid(f"+{digits[2:]}", country)
    if number is None:
        raise PhoneError("invalid")
    e164 = str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
    return Phone(e164, phonenumbers.number_type(number) in _MOBILE)


def parse(text: str, country: str) -> str:
    """The E.164 form of a mobile number typed in any notation in `country` (ISO 3166 alpha-2).

    Raises PhoneError with `unreadable`, `invalid` or `landline`.
    """
    found = read(text, country)
    if not found.is_mobile:
        raise PhoneError("landline")
    return found.e164


def pretty(e164: str, country: str) -> str:
    """The number as people of `country` write it: national at home, international abroad. Other text is given back."""
    try:
        number = phonenumbers.parse(e164, None)
    except phonenumbers.NumberParseException:
        return e164
    home = number.country_code == phonenumbers.country_code_for_region(country)
    style = PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL
    return str(phonenumbers.format_number(number, style))


def country_of(e164: str) -> str:
    """The country (ISO 3166 alpha-2) whose number it is; empty for one of none, as satellite phones have."""
    number = phonenumbers.parse(e164, None)
    return str(phonenumbers.region_code_for_number(number) or "")


def has_numbers(country: str) -> bool:
    """Whether there is a country of this code (ISO 3166 alpha-2, upper case) with phone numbers of its own."""
    return country in phonenumbers.SUPPORTED_REGIONS


def search_digits(e164: str, country: str) -> list[str]:
    """The digit strings under which a number is found: international, and national with its leading zero."""
    national = re.sub(r"\D", "", pretty(e164, country))
    return [e164.lstrip("+"), national]


def _valid(typed: str, country: str) -> phonenumbers.PhoneNumber | None:
    try:
        number = phonenumbers.parse(typed, country)
    except phonenumbers.NumberParseException:
        return None
    return number if phonenumbers.is_valid_number(number) else None
