"""A packet on its way through this door."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from typing import Literal

from headend.doors.radius.clients import Client
from headend.doors.radius.counts import Counts
from headend.doors.radius.duplicates import Key
from headend.lib import clock
from headend.lib.radius.attributes import EAP_MESSAGE, PROXY_STATE
from headend.lib.radius.packet import (
    Code,
    Packet,
    PacketError,
    decode,
    encode_reply,
    verify_message_authenticator,
    verify_request_authenticator,
)

Port = Literal["auth", "acct"]

# What each port takes; Status-Server is answered on both (RFC 5997 section 2).
_CODES: dict[Port, tuple[int, ...]] = {
    "auth": (Code.ACCESS_REQUEST, Code.STATUS_SERVER),
    "acct": (Code.ACCOUNTING_REQUEST, Code.STATUS_SERVER),
}


@dataclass(slots=True)
class Arrival:
    """A datagram as it came in. `waits_since` is on the monotonic clock, in seconds."""

    datagram: bytes
    source: str
    key: Key
    port: Port
    waits_since: float

    def at(self) -> datetime:
        """When it came in. Asked of few: reading the clock takes longer than putting a datagram into the line."""
        return clock.now() - timedelta(seconds=monotonic() - self.waits_since)


@dataclass(slots=True)
class Answer:
    """What goes back for an arrival; None is silence. A rejection waits `delay_seconds`."""

    arrival: Arrival
    reply: bytes | None
    delay_seconds: float = 0.0


@dataclass(slots=True)
class Request:
    """A packet whose sender is proven, or an Access-Request that we may answer."""

    arrival: Arrival
    client: Client
    packet: Packet


def examine(arrival: Arrival, client: Client | None, counts: Counts) -> Request | None:
    """The request in a datagram; None where it must be dropped in silence, which is counted with its reason."""
    if client is None:
        counts.refused("nas_unknown", arrival.source)
        return None
    try:
        packet = decode(arrival.datagram)
    except PacketError:
        counts.refused("packet_malformed", arrival.source, client)
        return None
    reason = _fault(arrival, packet, client, counts)
    if reason:
        counts.refused(reason, arrival.source, client)
        return None
    counts.seen(client)
    return Request(arrival, client, packet)


def answer_status(request: Request) -> Answer:
    """The answer to *are you there?* (RFC 5997 section 2): Accept on the one port, Accounting-Response on the other."""
    code = Code.ACCESS_ACCEPT if request.arrival.port == "auth" else Code.ACCOUNTING_RESPONSE
    signed = request.arrival.port == "auth"
    reply = encode_reply(code, request.packet, [], request.client.secret, message_authenticator=signed)
    return Answer(request.arrival, reply)


def _fault(arrival: Arrival, packet: Packet, client: Client, counts: Counts) -> str:
    """Why a packet must be dropped, or an empty text."""
    if packet.code not in _CODES[arrival.port]:
        return "packet_malformed"
    signed = verify_message_authenticator(packet, client.secret)
    if signed is False:
        return "message_authenticator_wrong"
    if packet.code == Code.ACCOUNTING_REQUEST:
        return "" if verify_request_authenticator(packet, client.secret) else "authenticator_wrong"
    if packet.code == Code.STATUS_SERVER:
        return "" if signed else "message_authenticator_missing"
    return _access_fault(packet, client, signed=bool(signed), counts=counts)


def _access_fault(packet: Packet, client: Client, *, signed: bool, counts: Counts) -> str:
    proxy_state = packet.get(PROXY_STATE) is not None
    eap = packet.get(EAP_MESSAGE) is not None
    if not signed:
        if client.require_message_authenticator or eap:
            return "message_authenticator_missing"
        if proxy_state and client.limit_proxy_state:
            return "proxy_state_unsigned"
    # EAP is always signed (RFC 3579 section 3.2): that its NAS signs other logins too does not follow from it.
    counts.showed(client, signed=signed and not eap, proxy_state=proxy_state)
    return ""
