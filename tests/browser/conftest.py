"""One Chromium for the tests of a file, with nothing open in it when a test begins."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.chromium import chromium


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
