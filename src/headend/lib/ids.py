"""Keys for what must be unique, and codes and passwords that people read and type."""

import secrets
import unicodedata

from headend.lib import mac

# Without the pairs that people mix up when they read a paper aloud: 0 O, 1 l I.
_LETTERS = "abcdefghijkmnpqrstuvwxyz"
_DIGITS = "23456789"
_PLAIN = _LETTERS + _DIGITS


def name_key(name: str) -> str:
    """The stored key by which a name is unique: NFKC, case folded, spaces folded; a MAC becomes its 12 digits.

    A stored key and never a database function: `lower()` differs between the databases for "École".
    """
    as_mac = mac.parse(name)
    if as_mac is not None:
        return as_mac
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def fold(text: str) -> str:
    """`text` as the search compares it: as `name_key`, and without accents."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(character for character in decomposed if not unicodedata.combining(character))
    return " ".join(unicodedata.normalize("NFKC", plain).split())


def password(length: int = 10) -> str:
    """A new random password of lower-case letters and digits that are hard to misread; it holds at least one of each."""
    while True:
        word = "".join(secrets.choice(_PLAIN) for _ in range(length))
        if any(c in _DIGITS for c in word) and any(c in _LETTERS for c in word):
            return word


def token(size_bytes: int = 16) -> str:
    """A random token for URLs and Class, in hexadecimal."""
    return secrets.token_hex(size_bytes)
