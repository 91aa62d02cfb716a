"""MAC addresses in every notation that equipment uses (protocols: RFC 3580 section 3.21, vendors' forms)."""

import re
import unicodedata

_SEPARATORS = str.maketrans("", "", ":-. ")
# Dashes of word processors, the minus sign, and what comes along unseen when an address is copied.
_COPIED = re.compile(r"[\xad\u200b-\u200f\u2010-\u2015\u202a-\u202e\u2060-\u2069\u2212\ufeff]")
_DIGITS = re.compile(r"[0-9A-F]{12}")


def parse(text: str) -> str | None:
    """The 12 upper-case hexadecimal digits of a MAC in any notation, or None where `text` is not one."""
    # Full-width digits and letters are what some keyboards give.
    plain = text if text.isascii() else _COPIED.sub("", unicodedata.normalize("NFKC", text))
    digits = plain.strip().translate(_SEPARATORS).upper()
    return digits if _DIGITS.fullmatch(digits) else None


def pretty(digits: str) -> str:
    """`AABBCCDDEEFF` as `AA:BB:CC:DD:EE:FF`; other text is given back as it is."""
    if not _DIGITS.fullmatch(digits):
        return digits
    return ":".join(digits[i : i + 2] for i in range(0, 12, 2))
