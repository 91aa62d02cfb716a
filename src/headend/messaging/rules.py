"""The refusals of messaging."""

from enum import StrEnum


class Code(StrEnum):
    """Why a message or a code was not sent, or a code not accepted."""

    PHONE_ABSENT = "phone_absent"
    SMS_ABSENT = "sms_absent"
    NO_CARRIER = "no_carrier"
    CODE_WRONG = "code_wrong"
    CODES_TOO_MANY = "codes_too_many"
    CODES_PAUSED = "codes_paused"
    CODE_ABROAD = "code_abroad"
