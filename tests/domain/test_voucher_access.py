"""What a login with a voucher is told, what its sessions use, and what ends them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from headend.access import batches, blocks, credentials, enforcement, facts, plans, recording, refusals, vouchers
from headend.access.models import Credential, Session, Sheet, Subscription, UsageDay, Voucher
from headend.customers import customers, suspensions
from headend.desk import removals
from headend.lib import clock, ids
from headend.network.models import Command
from headend.system import search
from tests.kit.verbs import enforced, event, forget, happened
from tests.kit.vouchers import MAC, OTHER_MAC, asks, every_state, fresh, of, printed, refusal, said, sold
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_the_states_are_what_a_login_is_told(world: World) -> None:
    now = clock.now()
    told = {
        state: {refusal(asks(world, voucher.code, at=now)) for voucher in own}
        for state, own in every_state(world, now).items()
    }

    assert told == {
        # The last of them is on a sheet that is held.
        "unused": {"", "voucher_held"},
        "active": {""},
        "spent": {"voucher_spent"},
        "expired": {"voucher_expired"},
        "void": {"voucher_void"},
    }


def test_a_login_finds_it_in_any_spelling(world: World) -> None:
    voucher = sold(world)

    for typed in (voucher.code, voucher.code.lower(), voucher.code_key, voucher.code.replace("-", " ")):
        decision = asks(world, typed)
        assert (refusal(decision), getattr(decision, "voucher_id", None)) == ("", voucher.pk)


def test_a_name_that_is_spelled_so_comes_before_a_code(world: World) -> None:
    voucher = sold(world)
    Credential.objects.filter(name="otieno").update(name=voucher.code, name_key=ids.name_key(voucher.code))

    decision = asks(world, voucher.code)
    recording.record([said(world, voucher, "start", user_name=voucher.code)])

    assert getattr(decision, "subscription_id", None) == world.otieno_home.pk
    assert Session.objects.get().subscription == world.otieno_home
    assert getattr(asks(world, voucher.code_key), "voucher_id", None) == voucher.pk


def test_a_name_with_gaps_finds_no_subscription_without_them(world: World) -> None:
    Credential.objects.filter(name="otieno").update(name="abcdefgh", name_key="abcdefgh")

    assert refusal(asks(world, "abcd-efgh")) == "user_unknown"
    assert refusal(asks(world, "abcdefgh")) == ""


def test_the_rules_on_its_customer_hold(world: World) -> None:
    voucher = sold(world)
    neema = world.customers["neema"]
    (nobody_s,) = of(printed(world))

    suspensions.suspend(customer=neema, kind="overdue", by=None)
    assert refusal(asks(world, voucher.code)) == "suspended"
    assert refusal(asks(world, nobody_s.code)) == ""
    suspensions.suspend(group=world.default_group, kind="disabled", by=None)
    assert refusal(asks(world, voucher.code)) == "group_disabled"
    assert refusal(asks(world, nobody_s.code)) == ""
    customers.edit(customer=neema, by=None, account_expires_on=datetime(2020, 1, 1, tzinfo=UTC).date())
    suspensions.lift(group=world.default_group, kind="disabled", by=None)
    assert refusal(asks(world, voucher.code)) == "account_expired"
    removals.delete(customer=neema, by=None)
    assert refusal(asks(world, voucher.code)) == "customer_deleted"
    assert refusal(asks(world, nobody_s.code)) == ""


def test_a_block_keeps_out_one_voucher_alone(world: World) -> None:
    voucher, other = sold(world), sold(world)
    forget()

    block = blocks.block(voucher=voucher, reason="shared on a board", by=None)

    assert refusal(asks(world, voucher.code)) == "voucher_blocked"
    assert refusal(asks(world, other.code)) == ""
    assert blocks.open_of(customer=world.customers["neema"]) == [block]
    assert event("voucher.blocked").personal == {"name": voucher.code, "reason": "shared on a board"}
    assert enforced() == {("voucher", voucher.pk)}
    assert blocks.block(voucher=voucher, by=None) == block
    assert blocks.lift(voucher=voucher, by=None) == block
    assert blocks.lift(voucher=voucher, by=None) is None
    assert refusal(asks(world, voucher.code)) == ""
    assert happened() == ["voucher.blocked", "voucher.unblocked"]


def test_devices_are_limited_at_once(world: World) -> None:
    voucher = sold(world, first_used_at=clock.now() - timedelta(hours=1), expires_at=clock.now() + timedelta(hours=1))
    recording.record([said(world, voucher, "start", "1")])

    assert refusal(asks(world, voucher.code, OTHER_MAC)) == ""
    recording.record([said(world, voucher, "start", "2", mac=OTHER_MAC)])
    assert refusal(asks(world, voucher.code, "AABBCC667788")) == "session_limit"
    # Nothing binds it to a device: a telephone with a new random MAC comes in once there is room.
    recording.record([said(world, voucher, "stop", "1")])
    assert refusal(asks(world, voucher.code, "AABBCC667788")) == ""


def test_whoever_started_the_clock_has_a_place_until_the_session_is_reported(world: World) -> None:
    voucher = sold(world, simultaneous_use=1)
    now = clock.now()
    vouchers.redeem(voucher_id=voucher.pk, mac=MAC, now=now)
    late = now + timedelta(seconds=facts.FIRST_USE_SECONDS - 1)

    assert refusal(asks(world, voucher.code, OTHER_MAC, late)) == "session_limit"
    # A repeated request of the winner is the winner's.
    assert refusal(asks(world, voucher.code, MAC, late)) == ""
    # It never came: the place is free again.
    assert refusal(asks(world, voucher.code, OTHER_MAC, now + timedelta(seconds=facts.FIRST_USE_SECONDS))) == ""


def test_the_place_is_not_counted_twice_once_the_session_is_reported(world: World) -> None:
    voucher = sold(world, simultaneous_use=2)
    vouchers.redeem(voucher_id=voucher.pk, mac=MAC, now=clock.now())
    recording.record([said(world, voucher, "start")])

    assert refusal(asks(world, voucher.code, OTHER_MAC)) == ""


def test_the_place_is_given_up_with_the_session(world: World) -> None:
    voucher = sold(world, simultaneous_use=1)
    vouchers.redeem(voucher_id=voucher.pk, mac=MAC, now=clock.now())
    recording.record([said(world, voucher, "start")])
    assert refusal(asks(world, voucher.code, OTHER_MAC)) == "session_limit"

    recording.record([said(world, voucher, "stop", seconds=5)])

    assert refusal(asks(world, voucher.code, OTHER_MAC)) == ""


def test_a_nas_that_tells_no_mac_lets_the_winner_in_again(world: World) -> None:
    voucher = sold(world, simultaneous_use=1)
    vouchers.redeem(voucher_id=voucher.pk, mac="", now=clock.now())

    assert refusal(asks(world, voucher.code, "")) == ""


def test_usage_is_the_voucher_s(world: World) -> None:
    voucher, other = sold(world), sold(world)
    neema = world.customers["neema"]
    now = clock.now()

    recording.record(
        [
            said(world, voucher, "start", "1", event_at=now - timedelta(minutes=10)),
            said(world, voucher, session="1", seconds=300, upload_octets=100, download_octets=900),
            said(world, voucher, session="2", mac=OTHER_MAC, seconds=60, upload_octets=1, download_octets=2),
            said(world, other, session="3", seconds=30, upload_octets=5, download_octets=6),
        ]
    )
    # Repeated, it changes nothing.
    recording.record([said(world, voucher, session="1", seconds=300, upload_octets=100, download_octets=900)])

    used = fresh(voucher)
    assert (used.upload_bytes, used.download_bytes, used.session_seconds) == (101, 902, 360)
    assert used.used_bytes == 1_003
    assert fresh(other).used_bytes == 11
    days = UsageDay.objects.filter(voucher=voucher)
    assert sum(day.upload_bytes + day.download_bytes for day in days) == 1_003
    session = Session.objects.get(acct_session_id="1")
    assert (session.voucher, session.subscription, session.customer) == (voucher, None, neema)
    assert not UsageDay.objects.filter(subscription__isnull=False).exists()
    assert search.find(organization=world.organization, query=OTHER_MAC) == [neema.pk]


def test_a_session_of_a_voucher_that_is_nobody_s_has_no_customer(world: World) -> None:
    (voucher,) = of(printed(world))

    recording.record([said(world, voucher, "start"), said(world, voucher, seconds=9, upload_octets=1)])

    session = Session.objects.get()
    assert (session.voucher, session.customer) == (voucher, None)
    assert fresh(voucher).session_seconds == 9


def test_our_token_tells_whose_a_session_is(world: World) -> None:
    voucher = sold(world)

    recording.record(
        [
            said(world, voucher, "start", "1", user_name="otieno", class_token="t1", voucher_id=voucher.pk),
            said(world, voucher, "start", "2", class_token="t2", subscription_id=world.otieno_home.pk),
            # A token of another organization's is none.
            said(world, voucher, "start", "3", class_token="t3", voucher_id=voucher.pk + 100),
        ]
    )

    owners = dict(Session.objects.values_list("acct_session_id", "voucher"))
    assert owners == {"1": voucher.pk, "2": None, "3": voucher.pk}
    assert Session.objects.get(acct_session_id="2").subscription == world.otieno_home


@pytest.mark.parametrize(
    ("terms", "first", "second"),
    [
        (
            {"cap_bytes": 1000},
            {"seconds": 9, "upload_octets": 100, "download_octets": 899},
            {"seconds": 10, "download_octets": 900},
        ),
        ({"time_limit_seconds": 60}, {"seconds": 59}, {"seconds": 60}),
    ],
    ids=["data", "time"],
)
def test_used_up_is_said_once_and_ends_its_sessions(
    world: World, terms: dict[str, Any], first: dict[str, Any], second: dict[str, Any]
) -> None:
    voucher = sold(world, **terms)
    forget()

    recording.record([said(world, voucher, **first)])
    assert happened() == []
    recording.record([said(world, voucher, **{**first, **second})])

    spent = event("voucher.spent")
    assert (spent.subject_id, spent.customer_id) == (voucher.pk, world.customers["neema"].pk)
    assert spent.payload == {
        "plan": "Day pass",
        "code": voucher.code,
        "used_bytes": fresh(voucher).used_bytes,
        "cap_bytes": fresh(voucher).cap_bytes,
        "used_seconds": fresh(voucher).session_seconds,
        "time_limit_seconds": fresh(voucher).time_limit_seconds,
    }
    assert enforced() == {("voucher", voucher.pk)}
    recording.record([said(world, voucher, seconds=3600, upload_octets=5000, download_octets=5000)])
    assert happened() == ["voucher.spent"]
    assert enforcement.sweep() == 1
    assert Command.objects.get().reason == "voucher_spent"


@pytest.mark.parametrize("scope", ["customer", "group", "voucher", "nas", "organization"])
def test_every_scope_holds_the_sessions_of_vouchers(world: World, scope: str) -> None:
    voucher = sold(world, voided_at=clock.now())
    recording.record([said(world, voucher, "start")])
    neema = world.customers["neema"]
    id_ = {
        "customer": neema.pk,
        "group": neema.group_id,
        "voucher": voucher.pk,
        "nas": world.hilltop.pk,
        "organization": world.organization.pk,
    }[scope]

    assert enforcement.enforce(scope=scope, scope_id=id_ + 100) == 0
    assert enforcement.enforce(scope=scope, scope_id=id_) == 1


def test_a_sheet_is_a_scope_of_its_own(world: World) -> None:
    batch = printed(world, sheets=2)
    of_first, of_second = of(batch)
    recording.record([said(world, of_first, "start", "1"), said(world, of_second, "start", "2", mac=OTHER_MAC)])

    batches.void(sheet=Sheet.objects.get(batch=batch, number=1), by=None)

    assert enforcement.enforce(scope="sheet", scope_id=Sheet.objects.get(batch=batch, number=2).pk) == 0
    assert enforcement.enforce(scope="sheet", scope_id=Sheet.objects.get(batch=batch, number=1).pk) == 1
    assert Command.objects.get().session_id == Session.objects.get(voucher=of_first).pk


def test_a_voucher_that_runs_is_left_alone_until_it_expires(world: World) -> None:
    voucher = sold(world)
    now = clock.now()
    vouchers.redeem(voucher_id=voucher.pk, mac=MAC, now=now)
    recording.record([said(world, voucher, "start")])

    with clock.at(now + timedelta(hours=24, microseconds=-1)):
        assert enforcement.sweep() == 0
    with clock.at(now + timedelta(hours=24)):
        assert enforcement.sweep() == 1
    assert Command.objects.get().reason == "voucher_expired"


def test_the_sweep_tells_a_voucher_from_a_subscription_of_the_same_number(world: World) -> None:
    Subscription.objects.filter(pk=world.otieno_home.pk).update(ended_at=clock.now())
    voucher = Voucher.objects.create(
        pk=world.otieno_home.pk,
        organization=world.organization,
        plan=world.day_pass,
        code="AAAA-BBBB",
        code_key="aaaabbbb",
        **plans.terms_of(world.day_pass),
    )
    credentials.issue_for_vouchers([voucher])
    recording.record([said(world, voucher, "start")])

    assert enforcement.sweep() == 0


def test_what_was_refused_is_found_in_both_spellings(world: World) -> None:
    voucher = sold(world)
    plain = voucher.code.replace("-", "")
    for name in (voucher.code, plain.lower(), "otieno"):
        refused_login = refusals.Refused("voucher_spent", "127.0.0.1", world.hilltop.pk, world.organization.pk, name)
        refusals.count([(refused_login, 1, clock.now())])

    found = refusals.of_names(organization=world.organization, names=[plain], since=clock.now() - timedelta(hours=2))

    assert {row.user_name for row in found} == {voucher.code, plain.lower()}
