"""RADIUS attribute numbers by name, their named values, and small encoders that return (type, bytes).

Source: RFC 2548, 2865, 2866, 2869, 3162, 3576, 4372, 4818, 5176, 6911; MikroTik, WISPr and ChilliSpot vendor dictionaries.
"""

from enum import IntEnum
from ipaddress import IPv4Address

TEXT_MAX_BYTES = 253
VENDOR_VALUE_MAX_BYTES = TEXT_MAX_BYTES - 6
INTEGER_MAX = 2**32 - 1

USER_NAME = 1
USER_PASSWORD = 2
CHAP_PASSWORD = 3
NAS_IP_ADDRESS = 4
NAS_PORT = 5
SERVICE_TYPE = 6
FRAMED_PROTOCOL = 7
FRAMED_IP_ADDRESS = 8
FRAMED_IP_NETMASK = 9
FILTER_ID = 11
FRAMED_MTU = 12
REPLY_MESSAGE = 18
FRAMED_ROUTE = 22
STATE = 24
CLASS = 25
VENDOR_SPECIFIC = 26
SESSION_TIMEOUT = 27
IDLE_TIMEOUT = 28
TERMINATION_ACTION = 29
CALLED_STATION_ID = 30
CALLING_STATION_ID = 31
NAS_IDENTIFIER = 32
PROXY_STATE = 33
ACCT_STATUS_TYPE = 40
ACCT_DELAY_TIME = 41
ACCT_INPUT_OCTETS = 42
ACCT_OUTPUT_OCTETS = 43
ACCT_SESSION_ID = 44
ACCT_AUTHENTIC = 45
ACCT_SESSION_TIME = 46
ACCT_INPUT_PACKETS = 47
ACCT_OUTPUT_PACKETS = 48
ACCT_TERMINATE_CAUSE = 49
ACCT_MULTI_SESSION_ID = 50
ACCT_LINK_COUNT = 51
ACCT_INPUT_GIGAWORDS = 52
ACCT_OUTPUT_GIGAWORDS = 53
EVENT_TIMESTAMP = 55
CHAP_CHALLENGE = 60
NAS_PORT_TYPE = 61
PORT_LIMIT = 62
CONNECT_INFO = 77
EAP_MESSAGE = 79
MESSAGE_AUTHENTICATOR = 80
ACCT_INTERIM_INTERVAL = 85
NAS_PORT_ID = 87
FRAMED_POOL = 88
CHARGEABLE_USER_IDENTITY = 89
NAS_IPV6_ADDRESS = 95
FRAMED_INTERFACE_ID = 96
FRAMED_IPV6_PREFIX = 97
FRAMED_IPV6_ROUTE = 99
FRAMED_IPV6_POOL = 100
ERROR_CAUSE = 101
DELEGATED_IPV6_PREFIX = 123
FRAMED_IPV6_ADDRESS = 168
DNS_SERVER_IPV6_ADDRESS = 169
ROUTE_IPV6_INFORMATION = 170
DELEGATED_IPV6_PREFIX_POOL = 171
STATEFUL_IPV6_ADDRESS_POOL = 172

MIKROTIK = 14988
MIKROTIK_RECV_LIMIT = 1
MIKROTIK_XMIT_LIMIT = 2
MIKROTIK_GROUP = 3
MIKROTIK_WIRELESS_FORWARD = 4
MIKROTIK_WIRELESS_SKIP_DOT1X = 5
MIKROTIK_WIRELESS_ENC_ALGO = 6
MIKROTIK_WIRELESS_ENC_KEY = 7
MIKROTIK_RATE_LIMIT = 8
MIKROTIK_REALM = 9
MIKROTIK_HOST_IP = 10
MIKROTIK_MARK_ID = 11
MIKROTIK_ADVERTISE_URL = 12
MIKROTIK_ADVERTISE_INTERVAL = 13
MIKROTIK_RECV_LIMIT_GIGAWORDS = 14
MIKROTIK_XMIT_LIMIT_GIGAWORDS = 15
MIKROTIK_WIRELESS_PSK = 16
MIKROTIK_TOTAL_LIMIT = 17
MIKROTIK_TOTAL_LIMIT_GIGAWORDS = 18
MIKROTIK_ADDRESS_LIST = 19
MIKROTIK_WIRELESS_MPKEY = 20
MIKROTIK_WIRELESS_COMMENT = 21
MIKROTIK_DELEGATED_IPV6_POOL = 22
MIKROTIK_DHCP_OPTION_SET = 23
MIKROTIK_DHCP_OPTION_PARAM_STR1 = 24
MIKROTIK_DHCP_OPTION_PARAM_STR2 = 25
MIKROTIK_WIRELESS_VLANID = 26
MIKROTIK_WIRELESS_VLANID_TYPE = 27
MIKROTIK_WIRELESS_MINSIGNAL = 28
MIKROTIK_WIRELESS_MAXSIGNAL = 29
MIKROTIK_SWITCHING_FILTER = 30

MICROSOFT = 311
MS_CHAP_RESPONSE = 1
MS_CHAP_ERROR = 2
MS_MPPE_ENCRYPTION_POLICY = 7
MS_MPPE_ENCRYPTION_TYPES = 8
MS_CHAP_CHALLENGE = 11
MS_CHAP_MPPE_KEYS = 12
MS_MPPE_SEND_KEY = 16
MS_MPPE_RECV_KEY = 17
MS_CHAP2_RESPONSE = 25
MS_CHAP2_SUCCESS = 26

WISPR = 14122
WISPR_LOCATION_ID = 1
WISPR_LOCATION_NAME = 2
WISPR_LOGOFF_URL = 3
WISPR_REDIRECTION_URL = 4
WISPR_BANDWIDTH_MIN_UP = 5
WISPR_BANDWIDTH_MIN_DOWN = 6
WISPR_BANDWIDTH_MAX_UP = 7
WISPR_BANDWIDTH_MAX_DOWN = 8
WISPR_SESSION_TERMINATE_TIME = 9
WISPR_SESSION_TERMINATE_END_OF_DAY = 10
WISPR_BILLING_CLASS_OF_SERVICE = 11

CHILLISPOT = 14559
CHILLISPOT_MAX_INPUT_OCTETS = 1
CHILLISPOT_MAX_OUTPUT_OCTETS = 2
CHILLISPOT_MAX_TOTAL_OCTETS = 3
CHILLISPOT_BANDWIDTH_MAX_UP = 4
CHILLISPOT_BANDWIDTH_MAX_DOWN = 5
CHILLISPOT_CONFIG = 6
CHILLISPOT_LANG = 7
CHILLISPOT_VERSION = 8
CHILLISPOT_ORIGINAL_URL = 9
CHILLISPOT_ACCT_VIEW_POINT = 10
CHILLISPOT_MAX_INPUT_GIGAWORDS = 21
CHILLISPOT_MAX_OUTPUT_GIGAWORDS = 22
CHILLISPOT_MAX_TOTAL_GIGAWORDS = 23


class AcctStatusType(IntEnum):
    """What an Accounting-Request reports (RFC 2866 section 5.1, RFC 2869 section 2.1)."""

    START = 1
    STOP = 2
    INTERIM_UPDATE = 3
    ACCOUNTING_ON = 7
    ACCOUNTING_OFF = 8
    TUNNEL_START = 9
    TUNNEL_STOP = 10
    TUNNEL_REJECT = 11
    TUNNEL_LINK_START = 12
    TUNNEL_LINK_STOP = 13
    TUNNEL_LINK_REJECT = 14
    FAILED = 15


class ServiceType(IntEnum):
    """What the user asks for (RFC 2865 section 5.6)."""

    LOGIN = 1
    FRAMED = 2
    CALLBACK_LOGIN = 3
    CALLBACK_FRAMED = 4
    OUTBOUND = 5
    ADMINISTRATIVE = 6
    NAS_PROMPT = 7
    AUTHENTICATE_ONLY = 8
    CALLBACK_NAS_PROMPT = 9
    CALL_CHECK = 10
    CALLBACK_ADMINISTRATIVE = 11
    AUTHORIZE_ONLY = 17


class NasPortType(IntEnum):
    """The kind of port on which the user arrives (RFC 2865 section 5.41)."""

    ASYNC = 0
    SYNC = 1
    ISDN = 2
    VIRTUAL = 5
    SDSL = 11
    ADSL_CAP = 12
    ADSL_DMT = 13
    ETHERNET = 15
    XDSL = 16
    CABLE = 17
    WIRELESS_OTHER = 18
    WIRELESS_802_11 = 19


class ErrorCause(IntEnum):
    """Why a NAS refused a CoA or Disconnect request (RFC 5176 section 3.5)."""

    RESIDUAL_SESSION_CONTEXT_REMOVED = 201
    INVALID_EAP_PACKET = 202
    UNSUPPORTED_ATTRIBUTE = 401
    MISSING_ATTRIBUTE = 402
    NAS_IDENTIFICATION_MISMATCH = 403
    INVALID_REQUEST = 404
    UNSUPPORTED_SERVICE = 405
    UNSUPPORTED_EXTENSION = 406
    INVALID_ATTRIBUTE_VALUE = 407
    ADMINISTRATIVELY_PROHIBITED = 501
    REQUEST_NOT_ROUTABLE = 502
    SESSION_CONTEXT_NOT_FOUND = 503
    SESSION_CONTEXT_NOT_REMOVABLE = 504
    OTHER_PROXY_PROCESSING_ERROR = 505
    RESOURCES_UNAVAILABLE = 506
    REQUEST_INITIATED = 507
    MULTIPLE_SESSION_SELECTION_UNSUPPORTED = 508


FRAMED_PROTOCOL_PPP = 1
ACCT_AUTHENTIC_RADIUS = 1
TERMINATION_ACTION_DEFAULT = 0
TERMINATION_ACTION_RADIUS_REQUEST = 1

# Acct-Terminate-Cause (RFC 2866 section 5.10; 19 to 22 from RFC 3580 section 2.2).
TERMINATE_CAUSES = {
    1: "User-Request",
    2: "Lost-Carrier",
    3: "Lost-Service",
    4: "Idle-Timeout",
    5: "Session-Timeout",
    6: "Admin-Reset",
    7: "Admin-Reboot",
    8: "Port-Error",
    9: "NAS-Error",
    10: "NAS-Request",
    11: "NAS-Reboot",
    12: "Port-Unneeded",
    13: "Port-Preempted",
    14: "Port-Suspended",
    15: "Service-Unavailable",
    16: "Callback",
    17: "User-Error",
    18: "Host-Request",
    19: "Supplicant-Restart",
    20: "Reauthentication-Failure",
    21: "Port-Reinit",
    22: "Port-Disabled",
}


def text(attribute: int, value: str) -> tuple[int, bytes]:
    """Encode text; what does not fit in 253 bytes is cut at the end of a character."""
    return attribute, cut(value, TEXT_MAX_BYTES)


def integer(attribute: int, value: int) -> tuple[int, bytes]:
    """Encode a number of 32 bits, also an instant in Unix seconds; raises ValueError when it does not fit."""
    return attribute, _four_bytes(value)


def address(attribute: int, value: str) -> tuple[int, bytes]:
    """Encode an IPv4 address given in dotted form; raises ValueError when it is not one."""
    return attribute, IPv4Address(value).packed


def octets(attribute: int, value: bytes) -> tuple[int, bytes]:
    """Encode bytes as they are; raises ValueError over 253."""
    if len(value) > TEXT_MAX_BYTES:
        raise ValueError(f"attribute {attribute} has {len(value)} bytes, more than the {TEXT_MAX_BYTES} that fit")
    return attribute, value


def vendor_integer(vendor: int, vendor_type: int, value: int) -> tuple[int, bytes]:
    """Encode a vendor's number of 32 bits, alone in its Vendor-Specific; raises ValueError when it does not fit."""
    return _vendor(vendor, vendor_type, _four_bytes(value))


def vendor_text(vendor: int, vendor_type: int, value: str) -> tuple[int, bytes]:
    """Encode a vendor's text, alone in its Vendor-Specific; over 247 bytes it is cut at the end of a character."""
    return _vendor(vendor, vendor_type, cut(value, VENDOR_VALUE_MAX_BYTES))


def vendor_octets(vendor: int, vendor_type: int, value: bytes) -> tuple[int, bytes]:
    """Encode a vendor's bytes, alone in their Vendor-Specific; raises ValueError over 247."""
    if len(value) > VENDOR_VALUE_MAX_BYTES:
        raise ValueError(
            f"a vendor's attribute has {len(value)} bytes, more than the {VENDOR_VALUE_MAX_BYTES} that fit"
        )
    return _vendor(vendor, vendor_type, value)


def cut(value: str, limit_bytes: int) -> bytes:
    """Encode text; what does not fit is cut at the end of a character."""
    encoded = value.encode()
    if len(encoded) <= limit_bytes:
        return encoded
    # Only the last character can be incomplete, and "ignore" drops just that one.
    return encoded[:limit_bytes].decode(errors="ignore").encode()


def _four_bytes(value: int) -> bytes:
    if not 0 <= value <= INTEGER_MAX:
        raise ValueError(f"{value} does not fit in the 32 bits of a RADIUS number")
    return value.to_bytes(4)


def _vendor(vendor: int, vendor_type: int, value: bytes) -> tuple[int, bytes]:
    return VENDOR_SPECIFIC, vendor.to_bytes(4) + bytes((vendor_type, len(value) + 2)) + value
