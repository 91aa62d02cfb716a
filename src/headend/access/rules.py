"""Decisions about packages and whoever gets one, without a database; for logins see `authorize`."""

from enum import StrEnum
from typing import Final, Literal

# The connection types of a line that leads to somebody's house.
LINES: Final = frozenset({"pppoe", "static"})


class Code(StrEnum):
    """Why a verb on a plan, subscription, voucher, credential or block was refused (not a login: see `authorize`)."""

    PLAN_INCOMPLETE = "plan_incomplete"
    PLAN_NAME_TAKEN = "plan_name_taken"
    PLAN_RETIRED = "plan_retired"
    PLAN_NOT_HOTSPOT = "plan_not_hotspot"
    USERNAME_TAKEN = "username_taken"
    USERNAME_MISSING = "username_missing"
    PASSWORD_SHORT = "password_short"  # noqa: S105 - a code, not a password
    PASSWORD_UNREADABLE = "password_unreadable"  # noqa: S105 - the same
    FRAMED_ADDRESS_INVALID = "framed_address_invalid"
    FRAMED_ADDRESS_TAKEN = "framed_address_taken"
    FRAMED_ADDRESS_MISSING = "framed_address_missing"
    SUBSCRIPTION_ENDED = "subscription_ended"
    PERIOD_NOT_NEXT = "period_not_next"
    SESSION_ENDED = "session_ended"
    VOUCHER_IS_VOID = "voucher_is_void"
    SHEET_IS_VOID = "sheet_is_void"
    BATCH_EMPTY = "batch_empty"
    BATCH_TOO_LARGE = "batch_too_large"
    SHEET_UNKNOWN = "sheet_unknown"
    PERCENT_WRONG = "percent_wrong"
    TRIGGER_ADDRESS_MISSING = "trigger_address_missing"
    TRIGGER_CHANNEL_MISSING = "trigger_channel_missing"
    TRIGGER_TAKEN = "trigger_taken"
    TRIGGERS_MANY = "triggers_many"


def person_lacks(
    connection_type: str, *, name: str, phone: str, has_no_mobile: bool
) -> frozenset[Literal["name", "phone"]]:
    """What somebody has to give still who is to get a package of this connection type.

    A line at home has an owner with a name, of a person or a company; for a hotspot a phone is enough. And everybody has a
    mobile number, unless somebody says that they have none of their own.
    """
    lacks: set[Literal["name", "phone"]] = set()
    if connection_type in LINES and not name:
        lacks.add("name")
    if not phone and not has_no_mobile:
        lacks.add("phone")
    return frozenset(lacks)
