"""The panels of a customer's page: each noun brings its own from its module, and the page knows none of them.

Those of the first screen are drawn with the page. A later one has an address of its own, and is loaded when it is looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from django.db.models import QuerySet
from django.utils.safestring import SafeString

from headend.access.models import Voucher
from headend.customers.models import Customer
from headend.doors.console.pages import Request, Row, Text, draw, may
from headend.reports import customer as report
from headend.reports import vouchers

# A panel lists so many of the newest; the others stand on a page of their own.
SHOWN: Final = 20


@dataclass
class Looked:
    """Who looks at which customer. What several panels of the first screen show is looked up once for all of them."""

    request: Request
    customer: Customer

    @cached_property
    def hub(self) -> report.Hub:
        """Packages, what keeps them from connecting, and whether somebody is online."""
        return report.hub(self.customer)

    @cached_property
    def usable(self) -> Voucher | None:
        """The voucher that whoever has no package connects with."""
        return None if self.hub.current else vouchers.usable(self.customer, self.hub.now)


Load = Callable[[Looked], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Panel:
    """A part of the page. `name` is its anchor, its address and its template, which draws a section of that id.

    `at` is its place among the others, `right` the permission to see it; an `aside` one stands beside the main column.
    """

    name: str
    title: Text
    right: str
    load: Load
    at: int
    is_aside: bool
    is_later: bool

    @property
    def template(self) -> str:
        """Where its template is, in the folder of its wing."""
        return f"console/panels/{self.name}.html"


# What nouns have brought, by name.
_PANELS: Final[dict[str, Panel]] = {}


def panel(
    name: str, title: Text, *, right: str = "customers.see", at: int, aside: bool = False, later: bool = False
) -> Callable[[Load], Load]:
    """Makes a panel of a function that loads what its template shows, besides `customer`, `organization` and `may`."""

    def offer(load: Load) -> Load:
        assert name not in _PANELS, name
        _PANELS[name] = Panel(name, title, right, load, at, aside, later)
        return load

    return offer


def seen_by(request: Request) -> list[Panel]:
    """The panels that somebody may see, in their order."""
    return sorted((one for one in _PANELS.values() if may(request, one.right)), key=lambda one: one.at)


def find_later(name: str) -> Panel | None:
    """The panel of that name, where it has an address of its own."""
    found = _PANELS.get(name)
    return found if found is not None and found.is_later else None


def drawn(one: Panel, looked: Looked) -> SafeString:
    """The panel as HTML."""
    return draw(looked.request, one.template, {"customer": looked.customer, **one.load(looked)})


def newest(rows: QuerySet[Row]) -> tuple[list[Row], bool]:
    """The first rows of a list that is in its order, and whether there are more."""
    found = list(rows[: SHOWN + 1])
    return found[:SHOWN], len(found) > SHOWN
