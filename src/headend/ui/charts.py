"""Charts as server-made SVG: shapes in attributes, words in HTML beside them, and the same figures as a table."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from headend.lib import units
from headend.ui.templatetags import show

# A bar stands in a slot of ten, and the drawing is stretched to the page's width.
SLOT: Final = 10
BAR: Final = 7
HEIGHT: Final = 100
LABELS: Final = 5
_STEPS: Final = (1, 2, 3, 4, 5, 6, 8, 10)


@dataclass(frozen=True, slots=True)
class Day:
    """What was used on one day, in bytes."""

    day: date
    download_bytes: int
    upload_bytes: int

    @property
    def total_bytes(self) -> int:
        return self.download_bytes + self.upload_bytes


@dataclass(frozen=True, slots=True)
class Bar:
    """One rectangle, in the units of the drawing."""

    x: str
    y: str
    height: str
    soft: bool
    title: str


@dataclass(frozen=True, slots=True)
class Chart:
    """A bar chart, ready for `components/chart.html`."""

    width: int
    bars: list[Bar]
    y: list[str]
    x: list[str]
    rows: Sequence[Day]
    total_bytes: int
    least_bytes: int
    most_bytes: int


def usage(days: Sequence[Day]) -> Chart:
    """Bars of the bytes of each day, oldest first; the last day is today and drawn softly, for it is not over."""
    top = _top(max((day.total_bytes for day in days), default=0))
    bars = []
    for place, day in enumerate(days):
        height = day.total_bytes * HEIGHT / top
        bars.append(
            Bar(
                x=_figure(place * SLOT + (SLOT - BAR) / 2),
                y=_figure(HEIGHT - height),
                height=_figure(height),
                soft=place == len(days) - 1,
                title=f"{show.day(day.day)}: {units.show_bytes(day.total_bytes)}",
            )
        )
    totals = [day.total_bytes for day in days]
    return Chart(
        width=max(1, len(days)) * SLOT,
        bars=bars,
        y=[_round(top), _round(top // 2), "0"],
        x=_labels(days),
        rows=days,
        total_bytes=sum(totals),
        least_bytes=min(totals, default=0),
        most_bytes=max(totals, default=0),
    )


def _top(most: int) -> int:
    """The upper end of the scale: the next round figure above the highest bar."""
    power = 1000
    while power * 10 <= most:
        power *= 10
    return next((step * power for step in _STEPS if step * power >= most), power * 10)


def _labels(days: Sequence[Day]) -> list[str]:
    if len(days) < LABELS:
        return [show.day(day.day) for day in days]
    places = [round(step * (len(days) - 1) / (LABELS - 1)) for step in range(LABELS)]
    return [show.day(days[place].day) for place in places]


def _round(count: int) -> str:
    figure, unit = units.split_bytes(count)
    return f"{figure.removesuffix('.0')} {unit}"


def _figure(number: float) -> str:
    return f"{number:.1f}"
