"""The customers of a benchmark, the same on every side."""

import csv
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from pathlib import Path
from typing import Final

# What each of them is told when he is accepted.
DOWNLOAD_KBPS: Final = 10_000
UPLOAD_KBPS: Final = 3_000
RATE: Final = "3M/10M"
INTERIM_SECONDS: Final = 300


@dataclass(frozen=True, slots=True)
class Customer:
    """A name, its password and its MAC. `class_head` is what our Accept puts before the session's token."""

    name: str
    password: str
    mac: str
    class_head: str = "h1:0:"


def make(count: int) -> list[Customer]:
    """So many customers, always the same ones."""
    return [Customer(f"customer{i:06d}", f"pass-{i * 7919 % 1_000_003:07d}", _mac(i)) for i in range(count)]


def write(customers: Iterable[Customer], path: Path) -> None:
    """Writes them down for another process."""
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(astuple(customer) for customer in customers)


def read(path: Path) -> list[Customer]:
    """What `write` wrote."""
    with path.open(newline="") as file:
        return [Customer(*row) for row in csv.reader(file)]


def _mac(number: int) -> str:
    # A factor without a common divisor with 2^32 spreads them: neighbours do not lie beside each other in an index.
    return f"02{number * 2654435761 % 2**32:010X}"
