"""How often somebody may try. Generous for an address, because a whole café may stand behind one."""

from enum import StrEnum
from typing import Final

from headend.customers.models import Customer
from headend.lib.refused import Refused
from headend.system import throttles
from headend.system.models import Organization

REGISTRATIONS_OF_SOURCE: Final = 60
REGISTRATIONS_WINDOW_SECONDS: Final = 60 * 60
CODES_OF_SOURCE: Final = 30
CODES_OF_PHONE: Final = 3
CODE_TRIES_OF_SOURCE: Final = 200
PASSWORDS_OF_CUSTOMER: Final = 10
PROMPTS_OF_CUSTOMER: Final = 20
WINDOW_SECONDS: Final = 15 * 60


class Code(StrEnum):
    """What somebody did too often."""

    TOO_MANY_REGISTRATIONS = "too_many_registrations"
    TOO_MANY_CODES = "too_many_codes"
    TOO_MANY_PASSWORDS = "too_many_passwords"
    TOO_MANY_PROMPTS = "too_many_prompts"


def count_registration(*, organization: Organization, source: str) -> None:
    """Counts one registration that came from the address `source`. Refuses `too_many_registrations`."""
    if not _hit(organization, f"register:from:{source}", REGISTRATIONS_OF_SOURCE, REGISTRATIONS_WINDOW_SECONDS):
        raise Refused(Code.TOO_MANY_REGISTRATIONS)


def count_code(*, organization: Organization, source: str, phone: str) -> None:
    """Counts one code that was asked for, from there and for `phone` (E.164). Refuses `too_many_codes`.

    It counts a phone that is nobody's as well: the answer must not tell which are.
    """
    from_there = _hit(organization, f"code:from:{source}", CODES_OF_SOURCE)
    if not from_there or not _hit(organization, f"code:{phone}", CODES_OF_PHONE):
        raise Refused(Code.TOO_MANY_CODES, field="phone")


def count_code_try(*, organization: Organization, source: str) -> None:
    """Counts one code that was typed; how often for one phone, `messaging.codes` counts. Refuses `too_many_codes`."""
    if not _hit(organization, f"code-try:from:{source}", CODE_TRIES_OF_SOURCE):
        raise Refused(Code.TOO_MANY_CODES, field="code")


def count_password(*, customer: Customer) -> None:
    """Counts one try of the present password, before it may be changed. Refuses `too_many_passwords`."""
    if not _hit(customer.organization, f"password:{customer.pk}", PASSWORDS_OF_CUSTOMER):
        raise Refused(Code.TOO_MANY_PASSWORDS, field="present")


def count_prompt(*, customer: Customer) -> None:
    """Counts one request to pay that a customer has a phone asked for: it may be anybody's. Refuses `too_many_prompts`."""
    if not _hit(customer.organization, f"prompt:{customer.pk}", PROMPTS_OF_CUSTOMER):
        raise Refused(Code.TOO_MANY_PROMPTS, field="phone")


def _hit(organization: Organization, what: str, limit: int, window_seconds: int = WINDOW_SECONDS) -> bool:
    key = f"portal:{organization.pk}:{what}"[:160]
    return throttles.hit(key=key, limit=limit, window_seconds=window_seconds)
