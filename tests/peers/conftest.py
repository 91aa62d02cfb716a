"""One running demo for all tests that talk to it: it takes seconds to make."""

import logging
from collections.abc import Iterator

import pytest

from tests.kit.demo_process import Demo
from tests.kit.visitor import Visitor

log = logging.getLogger(__name__)


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    running = Demo(tmp_path_factory.mktemp("demo") / "home")
    try:
        log.info("ready after %.1f s", running.start())
        yield running
    finally:
        if running.process is not None and running.process.poll() is None:
            running.stop()


@pytest.fixture(scope="session")
def owner(demo: Demo) -> Visitor:
    visitor = Visitor(demo.told["web"])
    person = demo.told["staff"][0]
    visitor.sign_in("/baobab/console/sign-in/", person["email"], person["password"])
    return visitor
