"""Keys for what must be unique, and codes and passwords that people read and type."""

import re
import secrets
import unicodedata

from headend.lib import mac

# Without the pairs that people mix up when they read a paper aloud: 0 O, 1 l I.
_LETTERS = "abcdefghijkmnpqrstuvwxyz"
_DIGITS = "23456789"
_PLAIN = _LETTERS + _DIGITS
# What voucher codes are made of: no 0 O, 1 I L.
_CODE_SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 8
_CODE_GAPS = re.compile(r"[\s\-\u2010-\u2015_.]+")


def name_key(name: str) -> str:
    """The stored key by which a name is unique: NFKC, case folded, spaces folded; a MAC becomes its 12 digits.

    A stored key and never a database function: `lower()` differs between the databases for "École".
    """
    as_mac = mac.parse(name)
    if as_mac is not None:
        return as_mac
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def account_key(text: str) -> str:
    """An account number as a payer's typing of it is compared: upper case, without spaces, dashes and dots; `BN100001`."""
    return _CODE_GAPS.sub("", unicodedata.normalize("NFKC", text).upper())


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


def new_voucher_code() -> str:
    """A random voucher code of 8 signs that are hard to misread, without its dash: `K7QM3XPT`."""
    return "".join(secrets.choice(_CODE_SIGNS) for _ in range(_CODE_LENGTH))


def voucher_code(text: str) -> str:
    """The 8 signs of a voucher code that somebody typed, in any case, with dashes or spaces; empty where it is none."""
    signs = _CODE_GAPS.sub("", unicodedata.normalize("NFKC", text)).upper()
    return signs if len(signs) == _CODE_LENGTH and all(sign in _CODE_SIGNS for sign in signs) else ""


def pretty_code(signs: str) -> str:
    """`K7QM3XPT` as people read it: `K7QM-3XPT`."""
    return f"{signs[: _CODE_LENGTH // 2]}-{signs[_CODE_LENGTH // 2 :]}"


def login_keys(name: str) -> tuple[str, ...]:
    """The keys under which a name may be known, the most exact first: as it is, and as the voucher code that it spells."""
    keys = [name_key(name)]
    code = voucher_code(name)
    if code and code.casefold() != keys[0]:
        keys.append(code.casefold())
    return tuple(keys)
