"""Batches of printed vouchers: made by the sheet, held, released, voided."""

from datetime import timedelta

import pytest

from headend.access import batches, enforcement, plans, recording, vouchers
from headend.access.models import Batch, Credential, Session, Sheet, Voucher
from headend.doors.worker import schedule
from headend.lib import clock
from headend.network.models import Command
from headend.system.models import Job
from tests.kit.verbs import enforced, event, forget, happened, refused, written
from tests.kit.vouchers import asks, fresh, of, printed, refusal, said
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_it_works(world: World) -> None:
    operator = world.staff["operator"].staff
    until = clock.now() + timedelta(days=90)
    forget()

    batch = batches.issue(
        organization=world.organization,
        plan=world.day_pass,
        sheets=3,
        vouchers_per_sheet=4,
        by=operator,
        note=" for the market ",
        valid_until=until,
    )

    assert (batch.number, batch.sheets, batch.vouchers_per_sheet, batch.note) == (1, 3, 4, "for the market")
    assert (batch.created_by, batch.plan, batch.plan_name) == (operator, world.day_pass, "Day pass")
    sheets = list(Sheet.objects.filter(batch=batch).order_by("number"))
    assert [(sheet.number, sheet.is_held, sheet.voided_at) for sheet in sheets] == [
        (1, True, None),
        (2, True, None),
        (3, True, None),
    ]
    made = of(batch)
    assert [voucher.sheet for voucher in made] == [sheet for sheet in sheets for _ in range(4)]
    assert {(voucher.customer, voucher.plan, voucher.plan_name, voucher.valid_until) for voucher in made} == {
        (None, world.day_pass, "Day pass", until)
    }
    assert all(plans.terms_of(voucher) == plans.terms_of(world.day_pass) for voucher in made)
    assert len({vouchers.open_password(voucher) for voucher in made}) == len({voucher.code for voucher in made}) == 12
    issued = event("batch.issued")
    assert (issued.staff, issued.subject_id) == (operator, batch.pk)
    assert issued.payload == {"plan": "Day pass", "number": 1, "sheets": 3, "vouchers": 12}
    assert not any(vouchers.open_password(voucher) in written() for voucher in made)


def test_batches_are_numbered_by_organization(world: World) -> None:
    assert [printed(world).number for _ in range(3)] == [1, 2, 3]
    plan = plans.add(
        organization=world.neighbour,
        by=None,
        name="Hour",
        connection_type="hotspot",
        price_minor=10,
        download_kbps=None,
        upload_kbps=None,
        validity_count=1,
        validity_unit="hours",
    )
    made = batches.issue(organization=world.neighbour, plan=plan, sheets=1, vouchers_per_sheet=1, by=None)
    assert made.number == 1


@pytest.mark.parametrize(("sheets", "each"), [(0, 1), (1, 0), (-1, 5)])
def test_an_empty_batch_is_refused(world: World, sheets: int, each: int) -> None:
    with refused("batch_empty", "sheets"):
        printed(world, sheets=sheets, each=each)


@pytest.mark.parametrize(("sheets", "each"), [(1_001, 100), (1, 100_001), (10_001, 1)])
def test_a_batch_that_is_too_large_is_refused(world: World, sheets: int, each: int) -> None:
    forget()

    with refused("batch_too_large", "sheets"):
        printed(world, sheets=sheets, each=each)

    assert happened() == []
    assert not Batch.objects.exists()


def test_a_retired_plan_is_refused(world: World) -> None:
    plans.retire(plan=world.day_pass, by=None)
    world.day_pass.refresh_from_db()

    with refused("plan_retired", "plan"):
        printed(world)


def test_only_hotspot_plans_are_printed(world: World) -> None:
    with refused("plan_not_hotspot", "plan"):
        batches.issue(organization=world.organization, plan=world.home_10m, sheets=1, vouchers_per_sheet=1, by=None)


def test_a_large_one_is_made_by_the_worker_with_the_terms_of_its_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MADE_AT_ONCE", 10)
    Job.objects.all().delete()
    batch = printed(world, sheets=5, each=30)
    assert of(batch) == []
    plans.edit(plan=world.day_pass, by=None, name="Half day", validity_count=12)
    job = Job.objects.get(kind="fill_batch")

    assert schedule.verb(job.kind)(**job.payload) == 150

    assert [voucher.sheet.number for voucher in of(batch) if voucher.sheet] == [
        number for number in range(1, 6) for _ in range(30)
    ]
    assert {(voucher.plan_name, voucher.validity_count) for voucher in of(batch)} == {("Day pass", 24)}


def test_filling_goes_on_where_it_stopped_and_adds_nothing_when_run_again(world: World) -> None:
    batch = printed(world, sheets=3, each=70)
    kept = {voucher.code for voucher in of(batch)[:100]}
    gone = [voucher.pk for voucher in of(batch)[100:]]
    Credential.objects.filter(voucher__in=gone).delete()
    Voucher.objects.filter(pk__in=gone).delete()

    assert batches.fill(batch_id=batch.pk) == 110
    assert batches.fill(batch_id=batch.pk) == 0

    assert len(of(batch)) == 210
    assert kept < {voucher.code for voucher in of(batch)}
    assert Credential.objects.filter(voucher__sheet__batch=batch).count() == 210


def test_a_held_sheet_connects_nobody_until_it_is_released(world: World) -> None:
    operator = world.staff["operator"].staff
    batch = printed(world, released=False, sheets=2)
    first, second = of(batch)
    assert refusal(asks(world, first.code)) == "voucher_held"
    forget()

    sheet = batches.release(sheet=Sheet.objects.get(batch=batch, number=1), by=operator)

    assert (sheet.is_held, sheet.released_by) == (False, operator)
    assert refusal(asks(world, first.code)) == ""
    assert refusal(asks(world, second.code)) == "voucher_held"
    released = event("sheet.released")
    assert (released.staff, released.subject_id, released.payload) == (operator, sheet.pk, {"batch": 1, "number": 1})
    assert batches.release(sheet=sheet, by=None).released_by == operator
    assert happened() == ["sheet.released"]


def test_a_void_sheet_ends_its_vouchers_at_once(world: World) -> None:
    operator = world.staff["operator"].staff
    batch = printed(world, sheets=2)
    first, second = of(batch)
    recording.record([said(world, first, "start")])
    sheet = Sheet.objects.get(batch=batch, number=1)
    forget()

    void = batches.void(sheet=sheet, by=operator)

    assert void.voided_by == operator
    assert fresh(first).state_at(clock.now()) == "void"
    assert fresh(second).state_at(clock.now()) == "unused"
    assert (refusal(asks(world, first.code)), refusal(asks(world, second.code))) == ("voucher_void", "")
    assert event("sheet.voided").payload == {"batch": 1, "number": 1}
    assert enforced() == {("sheet", sheet.pk)}
    assert batches.void(sheet=sheet, by=None).voided_by == operator
    assert happened() == ["sheet.voided"]


def test_a_void_sheet_is_not_released(world: World) -> None:
    sheet = Sheet.objects.get(batch=printed(world, released=False))
    batches.void(sheet=sheet, by=None)
    forget()

    with refused("sheet_is_void"):
        batches.release(sheet=sheet, by=None)

    assert happened() == []


# Several sheets at once


def states(batch: Batch) -> list[str]:
    return [sheet.state for sheet in Sheet.objects.filter(batch=batch).order_by("number")]


def test_a_range_is_released(world: World) -> None:
    operator = world.staff["operator"].staff
    batch = printed(world, released=False, sheets=5)
    batches.void(sheet=Sheet.objects.get(batch=batch, number=3), by=None)
    forget()

    assert batches.release_range(batch=batch, first=2, last=4, by=operator) == 2

    assert states(batch) == ["held", "released", "void", "released", "held"]
    assert Sheet.objects.get(batch=batch, number=2).released_by == operator
    done = event("batch.sheets_released")
    assert (done.staff, done.subject_id) == (operator, batch.pk)
    assert done.payload == {"batch": batch.number, "first": 2, "last": 4, "sheets": 2}
    # A second press finds nothing to do, and says nothing.
    assert batches.release_range(batch=batch, first=2, last=4, by=None) == 0
    assert happened() == ["batch.sheets_released"]


def test_a_range_is_voided(world: World) -> None:
    operator = world.staff["operator"].staff
    batch = printed(world, released=False, sheets=4)
    batches.release_range(batch=batch, first=1, last=2, by=None)
    forget()

    assert batches.void_range(batch=batch, first=2, last=3, by=operator) == 2

    assert states(batch) == ["released", "void", "void", "held"]
    assert [refusal(asks(world, voucher.code)) for voucher in of(batch)] == [
        "",
        "voucher_void",
        "voucher_void",
        "voucher_held",
    ]
    assert event("batch.sheets_voided").payload == {"batch": batch.number, "first": 2, "last": 3, "sheets": 2}
    assert enforced() == {("batch", batch.pk)}
    assert batches.void_range(batch=batch, first=2, last=3, by=None) == 0
    assert happened() == ["batch.sheets_voided"]


def test_only_what_is_held_is_voided_where_that_is_asked(world: World) -> None:
    batch = printed(world, released=False, sheets=3)
    batches.release_range(batch=batch, first=1, last=1, by=None)

    assert batches.void_range(batch=batch, first=1, last=3, by=None, only_held=True) == 2

    assert states(batch) == ["released", "void", "void"]


def test_who_is_connected_by_a_voided_range_is_cut_off(world: World) -> None:
    batch = printed(world, sheets=2)
    first, second = of(batch)
    recording.record([said(world, first, "start"), said(world, second, "start", session="81a00002")])
    batches.void_range(batch=batch, first=1, last=1, by=None)

    assert enforcement.enforce(scope="batch", scope_id=batch.pk) == 1

    command = Command.objects.get()
    assert command.session_id == Session.objects.get(voucher=first).pk


@pytest.mark.parametrize(
    ("first", "last", "field"), [(0, 1, "first"), (4, 4, "first"), (2, 1, "last"), (1, 4, "last"), (-1, -1, "first")]
)
def test_sheets_that_there_are_not_are_refused(world: World, first: int, last: int, field: str) -> None:
    batch = printed(world, released=False, sheets=3)
    forget()

    for verb in (batches.release_range, batches.void_range):
        with refused("sheet_unknown", field):
            verb(batch=batch, first=first, last=last, by=None)

    assert happened() == []


def test_the_passwords_of_a_sheet_are_shown_in_one_event(world: World) -> None:
    operator = world.staff["operator"].staff
    batch = printed(world, sheets=2, each=3)
    sheet = Sheet.objects.select_related("batch", "organization").get(batch=batch, number=1)
    made = of(batch)
    forget()

    # What stands on another sheet is not shown with this one.
    shown = batches.reveal(sheet=sheet, shown=made, by=operator)

    assert shown == {voucher.pk: vouchers.open_password(voucher) for voucher in made[:3]}
    revealed = event("sheet.revealed")
    assert (revealed.staff, revealed.subject_id) == (operator, sheet.pk)
    assert revealed.payload == {"batch": batch.number, "number": 1, "vouchers": 3}
    assert not any(password in written() for password in shown.values())


def test_a_batch_that_was_given_up_goes_on(world: World) -> None:
    Job.objects.all().delete()
    batch = batches.issue(
        organization=world.organization, plan=world.day_pass, sheets=1, vouchers_per_sheet=3, by=None, at_once=False
    )
    assert of(batch) == []
    Job.objects.all().delete()

    batches.go_on(batch=batch)
    batches.go_on(batch=batch)

    job = Job.objects.get(kind="fill_batch")
    assert schedule.verb(job.kind)(**job.payload) == 3
