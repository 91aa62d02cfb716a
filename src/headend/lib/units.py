"""Bytes, rates and durations in words: decimal units, as operators and their equipment count."""

from typing import Final

KILO: Final = 1000
GIGABYTE: Final = 10**9

_BYTES = ("B", "kB", "MB", "GB", "TB", "PB")


def split_bytes(count: int) -> tuple[str, str]:
    """A number of bytes as a figure and its unit: `(148.3, GB)`. Units are decimal (1 GB = 10^9 bytes)."""
    size, step = float(count), 0
    # What rounds up to the next unit is shown in it: 999,960 is 1.0 MB and not 1000 kB.
    while abs(size) >= KILO - (0.5 if step else 0) and step < len(_BYTES) - 1:
        size /= KILO
        step += 1
    whole = step < 2 or abs(size) >= 99.95
    return (f"{size:.0f}" if whole else f"{size:.1f}"), _BYTES[step]


def show_bytes(count: int) -> str:
    """`148300000000` as `148 GB`, `8300000` as `8.3 MB`."""
    return " ".join(split_bytes(count))


def show_rate(kbps: int | None) -> str:
    """A speed in kbit/s as `10M`, `512k`; an absent one as an infinity sign."""
    if kbps is None:
        return "∞"
    return f"{kbps // KILO}M" if kbps % KILO == 0 else f"{kbps}k"


def show_seconds(seconds: int) -> str:
    """A duration as `2d 4h`, `3h 05m`, `7m`, `12s`."""
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days}d {hours}h"
    if hours:
        return f"{hours}h {minutes:02d}m"
    return f"{minutes}m" if minutes else f"{rest}s"
