"""Keys for what must be unique, and codes and passwords that people read and type."""

import re
import secrets
import unicodedata
from collections.abc import Collection
from functools import lru_cache

from headend.lib import mac

# Without the pairs that people mix up when they read a paper aloud: 0 O, 1 l I.
_LETTERS = "abcdefghijkmnpqrstuvwxyz"
_DIGITS = "23456789"
_PLAIN = _LETTERS + _DIGITS
# What voucher codes are made of: no 0 O, 1 I L.
_CODE_SIGNS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_CODE_LENGTH = 8
# Some letters are many when they are folded.
SESSION_KEY_LONGEST = 253
# What stands between and around the signs of a code, or comes with it when it is copied: spaces, dots, dashes with the minus
# sign, quotation marks and the asterisks of messengers, and what cannot be seen (soft hyphen, direction marks, joiners).
_CODE_GAPS = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\-_.*'\"`\xab\xad\xb4\xbb\u061c\u180e\u200b-\u200f\u2010-\u201f\u2028-\u202e\u2032\u2033"
    r"\u2039\u203a\u2060-\u206f\u2212\u300c-\u300f\ufe58\ufe63\ufeff\uff0d]+"
)
# What Unicode does not decompose, by the letter that people type instead. As the transform Latin-ASCII of Unicode's CLDR has it,
# and Hausa, Ewe and Fula letters beside.
_LETTERS_TYPED = str.maketrans(
    {
        **dict.fromkeys("ßẞ", "ss"),
        **dict.fromkeys("æÆ", "ae"),
        **dict.fromkeys("œŒ", "oe"),
        **dict.fromkeys("þÞ", "th"),
        "ŉ": "'n",
        "ĳ": "ij",
        **{
            sign: letter
            for letter, signs in {
                "b": "ƀɓ",
                "c": "ȼƈ",
                "d": "đðɖɗ",
                "e": "ɛəǝɇ",
                "f": "ƒ",
                "g": "ǥɠɣ",
                "h": "ħɦ",
                "i": "ıɨɩ",
                "j": "ɉȷ",
                "k": "ƙĸ",
                "l": "łƚɫɬ",
                "n": "ŋɲƞɳ",
                "o": "øɔɵ",
                "p": "ƥ",
                "r": "ɍ",
                "s": "ʃ",
                "t": "ŧƭʈⱦ",
                "u": "ʉʊ",
                "v": "ʋ",
                "y": "ƴɏ",
                "z": "ƶʒ",
            }.items()
            for sign in signs
        },
        # One apostrophe for all that stand for it, also the letters of Hausa, Hawaiian and transcribed Arabic.
        **dict.fromkeys("‘’‛′ʹʻʼʽʾʿˈˊ`´\u1fef\u1ffd＇ꞌ", "'"),
    }
)
_UNSEEN = "Cf"
_RUNS = re.compile(r"[0-9a-z]+")


def name_key(name: str) -> str:
    """The stored key by which a name is unique: NFKC, case folded, spaces folded; a MAC becomes its 12 digits.

    A stored key and never a database function: `lower()` differs between the databases for "École".
    """
    as_mac = mac.parse(name)
    if as_mac is not None:
        return as_mac
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())


def account_key(text: str) -> str:
    """An account number as a payer's typing of it is compared: upper case, without spaces, dashes, dots and quotes."""
    return _bare(text).upper()


def fold(text: str) -> str:
    """`text` as people type it who look for it: as `name_key`, without accents, and `Łukasz Đặng-Þór` as `lukasz dang-thor`."""
    plain = text.casefold()
    if not plain.isascii():
        decomposed = unicodedata.normalize("NFKD", plain.translate(_LETTERS_TYPED))
        bare = (
            sign for sign in decomposed if not unicodedata.combining(sign) and unicodedata.category(sign) != _UNSEEN
        )
        # Again: of ǿ the ø is left only now, and of the wide letters their small ones.
        plain = unicodedata.normalize("NFKC", "".join(bare)).casefold().translate(_LETTERS_TYPED)
    return " ".join(plain.split())


def words(text: str) -> list[str]:
    """The runs of letters and digits of `text`, folded: `Mary-Ann N'Diaye` as `mary`, `ann`, `n`, `diaye`."""
    folded = fold(text)
    if folded.isascii():
        return _RUNS.findall(folded)
    # A vowel of Devanagari is a mark, and no gap.
    return "".join(sign if unicodedata.category(sign)[0] in "LNM" else " " for sign in folded).split()


def password(length: int = 10) -> str:
    """A new random password of lower-case letters and digits that are hard to misread; it holds at least one of each."""
    while True:
        word = "".join(secrets.choice(_PLAIN) for _ in range(length))
        if any(c in _DIGITS for c in word) and any(c in _LETTERS for c in word):
            return word


def plain_password(typed: str) -> str:
    """A password that `password` made, as somebody typed it: its alphabet has no case, and a keyboard adds a space at the end."""
    return typed.strip().lower()


def password_spellings(made: str) -> tuple[str, ...]:
    """What is typed for a password that `password` made where only a digest shows: by a keyboard that begins with a capital
    letter, or writes only such, or adds a space. What was made is not among them.
    """
    return tuple(
        f"{word}{space}"
        for space in ("", " ")
        for word in (made, made.capitalize(), made.upper())
        if word + space != made
    )


def token(size_bytes: int = 16) -> str:
    """A random token for URLs and Class, in hexadecimal."""
    return secrets.token_hex(size_bytes)


def new_voucher_code() -> str:
    """A random voucher code of 8 signs that are hard to misread, without its dash: `K7QM3XPT`."""
    return "".join(secrets.choice(_CODE_SIGNS) for _ in range(_CODE_LENGTH))


def link_code() -> str:
    """The random end of a short address, of 8 signs that are hard to misread: one of 1e12."""
    return "".join(secrets.choice(_PLAIN) for _ in range(_CODE_LENGTH))


def voucher_code(text: str) -> str:
    """The 8 signs of a voucher code that somebody typed, with dashes, spaces or quotes; empty where it is none."""
    signs = _bare(text).upper()
    return signs if len(signs) == _CODE_LENGTH and all(sign in _CODE_SIGNS for sign in signs) else ""


def pretty_code(signs: str) -> str:
    """`K7QM3XPT` as people read it: `K7QM-3XPT`."""
    return f"{signs[: _CODE_LENGTH // 2]}-{signs[_CODE_LENGTH // 2 :]}"


def without_realm(name: str, realms: Collection[str]) -> str:
    """`otieno` of `otieno@isp` or `isp\\otieno` where `isp` is among the realms (case folded); empty where none is."""
    before, at, realm = name.rpartition("@")
    if at and realm.strip().casefold() in realms:
        return before.strip()
    realm, at, after = name.partition("\\")
    return after.strip() if at and realm.strip().casefold() in realms else ""


def session_key(name: str) -> str:
    """The key by which a session's name is compared: one for every spelling of a name, or of the voucher code that it is."""
    return login_keys(name)[-1][:SESSION_KEY_LONGEST]


# The same names log in and report all day long.
@lru_cache(maxsize=16_384)
def login_keys(name: str) -> tuple[str, ...]:
    """The keys under which a name may be known, the most exact first: as it is, and as the voucher code that it spells."""
    keys = [name_key(name)]
    code = voucher_code(name)
    if code and code.casefold() != keys[0]:
        keys.append(code.casefold())
    return tuple(keys)


def _bare(text: str) -> str:
    """A code without what stands between its signs; in the compatible form of Unicode, where quotes become something else."""
    signs = _CODE_GAPS.sub("", text)
    return signs if signs.isascii() else _CODE_GAPS.sub("", unicodedata.normalize("NFKC", signs))
