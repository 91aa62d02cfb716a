"""A page of a long list."""

from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import QuerySet

from headend.doors.portal.pages import Request
from headend.ui.paging import Page

PAGE_SIZE: Final = 20


def cut(request: Request, rows: QuerySet[Any]) -> Page:
    """The page of `rows` that the address asks for; the last one where it asks for one behind the end."""
    total = rows.count()
    number = min(_asked(request), max(1, -(-total // PAGE_SIZE)))
    start = (number - 1) * PAGE_SIZE
    return Page(
        rows=list(rows[start : start + PAGE_SIZE]),
        number=number,
        total=total,
        size=PAGE_SIZE,
        previous=_link(request, number - 1) if number > 1 else "",
        next=_link(request, number + 1) if start + PAGE_SIZE < total else "",
    )


def _asked(request: Request) -> int:
    asked = request.GET.get("page", "")
    return max(1, int(asked)) if asked.isascii() and asked.isdigit() and len(asked) < 7 else 1


def _link(request: Request, number: int) -> str:
    given = {**request.GET.dict(), "page": str(number)}
    return f"{request.path}?{urlencode(given)}"
