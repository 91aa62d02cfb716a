"""PostgreSQL is stopped in the middle of everything, ten times; nothing that was answered is lost, and all goes on by itself."""

import random
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.kit.installation import Home
from tests.power import load, product
from tests.power.cluster import Cluster
from tests.power.load import forgotten

pytestmark = [pytest.mark.real_time, pytest.mark.needs("initdb", "postgresql-15")]

CRASHES = 10
ROUTERS = 3
SESSIONS = 2
PAYMENTS = 3


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    # Not below pytest's own folder, which PostgreSQL's user may not enter.
    with tempfile.TemporaryDirectory(prefix="headend-power-") as folder:
        cluster = Cluster(Path(folder))
        cluster.start()
        yield cluster
        cluster.crash()


@pytest.fixture
def home(tmp_path: Path, cluster: Cluster) -> Home:
    """An installation on it that is started only where it is durable."""
    home = Home(tmp_path / "home", f"{cluster.url}/postgres")
    del home.environment["HEADEND_MAY_FORGET"]
    assert home.run("init").returncode == 3, "there is no organization yet"
    return home


def test_everything_that_was_answered_outlives_ten_crashes(cluster: Cluster, home: Home) -> None:
    due = load.prepare(home, payments=CRASHES * PAYMENTS)
    chance = random.Random(4)
    with product.served(home, due, under=[]) as (_, told):
        for crash in range(CRASHES):
            before = len(told.answered)
            routers = [partial(told.report, crash * ROUTERS + router, SESSIONS) for router in range(ROUTERS)]
            with load.going_on(*routers, partial(told.pay, PAYMENTS)):
                enough = before + chance.randint(3, 12)
                product.wait_until(lambda enough=enough: len(told.answered) >= enough)  # type: ignore[misc]  # mypy cannot infer a lambda with a default
                cluster.crash()
                answered = list(told.answered)
                cluster.start()

                assert forgotten(kept(cluster), answered) == []
            # Those who report and pay came to their end: what was not answered was asked again, and answered.

    (found,) = product.look(home, [])
    assert found["wrong"] == []
    assert forgotten(found, told.answered) == []
    assert len(told.answered) == CRASHES * (ROUTERS * SESSIONS * len(load.STATUS) + PAYMENTS)
    assert "it is started again" not in (home.folder.parent / "log").read_text(), "the processes went on by themselves"


def kept(cluster: Cluster) -> dict[str, Any]:
    """What is in the database at this moment, as `forgotten` takes it."""
    with psycopg.connect(f"{cluster.url}/postgres") as connection:
        sessions = connection.execute(
            "SELECT acct_session_id, session_seconds, ended_at IS NOT NULL FROM access_session"
        )
        payments = connection.execute("SELECT receipt_code FROM billing_payment WHERE state = 'settled'")
        return {
            "sessions": {key: [seconds, ended] for key, seconds, ended in sessions},
            "payments": {key for (key,) in payments},
        }
