"""What holds for every test: no skips in CI, and no socket that leaves this machine."""

import contextlib
import ipaddress
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

NO_SKIP = os.environ.get("HEADEND_NO_SKIP") == "1"
# Where Debian keeps programs that are not on everybody's path.
FURTHER_FOLDERS = ["/usr/sbin", "/sbin", *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]

hypothesis.settings.register_profile("headend", deadline=None, database=None)
hypothesis.settings.load_profile("headend")


def find_program(name: str) -> str | None:
    """The path of a program, also where Debian hides it; None where it is missing."""
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(FURTHER_FOLDERS))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for mark in item.iter_markers("needs"):
            program, package = mark.args
            if find_program(program) is None:
                reason = f"{program} is missing: apt-get install {package}"
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    report = yield
    return _without_skip(report)


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    report = yield
    return _without_skip(report)


def _without_skip(report: Any) -> Any:
    """With HEADEND_NO_SKIP=1 a test that was left out is a test that failed."""
    if NO_SKIP and report.outcome == "skipped" and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped here, but: {reason}"
    return report


def _refuse_the_outside(event: str, arguments: tuple[Any, ...]) -> None:
    if event in ("socket.connect", "socket.sendto", "socket.bind"):
        address = arguments[1]
        if isinstance(address, tuple) and not _is_loopback(address[0]):
            raise AssertionError(f"A test may not leave this machine: {event} {address}")
    elif event == "socket.getaddrinfo" and not _is_loopback(arguments[0]):
        raise AssertionError(f"A test may not look up {arguments[0]!r}")


def _is_loopback(host: Any) -> bool:
    if host in (None, "localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:
        return False


sys.addaudithook(_refuse_the_outside)


def pytest_unconfigure(config: pytest.Config) -> None:
    """The database that the others were cloned from goes with the run that made it."""
    if not hasattr(config, "workerinput") and os.environ.get("HEADEND_TEST_HOME_OF") == str(os.getpid()):
        from tests import schema

        schema.forget()


@pytest.fixture
def world(db: None) -> Any:
    """One tiny ISP in the database; see `tests.world`."""
    from tests import tables
    from tests import world as tiny

    return tables.copied(tiny.make)


@pytest.fixture
def lasting_world(transactional_db: None) -> Any:
    """The same, committed: for threads and processes."""
    from tests import tables
    from tests import world as tiny

    return tables.copied(tiny.make)


@pytest.fixture(scope="session", autouse=True)
def cheap_flush() -> Iterator[None]:
    """After a test that commits, only the tables that it filled are emptied, and nothing is filled anew."""
    from django.test import TransactionTestCase

    from tests import tables

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: tables.empty())
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """The test database, in the place of pytest-django's own; see `tests.schema`."""
    from tests import schema

    with django_db_blocker.unblock(), contextlib.ExitStack() as stack:
        stack.enter_context(schema.cloned())
        with django_db_blocker.block():
            yield
