"""Secrets that must be read again (RADIUS needs them in clear), encrypted where they lie.

AES-256-GCM. A sealed value is: version (1 byte), key id (8 bytes, padded with NUL), nonce (12 bytes), ciphertext. The table,
the column and the row's random uid are authenticated with it, so that a value moved to another row does not open.
"""

import os
from functools import lru_cache
from hashlib import sha256
from typing import Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

from headend.system.models import KeyFingerprint

VERSION: Final = b"\x01"
NONCE_BYTES: Final = 12
KEY_ID_BYTES: Final = 8
TAG_BYTES: Final = 16
_HEAD: Final = 1 + KEY_ID_BYTES + NONCE_BYTES


class SealingError(Exception):
    """A secret cannot be sealed or opened. The message says why and what to do, and holds no secret."""


def seal_text(*, table: str, column: str, uid: UUID, text: str) -> bytes:
    """`text` encrypted with the first key, bound to its place. Raises SealingError where there is no key."""
    ring = _ring()
    if not ring:
        raise SealingError("There are no keys. Run `headend init`, or give HEADEND_KEYS.")
    key_id = next(iter(ring))
    nonce = os.urandom(NONCE_BYTES)
    cipher = ring[key_id].encrypt(nonce, text.encode(), _place(table, column, uid))
    return VERSION + key_id.encode().ljust(KEY_ID_BYTES, b"\0") + nonce + cipher


def open_text(*, table: str, column: str, uid: UUID, sealed: bytes | memoryview) -> str:
    """The text of a sealed value. Raises SealingError where its key is not at hand, or it was changed or moved."""
    value = bytes(sealed)
    key_id = value[1 : 1 + KEY_ID_BYTES].rstrip(b"\0").decode("ascii", "replace")
    key = _ring().get(key_id)
    if len(value) < _HEAD + TAG_BYTES:
        raise SealingError(f"A secret in {table} is damaged: it is too short.")
    if value[:1] != VERSION or key is None:
        raise SealingError(f"A secret in {table} needs the key {key_id!r}, which this process does not have.")
    try:
        return key.decrypt(value[1 + KEY_ID_BYTES : _HEAD], value[_HEAD:], _place(table, column, uid)).decode()
    except InvalidTag:
        raise SealingError(f"A secret in {table} is damaged, or was moved from another row.") from None


def remember_keys() -> None:
    """Writes the fingerprint of each key at hand to the database, once."""
    for key_id, fingerprint in _fingerprints().items():
        KeyFingerprint.objects.get_or_create(key_id=key_id, defaults={"fingerprint": fingerprint})


def check_keys() -> None:
    """Raises SealingError where this process lacks a key that the database was written with, or has another of its name."""
    at_hand = _fingerprints()
    if not at_hand:
        raise SealingError("There are no keys. Run `headend init`, or give HEADEND_KEYS.")
    for key in KeyFingerprint.objects.all():
        if at_hand.get(key.key_id) != key.fingerprint:
            raise SealingError(
                f"This database was written with the key {key.key_id!r}, which is not in keys.toml. Bring back the "
                "keys.toml that belongs to it: without that key no customer's password can be read."
            )


def _fingerprints() -> dict[str, str]:
    return {key_id: sha256(b"headend key" + key).hexdigest() for key_id, key in settings.KEY_RING}


def _place(table: str, column: str, uid: UUID) -> bytes:
    return f"{table}.{column}.".encode() + uid.bytes


def _ring() -> dict[str, AESGCM]:
    return _made_ring(settings.KEY_RING)


@lru_cache(maxsize=4)
def _made_ring(ring: tuple[tuple[str, bytes], ...]) -> dict[str, AESGCM]:
    return {key_id: AESGCM(key) for key_id, key in ring}
