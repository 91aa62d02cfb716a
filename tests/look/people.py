"""Everybody who opens a page of the demo in the browser: staff, customers, a guest's phone, a stranger."""

import re
from collections.abc import Callable
from functools import cached_property
from typing import Any, Final
from urllib.parse import urlsplit

from playwright.sync_api import Browser, Page, Route

from tests.kit import console
from tests.kit.demo_process import Demo
from tests.look import examples
from tests.look.examples import Example

PATIENCE_MS: Final = 60_000
_REFRESH: Final = re.compile(r'<meta http-equiv="refresh"[^>]*>')


class People:
    """Each has a browser of their own, signed in once. `sizes` are the options of every browser."""

    def __init__(self, browser: Browser, demo: Demo, **options: Any) -> None:
        self._browser, self._demo, self._options = browser, demo, options
        self._tabs: dict[str, list[Page]] = {}
        sample = examples.sample(demo.environment)
        self.objects: dict[str, Any] = sample["objects"]
        self._password: str = sample["password"]

    def open(self, example: Example, tab: int = 0) -> Page:
        """The page of an example, loaded. AssertionError where it leads elsewhere or is not there."""
        page = self.tab(example.who, tab)
        path = example.path(self.objects)
        if example.who == "phone":
            path += f"?visit={self._visit}"
        response = page.goto(self._demo.told["web"] + path)
        assert response is not None, example
        assert response.status < 500, (example, response.status)
        assert urlsplit(page.url).path == urlsplit(path).path, f"{example.name} leads to {page.url}"
        console.look_at_all(page)
        return page

    def tab(self, who: str, number: int = 0) -> Page:
        """A tab of somebody's browser, in which they are signed in."""
        tabs = self._tabs.setdefault(who, [])
        if not tabs:
            context = self._browser.new_context(**self._options)
            context.set_default_timeout(PATIENCE_MS)
            tabs.append(context.new_page())
            _SIGN_INS[who](self, tabs[0])
        while len(tabs) <= number:
            tabs.append(tabs[0].context.new_page())
        return tabs[number]

    def _works(self, page: Page, organization: str, person: dict[str, str]) -> None:
        page.goto(f"{self._demo.told['web']}/{organization}/console/sign-in/")
        page.get_by_label("E-mail").fill(person["email"])
        page.get_by_label("Password").fill(person["password"])
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"**/{organization}/console/")

    def _buys(self, page: Page, login: str, password: str) -> None:
        page.goto(f"{self._demo.told['web']}/{examples.SLUG}/portal/sign-in/")
        page.locator("input[name=name]").fill(login)
        page.locator("input[name=password]").fill(password)
        page.locator("main form button").first.click()
        page.wait_for_url(f"**/{examples.SLUG}/portal/")

    def _asks_for_a_code(self, page: Page) -> None:
        page.goto(f"{self._demo.told['web']}/{examples.SLUG}/portal/code/")
        page.locator("input[name=phone]").fill(self.objects["guest"])
        page.locator("main form button").first.click()
        page.wait_for_url("**/code/check/")

    @cached_property
    def _visit(self) -> str:
        """What the router told of a phone that has just joined the Wi-Fi."""
        page = self._browser.new_page()
        page.goto(f"{self._demo.told['hotspot']}/")
        visit = page.locator("input[name=visit]").first.get_attribute("value")
        page.close()
        assert visit, "the router leads to the splash"
        return visit


def _stay(route: Route) -> None:
    """Pages that load themselves again, or lead on to the router, stay where they are while somebody looks at them."""
    response = route.fetch(max_redirects=0)
    route.fulfill(response=response, body=_REFRESH.sub("", response.text()))


def _staff(number: int) -> Callable[[People, Page], None]:
    return lambda people, page: people._works(page, examples.SLUG, people._demo.told["staff"][number])


_SIGN_INS: Final[dict[str, Callable[[People, Page], None]]] = {
    "owner": _staff(0),
    "support": _staff(4),
    "neighbour": lambda people, page: people._works(
        page, examples.EMPTY_SLUG, people._demo.told["other_organization"]["staff"][0]
    ),
    "guest": lambda people, page: people._buys(page, people.objects["guest"], people._password),
    "newcomer": lambda people, page: people._buys(page, *people._demo.told["portal"][0].values()),
    "subscriber": lambda people, page: people._buys(page, *people._demo.told["portal"][1].values()),
    "phone": lambda _, page: page.context.route("**/hotspot/**", _stay),
    "stranger": lambda people, page: people._asks_for_a_code(page),
}
