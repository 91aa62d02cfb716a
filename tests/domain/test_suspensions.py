"""What keeps a customer or a group from connecting: each kind by itself, with its start, its end and its reason."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from headend.access import facts
from headend.access.authorize import Code, Grant, Refusal, decide
from headend.customers import customers, groups, suspensions
from headend.customers.models import Suspension, SuspensionKind
from headend.desk import removals
from headend.lib import clock
from headend.system.models import Event
from tests.kit.verbs import enforced, event, forget, happened, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def answer(world: World, name: str = "otieno") -> Code | None:
    """The code with which a login is refused; None where it is accepted."""
    decision = decide(facts.for_name(world.organization, name))
    if isinstance(decision, Refusal):
        return decision.code
    assert isinstance(decision, Grant)
    return None


def test_it_works(world: World) -> None:
    operator = world.staff["operator"].staff
    forget()

    suspension = suspensions.suspend(customer=world.otieno, kind="abuse", reason=" port scans ", by=operator)

    assert (suspension.kind, suspension.reason, suspension.started_by) == ("abuse", "port scans", operator)
    assert suspensions.open_of(customer=world.otieno) == [suspension]
    assert answer(world) is Code.SUSPENDED
    assert answer(world, "grace") is None
    said = event("customer.suspended")
    assert (said.payload, said.personal, said.staff, said.customer_id) == (
        {"kind": "abuse"},
        {"reason": "port scans"},
        operator,
        world.otieno.pk,
    )
    assert enforced() == {("customer", world.otieno.pk)}
    forget()

    lifted = suspensions.lift(customer=world.otieno, kind="abuse", by=operator)

    assert lifted is not None
    assert (lifted.pk, lifted.lifted_by) == (suspension.pk, operator)
    assert suspensions.open_of(customer=world.otieno) == []
    assert answer(world) is None
    assert happened() == ["customer.lifted"]
    assert enforced() == {("customer", world.otieno.pk)}


@pytest.mark.parametrize(
    ("whom", "code", "scope"),
    [("customer", Code.CUSTOMER_DISABLED, "customer"), ("group", Code.GROUP_DISABLED, "group")],
)
def test_disabling_and_enabling(world: World, whom: str, code: Code, scope: str) -> None:
    target: Any = {"customer": world.otieno, "group": world.default_group}[whom]
    forget()

    suspensions.suspend(**{whom: target}, kind="disabled", by=None)
    assert answer(world) is code
    assert suspensions.lift(**{whom: target}, kind="disabled", by=None) is not None
    assert answer(world) is None

    assert happened() == [f"{scope}.disabled", f"{scope}.enabled"]
    assert enforced() == {(scope, target.pk)}
    assert event(f"{scope}.disabled").customer_id == (target.pk if whom == "customer" else None)


@pytest.mark.parametrize("whom", ["customer", "group"])
def test_a_second_press_does_no_harm(world: World, whom: str) -> None:
    target: Any = {whom: {"customer": world.otieno, "group": world.default_group}[whom]}
    forget()

    first = suspensions.suspend(**target, kind="disabled", by=None)
    assert suspensions.suspend(**target, kind="disabled", reason="again", by=None) == first
    assert len(happened()) == 1
    assert suspensions.lift(**target, kind="disabled", by=None) is not None
    assert suspensions.lift(**target, kind="disabled", by=None) is None
    assert len(happened()) == 2
    assert Suspension.objects.count() == 1


def test_row_33_enabling_a_group_enables_the_members_that_are_asked_for(world: World) -> None:
    grace, neema = world.customers["grace"], world.customers["neema"]
    elsewhere = groups.add(organization=world.organization, name="Estate", by=None)
    stranger = customers.register(organization=world.organization, by=None, first_name="Zawadi", group=elsewhere)
    for target in (
        {"group": world.default_group},
        *({"customer": row} for row in (world.otieno, grace, neema, stranger)),
    ):
        suspensions.suspend(**target, kind="disabled", by=None)
    suspensions.suspend(customer=world.otieno, kind="overdue", by=None)
    removals.delete(customer=neema, by=None)
    assert list(suspensions.disabled_in(group=world.default_group)) == [grace, world.otieno]
    forget()

    # Whoever is of another group, deleted or no customer at all is left alone.
    asked = [world.otieno.pk, neema.pk, stranger.pk, 2**62]
    lifted, enabled = suspensions.enable_group(group=world.default_group, members=asked, by=None)

    assert (lifted is not None, enabled) == (True, 1)
    assert happened() == ["group.enabled", "customer.enabled"]
    assert len(set(Event.objects.values_list("operation", flat=True))) == 1
    assert [row.kind for row in suspensions.open_of(customer=world.otieno)] == ["overdue"]
    for row in (grace, neema, stranger):
        assert [open_.kind for open_ in suspensions.open_of(customer=row)] == ["disabled"]
    assert suspensions.enable_group(group=world.default_group, members=asked, by=None) == (None, 0)


def test_lifting_one_kind_leaves_the_others(world: World) -> None:
    for kind in ("overdue", "abuse", "disabled"):
        suspensions.suspend(customer=world.otieno, kind=kind, by=None)

    suspensions.lift(customer=world.otieno, kind="overdue", by=None)

    assert [row.kind for row in suspensions.open_of(customer=world.otieno)] == ["abuse", "disabled"]
    assert answer(world) is Code.CUSTOMER_DISABLED
    suspensions.lift(customer=world.otieno, kind="disabled", by=None)
    assert answer(world) is Code.SUSPENDED


@pytest.mark.parametrize("seconds", [0, -1])
def test_an_end_that_is_past_is_refused(world: World, seconds: int) -> None:
    now = clock.now()
    forget()

    with clock.at(now), refused("suspension_ends_before", "ends_at"):
        suspensions.suspend(customer=world.otieno, kind="hold", by=None, ends_at=now + timedelta(seconds=seconds))

    assert happened() == []


def test_a_suspension_ends_by_itself(world: World) -> None:
    ends_at = clock.now() + timedelta(hours=1)
    suspensions.suspend(customer=world.otieno, kind="hold", by=None, ends_at=ends_at)

    with clock.at(ends_at - timedelta(microseconds=1)):
        assert answer(world) is Code.SUSPENDED
    with clock.at(ends_at):
        assert answer(world) is None
        assert suspensions.open_of(customer=world.otieno) == []


def test_a_new_one_of_a_kind_that_is_over_may_begin(world: World) -> None:
    ends_at = clock.now() + timedelta(hours=1)
    first = suspensions.suspend(customer=world.otieno, kind="hold", by=None, ends_at=ends_at)

    with clock.at(ends_at + timedelta(days=1)):
        second = suspensions.suspend(customer=world.otieno, kind="hold", by=None)
        assert suspensions.open_of(customer=world.otieno) == [second]

    first.refresh_from_db()
    assert first.lifted_at == ends_at


def test_lifting_what_is_over_already_is_not_heard_of(world: World) -> None:
    ends_at = clock.now() + timedelta(hours=1)
    suspensions.suspend(customer=world.otieno, kind="hold", by=None, ends_at=ends_at)
    forget()

    with clock.at(ends_at + timedelta(days=1)):
        assert suspensions.lift(customer=world.otieno, kind="hold", by=None) is None

    assert happened() == []


@pytest.mark.parametrize(
    ("kind", "asked", "goes_on"),
    [
        ("overdue", None, True),
        ("abuse", None, True),
        ("hold", None, False),
        ("disabled", None, False),
        ("overdue", False, False),
        ("hold", True, True),
    ],
)
def test_whether_billing_goes_on(world: World, kind: str, asked: bool | None, goes_on: bool) -> None:
    suspension = suspensions.suspend(customer=world.otieno, kind=kind, by=None, billing_continues=asked)

    assert suspension.billing_continues is goes_on


def test_every_kind_has_a_rule_for_billing() -> None:
    assert set(suspensions.BILLING_CONTINUES) == set(SuspensionKind)


def test_a_suspension_is_of_exactly_one(world: World) -> None:
    for customer, group in ((None, None), (world.otieno, world.default_group)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Suspension.objects.create(
                organization=world.organization, customer=customer, group=group, kind="hold", reason=""
            )
