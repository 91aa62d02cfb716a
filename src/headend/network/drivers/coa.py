"""Tell a NAS by RADIUS to end a session: Disconnect-Request over UDP (RFC 5176). Plain data in, plain data out."""

import ipaddress
import os
import socket
import time
from dataclasses import dataclass, field
from typing import Literal

from headend.lib.radius import attributes as at
from headend.lib.radius.packet import PACKET_MAX_BYTES, Code, Packet, PacketError, decode, encode_request, verify_reply

TIMEOUT_SECONDS = 1.5
TRIES = 2


@dataclass(frozen=True, slots=True)
class Target:
    """Where a NAS listens for requests, and the secret it shares with us."""

    address: str
    port: int
    secret: bytes = field(repr=False)
    message_authenticator: bool


@dataclass(frozen=True, slots=True)
class Identification:
    """Which session is meant; a NAS must find all of it true (RFC 5176 section 3)."""

    user_name: str
    acct_session_id: str
    framed_address: str | None
    nas_address: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the NAS said. `gone` means that it has no such session; `silent` leaves open what became of it."""

    outcome: Literal["acknowledged", "gone", "refused", "silent"]
    error_cause: int | None
    detail: str


def disconnect(
    target: Target,
    identification: Identification,
    *,
    timeout_seconds: float = TIMEOUT_SECONDS,
    tries: int = TRIES,
) -> Answer:
    """Ask a NAS to end a session and wait for its answer, at most `timeout_seconds` times `tries`.

    The same bytes are sent again after each timeout. A reply that does not verify, or comes from elsewhere, is ignored.
    Never raises for what the network does; raises ValueError for an address that is none.
    """
    identifier = os.urandom(1)[0]
    request = encode_request(
        Code.DISCONNECT_REQUEST,
        identifier,
        _attributes(identification),
        target.secret,
        message_authenticator=target.message_authenticator,
    )
    is_ipv6 = ipaddress.ip_address(target.address).version == 6
    reply = None
    trouble: OSError | None = None
    with socket.socket(socket.AF_INET6 if is_ipv6 else socket.AF_INET, socket.SOCK_DGRAM) as channel:
        for _ in range(tries):
            deadline = time.monotonic() + timeout_seconds
            trouble = None
            try:
                # A connected socket hears only the address and port that it is connected to.
                channel.connect((target.address, target.port))
                channel.send(request)
                reply = _await_reply(channel, request, target.secret, deadline)
            except OSError as error:
                # The port is closed, or there is no way to the NAS: either may heal before the next try.
                trouble = error
                time.sleep(max(0.0, deadline - time.monotonic()))
            if reply is not None:
                return _answer(reply)
    return Answer("silent", None, _silence(target, tries, trouble))


# The values are those of RFC 5176 section 3.5, the words are for staff.
_REASONS: dict[int, str] = {
    at.ErrorCause.RESIDUAL_SESSION_CONTEXT_REMOVED: "the NAS removed what was left of the session",
    at.ErrorCause.INVALID_EAP_PACKET: "the NAS found an invalid EAP packet",
    at.ErrorCause.UNSUPPORTED_ATTRIBUTE: "the NAS does not support an attribute of the request",
    at.ErrorCause.MISSING_ATTRIBUTE: "the NAS misses an attribute in the request",
    at.ErrorCause.NAS_IDENTIFICATION_MISMATCH: "the NAS says that the request is meant for another NAS",
    at.ErrorCause.INVALID_REQUEST: "the NAS finds the request invalid",
    at.ErrorCause.UNSUPPORTED_SERVICE: "the NAS does not support this kind of request",
    at.ErrorCause.UNSUPPORTED_EXTENSION: "the NAS does not support requests of this kind at all",
    at.ErrorCause.INVALID_ATTRIBUTE_VALUE: "the NAS does not accept a value in the request",
    at.ErrorCause.ADMINISTRATIVELY_PROHIBITED: "the NAS is set up to refuse this request",
    at.ErrorCause.REQUEST_NOT_ROUTABLE: "a proxy found no way to the NAS",
    at.ErrorCause.SESSION_CONTEXT_NOT_FOUND: "the NAS does not know this session",
    at.ErrorCause.SESSION_CONTEXT_NOT_REMOVABLE: "the NAS knows this session but cannot end it",
    at.ErrorCause.OTHER_PROXY_PROCESSING_ERROR: "a proxy on the way to the NAS failed",
    at.ErrorCause.RESOURCES_UNAVAILABLE: "the NAS has no resources left for the request",
    at.ErrorCause.REQUEST_INITIATED: "the NAS wants to ask for authorization first",
    at.ErrorCause.MULTIPLE_SESSION_SELECTION_UNSUPPORTED: "the request fits several sessions, and the NAS takes only one",
}


def _attributes(identification: Identification) -> list[tuple[int, bytes]]:
    attributes = [
        at.text(at.USER_NAME, identification.user_name),
        at.text(at.ACCT_SESSION_ID, identification.acct_session_id),
        at.integer(at.EVENT_TIMESTAMP, int(time.time())),
    ]
    if identification.framed_address is not None:
        attributes.append(_address(at.FRAMED_IP_ADDRESS, at.FRAMED_IPV6_ADDRESS, identification.framed_address))
    if identification.nas_address is not None:
        attributes.append(_address(at.NAS_IP_ADDRESS, at.NAS_IPV6_ADDRESS, identification.nas_address))
    return attributes


def _address(attribute: int, attribute_ipv6: int, value: str) -> tuple[int, bytes]:
    parsed = ipaddress.ip_address(value)
    return (attribute if parsed.version == 4 else attribute_ipv6), parsed.packed


def _await_reply(channel: socket.socket, request: bytes, secret: bytes, deadline: float) -> Packet | None:
    """Return the first reply that belongs to the request, or None when the deadline passes."""
    while (left := deadline - time.monotonic()) > 0:
        channel.settimeout(left)
        try:
            reply = decode(channel.recv(PACKET_MAX_BYTES))
        except TimeoutError:
            return None
        except PacketError:
            continue
        is_answer = reply.code in (Code.DISCONNECT_ACK, Code.DISCONNECT_NAK) and reply.identifier == request[1]
        if is_answer and verify_reply(reply, request[4:20], secret):
            return reply
    return None


def _answer(reply: Packet) -> Answer:
    try:
        cause = reply.integer(at.ERROR_CAUSE)
    except PacketError:
        cause = None
    if reply.code == Code.DISCONNECT_ACK:
        return Answer("acknowledged", cause, "the NAS ended the session")
    if cause is None:
        return Answer("refused", None, "the NAS refused without giving a cause")
    detail = f"{_REASONS.get(cause, 'the NAS refused for a cause that has no name')} ({cause})"
    return Answer("gone" if cause == at.ErrorCause.SESSION_CONTEXT_NOT_FOUND else "refused", cause, detail)


def _silence(target: Target, tries: int, trouble: OSError | None) -> str:
    if trouble is None:
        return f"the NAS did not answer {tries} {'request' if tries == 1 else 'requests'}"
    if isinstance(trouble, ConnectionRefusedError):
        return f"nothing listens on UDP port {target.port} of the NAS"
    return f"the request could not be sent ({(trouble.strerror or 'unknown reason').lower()})"
