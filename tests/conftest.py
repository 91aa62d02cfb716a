"""What holds for every test: no skips in CI, and no socket that leaves this machine."""

import contextlib
import gc
import ipaddress
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadFileScheduling

NO_SKIP = os.environ.get("HEADEND_NO_SKIP") == "1"
# Where Debian keeps programs that are not on everybody's path.
FURTHER_FOLDERS = ["/usr/sbin", "/sbin", *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
# The fixtures of which one is behind each test that works on a database.
ON_A_DATABASE = {"db", "transactional_db", "django_db_setup", "database_url"}

# All of these ask one running demo.
DEMO = "tests/peers/"

_starts_no_process = False

hypothesis.settings.register_profile("headend", deadline=None, database=None)
hypothesis.settings.load_profile("headend")


def find_program(name: str) -> str | None:
    """The path of a program, also where Debian hides it; None where it is missing."""
    return shutil.which(name) or shutil.which(name, path=os.pathsep.join(FURTHER_FOLDERS))


@pytest.hookimpl(wrapper=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> Iterator[None]:
    _leave_out(config, items)
    for item in items:
        for mark in item.iter_markers("needs"):
            program, package = mark.args
            if find_program(program) is None:
                reason = f"{program} is missing: apt-get install {package}"
                item.add_marker(pytest.mark.skip(reason=reason))
    yield
    # Behind pytest-django, which sorts too. What takes longest comes first, so that no process is left alone with it at the end.
    items.sort(key=lambda item: (not item.nodeid.startswith(DEMO), item.get_closest_marker("real_time") is None))


class _OneDemo(LoadFileScheduling):
    """One process of the run has the tests of a file, and one has all those of the demo: they share it."""

    def _split_scope(self, nodeid: str) -> str:
        return DEMO if nodeid.startswith(DEMO) else str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadFileScheduling | None:
    return _OneDemo(config, log) if config.getvalue("dist") == "loadfile" else None


def pytest_collection_finish() -> None:
    """Thousands of tests stay for good: the garbage collector need not walk over them again and again."""
    gc.collect()
    gc.freeze()


def _leave_out(config: pytest.Config, items: list[pytest.Item]) -> None:
    """On the second database, what needs none is left out: it passed on the first. `run` names a file for their number."""
    count = os.environ.get("HEADEND_TEST_LEFT_OUT")
    if count:
        once = [item for item in items if _needs_no_database(item) or item.get_closest_marker("once")]
        left_out = set(map(id, once))
        items[:] = [item for item in items if id(item) not in left_out]
        config.hook.pytest_deselected(items=once)
        Path(count).write_text(str(len(once)))


def _needs_no_database(item: pytest.Item) -> bool:
    """Whether a test can neither reach the database (pytest-django sees to it) nor start a process that does."""
    return not (
        ON_A_DATABASE.intersection(getattr(item, "fixturenames", ()))
        or item.get_closest_marker("django_db")
        or item.get_closest_marker("real_time")
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    global _starts_no_process  # noqa: PLW0603 - the audit hook has no other way to know
    # The processes of the demo know nothing of our database: the import contracts say so.
    _starts_no_process = _needs_no_database(item) and item.path.parent.name != "demo"
    try:
        return (yield)
    finally:
        _starts_no_process = False


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
    elif event in ("subprocess.Popen", "os.posix_spawn", "os.fork", "os.system") and _starts_no_process:
        raise AssertionError(
            "A test that starts a process asks for the fixture `database_url`, or is marked `real_time`"
        )
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
        from tests.kit import schema

        schema.forget()


@pytest.fixture(scope="session")
def database_url() -> str:
    """The PostgreSQL on which this run works, empty for SQLite: for tests that start processes with a database."""
    return os.environ.get("HEADEND_TEST_DATABASE_URL", "")


@pytest.fixture
def world(db: None) -> Any:
    """One tiny ISP in the database; see `tests.kit.world`."""
    from tests.kit import tables
    from tests.kit import world as tiny

    return tables.copied(tiny.make)


@pytest.fixture
def lasting_world(transactional_db: None) -> Any:
    """The same, committed: for threads and processes."""
    from tests.kit import tables
    from tests.kit import world as tiny

    return tables.copied(tiny.make)


@pytest.fixture(scope="session", autouse=True)
def cheap_flush() -> Iterator[None]:
    """After a test that commits, only the tables that it filled are emptied, and nothing is filled anew."""
    from django.test import TransactionTestCase

    from tests.kit import tables

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda case: tables.empty())
        yield


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """The test database, in the place of pytest-django's own; see `tests.kit.schema`."""
    from tests.kit import schema

    with django_db_blocker.unblock(), contextlib.ExitStack() as stack:
        stack.enter_context(schema.cloned())
        with django_db_blocker.block():
            yield
