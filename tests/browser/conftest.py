"""One Chromium for the tests of a file, with nothing open in it when a test begins."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.kit.chromium import WIDTHS, chromium
from tests.kit.console import sign_in
from tests.kit.world import World


@pytest.fixture(scope="module")
def started_browser() -> Iterator[Browser]:
    with pytest.MonkeyPatch.context() as patch:
        # Playwright keeps an event loop in this thread; the tests ask the database from it all the same.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        with chromium() as browser:
            yield browser


@pytest.fixture
def browser(started_browser: Browser) -> Iterator[Browser]:
    yield started_browser
    for context in started_browser.contexts:
        context.close()


@pytest.fixture
def world(lasting_world: World) -> World:
    return lasting_world


@pytest.fixture(params=[True, False], ids=["script", "no script"])
def operators_phone(request: pytest.FixtureRequest, live_server: Any, browser: Browser) -> Page:
    """The console on a phone, with its script and without any."""
    width, height = WIDTHS["phone"]
    context = browser.new_context(java_script_enabled=request.param, viewport={"width": width, "height": height})
    return sign_in(context, live_server.url, "operator")
