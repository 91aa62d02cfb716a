"""How a password travels in RADIUS: hidden (PAP) or as a digest over a challenge (CHAP).

Source: RFC 2865 sections 5.2 and 5.3, RFC 1994 section 4.1.
"""

from hashlib import md5
from hmac import compare_digest

from headend.lib.radius.packet import PacketError

PASSWORD_MAX_BYTES = 128
CHAP_PASSWORD_BYTES = 17

_BLOCK_BYTES = 16


def pap_decode(value: bytes, secret: bytes, authenticator: bytes) -> bytes:
    """Return the password hidden in a User-Password, without its padding (RFC 2865 section 5.2).

    Raises PacketError unless it has 16 to 128 bytes in blocks of 16. A wrong secret gives garbage, not an error.
    """
    if len(value) % _BLOCK_BYTES or not _BLOCK_BYTES <= len(value) <= PASSWORD_MAX_BYTES:
        raise PacketError(f"a hidden password has 16 to 128 bytes in blocks of 16, not {len(value)}")
    plain = b""
    previous = authenticator
    for position in range(0, len(value), _BLOCK_BYTES):
        block = value[position : position + _BLOCK_BYTES]
        plain += _mask(block, secret, previous)
        previous = block
    return plain.rstrip(b"\0")


def pap_encode(password: bytes, secret: bytes, authenticator: bytes) -> bytes:
    """Return the value of User-Password for a password (RFC 2865 section 5.2); raises PacketError over 128 bytes."""
    if len(password) > PASSWORD_MAX_BYTES:
        raise PacketError(f"a password has at most {PASSWORD_MAX_BYTES} bytes, not {len(password)}")
    size = max(len(password) + -len(password) % _BLOCK_BYTES, _BLOCK_BYTES)
    return hide(password.ljust(size, b"\0"), secret, authenticator)


def hide(padded: bytes, secret: bytes, authenticator: bytes) -> bytes:
    """Return bytes in whole blocks of 16, hidden as a User-Password is; a salt goes behind the authenticator."""
    hidden = b""
    previous = authenticator
    for position in range(0, len(padded), _BLOCK_BYTES):
        previous = _mask(padded[position : position + _BLOCK_BYTES], secret, previous)
        hidden += previous
    return hidden


def chap_matches(chap_password: bytes, challenge: bytes, password: bytes) -> bool:
    """Say whether a CHAP-Password was made with this password (RFC 2865 section 5.3).

    `challenge` is CHAP-Challenge where the request has one, otherwise its authenticator. A wrong length does not match.
    """
    if len(chap_password) != CHAP_PASSWORD_BYTES:
        return False
    return compare_digest(chap_response(chap_password[0], challenge, password), chap_password)


def chap_response(identifier: int, challenge: bytes, password: bytes) -> bytes:
    """Return the value of CHAP-Password: the identifier and the digest of RFC 1994 section 4.1, 17 bytes."""
    head = bytes((identifier,))
    return head + md5(head + password + challenge, usedforsecurity=False).digest()


def _mask(block: bytes, secret: bytes, previous: bytes) -> bytes:
    """Hide or show one block: both are the same XOR."""
    mask = md5(secret + previous, usedforsecurity=False).digest()
    return (int.from_bytes(block) ^ int.from_bytes(mask)).to_bytes(_BLOCK_BYTES)
