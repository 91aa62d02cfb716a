"""A page of a long list, as pagers draw it, and the places between which it lies."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q, QuerySet

Row = TypeVar("Row", bound=models.Model)
# What stands in each of the columns that a list is ordered by; the last of them is another one in each row.
Place = Sequence[Any]


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


def behind(rows: QuerySet[Row], columns: Sequence[str], place: Place, *, falling: bool) -> QuerySet[Row]:
    """Those of `rows` that come after a place in the order of `columns`, by the index that lists them in it."""
    towards = "lt" if falling else "gt"
    further, equal = Q(), Q()
    for column, value in zip(columns, place, strict=True):
        further |= equal & Q(**{f"{column}__{towards}": value})
        equal &= Q(**{column: value})
    # The index begins with the first column; of the whole condition the databases do not see that.
    return rows.filter(Q(**{f"{columns[0]}__{towards}e": place[0]}) & further)


def place_of(row: models.Model, columns: Sequence[str]) -> Place:
    """Where a row stands."""
    return [getattr(row, column) for column in columns]


def write_place(place: Place) -> str:
    """A place as it stands in an address."""
    return urlsafe_b64encode(json.dumps(place, cls=Precise).encode()).decode().rstrip("=")


def read_place(text: str, model: type[models.Model], columns: Sequence[str]) -> Place | None:
    """The place that an address names; None where it names none in this order."""
    try:
        values = json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(values, list) or len(values) != len(columns):
            return None
        return [_read(model, column, value) for column, value in zip(columns, values, strict=True)]
    except (Error, ValueError, ValidationError, TypeError, OverflowError, RecursionError):
        return None


class Precise(DjangoJSONEncoder):
    """To the microsecond: between two payments of one millisecond none may be left out."""

    def default(self, o: Any) -> Any:
        return o.isoformat() if hasattr(o, "isoformat") else super().default(o)


def _read(model: type[models.Model], column: str, value: Any) -> Any:
    meta = model._meta  # noqa: SLF001 - Django's documented way to a model's fields
    found = meta.pk if column == "pk" else meta.get_field(column)
    assert isinstance(found, models.Field), "lists are ordered by columns of their own"
    read = found.to_python(value)
    if isinstance(read, datetime):
        if read.tzinfo is None:
            raise ValueError("it is no instant")
        # Here, where it is caught that the year before the first is none, and not on the way to the database.
        read = read.astimezone(UTC)
    found.run_validators(read)
    if read is None or b"\0" in str(read).encode():
        raise ValueError("a column of an order is never null, and holds what a database can hold")
    return read
