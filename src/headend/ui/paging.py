"""A page of a long list, as pagers draw it, and the places between which it lies."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import ValidationError
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q, QuerySet
from django.http import HttpRequest

from headend.ui.templatetags.show import COUNTED

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


def cut(
    request: HttpRequest,
    rows: QuerySet[Any],
    columns: Sequence[str] = (),
    *,
    size: int,
    falling: bool = False,
    total: int | None = None,
) -> Page:
    """The page of `rows` that the URL asks for; rows are counted no further than lists say, where `total` is not known yet.

    With the `columns` of their order the pages after the first are found by where the one before ended: the thousandth
    costs what the second does. By its number alone a page is found as far as rows are counted.
    """
    number = _page_number(request)
    # A column of another table has no index in this order.
    keys = () if any("__" in column for column in columns) else tuple(columns)
    shown = _shown(request, rows, keys, number=number, size=size, falling=falling)
    if not shown and number > 1:
        number, shown = 1, list(rows[: size + 1])
    more = len(shown) > size
    shown = shown[:size]
    if shown and not more:
        total = (number - 1) * size + len(shown)
    elif total is None:
        total = rows.order_by()[: COUNTED + 1].count()
    return Page(
        rows=shown,
        number=number,
        total=total,
        size=size,
        previous=_page_link(request, number - 1, shown[:1], keys, where="before") if number > 1 else "",
        next=_page_link(request, number + 1, shown[-1:], keys, where="after") if more else "",
    )


def link(request: HttpRequest, **changes: Any) -> str:
    """The present address with other parameters; an empty one is left out. Where a page begins is of that page alone."""
    kept = {name: value for name, value in request.GET.items() if name not in ("after", "before")}
    given = {**kept, **{name: str(value) for name, value in changes.items()}}
    if given.get("page") == "1":
        del given["page"]
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{request.path}?{query}" if query else request.path


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


def _shown(
    request: HttpRequest, rows: QuerySet[Any], keys: tuple[str, ...], *, number: int, size: int, falling: bool
) -> list[Any]:
    """The rows of a page, and one more where another page follows."""
    after, before = (read_place(request.GET.get(name, ""), rows.model, keys) for name in ("after", "before"))
    if keys and number > 1 and after is not None:
        return list(behind(rows, keys, after, falling=falling)[: size + 1])
    if keys and number > 1 and before is not None:
        found = list(behind(rows.reverse(), keys, before, falling=not falling)[:size])[::-1]
        # There is a page behind it; where it is not full there is none before it, and it is no such page.
        return [*found, found[-1]] if len(found) == size else []
    start = (number - 1) * size
    return list(rows[start : start + size + 1]) if start <= COUNTED or not keys else []


def _page_link(request: HttpRequest, number: int, beside: Sequence[Any], columns: Sequence[str], *, where: str) -> str:
    place = place_of(beside[0], columns) if columns and beside and number > 1 else ()
    known = place and None not in place
    return link(request, page=number, **({where: write_place(place)} if known else {}))


def _page_number(request: HttpRequest) -> int:
    asked = request.GET.get("page", "1")
    # More digits than any list has pages would only make the database count.
    return int(asked) if asked.isascii() and asked.isdigit() and int(asked[:9]) > 0 and len(asked) < 7 else 1


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
