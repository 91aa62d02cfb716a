"""How many messages a text takes by SMS (GSM 03.38, 03.40): in the alphabet of phones, or in UCS-2 where it lacks a sign."""

from dataclasses import dataclass
from typing import Final

_BASIC: Final = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
# These take the place of two.
_EXTENSION: Final = frozenset("\f^{}\\[~]|€")
GSM_ALONE: Final = 160
GSM_JOINED: Final = 153
UCS2_ALONE: Final = 70
UCS2_JOINED: Final = 67
_BMP_LAST: Final = 0xFFFF


@dataclass(frozen=True, slots=True)
class Size:
    """`units` as the network counts them, in so many `segments`, of which the last has `left` units of room."""

    is_gsm: bool
    units: int
    segments: int
    left: int


def measure(text: str) -> Size:
    """The size of a text as it is sent. One without a sign is one segment: it is sent all the same."""
    is_gsm = is_of_phones(text)
    alone, joined = (GSM_ALONE, GSM_JOINED) if is_gsm else (UCS2_ALONE, UCS2_JOINED)
    widths = [_width(sign, is_gsm=is_gsm) for sign in text]
    units = sum(widths)
    if units <= alone:
        return Size(is_gsm, units, 1, alone - units)
    segments, left = 1, joined
    for width in widths:
        # A sign of two units is never parted.
        if width > left:
            segments, left = segments + 1, joined
        left -= width
    return Size(is_gsm, units, segments, left)


def is_of_phones(text: str) -> bool:
    """Whether every sign is of the alphabet of phones: one that is not makes the whole text more than twice as long."""
    return all(sign in _BASIC or sign in _EXTENSION for sign in text)


def _width(sign: str, *, is_gsm: bool) -> int:
    if is_gsm:
        return 2 if sign in _EXTENSION else 1
    return 2 if ord(sign) > _BMP_LAST else 1
