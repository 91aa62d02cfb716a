"""The refusals of messaging."""

from enum import StrEnum


class Code(StrEnum):
    """Why a code was not sent or not accepted."""

    NO_CARRIER = "no_carrier"
    CODE_WRONG = "code_wrong"
    CODES_TOO_MANY = "codes_too_many"
