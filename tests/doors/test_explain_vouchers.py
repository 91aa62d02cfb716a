"""Why a voucher may connect or not, as `headend explain` says it: for a code in any spelling."""

import json
from datetime import timedelta

import pytest

from headend.access import authorize, facts, reasons
from headend.lib import clock
from tests.kit.installation import Home
from tests.kit.vouchers import of, printed, sold
from tests.kit.world import World

ONE_SOLD_AND_ONE_HELD = """
from tests.kit import world, vouchers
w = world.make()
print("code", vouchers.sold(w).code, vouchers.of(vouchers.printed(w, released=False))[0].code)
"""
OF_SUBSCRIPTIONS = {
    "subscription_inactive",
    "subscription_blocked",
    "subscription_expired",
    "time_used_up",
    "cap_reached",
}


def test_the_command_takes_a_code_in_any_spelling(founded: Home) -> None:
    made = founded.run("manage", "shell", "-v", "0", "-c", ONE_SOLD_AND_ONE_HELD)
    assert made.returncode == 0, made.stderr
    _, sold_code, held_code = made.stdout.split()

    for typed in (sold_code, sold_code.replace("-", "").lower(), sold_code.replace("-", " ")):
        accepted = founded.run("explain", typed, "--json")
        content = json.loads(accepted.stdout)
        assert (accepted.returncode, content["result"], content["username"]) == (0, "accepted", sold_code)
    codes = {rule["code"] for rule in content["rules"]}
    assert {"voucher_void", "voucher_held", "voucher_expired", "voucher_spent"} < codes
    assert not codes & OF_SUBSCRIPTIONS

    refused = founded.run("explain", held_code)
    assert refused.returncode == 1
    assert f"{held_code} of Baobab Net: refused, voucher_held" in refused.stdout
    assert "NO  voucher_held" in refused.stdout
    assert "sheet 1" in refused.stdout
    assert "not used yet, no end date" in refused.stdout
    assert "0 B of 2.0 GB, 0s of 8h 00m" in refused.stdout


@pytest.mark.django_db
def test_each_rule_of_a_voucher_says_what_it_looked_at(world: World) -> None:
    now = clock.now()
    voucher = sold(
        world,
        first_used_at=now - timedelta(hours=1),
        expires_at=now + timedelta(hours=1),
        voided_at=now,
        void_reason="paid back",
        download_bytes=1_500_000_000,
        session_seconds=1800,
    )

    verdicts = authorize.explain(facts.for_name(world.organization, voucher.code))

    said = {verdict.code: reasons.detail_text(verdict, world.organization) for verdict in verdicts}
    assert said["voucher_void"].endswith(": paid back")
    assert said["voucher_held"] == ""
    assert said["voucher_spent"] == "1.5 GB of 2.0 GB, 30m of 8h 00m"
    assert "not used yet" not in said["voucher_expired"]
    (unlimited,) = of(printed(world))
    type(unlimited).objects.filter(pk=unlimited.pk).update(cap_bytes=None, time_limit_seconds=None)
    verdicts = authorize.explain(facts.for_name(world.organization, unlimited.code))
    said = {verdict.code: reasons.detail_text(verdict, world.organization) for verdict in verdicts}
    assert (said["voucher_spent"], said["voucher_held"]) == ("no limit", "sheet 1")
