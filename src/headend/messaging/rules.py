"""The refusals of messaging."""

from enum import StrEnum


class Code(StrEnum):
    """Why a message or a code was not sent, or a code not accepted."""

    PHONE_ABSENT = "phone_absent"
    CARRIER_ADDRESS_WRONG = "carrier_address_wrong"
    CARRIER_INSIDE = "carrier_inside"
    CARRIER_KEY_MISSING = "carrier_key_missing"
    CARRIER_HEADER_WRONG = "carrier_header_wrong"
    CARRIER_PLACEHOLDER_UNKNOWN = "carrier_placeholder_unknown"
    CARRIER_TEXT_MISSING = "carrier_text_missing"
    MAIL_SERVER_WRONG = "mail_server_wrong"
    MAIL_LOGIN_OPEN = "mail_login_open"
    MAIL_ADDRESS_WRONG = "mail_address_wrong"
    TRIAL_PHONE_WRONG = "trial_phone_wrong"
    MAIL_ABSENT = "mail_absent"
    SMS_ABSENT = "sms_absent"
    LINK_ADDRESS_WRONG = "link_address_wrong"
    PLACE_UNKNOWN = "place_unknown"
    RECEIVER_MISSING = "receiver_missing"
    RECEIVERS_MANY = "receivers_many"
    RECEIVERS_NONE = "receivers_none"
    EMAIL_WRONG = "email_wrong"
    CHANNEL_ABSENT = "channel_absent"
    NO_CARRIER = "no_carrier"
    CODE_WRONG = "code_wrong"
    CODES_TOO_MANY = "codes_too_many"
    CODES_PAUSED = "codes_paused"
    CODE_ABROAD = "code_abroad"
