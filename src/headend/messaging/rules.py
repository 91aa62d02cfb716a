"""The refusals of messaging, and when what may wait is sent."""

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo


class Code(StrEnum):
    """Why a message or a code was not sent, or a code not accepted."""

    PHONE_ABSENT = "phone_absent"
    EMAIL_ABSENT = "email_absent"
    WELCOME_OFF = "welcome_off"
    UNREACHABLE = "unreachable"
    CARRIER_ADDRESS_WRONG = "carrier_address_wrong"
    CARRIER_INSIDE = "carrier_inside"
    CARRIER_KEY_MISSING = "carrier_key_missing"
    CARRIER_HEADER_WRONG = "carrier_header_wrong"
    CARRIER_TEXT_MISSING = "carrier_text_missing"
    MAIL_SERVER_WRONG = "mail_server_wrong"
    MAIL_LOGIN_OPEN = "mail_login_open"
    MAIL_ADDRESS_WRONG = "mail_address_wrong"
    CARRIER_ELSEWHERE = "carrier_elsewhere"
    TRIAL_PHONE_WRONG = "trial_phone_wrong"
    MAIL_ABSENT = "mail_absent"
    SMS_ABSENT = "sms_absent"
    LINK_ADDRESS_WRONG = "link_address_wrong"
    PLACE_UNKNOWN = "place_unknown"
    RECEIVER_MISSING = "receiver_missing"
    RECEIVERS_MANY = "receivers_many"
    RECEIVERS_NONE = "receivers_none"
    BROADCAST_BEGUN = "broadcast_begun"
    BROADCAST_TO_NOBODY = "broadcast_to_nobody"
    CHANNEL_ABSENT = "channel_absent"
    MESSAGE_NOT_FAILED = "message_not_failed"
    MESSAGE_NOT_KEPT = "message_not_kept"
    MESSAGE_RECEIVER_GONE = "message_receiver_gone"
    MESSAGE_OPTED_OUT = "message_opted_out"
    NO_CARRIER = "no_carrier"
    CODE_WRONG = "code_wrong"
    CODES_TOO_MANY = "codes_too_many"
    CODES_PAUSED = "codes_paused"
    CODE_ABROAD = "code_abroad"
    NOTICE_PLACE_NEEDED = "notice_place_needed"
    NOTICE_PLACE_HIDDEN = "notice_place_hidden"
    HOURS_WRONG = "hours_wrong"


def opens_at(now: datetime, zone: str, hour_from: int, hour_until: int) -> datetime:
    """The first instant from `now` on that lies between two hours of the day in `zone` (an IANA name). Hours are 0 to 24."""
    local = now.astimezone(ZoneInfo(zone))
    if hour_from <= local.hour < hour_until:
        return now
    day = local.date() if local.hour < hour_from else local.date() + timedelta(days=1)
    return datetime(day.year, day.month, day.day, hour_from, tzinfo=ZoneInfo(zone)).astimezone(UTC)
