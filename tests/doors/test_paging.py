"""How every door cuts a long list into pages, by number alone or by the columns of its order."""

import pytest
from django.test import RequestFactory

from headend.customers.models import Customer
from headend.ui import paging
from headend.ui.paging import Page
from tests.kit.world import World

pytestmark = [pytest.mark.django_db, pytest.mark.once]
SIZE = 2


def cut(world: World, columns: tuple[str, ...], query: str) -> Page:
    rows = Customer.objects.filter(organization=world.organization).order_by("pk")
    return paging.cut(RequestFactory().get(f"/list/{query}"), rows, columns, size=SIZE)


@pytest.mark.parametrize("columns", [(), ("pk",)])
@pytest.mark.parametrize("asked", ["0", "-1", "99", "999999", "x", "٣", "9" * 30])
def test_a_page_that_there_is_not_is_the_first(world: World, columns: tuple[str, ...], asked: str) -> None:
    page, first = cut(world, columns, f"?page={asked}"), cut(world, columns, "")

    assert (page.number, page.rows, page.total) == (1, first.rows, first.total)
    assert (page.previous, bool(page.next)) == ("", True)


@pytest.mark.parametrize("columns", [(), ("pk",)])
def test_every_row_stands_on_one_page(world: World, columns: tuple[str, ...]) -> None:
    wanted = list(Customer.objects.filter(organization=world.organization).order_by("pk"))
    rows, query, number = [], "?view=all", 0
    while query:
        page = cut(world, columns, query)
        number += 1
        assert (page.number, page.total, page.first) == (number, len(wanted), len(rows) + 1)
        assert "view=all" in (page.next or page.previous)
        rows += page.rows
        query = page.next.removeprefix("/list/")

    assert rows == wanted
    assert number > 1
