"""Between what a NAS says and what the product knows: requests into look-ups and reports, grants into attributes."""

import secrets
import socket
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import md5
from typing import Final, Literal

from headend.access.authorize import Grant
from headend.access.facts import Lookup
from headend.access.metering import Report
from headend.doors.radius.arrivals import Request
from headend.lib import ids, mac
from headend.lib.radius import attributes as a
from headend.lib.radius.packet import Packet, PacketError
from headend.network.models import Vendor

# No report is later than this.
OLDEST_REPORT_SECONDS: Final = 7 * 86_400
# The time stamps of a clock that is further ahead, or further behind than the oldest report, tell nothing, not even beside each other.
NEWEST_STAMP_SECONDS: Final = 7 * 86_400
SHORTEST_INTERIM_SECONDS: Final = 60
# Our Class: `h1:<subscription>:<token>`, or `h1:v<voucher>:<token>`.
_CLASS_HEAD: Final = b"h1:"
_OF_VOUCHER: Final = "v"
_WORD: Final = 2**32
_MAC_BYTES: Final = 6
# The hardware type in front of a MAC (RFC 2132 section 9.14).
_ETHERNET: Final = 1
# What a retransmitted Start may say differently: how late it is, its signature, and what proxies put in.
_NOT_IN_PRINT: Final = frozenset({a.ACCT_DELAY_TIME, a.MESSAGE_AUTHENTICATOR, a.PROXY_STATE})

Attributes = list[tuple[int, bytes]]


def lookup(request: Request) -> Lookup:
    """What an Access-Request asks for. A name that is no text is one that nobody has."""
    packet, client = request.packet, request.client
    name = packet.text(a.USER_NAME) or ""
    return Lookup(
        organization_id=client.organization_id,
        name=name,
        nas_id=client.nas_id,
        mac=_mac(packet),
        acct_session_id=packet.label(a.ACCT_SESSION_ID),
        plain_name=ids.without_realm(name, client.realms) if client.realms else "",
    )


def device(request: Request, lookup: Lookup) -> str:
    """What a login comes from, as exactly as its NAS says: the MAC, else whatever it calls the station or the port."""
    if lookup.mac:
        return lookup.mac
    packet = request.packet
    kinds = (a.CALLING_STATION_ID, a.NAS_PORT_ID, a.NAS_PORT)
    told = next((f"{kind} {packet.label(kind)}" for kind in kinds if packet.get(kind)), "")
    return f"{lookup.nas_id} {told}"


def report(request: Request, kind: Literal["start", "interim", "stop"], now: datetime) -> Report:
    """What an Accounting-Request says (RFC 2866 section 5). Raises PacketError for a number that is none, and without an id."""
    packet, client = request.packet, request.client
    session_id = packet.label(a.ACCT_SESSION_ID)
    if not session_id:
        raise PacketError("the report has no Acct-Session-Id")
    name = packet.text(a.USER_NAME) or ""
    subscription_id, voucher_id, token = _read_class(packet)
    received = packet.integer(a.ACCT_INPUT_OCTETS), packet.integer(a.ACCT_INPUT_GIGAWORDS)
    sent = packet.integer(a.ACCT_OUTPUT_OCTETS), packet.integer(a.ACCT_OUTPUT_GIGAWORDS)
    upload, download = (sent, received) if client.swap_octets else (received, sent)
    return Report(
        kind=kind,
        organization_id=client.organization_id,
        nas_id=client.nas_id,
        zone=client.zone,
        user_name=name,
        plain_name=ids.without_realm(name, client.realms) if client.realms else "",
        acct_session_id=session_id,
        event_at=event_time(request, now),
        class_token=token,
        subscription_id=subscription_id,
        voucher_id=voucher_id,
        mac=_mac(packet) or packet.label(a.CALLING_STATION_ID)[:64],
        framed_address=_address(packet.get(a.FRAMED_IP_ADDRESS)),
        seconds=packet.integer(a.ACCT_SESSION_TIME),
        upload_octets=upload[0],
        upload_gigawords=upload[1],
        download_octets=download[0],
        download_gigawords=download[1],
        cause=_cause(packet) if kind == "stop" else "",
        start_print=_print(packet) if kind == "start" else "",
        stamped_at=_stamped_at(packet, now),
    )


def event_time(request: Request, now: datetime) -> datetime:
    """When it happened, by our clock: `now` less Acct-Delay-Time (RFC 2866 section 5.2), whatever the clock of the NAS says."""
    delay_seconds = request.packet.integer(a.ACCT_DELAY_TIME)
    if not delay_seconds or delay_seconds > OLDEST_REPORT_SECONDS:
        return now
    return now - timedelta(seconds=delay_seconds)


def clock_offset(request: Request, now: datetime) -> int | None:
    """How many seconds the clock of a NAS is ahead of ours, by its Event-Timestamp (RFC 2869 section 5.3); None without one."""
    stamp = request.packet.integer(a.EVENT_TIMESTAMP)
    return None if stamp is None else round(stamp - event_time(request, now).timestamp())


def grant(granted: Grant, vendor: str) -> Attributes:
    """The attributes of an Accept, in the words of the NAS's vendor. Class carries our token for the session."""
    owner = granted.subscription_id if granted.voucher_id is None else f"{_OF_VOUCHER}{granted.voucher_id}"
    reply = [a.octets(a.CLASS, _CLASS_HEAD + f"{owner}:{secrets.token_hex(8)}".encode())]
    if granted.session_timeout_seconds is not None:
        reply.append(a.integer(a.SESSION_TIMEOUT, granted.session_timeout_seconds))
    if granted.idle_timeout_seconds is not None:
        reply.append(a.integer(a.IDLE_TIMEOUT, granted.idle_timeout_seconds))
    reply.append(a.integer(a.ACCT_INTERIM_INTERVAL, max(SHORTEST_INTERIM_SECONDS, granted.interim_seconds)))
    if granted.framed_address:
        reply.append(a.address(a.FRAMED_IP_ADDRESS, granted.framed_address))
        reply.append(a.address(a.FRAMED_IP_NETMASK, "255.255.255.255"))
    return reply + _VENDOR_ATTRIBUTES.get(vendor, _wispr)(granted)


def _stamped_at(packet: Packet, now: datetime) -> datetime | None:
    stamp = packet.integer(a.EVENT_TIMESTAMP)
    return None if stamp is None else _sane_instant(stamp, now)


# Reports that come together have one `now`, and but a few stamps.
@lru_cache(maxsize=256)
def _sane_instant(stamp: int, now: datetime) -> datetime | None:
    if not -OLDEST_REPORT_SECONDS <= stamp - now.timestamp() <= NEWEST_STAMP_SECONDS:
        return None
    return datetime.fromtimestamp(stamp, UTC)


def _mikrotik(granted: Grant) -> Attributes:
    reply = []
    if granted.upload_kbps is not None or granted.download_kbps is not None:
        # rx/tx as the router sees it: what it receives is the customer's upload. 0 is unlimited.
        rate = f"{_rate(granted.upload_kbps)}/{_rate(granted.download_kbps)}"
        reply.append(a.vendor_text(a.MIKROTIK, a.MIKROTIK_RATE_LIMIT, rate))
    if granted.remaining_bytes is not None:
        high, low = divmod(granted.remaining_bytes, _WORD)
        reply.append(a.vendor_integer(a.MIKROTIK, a.MIKROTIK_TOTAL_LIMIT, low))
        reply.append(a.vendor_integer(a.MIKROTIK, a.MIKROTIK_TOTAL_LIMIT_GIGAWORDS, high))
    return reply


def _chillispot(granted: Grant) -> Attributes:
    reply = _wispr(granted)
    if granted.remaining_bytes is not None:
        high, low = divmod(granted.remaining_bytes, _WORD)
        reply.append(a.vendor_integer(a.CHILLISPOT, a.CHILLISPOT_MAX_TOTAL_OCTETS, low))
        reply.append(a.vendor_integer(a.CHILLISPOT, a.CHILLISPOT_MAX_TOTAL_GIGAWORDS, high))
    return reply


def _wispr(granted: Grant) -> Attributes:
    rates = ((a.WISPR_BANDWIDTH_MAX_UP, granted.upload_kbps), (a.WISPR_BANDWIDTH_MAX_DOWN, granted.download_kbps))
    return [a.vendor_integer(a.WISPR, kind, min(kbps * 1000, _WORD - 1)) for kind, kbps in rates if kbps is not None]


_VENDOR_ATTRIBUTES: Final = {Vendor.MIKROTIK.value: _mikrotik, Vendor.COOVACHILLI.value: _chillispot}


def _rate(kbps: int | None) -> str:
    if kbps is None:
        return "0"
    return f"{kbps // 1000}M" if kbps % 1000 == 0 else f"{kbps}k"


def _read_class(packet: Packet) -> tuple[int | None, int | None, str]:
    """The subscription or voucher and the token that we put into the Accept; a NAS may send other Class values besides."""
    for value in packet.get_all(a.CLASS):
        if value.startswith(_CLASS_HEAD):
            owner, _, token = value[len(_CLASS_HEAD) :].decode("ascii", "replace").partition(":")
            number = owner.removeprefix(_OF_VOUCHER)
            if number.isdecimal() and len(number) < 19 and token.isalnum():
                of_voucher = number != owner
                return (None, int(number), token[:64]) if of_voucher else (int(number), None, token[:64])
    return None, None, ""


def _mac(packet: Packet) -> str:
    """The MAC in Calling-Station-Id, or an empty text. Some equipment sends its octets, or a DHCP client's id, raw."""
    value = packet.get(a.CALLING_STATION_ID)
    if value is None:
        return ""
    if len(value) == _MAC_BYTES and not value.isalnum():
        return value.hex().upper()
    if len(value) == 1 + _MAC_BYTES and value[0] == _ETHERNET:
        return value[1:].hex().upper()
    return mac.parse(packet.text(a.CALLING_STATION_ID) or "") or ""


def _address(value: bytes | None) -> str:
    return socket.inet_ntoa(value) if value is not None and len(value) == 4 else ""


def _cause(packet: Packet) -> str:
    number = packet.integer(a.ACCT_TERMINATE_CAUSE)
    return "User-Request" if number is None else a.TERMINATE_CAUSES.get(number, str(number))


def _print(packet: Packet) -> str:
    parts = [bytes((kind, len(value))) + value for kind, value in packet.attributes if kind not in _NOT_IN_PRINT]
    return md5(b"".join(sorted(parts)), usedforsecurity=False).hexdigest()
