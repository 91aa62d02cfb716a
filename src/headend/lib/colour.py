"""Colours that can be read: contrast, the text on an accent, and an accent moved until it reads as text."""

from collections.abc import Sequence
from typing import Final

# What text of ordinary size needs (WCAG 2.2, success criterion 1.4.3).
LEAST_CONTRAST: Final = 4.5
WHITE: Final = "#ffffff"
BLACK: Final = "#000000"
# Softer than black: taken for the text on an accent wherever it reads as well.
INK: Final = "#17201d"
_STEP: Final = 0.005
_CHROMA_STEPS: Final = 20

# Oklab (Björn Ottosson, 2020): linear sRGB to the responses of the three cones, and their cube roots to L, a, b.
_CONES: Final = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_LAB: Final = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)
_LAB_BACK: Final = (
    (1.0, 0.3963377774, 0.2158037573),
    (1.0, -0.1055613458, -0.0638541728),
    (1.0, -0.0894841775, -1.2914855480),
)
_CONES_BACK: Final = (
    (4.0767416621, -3.3077115913, 0.2309699292),
    (-1.2684380046, 2.6097574011, -0.3413193965),
    (-0.0041960863, -0.7034186147, 1.7076147010),
)

Triple = tuple[float, float, float]
Matrix = tuple[Triple, Triple, Triple]


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours `#rrggbb`, from 1 to 21 (WCAG 2.2, definition of contrast ratio)."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def on_accent(accent: str) -> str:
    """The colour of text on `accent`: white, or near black, whichever reads better."""
    if contrast(WHITE, accent) > contrast(BLACK, accent):
        return WHITE
    return INK if contrast(INK, accent) >= LEAST_CONTRAST else BLACK


def accent_ink(accent: str, grounds: Sequence[str]) -> str:
    """`accent` as the colour of text: made darker on light grounds, lighter on dark ones, until it reads on all of them.

    The hue stays; colour is taken away only where the screen has none so dark or so light.
    """
    if _reads(accent, grounds):
        return accent
    lightness, a, b = _oklab(accent)
    step = -_STEP if contrast(BLACK, grounds[0]) > contrast(WHITE, grounds[0]) else _STEP
    while 0 < lightness + step < 1:
        lightness += step
        moved = _fit(lightness, a, b)
        if _reads(moved, grounds):
            return moved
    return BLACK if step < 0 else WHITE


def _reads(colour: str, grounds: Sequence[str]) -> bool:
    return all(contrast(colour, ground) >= LEAST_CONTRAST for ground in grounds)


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(colour: str) -> Triple:
    """The light of each channel, from 0 to 1 (IEC 61966-2-1)."""
    red, green, blue = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return _to_light(red), _to_light(green), _to_light(blue)


def _to_light(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _to_value(light: float) -> float:
    return light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055


def _oklab(colour: str) -> Triple:
    long, middle, short = _times(_CONES, _linear(colour))
    return _times(_LAB, (long ** (1 / 3), middle ** (1 / 3), short ** (1 / 3)))


def _fit(lightness: float, a: float, b: float) -> str:
    """The colour of this lightness and hue that a screen can show, with as much chroma as there is room for."""
    for share in range(_CHROMA_STEPS, -1, -1):
        kept = share / _CHROMA_STEPS
        long, middle, short = _times(_LAB_BACK, (lightness, a * kept, b * kept))
        light = _times(_CONES_BACK, (long**3, middle**3, short**3))
        if all(-0.0001 <= channel <= 1.0001 for channel in light):
            break
    return "#" + "".join(f"{round(_to_value(min(max(channel, 0.0), 1.0)) * 255):02x}" for channel in light)


def _times(matrix: Matrix, vector: Triple) -> Triple:
    x, y, z = (sum(factor * part for factor, part in zip(row, vector, strict=True)) for row in matrix)
    return x, y, z
