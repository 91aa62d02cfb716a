"""Two presses at once on packages and their switches."""

from datetime import timedelta

import pytest

from headend.access import blocks, enforcement, plans, sessions, subscriptions
from headend.access.models import Block, Plan, Subscription, UsagePeriod
from headend.customers import suspensions
from headend.lib import clock
from headend.lib.refused import Refused
from headend.network import nas as nas_verbs
from headend.network.models import Command
from headend.system import revisions
from headend.system.models import Event
from tests.kit.threads import at_once
from tests.kit.verbs import connects
from tests.kit.world import World

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 5


def test_two_activations_at_once(lasting_world: World) -> None:
    world = lasting_world
    before = clock.now()

    for number in range(ROUNDS):
        subscription = subscriptions.create(
            customer=world.otieno, plan=world.day_pass, username=f"pass{number}", by=None
        )
        at_once(*[lambda s=subscription: subscriptions.activate(subscription=s, by=None)] * 2)

        # Neither is lost: one activates, the other renews from where the first ends.
        stored = Subscription.objects.get(pk=subscription.pk)
        assert stored.expires_at is not None
        assert timedelta(hours=48) <= stored.expires_at - before < timedelta(hours=49)
        # The draft's, and one after the other those of the two.
        first, second = UsagePeriod.objects.filter(subscription=stored, ends_at__isnull=False).order_by("started_at")
        assert (first.ends_at, second.ends_at) == (second.started_at, stored.expires_at)
        kinds = Event.objects.filter(subject_kind="subscription", subject_id=subscription.pk).order_by("pk")
        assert list(kinds.values_list("kind", flat=True)) == [
            "subscription.created",
            "subscription.activated",
            "subscription.renewed",
        ]


def test_ended_while_it_is_renewed(lasting_world: World) -> None:
    world = lasting_world

    renewed, ended = at_once(
        lambda: subscriptions.activate(subscription=world.otieno_home, by=None),
        lambda: subscriptions.end(subscription=world.otieno_home, by=None),
    )

    assert ended is None
    assert isinstance(renewed, Subscription) or (isinstance(renewed, Refused) and renewed.code == "subscription_ended")
    assert Subscription.objects.get(pk=world.otieno_home.pk).state == "ended"


def test_two_presses_of_end(lasting_world: World) -> None:
    at_once(*[lambda: subscriptions.end(subscription=lasting_world.otieno_home, by=None)] * 3)

    assert Event.objects.filter(kind="subscription.ended").count() == 1


def test_two_presses_of_block(lasting_world: World) -> None:
    package = lasting_world.otieno_home

    for _ in range(ROUNDS):
        made = at_once(*[lambda: blocks.block(subscription=package, by=None)] * 3)
        assert len({block.pk for block in made}) == 1
        assert Block.objects.filter(lifted_at=None).count() == 1
        lifted = at_once(*[lambda: blocks.lift(subscription=package, by=None)] * 3)
        assert sorted(block is None for block in lifted) == [False, True, True]


def test_two_presses_of_retire(lasting_world: World) -> None:
    at_once(*[lambda: plans.retire(plan=lasting_world.day_pass, by=None)] * 3)

    assert Event.objects.filter(kind="plan.retired").count() == 1
    assert Plan.objects.get(pk=lasting_world.day_pass.pk).retired_at is not None


def test_a_session_is_told_once(lasting_world: World) -> None:
    world = lasting_world
    session = connects(world, "otieno")
    suspensions.suspend(customer=world.otieno, kind="disabled", by=None)

    results = at_once(
        enforcement.sweep,
        lambda: enforcement.enforce(scope="customer", scope_id=world.otieno.pk),
        lambda: sessions.disconnect(session=session, by=None).pk,
        enforcement.sweep,
    )

    (command,) = Command.objects.all()
    assert results == [1, 1, command.pk, 1]


def test_two_nas_of_one_name_or_address(lasting_world: World) -> None:
    world = lasting_world

    for number in range(ROUNDS):
        results = at_once(
            *(
                lambda name=name, number=number: nas_verbs.add(
                    organization=world.organization, by=None, name=f"{name} {number}", address=f"10.4.4.{number}"
                )
                for name in ("left", "right")
            )
        )
        codes = [result.code if isinstance(result, Refused) else type(result).__name__ for result in results]
        assert sorted(codes) == ["NAS", "address_taken"]


def test_two_plans_of_one_name(lasting_world: World) -> None:
    def add(number: int) -> Plan:
        return plans.add(
            organization=lasting_world.organization,
            by=None,
            name=f"Night {number}",
            connection_type="pppoe",
            price_minor=1,
            download_kbps=None,
            upload_kbps=None,
            validity_count=1,
            validity_unit="days",
        )

    for number in range(ROUNDS):
        results = at_once(*[lambda number=number: add(number)] * 2)
        codes = [result.code if isinstance(result, Refused) else type(result).__name__ for result in results]
        assert sorted(codes) == ["Plan", "plan_name_taken"]


def test_no_bump_is_lost(lasting_world: World) -> None:
    def bump() -> None:
        for _ in range(20):
            revisions.bump("probe")

    assert at_once(*[bump] * 4) == [None] * 4
    assert revisions.read("probe") == 80
