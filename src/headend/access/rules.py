"""Why a verb of access was refused."""

from enum import StrEnum


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
    CUSTOMER_IS_DELETED = "customer_is_deleted"
    SESSION_ENDED = "session_ended"
    VOUCHER_IS_VOID = "voucher_is_void"
    SHEET_IS_VOID = "sheet_is_void"
    BATCH_EMPTY = "batch_empty"
    BATCH_TOO_LARGE = "batch_too_large"
    SHEET_UNKNOWN = "sheet_unknown"
