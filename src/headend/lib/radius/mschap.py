"""MS-CHAP, versions 1 and 2, and the keys for MPPE that follow from it.

Source: RFC 2433, RFC 2548, RFC 2759, RFC 3079. Both are weak: whoever hears one login can find the password by trying them
all. Routers offer them first all the same, and MPPE is to be had with nothing else.
"""

import os
from hashlib import sha1
from hmac import compare_digest
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from headend.lib.radius import attributes as a
from headend.lib.radius import md4
from headend.lib.radius.passwords import hide

CHALLENGE_BYTES: Final = 8
CHALLENGE2_BYTES: Final = 16
RESPONSE_BYTES: Final = 50
KEY_BYTES: Final = 16
# Why a login is refused, in words of PPP (RFC 2759 section 6).
ERROR_DISABLED: Final = 647
ERROR_NOT_ALLOWED: Final = 649
ERROR_WRONG: Final = 691
# MPPE is allowed and not demanded, with keys of 40 or 128 bits: the router's own profile decides.
POLICY_ALLOWED: Final = 1
TYPES_40_OR_128: Final = 6

_USES_NT: Final = 1
_MAGIC_1: Final = b"Magic server to client signing constant"
_MAGIC_2: Final = b"Pad to make it do more than one iteration"
_MASTER: Final = b"This is the MPPE Master Key"
# RFC 3079 section 3.4: what is said of the client is true of its other side, which the NAS is.
_NAS_RECEIVES: Final = b"On the client side, this is the send key; on the server side, it is the receive key."
_NAS_SENDS: Final = b"On the client side, this is the receive key; on the server side, it is the send key."
_PAD_1: Final = bytes(40)
_PAD_2: Final = b"\xf2" * 40


def nt_hash(password: str) -> bytes:
    """What MS-CHAP knows of a password: the MD4 of its UTF-16 (RFC 2759 section 8.3), 16 bytes."""
    return md4.digest(password.encode("utf-16-le"))


def v1_matches(response: bytes, challenge: bytes, hashed: bytes) -> bool:
    """Whether an MS-CHAP-Response was made with the password of this hash (RFC 2433). One of LAN Manager alone never is."""
    if len(response) != RESPONSE_BYTES or len(challenge) != CHALLENGE_BYTES or not response[1] & _USES_NT:
        return False
    return compare_digest(challenge_response(challenge, hashed), response[26:])


def v2_matches(response: bytes, challenge: bytes, name: bytes, hashed: bytes) -> bool:
    """Whether an MS-CHAP2-Response was made with the password of this hash for the name as the peer sent it (RFC 2759)."""
    if len(response) != RESPONSE_BYTES or len(challenge) != CHALLENGE2_BYTES:
        return False
    return compare_digest(challenge_response(challenge_hash(response[2:18], challenge, name), hashed), response[26:])


def challenge_hash(peer_challenge: bytes, challenge: bytes, name: bytes) -> bytes:
    """The 8 bytes that version 2 encrypts (RFC 2759 section 8.2); of `DOMAIN\\name` the name alone counts."""
    return sha1(peer_challenge + challenge + _without_domain(name), usedforsecurity=False).digest()[:8]


def challenge_response(challenge: bytes, hashed: bytes) -> bytes:
    """The challenge encrypted thrice with DES, under thirds of the hash (RFC 2759 section 8.5), 24 bytes."""
    padded = hashed.ljust(21, b"\0")
    return b"".join(_des(padded[at : at + 7], challenge) for at in (0, 7, 14))


def v2_success(response: bytes, challenge: bytes, name: bytes, hashed: bytes) -> tuple[int, bytes]:
    """MS-CHAP2-Success, by which the peer knows that we know its password (RFC 2759 section 8.7, RFC 2548 section 2.3.3)."""
    digest = sha1(md4.digest(hashed) + response[26:] + _MAGIC_1, usedforsecurity=False).digest()
    hashed_challenge = challenge_hash(response[2:18], challenge, name)
    proof = sha1(digest + hashed_challenge + _MAGIC_2, usedforsecurity=False).hexdigest().upper()
    return a.vendor_octets(a.MICROSOFT, a.MS_CHAP2_SUCCESS, response[:1] + b"S=" + proof.encode())


def v1_error(response: bytes, number: int) -> tuple[int, bytes]:
    """MS-CHAP-Error as version 1 has it, without another try (RFC 2433 section 9, RFC 2548 section 2.1.5)."""
    return _error(response, f"E={number} R=0")


def v2_error(response: bytes, number: int, text: str) -> tuple[int, bytes]:
    """MS-CHAP-Error as version 2 has it, with words for whoever tried (RFC 2759 section 6)."""
    return _error(response, f"E={number} R=0 C={os.urandom(CHALLENGE2_BYTES).hex().upper()} V=3 M={text}")


def v1_keys(hashed: bytes, secret: bytes, authenticator: bytes) -> list[tuple[int, bytes]]:
    """What MPPE needs after version 1: the session key's root, hidden as a password is (RFC 2548 section 2.4.1)."""
    # The first eight bytes are of LAN Manager's hash, which we never make.
    plain = bytes(8) + md4.digest(hashed) + bytes(8)
    keys = a.vendor_octets(a.MICROSOFT, a.MS_CHAP_MPPE_KEYS, hide(plain, secret, authenticator))
    return [keys, *_encryption()]


def v2_keys(response: bytes, hashed: bytes, secret: bytes, authenticator: bytes) -> list[tuple[int, bytes]]:
    """What MPPE needs after version 2: the NAS's keys for sending and receiving (RFC 3079 section 3, RFC 2548 section 2.4.2)."""
    send, receive = session_keys(response[26:], hashed)
    salt = os.urandom(2)
    # The first bit is always set, and no two in one packet are the same.
    salts = bytes((salt[0] | 0x80, salt[1])), bytes((salt[0] | 0x80, salt[1] ^ 1))
    return [
        a.vendor_octets(a.MICROSOFT, a.MS_MPPE_SEND_KEY, salted(send, salts[0], secret, authenticator)),
        a.vendor_octets(a.MICROSOFT, a.MS_MPPE_RECV_KEY, salted(receive, salts[1], secret, authenticator)),
        *_encryption(),
    ]


def session_keys(nt_response: bytes, hashed: bytes) -> tuple[bytes, bytes]:
    """The keys of 128 bits with which the NAS sends and receives (RFC 3079 section 3.4)."""
    master = sha1(md4.digest(hashed) + nt_response + _MASTER, usedforsecurity=False).digest()[:KEY_BYTES]
    sends, receives = (
        sha1(master + _PAD_1 + magic + _PAD_2, usedforsecurity=False).digest()[:KEY_BYTES]
        for magic in (_NAS_SENDS, _NAS_RECEIVES)
    )
    return sends, receives


def salted(key: bytes, salt: bytes, secret: bytes, authenticator: bytes) -> bytes:
    """A key as MS-MPPE-Send-Key and -Recv-Key carry it: behind its salt and hidden (RFC 2548 section 2.4.2)."""
    plain = bytes((len(key),)) + key
    padded = plain.ljust(len(plain) + -len(plain) % 16, b"\0")
    return salt + hide(padded, secret, authenticator + salt)


def _error(response: bytes, said: str) -> tuple[int, bytes]:
    identifier = response[:1] or b"\0"
    return a.vendor_octets(
        a.MICROSOFT, a.MS_CHAP_ERROR, identifier + a.cut(said, a.VENDOR_VALUE_MAX_BYTES - len(identifier))
    )


def _encryption() -> list[tuple[int, bytes]]:
    return [
        a.vendor_integer(a.MICROSOFT, a.MS_MPPE_ENCRYPTION_POLICY, POLICY_ALLOWED),
        a.vendor_integer(a.MICROSOFT, a.MS_MPPE_ENCRYPTION_TYPES, TYPES_40_OR_128),
    ]


def _without_domain(name: bytes) -> bytes:
    return name.rpartition(b"\\")[2]


def _des(third: bytes, block: bytes) -> bytes:
    """One block under a key of 56 bits. Three times the same key makes single DES of Triple DES."""
    bits = int.from_bytes(third)
    # Seven bits a byte; the eighth is a parity that nobody looks at.
    key = bytes((bits >> shift & 0x7F) << 1 for shift in range(49, -1, -7))
    encryptor = Cipher(TripleDES(key * 3), modes.ECB()).encryptor()  # noqa: S305 - one block, as the protocol has it
    return encryptor.update(block) + encryptor.finalize()
