"""Installations, made once and copied for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kit.installation import Home, new_home


@pytest.fixture(scope="session")
def bare_template(tmp_path_factory: pytest.TempPathFactory, database_url: str) -> Iterator[Home]:
    """An installation without any organization."""
    with new_home(tmp_path_factory.mktemp("bare") / "home") as home:
        assert home.run("init").returncode == 3
        yield home


@pytest.fixture(scope="session")
def founded_template(tmp_path_factory: pytest.TempPathFactory, bare_template: Home) -> Iterator[Home]:
    with new_home(tmp_path_factory.mktemp("founded") / "home", bare_template) as home:
        done = home.found()
        assert done.returncode == 0, done.stderr
        yield home


@pytest.fixture
def home(tmp_path: Path, database_url: str) -> Iterator[Home]:
    """A home that does not exist yet."""
    with new_home(tmp_path / "home") as home:
        yield home


@pytest.fixture
def bare(tmp_path: Path, bare_template: Home) -> Iterator[Home]:
    with new_home(tmp_path / "home", bare_template) as home:
        yield home


@pytest.fixture
def founded(tmp_path: Path, founded_template: Home) -> Iterator[Home]:
    """An installation as `headend init` leaves it."""
    with new_home(tmp_path / "home", founded_template) as home:
        yield home
