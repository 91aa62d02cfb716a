"""Decisions about customers, without a database."""

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from headend.lib import clock, ids

# No name begins with it, and both databases sort it last (Unicode TR35 part 5: the highest weight of all).
AFTER_NAMES: Final = "\uffff"
# What can be typed on every phone, and is as long as a reference of mobile money may be.
_ACCOUNT_KEY: Final = re.compile(r"[0-9A-Z]{3,20}")


class Code(StrEnum):
    """Why a verb on a customer, a group or a suspension was refused."""

    NAME_MISSING = "name_missing"
    PHONE_INVALID = "phone_invalid"
    PHONE_UNREADABLE = "phone_unreadable"
    PHONE_LANDLINE = "phone_landline"
    EMAIL_WRONG = "email_wrong"
    PHONE_TAKEN = "phone_taken"
    EMAIL_TAKEN = "customer_email_taken"
    GROUP_NAME_TAKEN = "group_name_taken"
    GROUP_NOT_EMPTY = "group_not_empty"
    GROUP_GONE = "group_gone"
    GROUP_IS_DEFAULT = "group_is_default"
    CUSTOMER_USERNAME_TAKEN = "customer_username_taken"
    USERNAME_UNUSABLE = "username_unusable"
    USERNAME_IS_CODE = "username_is_code"
    PORTAL_PASSWORD_SHORT = "portal_password_short"  # noqa: S105 - a code, not a password
    PORTAL_PASSWORD_COMMON = "portal_password_common"  # noqa: S105 - the same
    LINK_OVER = "link_over"
    PORTAL_PASSWORD_OWN = "portal_password_own"  # noqa: S105 - the same
    SIGN_IN_WRONG = "sign_in_wrong"
    TOO_MANY_TRIES = "too_many_tries"
    ACCOUNT_NUMBER_TAKEN = "account_number_taken"
    ACCOUNT_NUMBER_UNUSABLE = "account_number_unusable"
    SUSPENSION_ENDED = "suspension_ends_before"
    CUSTOMER_IS_DELETED = "customer_is_deleted"
    CUSTOMER_IS_ERASED = "customer_is_erased"


def lock_key(organization_id: int) -> str:
    """What is held by whoever looks up and takes what customers of an organization have: see `customers.lock`."""
    return f"customers:{organization_id}"


def sort_key(first_name: str, last_name: str, company: str, phone: str) -> str:
    """What a customer sorts by in lists: the name as it is shown, folded; who has none comes after all names, by phone."""
    name = f"{first_name} {last_name}".strip() or company
    return ids.fold(name)[:200] if name else f"{AFTER_NAMES}{ids.fold(phone)}"


def account_is_over(last_day: date | None, zone: str, now: datetime) -> bool:
    """Whether an account expiry date has passed: the account runs through that day of the organization's zone."""
    return last_day is not None and clock.day_end(last_day, zone) <= now


def split_name(full_name: str) -> tuple[str, str]:
    """`Grace Wanjiru Mwangi` as first name `Grace Wanjiru` and last name `Mwangi`; one word is a first name."""
    words = full_name.split()
    return (" ".join(words[:-1]), words[-1]) if len(words) > 1 else (" ".join(words), "")


def account_number(prefix: str, number: int) -> str:
    """`BN` and 100001 as `BN-100001`; without a prefix the number alone."""
    return f"{prefix}-{number}" if prefix else str(number)


def is_account_key(key: str) -> bool:
    """Whether this can be an additional account number: 3 to 20 letters and digits of ASCII, in upper case."""
    return _ACCOUNT_KEY.fullmatch(key) is not None
