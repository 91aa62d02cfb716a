"""The lists of the console: columns, orders, pages, and the search of one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpResponse

from headend.doors.console.pages import Request, Row, Text, may, render, url
from headend.system import search
from headend.ui.paging import Page, behind, place_of, read_place, write_place
from headend.ui.templatetags.show import COUNTED

PAGE_SIZE: Final = 50
SEARCH_LONGEST: Final = 100


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head. `sort` names an order of the listing, where there is an index to sort by.

    A column of `is_money` names the currency in its head, and its cells hold bare figures.
    """

    label: Text
    css: str = ""
    sort: str = ""
    is_money: bool = False


@dataclass(frozen=True, slots=True)
class Listing:
    """What a list page shows. `row` is the template of one row, which gets it as `row`.

    `orders` maps what a URL may ask for to columns that have an index; the first one is the order unless another is asked
    for. `find` narrows the rows to a search. `falling` is the first order's direction.
    """

    title: Text
    icon: str
    columns: tuple[Column, ...]
    row: str
    orders: dict[str, tuple[str, ...]]
    empty: Text
    add: str = ""
    add_label: Text = ""
    add_permission: str = ""
    about: Text = ""
    placeholder: Text = ""
    find: Callable[[QuerySet[Any], str], QuerySet[Any]] | None = None
    falling: bool = False


@dataclass(slots=True)
class Head:
    """A column's head as it is drawn: where a click leads, and how it is sorted now."""

    label: Text
    css: str
    link: str = ""
    sorted: str = ""
    is_money: bool = False


def list_page(
    request: Request,
    listing: Listing,
    rows: QuerySet[Any],
    *,
    template: str = "console/list.html",
    complete: Callable[[list[Any]], dict[str, Any]] | None = None,
    **context: Any,
) -> HttpResponse:
    """A page of `rows`, searched, sorted and cut as the URL asks. `complete` adds what the rows of the page need."""
    query = request.GET.get("q", "").strip()[:SEARCH_LONGEST]
    if query and listing.find is not None:
        rows = listing.find(rows, query)
    order, falling = sort_asked(request, listing)
    page = cut(request, in_order(rows, listing, order, falling), listing.orders[order], falling=falling)
    shown = {
        "listing": listing,
        "page": page,
        "heads": heads(request, listing.columns, order, falling),
        "query": query,
        "add_url": url(request, listing.add) if listing.add else "",
        "may_add": bool(listing.add) and may(request, listing.add_permission),
    }
    more = complete(page.rows) if complete is not None else {}
    return render(request, template, {**shown, **context, **more})


def sort_asked(request: Request, listing: Listing) -> tuple[str, bool]:
    """The order that the URL asks for, and whether it falls; the first order where it asks for none that there is."""
    asked = request.GET.get("sort", "")
    name = asked.removeprefix("-")
    return (name, asked.startswith("-")) if name in listing.orders else (next(iter(listing.orders)), listing.falling)


def in_order(rows: QuerySet[Row], listing: Listing, order: str, falling: bool, *, few: bool = False) -> QuerySet[Row]:
    """The rows in one of the listing's orders. A `few` are found before they are put in order.

    Asked for the first fifty of a few, a database may go through all customers in the order of its index until it has met
    fifty of them: cheap if they are spread evenly, and nothing says that they are. An expression has no index.
    """
    columns: list[Any] = [Coalesce(name, name) if few else F(name) for name in listing.orders[order]]
    return rows.order_by(*(column.desc() if falling else column.asc() for column in columns))


def cut(
    request: Request,
    rows: QuerySet[Any],
    columns: Sequence[str] = (),
    *,
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
    shown = _shown(request, rows, number, keys, falling)
    if not shown and number > 1:
        number, shown = 1, list(rows[: PAGE_SIZE + 1])
    more = len(shown) > PAGE_SIZE
    shown = shown[:PAGE_SIZE]
    if shown and not more:
        total = (number - 1) * PAGE_SIZE + len(shown)
    elif total is None:
        total = rows.order_by()[: COUNTED + 1].count()
    return Page(
        rows=shown,
        number=number,
        total=total,
        size=PAGE_SIZE,
        previous=_page_link(request, number - 1, shown[:1], keys, "before") if number > 1 else "",
        next=_page_link(request, number + 1, shown[-1:], keys, "after") if more else "",
    )


def heads(request: Request, columns: Sequence[Column], order: str, falling: bool) -> list[Head]:
    """The heads of a table: a click sorts, a second one turns the order."""
    drawn = []
    for column in columns:
        head = Head(column.label, column.css, is_money=column.is_money)
        if column.sort:
            current = column.sort == order
            head.link = link(request, sort=f"-{column.sort}" if current and not falling else column.sort, page="")
            head.sorted = ("descending" if falling else "ascending") if current else ""
        drawn.append(head)
    return drawn


def link(request: Request, **changes: Any) -> str:
    """The present address with other parameters; an empty one is left out. Where a page begins is of that page alone."""
    kept = {name: value for name, value in request.GET.items() if name not in ("after", "before")}
    given = {**kept, **{name: str(value) for name, value in changes.items()}}
    if given.get("page") == "1":
        del given["page"]
    query = urlencode({name: value for name, value in given.items() if value})
    return f"{request.path}?{query}" if query else request.path


def by_name(rows: QuerySet[Any], query: str) -> QuerySet[Any]:
    """Rows whose name holds the query, in any letters; for the short lists that need no index to search."""
    return rows.filter(pk__in=search.holding(rows, query, "name"))


def _shown(request: Request, rows: QuerySet[Any], number: int, keys: tuple[str, ...], falling: bool) -> list[Any]:
    """The rows of a page, and one more where another page follows."""
    after, before = (read_place(request.GET.get(name, ""), rows.model, keys) for name in ("after", "before"))
    if keys and number > 1 and after is not None:
        return list(behind(rows, keys, after, falling=falling)[: PAGE_SIZE + 1])
    if keys and number > 1 and before is not None:
        found = list(behind(rows.reverse(), keys, before, falling=not falling)[:PAGE_SIZE])[::-1]
        # There is a page behind it; where it is not full there is none before it, and it is no such page.
        return [*found, found[-1]] if len(found) == PAGE_SIZE else []
    start = (number - 1) * PAGE_SIZE
    return list(rows[start : start + PAGE_SIZE + 1]) if start <= COUNTED or not keys else []


def _page_link(request: Request, number: int, beside: Sequence[Any], columns: Sequence[str], where: str) -> str:
    place = place_of(beside[0], columns) if columns and beside and number > 1 else ()
    known = place and None not in place
    return link(request, page=number, **({where: write_place(place)} if known else {}))


def _page_number(request: Request) -> int:
    asked = request.GET.get("page", "1")
    # More digits than any list has pages would only make the database count.
    return int(asked) if asked.isascii() and asked.isdigit() and int(asked[:9]) > 0 and len(asked) < 7 else 1
