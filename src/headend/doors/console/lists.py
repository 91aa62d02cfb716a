"""The lists of the console: columns, orders, pages, and the search of one."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce
from django.http import HttpResponse

from headend.doors.console.pages import Request, Row, Text, may, render, url
from headend.system import search
from headend.ui import paging
from headend.ui.paging import link

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
    ordered = in_order(rows, listing, order, falling)
    page = paging.cut(request, ordered, listing.orders[order], size=PAGE_SIZE, falling=falling)
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


def by_name(rows: QuerySet[Any], query: str) -> QuerySet[Any]:
    """Rows whose name holds the query, in any letters; for the short lists that need no index to search."""
    return rows.filter(pk__in=search.holding(rows, query, "name"))
