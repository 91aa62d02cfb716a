"""A page of a long list, as pagers draw it."""

from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Page:
    """One page of rows, `size` of them where there are so many, and what the pager says of it."""

    rows: list[Any]
    number: int
    total: int
    size: int
    previous: str = ""
    next: str = ""
    first: int = field(init=False)
    last: int = field(init=False)

    def __post_init__(self) -> None:
        self.first = (self.number - 1) * self.size + 1
        self.last = self.first + len(self.rows) - 1
