"""RADIUS packets: the 20-byte header, the attributes, and the two signatures over them.

Source: RFC 2865 section 3, RFC 2866 section 3, RFC 3579 section 3.2, RFC 5176 section 2.3, RFC 5997 section 3.
"""

import os
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import md5
from hmac import compare_digest
from hmac import digest as hmac_digest

HEADER_BYTES = 20
PACKET_MAX_BYTES = 4096
VALUE_MAX_BYTES = 253
AUTHENTICATOR_BYTES = 16

_PROXY_STATE = 33
_VENDOR_SPECIFIC = 26
_MESSAGE_AUTHENTICATOR = 80
_ZEROS = bytes(AUTHENTICATOR_BYTES)
_EMPTY_MESSAGE_AUTHENTICATOR = bytes((_MESSAGE_AUTHENTICATOR, 2 + AUTHENTICATOR_BYTES)) + _ZEROS


class Code(IntEnum):
    """What a packet is (RFC 2865 section 4, RFC 2866 section 4, RFC 5176 section 2.3, RFC 5997 section 2)."""

    ACCESS_REQUEST = 1
    ACCESS_ACCEPT = 2
    ACCESS_REJECT = 3
    ACCOUNTING_REQUEST = 4
    ACCOUNTING_RESPONSE = 5
    ACCESS_CHALLENGE = 11
    STATUS_SERVER = 12
    DISCONNECT_REQUEST = 40
    DISCONNECT_ACK = 41
    DISCONNECT_NAK = 42
    COA_REQUEST = 43
    COA_ACK = 44
    COA_NAK = 45


# An Access-Request and a Status-Server carry a random authenticator; the other requests carry a digest of themselves.
_RANDOM_AUTHENTICATOR = frozenset((Code.ACCESS_REQUEST, Code.STATUS_SERVER))
_COMPUTED_AUTHENTICATOR = frozenset((Code.ACCOUNTING_REQUEST, Code.DISCONNECT_REQUEST, Code.COA_REQUEST))


class PacketError(ValueError):
    """A datagram or an attribute breaks the protocol; the text says how, in plain words."""


@dataclass(slots=True)
class Packet:
    """One decoded packet. `raw` is the datagram cut to its Length field; `attributes` keeps the order of arrival."""

    code: int
    identifier: int
    authenticator: bytes
    attributes: list[tuple[int, bytes]]
    raw: bytes
    _first: dict[int, bytes] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Of several values of one attribute the last in this order stays: the first that arrived.
        self._first = dict(reversed(self.attributes))

    def get(self, attribute: int) -> bytes | None:
        """Return the first value of an attribute, or None."""
        return self._first.get(attribute)

    def get_all(self, attribute: int) -> list[bytes]:
        """Return every value of an attribute, in the order of arrival."""
        return [value for kind, value in self.attributes if kind == attribute]

    def text(self, attribute: int) -> str | None:
        """Return the first value as text that every database keeps, or None.

        What is not UTF-8 is read as Latin-1, in which every byte is a sign; control characters are dropped, NUL among them.
        """
        value = self._first.get(attribute)
        if value is None:
            return None
        try:
            read = value.decode()
        except UnicodeDecodeError:
            read = value.decode("latin-1")
        if read.isprintable():
            return read
        return "".join(sign for sign in read if unicodedata.category(sign) != "Cc")

    def label(self, attribute: int) -> str:
        """Return the first value as what a thing is known by, empty where there is none: no two values read the same.

        It is the text that it holds, less the NULs at its end; where that is no printable text, hexadecimal digits.
        """
        value = self._first.get(attribute)
        if value is None:
            return ""
        try:
            read = value.rstrip(b"\0").decode()
        except UnicodeDecodeError:
            return value.hex()[:VALUE_MAX_BYTES]
        return read if read and read.isprintable() else value.hex()[:VALUE_MAX_BYTES]

    def integer(self, attribute: int) -> int | None:
        """Return the first value as an unsigned number, or None; raises PacketError unless it has 4 bytes."""
        value = self._first.get(attribute)
        if value is None:
            return None
        if len(value) != 4:
            raise PacketError(f"attribute {attribute} is a number and must have 4 bytes, but has {len(value)}")
        return int.from_bytes(value)

    def vendor(self, vendor_id: int, vendor_type: int) -> bytes | None:
        """Return the first value of a vendor's attribute, or None (RFC 2865 section 5.26).

        Several sub-attributes in one Vendor-Specific are read; one that does not parse is ignored as a whole.
        """
        wanted = vendor_id.to_bytes(4)
        for kind, value in self.attributes:
            if kind == _VENDOR_SPECIFIC and value[:4] == wanted:
                for sub_type, sub_value in _vendor_attributes(value):
                    if sub_type == vendor_type:
                        return sub_value
        return None


def decode(datagram: bytes) -> Packet:
    """Read a datagram (RFC 2865 section 3); raises PacketError with the reason when it must be discarded.

    No signature is checked here: that takes the secret, see the verify functions.
    """
    size = len(datagram)
    if size < HEADER_BYTES:
        raise PacketError(f"the datagram has {size} bytes, fewer than the {HEADER_BYTES} of a header")
    length = datagram[2] << 8 | datagram[3]
    if length < HEADER_BYTES:
        raise PacketError(f"the Length field says {length}, less than the {HEADER_BYTES} bytes of a header")
    if length > PACKET_MAX_BYTES:
        raise PacketError(f"the Length field says {length}, more than the {PACKET_MAX_BYTES} that are allowed")
    if length > size:
        raise PacketError(f"the Length field says {length}, but the datagram has only {size} bytes")
    # Bytes after Length are padding (RFC 2865 section 3).
    raw = datagram if length == size else datagram[:length]
    return Packet(raw[0], raw[1], raw[4:20], _attributes(raw, length), raw)


def encode_request(
    code: int,
    identifier: int,
    attributes: Iterable[tuple[int, bytes]],
    secret: bytes,
    *,
    authenticator: bytes | None = None,
    message_authenticator: bool = True,
) -> bytes:
    """Return the datagram of a request; raises PacketError when it cannot be put in one.

    An Access-Request or Status-Server gets 16 random bytes unless `authenticator` is given (a PAP password is hidden
    with it, so the caller chose it before); the other requests get the MD5 digest of RFC 2866 section 3, and
    `authenticator` is not used. Message-Authenticator comes first, as the answer to CVE-2024-3596 demands.
    """
    computed = code in _COMPUTED_AUTHENTICATOR
    if computed:
        authenticator = _ZEROS
    elif authenticator is None:
        authenticator = os.urandom(AUTHENTICATOR_BYTES)
    elif len(authenticator) != AUTHENTICATOR_BYTES:
        raise PacketError(f"an authenticator has {AUTHENTICATOR_BYTES} bytes, not {len(authenticator)}")
    packet = _assemble(code, identifier, authenticator, attributes, message_authenticator=message_authenticator)
    if message_authenticator:
        packet[22:38] = hmac_digest(secret, packet, "md5")
    if computed:
        packet[4:20] = md5(packet + secret, usedforsecurity=False).digest()
    return bytes(packet)


def encode_reply(
    code: int,
    request: Packet,
    attributes: Iterable[tuple[int, bytes]],
    secret: bytes,
    *,
    message_authenticator: bool,
) -> bytes:
    """Return the datagram of the reply to a request; raises PacketError when it cannot be put in one.

    Every Proxy-State of the request is copied, in order, behind the attributes (RFC 2865 section 5.33).
    Message-Authenticator comes first. Leave it out of the reply to an Accounting-Request, where it protects nothing and
    FreeRADIUS computes it in another way, over zeros instead of the request's authenticator.
    """
    proxy_states = [attribute for attribute in request.attributes if attribute[0] == _PROXY_STATE]
    if proxy_states:
        attributes = [*attributes, *proxy_states]
    packet = _assemble(
        code, request.identifier, request.authenticator, attributes, message_authenticator=message_authenticator
    )
    if message_authenticator:
        packet[22:38] = hmac_digest(secret, packet, "md5")
    packet[4:20] = md5(packet + secret, usedforsecurity=False).digest()
    return bytes(packet)


def verify_request_authenticator(packet: Packet, secret: bytes) -> bool:
    """Say whether an Accounting, CoA or Disconnect request was made with this secret (RFC 2866 section 3).

    The authenticator of an Access-Request is random, so for that code the answer says nothing.
    """
    return compare_digest(_response_digest(packet.raw, _ZEROS, secret), packet.authenticator)


def verify_message_authenticator(
    packet: Packet, secret: bytes, request_authenticator: bytes | None = None
) -> bool | None:
    """Say whether the Message-Authenticator is right, or None when there is none (RFC 3579 section 3.2).

    What stands in the authenticator field while it is computed depends on the code: an Access-Request or
    Status-Server's own, zeros for the other requests (RFC 5176 section 3.6), and the request's for a reply, which is
    therefore wrong as long as `request_authenticator` is not given. A second Message-Authenticator is wrong too.
    """
    if packet.get(_MESSAGE_AUTHENTICATOR) is None:
        return None
    position = HEADER_BYTES
    found_at = 0
    for kind, value in packet.attributes:
        if kind == _MESSAGE_AUTHENTICATOR:
            if found_at or len(value) != AUTHENTICATOR_BYTES:
                return False
            found_at = position + 2
        position += 2 + len(value)
    if packet.code in _RANDOM_AUTHENTICATOR:
        signed = bytearray(packet.raw)
    else:
        field = _ZEROS if packet.code in _COMPUTED_AUTHENTICATOR else request_authenticator
        if field is None:
            return False
        signed = bytearray(packet.raw)
        signed[4:20] = field
    received = packet.raw[found_at : found_at + AUTHENTICATOR_BYTES]
    signed[found_at : found_at + AUTHENTICATOR_BYTES] = _ZEROS
    return compare_digest(hmac_digest(secret, signed, "md5"), received)


def verify_reply(reply: Packet, request_authenticator: bytes, secret: bytes) -> bool:
    """Say whether a reply belongs to the request and was made with this secret (RFC 2865 section 3).

    Its Response Authenticator must be right, and its Message-Authenticator must not be wrong. A client that demands one
    asks `verify_message_authenticator` for True.
    """
    if not compare_digest(_response_digest(reply.raw, request_authenticator, secret), reply.authenticator):
        return False
    return verify_message_authenticator(reply, secret, request_authenticator) is not False


def _vendor_attributes(value: bytes) -> list[tuple[int, bytes]]:
    """Split the value of a Vendor-Specific; an empty list when it does not parse."""
    found = []
    position, end = 4, len(value)
    while position < end:
        stop = position + value[position + 1] if position + 1 < end else 0
        if stop < position + 2 or stop > end:
            return []
        found.append((value[position], value[position + 2 : stop]))
        position = stop
    return found


def _attributes(raw: bytes, length: int) -> list[tuple[int, bytes]]:
    """Split what follows the header; one bad length discards the packet (RFC 2865 section 5)."""
    attributes: list[tuple[int, bytes]] = []
    position = HEADER_BYTES
    # An attribute needs two bytes, so a single byte left over is caught after the loop.
    last = length - 1
    while position < last:
        size = raw[position + 1]
        stop = position + size
        if size < 2:
            raise PacketError(f"attribute {raw[position]} has length {size}, less than the 2 bytes of its own header")
        if stop > length:
            raise PacketError(f"attribute {raw[position]} runs past the end of the packet")
        attributes.append((raw[position], raw[position + 2 : stop]))
        position = stop
    if position != length:
        raise PacketError(f"attribute {raw[position]} runs past the end of the packet")
    return attributes


def _assemble(
    code: int,
    identifier: int,
    authenticator: bytes,
    attributes: Iterable[tuple[int, bytes]],
    *,
    message_authenticator: bool,
) -> bytearray:
    """Put a packet together, with the authenticator field as given and an empty Message-Authenticator in front."""
    packet = bytearray((code, identifier, 0, 0))
    packet += authenticator
    if message_authenticator:
        packet += _EMPTY_MESSAGE_AUTHENTICATOR
    for kind, value in attributes:
        size = len(value)
        if size > VALUE_MAX_BYTES:
            raise PacketError(f"attribute {kind} has {size} bytes, more than the {VALUE_MAX_BYTES} that fit")
        packet.append(kind)
        packet.append(size + 2)
        packet += value
    length = len(packet)
    if length > PACKET_MAX_BYTES:
        raise PacketError(f"the packet has {length} bytes, more than the {PACKET_MAX_BYTES} that are allowed")
    packet[2] = length >> 8
    packet[3] = length & 0xFF
    return packet


def _response_digest(raw: bytes, field: bytes, secret: bytes) -> bytes:
    """Return the MD5 digest of a packet whose authenticator field is replaced, followed by the secret."""
    return md5(b"".join((raw[:4], field, raw[20:], secret)), usedforsecurity=False).digest()
