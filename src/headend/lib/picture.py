"""What a picture file is, read from its own bytes: PNG, JPEG or WebP, and how many pixels it has."""

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

EXTENSIONS: Final = {"image/png": "png", "image/jpeg": "jpg", "image/webp": "webp"}

_PNG: Final = b"\x89PNG\r\n\x1a\n"
_JPEG: Final = b"\xff\xd8\xff"
_JPEG_END: Final = b"\xff\xd9"
# The markers whose segment begins with the size of the picture (ITU T.81, table B.1): all SOF but DHT, JPG and DAC.
_JPEG_FRAMES: Final = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_SCAN: Final = 0xDA


class UnknownTypeError(ValueError):
    """The first bytes are those of no picture that we take."""


class UnreadableError(ValueError):
    """It begins like a picture, but it is cut off or broken."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture file: its media type, and its size in pixels."""

    media_type: str
    width_px: int
    height_px: int


def media_type_of(content: bytes) -> str:
    """The media type that the first bytes tell. Raises UnknownTypeError."""
    if content.startswith(_PNG):
        return "image/png"
    if content.startswith(_JPEG):
        return "image/jpeg"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    raise UnknownTypeError


def read(content: bytes) -> Picture:
    """What `content` is. Raises UnknownTypeError, or UnreadableError for a picture that is cut off or broken."""
    media_type = media_type_of(content)
    size = {"image/png": _png_size, "image/jpeg": _jpeg_size, "image/webp": _webp_size}[media_type]
    try:
        width_px, height_px = size(content)
    except IndexError:
        raise UnreadableError from None
    if not width_px or not height_px:
        raise UnreadableError
    return Picture(media_type, width_px, height_px)


def _png_size(content: bytes) -> tuple[int, int]:
    """From the chunk IHDR; every chunk up to IEND must be whole (PNG, third edition, section 5)."""
    chunks = list(_png_chunks(content))
    if chunks[0][0] != b"IHDR" or chunks[-1][0] != b"IEND" or not any(kind == b"IDAT" for kind, _ in chunks):
        raise UnreadableError
    header = chunks[0][1]
    return int.from_bytes(header[0:4], "big"), int.from_bytes(header[4:8], "big")


def _png_chunks(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    place = len(_PNG)
    while True:
        length = int.from_bytes(content[place : place + 4], "big")
        kind, data = content[place + 4 : place + 8], content[place + 8 : place + 8 + length]
        check = content[place + 8 + length : place + 12 + length]
        if len(check) < 4 or zlib.crc32(kind + data) != int.from_bytes(check, "big"):
            raise UnreadableError
        yield kind, data
        if kind == b"IEND":
            return
        place += 12 + length


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """From the frame header, before the first scan (ITU T.81, section B.2.2)."""
    place, size = 2, (0, 0)
    while True:
        if content[place] != 0xFF:
            raise UnreadableError
        marker = content[place + 1]
        if marker == 0xFF:
            # Fill bytes may stand before any marker.
            place += 1
            continue
        if marker == _JPEG_SCAN:
            break
        length = int.from_bytes(content[place + 2 : place + 4], "big")
        if length < 2:
            raise UnreadableError
        if marker in _JPEG_FRAMES:
            frame = content[place + 5 : place + 9]
            size = int.from_bytes(frame[2:4], "big"), int.from_bytes(frame[0:2], "big")
        place += 2 + length
    if _JPEG_END not in content[place:]:
        raise UnreadableError
    return size


def _webp_size(content: bytes) -> tuple[int, int]:
    """From the first chunk: VP8, VP8L or VP8X (RFC 9649, section 2)."""
    if len(content) < 8 + int.from_bytes(content[4:8], "little"):
        raise UnreadableError
    kind, data = content[12:16], content[20:]
    if len(data) < 10:
        raise UnreadableError
    if kind == b"VP8X":
        return 1 + int.from_bytes(data[4:7], "little"), 1 + int.from_bytes(data[7:10], "little")
    if kind == b"VP8L" and data[0] == 0x2F:
        bits = int.from_bytes(data[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and data[3:6] == b"\x9d\x01\x2a":
        return int.from_bytes(data[6:8], "little") & 0x3FFF, int.from_bytes(data[8:10], "little") & 0x3FFF
    raise UnreadableError
