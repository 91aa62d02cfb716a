"""Colours that can be read: contrast, the text on an accent, the accent as text."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import headend
from headend.lib import colour
from headend.ui import brand

STATIC = Path(headend.__file__).parent / "ui" / "static" / "headend"

# From white to black: the accent, the text on it, itself as text on light pages, and on dark ones.
THIRTEEN = [
    ("#ffffff", "#17201d", "#6d6d6d", "#ffffff"),
    ("#ffe600", "#17201d", "#7b6f14", "#ffe600"),
    ("#f2b52e", "#17201d", "#8e6709", "#f2b52e"),
    ("#ff8a3d", "#17201d", "#b05307", "#ff8a3d"),
    ("#7ed957", "#17201d", "#357e03", "#7ed957"),
    ("#2bb5a0", "#17201d", "#0a7c6d", "#2bb5a0"),
    ("#3fa9f5", "#17201d", "#1472af", "#3fa9f5"),
    ("#e2231a", "#ffffff", "#db1610", "#fb4e3e"),
    ("#8a8a8a", "#17201d", "#6e6e6e", "#8c8c8c"),
    ("#0b5c6b", "#ffffff", "#0b5c6b", "#5096a6"),
    ("#6a1b9a", "#ffffff", "#6a1b9a", "#b36bea"),
    ("#0a2a66", "#ffffff", "#0a2a66", "#678dd2"),
    ("#000000", "#ffffff", "#000000", "#8c8c8c"),
]
COLOURS = st.integers(0, 0xFFFFFF).map(lambda number: f"#{number:06x}")


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#ffffff", "#ffffff", 1.0),
        ("#777777", "#ffffff", 4.48),
        ("#767676", "#ffffff", 4.54),
        ("#ff0000", "#ffffff", 4.0),
        ("#0000ff", "#ffffff", 8.59),
        ("#00ff00", "#000000", 15.3),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert colour.contrast(one, other) == pytest.approx(ratio, abs=0.005)
    assert colour.contrast(other, one) == colour.contrast(one, other)


@pytest.mark.parametrize(("accent", "on_accent", "light", "dark"), THIRTEEN)
def test_thirteen_colours(accent: str, on_accent: str, light: str, dark: str) -> None:
    assert colour.on_accent(accent) == on_accent
    assert colour.accent_ink(accent, brand.LIGHT_GROUNDS) == light
    assert colour.accent_ink(accent, brand.DARK_GROUNDS) == dark


@given(COLOURS)
def test_every_colour_can_be_read(accent: str) -> None:
    assert colour.contrast(colour.on_accent(accent), accent) >= colour.LEAST_CONTRAST
    for grounds in (brand.LIGHT_GROUNDS, brand.DARK_GROUNDS):
        ink = colour.accent_ink(accent, grounds)
        assert re.fullmatch(r"#[0-9a-f]{6}", ink)
        assert min(colour.contrast(ink, ground) for ground in grounds) >= colour.LEAST_CONTRAST


@given(COLOURS)
def test_what_reads_already_stays_as_it_is(accent: str) -> None:
    reads = all(colour.contrast(accent, ground) >= colour.LEAST_CONTRAST for ground in brand.LIGHT_GROUNDS)

    assert (colour.accent_ink(accent, brand.LIGHT_GROUNDS) == accent) is reads


def test_black_is_taken_where_ink_would_not_do() -> None:
    assert colour.on_accent("#7a7a7a") == colour.BLACK
    assert colour.on_accent("#7a7aff") == colour.INK


def test_the_grounds_are_those_of_the_stylesheets() -> None:
    captive = (STATIC / "captive.css").read_text()
    tokens = (STATIC / "tokens.css").read_text()
    light_captive, dark_captive = values(captive, "bg"), values(captive, "soft")
    grounds = {
        "light": [
            light_captive[0],
            dark_captive[0],
            *(values(tokens, name)[0] for name in ("surface", "sunken", "raised")),
        ],
        "dark": [
            light_captive[1],
            dark_captive[1],
            *(values(tokens, name)[1] for name in ("surface", "sunken", "raised")),
        ],
    }

    for scheme, known in (("light", brand.LIGHT_GROUNDS), ("dark", brand.DARK_GROUNDS)):
        by_light = sorted(grounds[scheme], key=lambda ground: colour.contrast(ground, "#000000"))
        assert {by_light[0], by_light[-1]} == set(known)


def values(css: str, name: str) -> list[str]:
    """What a property is set to, light first, written with six digits."""
    found = re.findall(rf"--{name}: (#[0-9a-f]{{3,6}});", css)
    return ["#" + "".join(sign * 2 for sign in text[1:]) if len(text) == 4 else text for text in found]


@pytest.mark.parametrize(("accent", "on_accent", "light", "dark"), THIRTEEN)
def test_the_stylesheet_says_so(accent: str, on_accent: str, light: str, dark: str) -> None:
    text = brand.stylesheet(accent)

    assert text.splitlines()[0] == f":root {{ --accent: {accent}; --on-accent: {on_accent}; --accent-ink: {light}; }}"
    assert re.findall(r"--accent-ink: (#[0-9a-f]{6})", text) == [light, dark, dark]


def test_another_colour_has_another_digest() -> None:
    assert len({brand.digest(accent) for accent, *_ in THIRTEEN}) == len(THIRTEEN)
