"""`./run shots`: a picture of every page of a demo of its own, at 360 and 1440 px; or the one that the README shows."""

import argparse
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

import django
from playwright.sync_api import Browser, Page

from tests.kit.chromium import chromium
from tests.kit.demo_process import Demo

Scheme = Literal["light", "dark"]

ROOT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = ROOT / "var" / "shots"
README: Final = ROOT / "docs" / "pictures" / "console.png"
WIDTHS: Final = {360: 740, 1440: 900}
# A picture taller than this shows the same rows again and again.
TALLEST_PX: Final = 3000
# Browsers write the dates of their own fields as their owner does; the demo is in Kenya.
LOCALE: Final = "en-GB"
README_BYTES_MOST: Final = 200_000


def main() -> int:
    """Takes the pictures. Returns the exit code: 1 where a page was not there."""
    options = _parser().parse_args()
    with _demo() as demo, chromium() as browser:
        if options.readme:
            return _take_readme(browser, demo)
        schemes: tuple[Scheme, ...] = ("light", "dark") if options.dark else ("light",)
        return _take_all(browser, demo, schemes, options.only)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="./run shots", description="Writes a picture of every page to var/shots.")
    parser.add_argument("--dark", action="store_true", help="in dark as well")
    parser.add_argument("--only", default="", metavar="PART", help="only pages with PART in their name")
    parser.add_argument("--readme", action="store_true", help=f"write {README.relative_to(ROOT)} and nothing else")
    return parser


@contextmanager
def _demo() -> Iterator[Demo]:
    with tempfile.TemporaryDirectory(prefix="headend-shots-") as folder:
        demo = Demo(Path(folder) / "home")
        try:
            sys.stdout.write("Making a demo …\n")
            demo.start()
            yield demo
        finally:
            if demo.process is not None and demo.process.poll() is None:
                demo.stop()


def _take_all(browser: Browser, demo: Demo, schemes: tuple[Scheme, ...], part: str) -> int:
    from tests.look import examples, mistakes
    from tests.look.people import People

    if not part:
        # What no page is drawn for any more must not be taken for one.
        shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    people = People(browser, demo, locale=LOCALE)
    wrong = []
    for example in examples.all_of_them():
        if part not in example.name:
            continue
        try:
            _take(people.open(example), example.name, schemes)
        except AssertionError as error:
            wrong.append(f"{example.name}: {error}")
    for mistake in mistakes.ALL:
        if part in mistake.name:
            _take(mistakes.make(people, mistake), mistake.name, schemes)
    sys.stdout.write("".join(f"{line}\n" for line in wrong))
    sys.stdout.write(f"{len(list(FOLDER.iterdir()))} pictures are in {FOLDER.relative_to(ROOT)}.\n")
    return 1 if wrong else 0


def _take(page: Page, name: str, schemes: tuple[Scheme, ...]) -> None:
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            tall = min(TALLEST_PX, max(height, int(page.evaluate("document.documentElement.scrollHeight"))))
            ending = "" if scheme == "light" else "-dark"
            # A window as tall as the page, so that what stays at its foot is not drawn across the middle.
            page.set_viewport_size({"width": width, "height": tall})
            page.screenshot(path=FOLDER / f"{name}-{width}{ending}.png")


def _take_readme(browser: Browser, demo: Demo) -> int:
    """The page of a customer who calls: what an operator looks at most."""
    from tests.look.examples import At, Example
    from tests.look.people import People

    people = People(browser, demo, viewport={"width": 1440, "height": 900}, locale=LOCALE)
    page = people.open(Example("readme", "console:customer", "owner", At("customer.overdue")))
    README.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=README)
    size_bytes = README.stat().st_size
    sys.stdout.write(f"{README.relative_to(ROOT)}: {size_bytes // 1000} kB\n")
    return 0 if size_bytes <= README_BYTES_MOST else 1


if __name__ == "__main__":
    django.setup()
    sys.exit(main())
