"""Chromium, as every browser test starts it."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from tests.conftest import find_program

# The browser looks up nothing by itself, so that nothing leaves this machine.
QUIET = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-quic",
]
# How wide and how high a phone's screen is, and a desk's.
WIDTHS = {"phone": (360, 740), "desk": (1440, 900)}


@contextmanager
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_program("chromium"), args=QUIET)
        yield browser
        browser.close()
