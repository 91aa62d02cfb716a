"""The whole product started in 1970, put right, and put forward to 2038: nobody is expired, the console says why, all goes on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from headend.lib.radius.packet import Code
from tests.kit.installation import new_home
from tests.kit.radius import Radius
from tests.kit.visitor import Visitor
from tests.kit.world import NETWORK_PASSWORD, PASSWORD
from tests.power import load, product
from tests.power.load import Load

pytestmark = pytest.mark.real_time

BANNER = "The clock of this server is not trusted"


def logs_in(door: Load) -> bool:
    """Whether otieno, who paid for a month, is let on."""
    reply = Radius(auth=door.auth, acct=door.acct).login("otieno", NETWORK_PASSWORD)
    assert reply is not None
    return reply.code == Code.ACCESS_ACCEPT


def test_no_clock_makes_the_paid_up_expire(tmp_path: Path) -> None:
    machine = tmp_path / "clock"
    with new_home(tmp_path / "home") as home:
        assert home.run("init").returncode == 3, "there is no organization yet"
        load.prepare(home, payments=0)
        home.environment |= {"HEADEND_CLOCK_FILE": str(machine), "HEADEND_REJECT_SECONDS": "0"}
        machine.write_text("1970-01-01T00:00:07+00:00")
        with product.served(home, [], under=[]) as (_, door):
            owner = Visitor(f"http://{product.HERE}:{door.web}")
            owner.sign_in("/baobab/console/", "owner@baobab.example", PASSWORD)
            assert BANNER in owner.page
            assert logs_in(door)

            # As a time source does it: all goes on by itself.
            machine.write_text("0")
            product.wait_until(lambda: BANNER not in owner.open("/baobab/console/"))
            assert logs_in(door)

            machine.write_text(str((datetime(2038, 1, 19, tzinfo=UTC) - datetime.now(UTC)) / timedelta(seconds=1)))
            product.wait_until(lambda: BANNER in owner.open("/baobab/console/"))
            assert logs_in(door)

            # Somebody says that it is so: then the month is over.
            owner.submit("/clock/")
            assert "The clock is trusted again" in owner.page
            product.wait_until(lambda: not logs_in(door))
