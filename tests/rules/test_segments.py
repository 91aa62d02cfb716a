"""Segments of SMS, as networks count them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headend.lib.segments import Size, measure

NO_BREAK = "\N{NO-BREAK SPACE}"


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("", Size(True, 0, 1, 160)),
        ("Hello", Size(True, 5, 1, 155)),
        ("x" * 160, Size(True, 160, 1, 0)),
        ("x" * 161, Size(True, 161, 2, 145)),
        ("x" * 306, Size(True, 306, 2, 0)),
        ("x" * 307, Size(True, 307, 3, 152)),
        ("€", Size(True, 2, 1, 158)),
        ("^{}\\[]~|€", Size(True, 18, 1, 142)),
        ("€" * 80, Size(True, 160, 1, 0)),
        # A sign of two is never parted: 76 of them and one free place in each segment.
        ("€" * 81, Size(True, 162, 2, 143)),
        ("ñ" * 160, Size(True, 160, 1, 0)),
        ("ç", Size(False, 1, 1, 69)),
        ("“quoted”", Size(False, 8, 1, 62)),
        (NO_BREAK, Size(False, 1, 1, 69)),
        ("ж" * 70, Size(False, 70, 1, 0)),
        ("ж" * 71, Size(False, 71, 2, 63)),
        ("😀", Size(False, 2, 1, 68)),
        ("😀" * 35, Size(False, 70, 1, 0)),
        ("😀" * 36, Size(False, 72, 2, 61)),
    ],
)
def test_not_8_the_size_of_a_text(text: str, size: Size) -> None:
    assert measure(text) == size


@given(st.text(max_size=400))
def test_a_longer_text_takes_no_fewer(text: str) -> None:
    size, longer = measure(text), measure(f"{text}x")
    assert longer.segments >= size.segments
    assert longer.units == size.units + 1
    assert size.left >= 0
