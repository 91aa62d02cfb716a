"""axe-core looks at every page of the demo at 360 px, in light and in dark: nothing serious or critical."""

from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.kit.chromium import chromium
from tests.kit.demo_process import Demo
from tests.look import examples
from tests.look.examples import Example
from tests.look.people import People

pytestmark = [pytest.mark.real_time, pytest.mark.once, pytest.mark.needs("chromium", "chromium")]

AXE = (resources.files("axe_playwright_python") / "axe.min.js").read_text()
# What is found is told; what is fine would be megabytes. A selector is not needed where the element itself is told.
RUN = "void (window.found = axe.run({%s resultTypes: ['violations'], selectors: false, iframes: false}))"
# The scheme changes colours and nothing else: in the dark only the rules about colours can find something new.
RULES = {"light": "", "dark": "runOnly: ['color-contrast', 'link-in-text-block'],"}
FOUND = "window.found.then(found => found.violations)"
GRAVE = ("serious", "critical")
# The rows of a list are drawn alike; looking at all of them takes longer than all the rest.
FEWER_ROWS = "document.querySelectorAll('tr:nth-child(n+9), .lines > :nth-child(n+9)').forEach(row => row.remove())"
# So many pages are looked at at a time, each in a tab of its own.
TABS = 2


@pytest.fixture(scope="module")
def people(demo: Demo) -> Iterator[People]:
    with chromium() as browser:
        # axe is put into the pages from outside, which their content security policy rightly forbids to others.
        yield People(browser, demo, viewport={"width": 360, "height": 740}, bypass_csp=True)


def look(pages: list[Page]) -> Iterator[tuple[int, str, dict[str, Any]]]:
    """What axe finds grave on some pages as they stand, in light and in dark: the page's place, the colours, the find."""
    for page in pages:
        page.evaluate(FEWER_ROWS)
        page.evaluate(AXE)
    for scheme, rules in RULES.items():
        for page in pages:
            page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
            page.evaluate(RUN % rules)
        for place, page in enumerate(pages):
            yield from ((place, scheme, find) for find in page.evaluate(FOUND) if find["impact"] in GRAVE)


def in_words(example: Example, scheme: str, find: dict[str, Any]) -> str:
    nodes = "".join(f"\n    {node['html']}\n    {node.get('failureSummary', '')}" for node in find["nodes"])
    return f"{example.name}, {scheme}: {find['id']}{nodes}"


def test_axe_finds_nothing_grave_on_any_page(people: People) -> None:
    wrong = []
    todo = examples.one_of_each()
    for first in range(0, len(todo), TABS):
        some = todo[first : first + TABS]
        pages = [people.open(example, tab) for tab, example in enumerate(some)]
        wrong += [in_words(some[place], scheme, find) for place, scheme, find in look(pages)]
    assert wrong == [], "\n".join(wrong)


def test_axe_would_find_it(people: People) -> None:
    page = people.tab("stranger")
    page.set_content(
        "<html lang=en><title>t</title><main><input><p style='color: #ccc; background: #fff'>faint</p></main>"
    )
    assert [(scheme, find["id"]) for _, scheme, find in look([page])] == [
        ("light", "color-contrast"),
        ("light", "label"),
        ("dark", "color-contrast"),
    ]
