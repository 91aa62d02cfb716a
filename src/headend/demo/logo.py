"""The demo's logo, drawn here so that no picture has to be kept: a baobab before the sun, as a PNG."""

import zlib
from collections.abc import Callable
from math import hypot
from typing import Final

SIDE_PX: Final = 96
_GROUND: Final = (11, 92, 107)
_SUN: Final = (242, 181, 46)
_TREE: Final = (255, 248, 232)
_CORNER: Final = 17.0

# The tree's trunk and branches: from a point with a radius to another, in pixels.
_LIMBS: Final = (
    (48, 98, 11.0, 48, 74, 12.5),
    (48, 74, 12.5, 48, 56, 8.0),
    (46, 62, 6.0, 27, 45, 2.8),
    (50, 62, 6.0, 69, 45, 2.8),
    (47, 58, 5.0, 38, 38, 2.6),
    (49, 58, 5.0, 58, 38, 2.6),
    (27, 45, 2.8, 17, 39, 1.8),
    (69, 45, 2.8, 79, 39, 1.8),
)
# The crowns at the branches' ends, broad and flat: middle and half the breadth.
_LEAVES: Final = ((18, 36, 11.0), (33, 29, 13.0), (48, 25, 13.0), (63, 29, 13.0), (78, 36, 11.0))
_FLATNESS: Final = 1.9

Colour = tuple[int, int, int]
# How far a point is from a shape, in pixels; below zero inside.
Shape = Callable[[float, float], float]


def draw() -> bytes:
    """The picture as a file."""
    rows = []
    for y in range(SIDE_PX):
        row = bytearray([0])
        for x in range(SIDE_PX):
            row += bytes(_pixel(x + 0.5, y + 0.5))
        rows.append(bytes(row))
    header = SIDE_PX.to_bytes(4, "big") * 2 + bytes([8, 6, 0, 0, 0])
    return b"".join(
        [
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"IDAT", zlib.compress(b"".join(rows), 9)),
            _chunk(b"IEND", b""),
        ]
    )


def _pixel(x: float, y: float) -> tuple[int, int, int, int]:
    colour = _mix(_GROUND, _SUN, _cover(hypot(x - 48, y - 52) - 31))
    colour = _mix(colour, _TREE, _cover(_tree(x, y)))
    return (*colour, round(255 * _cover(_square(x, y))))


def _tree(x: float, y: float) -> float:
    limbs = (_limb(x, y, limb) for limb in _LIMBS)
    leaves = (hypot(x - at_x, (y - at_y) * _FLATNESS) - radius for at_x, at_y, radius in _LEAVES)
    return min(*limbs, *leaves)


def _limb(x: float, y: float, limb: tuple[float, float, float, float, float, float]) -> float:
    """The distance to a line that grows thinner from one end to the other."""
    x1, y1, r1, x2, y2, r2 = limb
    along = ((x - x1) * (x2 - x1) + (y - y1) * (y2 - y1)) / ((x2 - x1) ** 2 + (y2 - y1) ** 2)
    share = min(max(along, 0.0), 1.0)
    return hypot(x - x1 - share * (x2 - x1), y - y1 - share * (y2 - y1)) - (r1 + share * (r2 - r1))


def _square(x: float, y: float) -> float:
    """The distance to the rounded square that fills the picture."""
    middle, flat = SIDE_PX / 2, SIDE_PX / 2 - _CORNER
    over_x, over_y = abs(x - middle) - flat, abs(y - middle) - flat
    return hypot(max(over_x, 0.0), max(over_y, 0.0)) + min(max(over_x, over_y), 0.0) - _CORNER


def _cover(distance: float) -> float:
    """How much of a pixel a shape covers whose edge is so far from the pixel's middle."""
    return min(max(0.5 - distance, 0.0), 1.0)


def _mix(under: Colour, over: Colour, share: float) -> Colour:
    red, green, blue = (round(low + (high - low) * share) for low, high in zip(under, over, strict=True))
    return red, green, blue


def _chunk(kind: bytes, data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")
