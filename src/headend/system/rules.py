"""The codes of this package's refusals."""

from enum import StrEnum


class Code(StrEnum):
    """Why a verb on an organization, its staff or its sites was refused."""

    SLUG_INVALID = "slug_invalid"
    SLUG_TAKEN = "slug_taken"
    NAME_MISSING = "name_missing"
    TEXT_MISSING = "text_missing"
    TEXT_LONG = "text_long"
    CURRENCY_UNKNOWN = "currency_unknown"
    COUNTRY_UNKNOWN = "country_unknown"
    REALM_INVALID = "realm_invalid"
    TIMEZONE_UNKNOWN = "timezone_unknown"
    ADDRESS_BLOCK_INVALID = "address_block_invalid"
    COLOUR_INVALID = "colour_invalid"
    LOGO_TOO_LARGE = "logo_too_large"
    LOGO_UNKNOWN_TYPE = "logo_unknown_type"
    LOGO_UNREADABLE = "logo_unreadable"
    SITE_NAME_TAKEN = "site_name_taken"
    SITE_GONE = "site_gone"
    SITE_IN_USE = "site_in_use"
    EMAIL_TAKEN = "email_taken"
    EMAIL_KNOWN = "email_known"
    INVITATION_OVER = "invitation_over"
    INVITATION_OF_OTHER = "invitation_of_other"
    PASSWORD_WEAK = "password_weak"  # noqa: S105 - a code
    MAY_NOT_TOUCH_OWNER = "may_not_touch_owner"
    LAST_OWNER = "last_owner"
    WORKS_ELSEWHERE = "works_elsewhere"
