"""Vouchers: issued, used for the first time, looked up, used up, voided; and what a login with one is told."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from headend.access import batches, credentials, enforcement, plans, recording, vouchers
from headend.access.models import Block, Credential, Sheet, UsageDay, Voucher
from headend.access.vouchers import FirstUse
from headend.desk import removals
from headend.lib import clock, ids
from headend.network.models import Command
from headend.system import search
from headend.system.models import Organization
from tests.kit.verbs import enforced, event, forget, happened, refused, written
from tests.kit.vouchers import MAC, OTHER_MAC, asks, every_state, fresh, of, printed, refusal, said, sold
from tests.kit.world import World

pytestmark = pytest.mark.django_db

GIGABYTE = 10**9


def test_it_works(world: World) -> None:
    operator, neema = world.staff["operator"].staff, world.customers["neema"]
    forget()

    voucher = vouchers.issue(customer=neema, plan=world.day_pass, by=operator)

    assert re.fullmatch(r"[A-HJKMNP-Z2-9]{4}-[A-HJKMNP-Z2-9]{4}", voucher.code)
    assert (voucher.customer, voucher.sheet, voucher.plan_name) == (neema, None, "Day pass")
    assert plans.terms_of(voucher) == plans.terms_of(world.day_pass)
    assert voucher.state_at(clock.now()) == "unused"
    credential = Credential.objects.get(voucher=voucher)
    assert (credential.kind, credential.name) == ("voucher", voucher.code.replace("-", ""))
    password = vouchers.open_password(voucher)
    assert len(password) == 8
    said_so = event("voucher.issued")
    assert (said_so.staff, said_so.customer_id, said_so.subject_id) == (operator, neema.pk, voucher.pk)
    assert said_so.payload == {
        "plan": "Day pass",
        "voucher": voucher.pk,
        "code": voucher.code,
        "price_minor": 5_000,
    }
    assert password not in written()
    assert search.find(organization=world.organization, query=voucher.code) == [neema.pk]
    assert search.find(organization=world.organization, query=voucher.code.lower().replace("-", " ")) == [neema.pk]


@pytest.mark.parametrize(
    ("role", "unused", "used"),
    [
        ("owner", True, True),
        ("admin", True, True),
        ("operator", True, True),
        ("cashier", True, False),
        ("support", False, False),
    ],
)
def test_who_sold_it_may_tell_its_password_until_it_is_used(world: World, role: str, unused: bool, used: bool) -> None:
    cashier, neema = world.staff["cashier"].staff, world.customers["neema"]
    voucher = vouchers.issue(customer=neema, plan=world.day_pass, by=cashier)
    (printed_one,), membership = of(printed(world)), world.staff[role]

    assert vouchers.may_reveal(voucher=voucher, membership=membership) is unused
    # What nobody sold, nobody tells.
    assert vouchers.may_reveal(voucher=printed_one, membership=membership) is used
    vouchers.redeem(voucher_id=voucher.pk, mac=MAC, now=clock.now())
    voucher.refresh_from_db()
    assert vouchers.may_reveal(voucher=voucher, membership=membership) is used


def test_nobody_reads_the_password_of_who_was_deleted_permanently(world: World) -> None:
    voucher = sold(world)
    assert voucher.customer is not None
    voucher.customer.erased_at = clock.now()

    assert not vouchers.may_reveal(voucher=voucher, membership=world.staff["owner"])


def test_each_has_a_code_and_a_password_of_its_own(world: World) -> None:
    issued = [sold(world) for _ in range(20)]

    assert len({voucher.code for voucher in issued}) == 20
    assert len({vouchers.open_password(voucher) for voucher in issued}) == 20


def test_a_code_that_is_a_name_already_is_not_given(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, again = sold(world).code_key.upper(), Credential.objects.get(name="otieno")
    Credential.objects.filter(pk=again.pk).update(name="AAAABBBB", name_key="aaaabbbb")
    thrown = iter(f"{taken}AAAABBBBCCCCDDDD")
    monkeypatch.setattr(ids.secrets, "choice", lambda _signs: next(thrown, "x"))
    monkeypatch.setattr(ids, "password", lambda _length=10: "password-1")

    assert sold(world).code == "CCCC-DDDD"


def test_nothing_already_sold_changes_with_the_plan(world: World) -> None:
    voucher = sold(world)

    plans.edit(plan=world.day_pass, by=None, name="Half day", validity_count=12, cap_bytes=1)

    assert (fresh(voucher).plan_name, fresh(voucher).validity_count, fresh(voucher).cap_bytes) == (
        "Day pass",
        24,
        2 * GIGABYTE,
    )


def test_a_retired_plan_is_not_sold(world: World) -> None:
    plans.retire(plan=world.day_pass, by=None)
    world.day_pass.refresh_from_db()

    with refused("plan_retired", "plan"):
        sold(world)


def test_only_hotspot_plans_make_vouchers(world: World) -> None:
    with refused("plan_not_hotspot", "plan"):
        vouchers.issue(customer=world.otieno, plan=world.home_10m, by=None)


def test_a_deleted_customer_gets_none(world: World) -> None:
    removals.delete(customer=world.otieno, by=None)
    world.otieno.refresh_from_db()
    forget()

    with refused("customer_is_deleted"):
        vouchers.issue(customer=world.otieno, plan=world.day_pass, by=None)

    assert happened() == []
    assert not Voucher.objects.exists()


def test_a_credential_and_a_block_are_of_exactly_one(world: World) -> None:
    voucher, subscription = sold(world), world.otieno_home
    of_credential: list[dict[str, Any]] = [
        {"kind": "voucher"},
        {"kind": "voucher", "subscription": subscription},
        {"kind": "subscription", "voucher": voucher},
        {"kind": "voucher", "voucher": voucher, "subscription": subscription},
    ]
    for values in of_credential:
        with pytest.raises(IntegrityError), transaction.atomic():
            Credential.objects.create(
                organization=world.organization, name="x", name_key="x", secret_sealed=b"", **values
            )
    with pytest.raises(IntegrityError), transaction.atomic():
        Block.objects.create(organization=world.organization, voucher=voucher, subscription=subscription)
    with pytest.raises(IntegrityError), transaction.atomic():
        UsageDay.objects.create(
            organization=world.organization, voucher=voucher, subscription=subscription, day="2026-11-01"
        )


def test_the_first_use_starts_the_clock(world: World) -> None:
    voucher = sold(world)
    now = clock.now()
    forget()

    assert vouchers.redeem(voucher_id=voucher.pk, mac=MAC, now=now)

    used = fresh(voucher)
    assert (used.first_used_at, used.first_mac, used.expires_at) == (now, MAC, now + timedelta(hours=24))
    assert used.state_at(now) == "active"
    started = event("voucher.started")
    assert (started.customer_id, started.personal) == (world.customers["neema"].pk, {"mac": MAC})
    assert started.payload == {
        "plan": "Day pass",
        "code": voucher.code,
        "expires_at": (now + timedelta(hours=24)).isoformat(),
    }


def test_the_second_use_changes_nothing(world: World) -> None:
    voucher = sold(world)
    now = clock.now()
    vouchers.redeem(voucher_id=voucher.pk, mac=MAC, now=now)
    forget()

    assert not vouchers.redeem(voucher_id=voucher.pk, mac=OTHER_MAC, now=now + timedelta(hours=1))

    assert (fresh(voucher).first_used_at, fresh(voucher).first_mac) == (now, MAC)
    assert happened() == []


def test_a_void_voucher_never_starts(world: World) -> None:
    voucher = vouchers.void(voucher=sold(world), by=None)
    batch = printed(world)
    batches.void(sheet=Sheet.objects.get(batch=batch), by=None)

    assert not vouchers.redeem(voucher_id=voucher.pk, mac=MAC, now=clock.now())
    assert not vouchers.redeem(voucher_id=of(batch)[0].pk, mac=MAC, now=clock.now())


def test_many_start_together_and_the_earlier_use_of_one_counts(world: World) -> None:
    first, second, used = sold(world), sold(world, validity_count=7, validity_unit="days"), sold(world)
    now = clock.now()
    vouchers.redeem(voucher_id=used.pk, mac=MAC, now=now - timedelta(hours=1))

    ends = vouchers.start(
        [
            FirstUse(second.pk, MAC, now),
            FirstUse(first.pk, OTHER_MAC, now),
            FirstUse(first.pk, MAC, now + timedelta(seconds=1)),
            FirstUse(used.pk, OTHER_MAC, now),
        ]
    )

    assert ends == {first.pk: now + timedelta(hours=24), second.pk: now + timedelta(days=7)}
    assert fresh(first).first_mac == OTHER_MAC
    assert vouchers.start([]) == {}


def test_days_are_those_of_the_organization(world: World) -> None:
    Organization.objects.filter(pk=world.organization.pk).update(timezone="Europe/Paris")
    voucher = sold(world, validity_count=1, validity_unit="days")

    # The night in which the clocks go back has an hour more.
    vouchers.redeem(voucher_id=voucher.pk, mac=MAC, now=datetime(2026, 10, 24, 12, tzinfo=UTC))

    assert fresh(voucher).expires_at == datetime(2026, 10, 25, 13, tzinfo=UTC)


def test_a_code_is_found_in_any_spelling_and_only_at_home(world: World) -> None:
    voucher = sold(world)
    plain = voucher.code.replace("-", "")

    for typed in (voucher.code, plain, plain.lower(), f" {plain[:4]} {plain[4:]} "):
        assert vouchers.find(organization=world.organization, code=typed) == voucher
    assert vouchers.find(organization=world.neighbour, code=voucher.code) is None
    assert vouchers.find(organization=world.organization, code="otieno") is None
    assert vouchers.find(organization=world.organization, code="") is None


def test_voiding_ends_access_at_once(world: World) -> None:
    voucher, operator = sold(world), world.staff["operator"].staff
    recording.record([said(world, voucher, "start")])
    forget()

    void = vouchers.void(voucher=voucher, by=operator, reason=" paid back ")

    assert (void.state_at(clock.now()), void.void_reason, void.voided_by) == ("void", "paid back", operator)
    assert event("voucher.voided").payload == {"plan": "Day pass", "code": voucher.code}
    assert event("voucher.voided").personal == {"reason": "paid back"}
    assert enforced() == {("voucher", voucher.pk)}
    assert enforcement.enforce(scope="voucher", scope_id=voucher.pk + 100) == 0
    assert enforcement.enforce(scope="voucher", scope_id=voucher.pk) == 1
    assert Command.objects.get().reason == "voucher_void"
    assert refusal(asks(world, voucher.code)) == "voucher_void"


def test_what_is_void_already_is_refused(world: World) -> None:
    batch = printed(world)
    batches.void(sheet=Sheet.objects.get(batch=batch), by=None)
    voucher = vouchers.void(voucher=sold(world), by=None)
    forget()

    for void in (voucher, of(batch)[0]):
        with refused("voucher_is_void"):
            vouchers.void(voucher=void, by=None)

    assert happened() == []


def test_revealing_to_staff_is_an_event(world: World) -> None:
    voucher, cashier = sold(world), world.staff["cashier"].staff
    forget()

    password = vouchers.reveal(voucher=voucher, by=cashier)

    revealed = event("credential.revealed")
    assert (revealed.staff, revealed.customer_id) == (cashier, world.customers["neema"].pk)
    assert revealed.personal == {"name": voucher.code.replace("-", "")}
    assert password not in written()
    forget()
    assert vouchers.reveal(voucher=voucher, by=None) == password
    assert vouchers.open_password(voucher) == password
    assert happened() == []


def test_the_states_and_their_filters_agree(world: World) -> None:
    now = clock.now()
    wanted = every_state(world, now)

    assert set(wanted) == set(vouchers.STATES)
    for state, own in wanted.items():
        assert [fresh(voucher).state_at(now) for voucher in own] == [state] * len(own), state
        found = set(Voucher.objects.filter(vouchers.in_state(state, now)))
        assert found == set(own), state


def test_changing_its_password_is_an_event_of_its_customer(world: World) -> None:
    voucher = sold(world)
    forget()

    credentials.set_secret(credential=Credential.objects.get(voucher=voucher), secret="another-1", by=None)

    assert vouchers.open_password(voucher) == "another-1"
    assert event("credential.secret_changed").customer_id == world.customers["neema"].pk
