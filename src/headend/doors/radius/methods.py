"""The ways in which a NAS presents a password, and what each wants to hear in its answer.

Source: RFC 2865 sections 5.2 and 5.3, RFC 2548 (MS-CHAP), RFC 3579 (EAP).
"""

from enum import StrEnum
from hmac import compare_digest
from typing import Final

from headend.access import authorize
from headend.lib import ids
from headend.lib.radius import attributes as a
from headend.lib.radius import mschap
from headend.lib.radius.packet import Packet, PacketError
from headend.lib.radius.passwords import chap_matches, pap_decode

Attributes = list[tuple[int, bytes]]

_EAP_FAILURE: Final = 4
# An EAP packet begins with its code, its identifier and two bytes of length.
_EAP_HEADER_BYTES: Final = 4
_PPP_ERRORS: Final = {
    authorize.Code.USER_UNKNOWN: mschap.ERROR_WRONG,
    authorize.Code.PASSWORD_WRONG: mschap.ERROR_WRONG,
    authorize.Code.CUSTOMER_DELETED: mschap.ERROR_DISABLED,
    authorize.Code.GROUP_DISABLED: mschap.ERROR_DISABLED,
    authorize.Code.CUSTOMER_DISABLED: mschap.ERROR_DISABLED,
}


class Method(StrEnum):
    """How the password is presented. None of ours is UNKNOWN, and EAP none that we can check."""

    PAP = "pap"
    CHAP = "chap"
    MS_CHAP = "mschap"
    MS_CHAP2 = "mschap2"
    EAP = "eap"
    UNKNOWN = "unknown"


# Why a login by these is refused whatever its name and its password are.
UNSUPPORTED: Final = {
    Method.EAP: authorize.Unasked.EAP_UNSUPPORTED,
    Method.UNKNOWN: authorize.Unasked.METHOD_UNSUPPORTED,
}


def of(packet: Packet) -> Method:
    """The method of an Access-Request."""
    if packet.get(a.EAP_MESSAGE) is not None:
        return Method.EAP
    if packet.get(a.USER_PASSWORD) is not None:
        return Method.PAP
    if packet.get(a.CHAP_PASSWORD) is not None:
        return Method.CHAP
    if packet.vendor(a.MICROSOFT, a.MS_CHAP2_RESPONSE) is not None:
        return Method.MS_CHAP2
    if packet.vendor(a.MICROSOFT, a.MS_CHAP_RESPONSE) is not None:
        return Method.MS_CHAP
    return Method.UNKNOWN


def prove(method: Method, packet: Packet, password: str, secret: bytes) -> Attributes | None:
    """What an Accept carries for the method, where the password is the one that was presented; else None."""
    if method is Method.PAP:
        presented = _presented(packet, secret)
        return [] if presented is not None and compare_digest(presented, password.encode()) else None
    if method is Method.CHAP:
        challenge = packet.get(a.CHAP_CHALLENGE) or packet.authenticator
        return [] if chap_matches(packet.get(a.CHAP_PASSWORD) or b"", challenge, password.encode()) else None
    if method in (Method.MS_CHAP, Method.MS_CHAP2):
        return _ms_chap(method, packet, password, secret)
    return None


def prove_loosely(method: Method, packet: Packet, made: str, secret: bytes) -> Attributes | None:
    """The same for a password that we made, as it may have been typed: what was presented where it shows, else likely spellings."""
    if method is Method.PAP:
        typed = (_presented(packet, secret) or b"").decode(errors="replace")
        return [] if compare_digest(ids.plain_password(typed).encode(), made.encode()) else None
    if method in UNSUPPORTED:
        return None
    proofs = (prove(method, packet, spelling, secret) for spelling in ids.password_spellings(made))
    return next((proof for proof in proofs if proof is not None), None)


def refused(method: Method, packet: Packet, code: authorize.Code, text: str) -> Attributes:
    """What a Reject carries: `text` for whoever tried, and how the method itself says no."""
    if method is Method.EAP:
        # RFC 3579 section 2.6.5: no Reply-Message beside an EAP-Message; what was asked for is named to staff.
        asked = packet.get(a.EAP_MESSAGE) or b""
        identifier = asked[1] if len(asked) >= _EAP_HEADER_BYTES else 0
        return [(a.EAP_MESSAGE, bytes((_EAP_FAILURE, identifier, 0, _EAP_HEADER_BYTES)))]
    said = [a.text(a.REPLY_MESSAGE, text)]
    number = _PPP_ERRORS.get(code, mschap.ERROR_NOT_ALLOWED)
    if method is Method.MS_CHAP:
        said.append(mschap.v1_error(_response(method, packet), number))
    elif method is Method.MS_CHAP2:
        said.append(mschap.v2_error(_response(method, packet), number, text))
    return said


def _presented(packet: Packet, secret: bytes) -> bytes | None:
    try:
        return pap_decode(packet.get(a.USER_PASSWORD) or b"", secret, packet.authenticator)
    except PacketError:
        return None


def _ms_chap(method: Method, packet: Packet, password: str, secret: bytes) -> Attributes | None:
    response, hashed = _response(method, packet), mschap.nt_hash(password)
    challenge = packet.vendor(a.MICROSOFT, a.MS_CHAP_CHALLENGE) or b""
    if method is Method.MS_CHAP:
        matches = mschap.v1_matches(response, challenge, hashed)
        return mschap.v1_keys(hashed, secret, packet.authenticator) if matches else None
    # The peer has hashed its name as it typed it, spaces, realm and all.
    name = packet.get(a.USER_NAME) or b""
    if not mschap.v2_matches(response, challenge, name, hashed):
        return None
    keys = mschap.v2_keys(response, hashed, secret, packet.authenticator)
    return [mschap.v2_success(response, challenge, name, hashed), *keys]


def _response(method: Method, packet: Packet) -> bytes:
    kind = a.MS_CHAP2_RESPONSE if method is Method.MS_CHAP2 else a.MS_CHAP_RESPONSE
    return packet.vendor(a.MICROSOFT, kind) or b""
