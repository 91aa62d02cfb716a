"""The switch on one package or one device."""

import pytest
from django.db import IntegrityError, transaction

from headend.access import blocks, devices, facts
from headend.access.authorize import Code, Grant, Refusal, decide
from headend.access.models import Block, Device
from headend.lib import clock
from tests.kit.verbs import enforced, event, forget, happened
from tests.kit.world import World

pytestmark = pytest.mark.django_db

MAC = "AABBCCDDEE0F"


@pytest.fixture
def device(world: World) -> Device:
    devices.seen([(world.organization.pk, world.otieno.pk, MAC)], clock.now())
    return Device.objects.get()


def answer(world: World, name: str, mac: str = "") -> Code | None:
    (login,) = facts.load([facts.Lookup(world.organization.pk, name, mac=mac)], clock.now())
    decision = decide(login.facts)
    if isinstance(decision, Refusal):
        return decision.code
    assert isinstance(decision, Grant)
    return None


def test_it_works(world: World) -> None:
    operator = world.staff["operator"].staff
    forget()

    block = blocks.block(subscription=world.otieno_home, reason=" shares it ", by=operator)

    assert (block.reason, block.started_by) == ("shares it", operator)
    assert blocks.open_of(customer=world.otieno) == [block]
    assert blocks.open_of(customer=world.customers["grace"]) == []
    assert answer(world, "otieno") is Code.SUBSCRIPTION_BLOCKED
    assert answer(world, "grace") is None
    said = event("subscription.blocked")
    assert (said.personal, said.staff, said.customer_id) == (
        {"name": "Home 10M", "reason": "shares it"},
        operator,
        world.otieno.pk,
    )
    assert enforced() == {("customer", world.otieno.pk)}
    forget()

    lifted = blocks.lift(subscription=world.otieno_home, by=operator)

    assert lifted is not None
    assert (lifted.pk, lifted.lifted_by) == (block.pk, operator)
    assert answer(world, "otieno") is None
    assert happened() == ["subscription.unblocked"]
    assert enforced() == {("customer", world.otieno.pk)}


def test_a_second_press_does_no_harm(world: World) -> None:
    forget()

    first = blocks.block(subscription=world.otieno_home, by=None)
    assert blocks.block(subscription=world.otieno_home, reason="again", by=None) == first
    assert blocks.lift(subscription=world.otieno_home, by=None) == first
    assert blocks.lift(subscription=world.otieno_home, by=None) is None
    second = blocks.block(subscription=world.otieno_home, by=None)

    assert second != first
    assert happened() == ["subscription.blocked", "subscription.unblocked", "subscription.blocked"]


def test_a_blocked_device_keeps_out_that_device_alone(world: World, device: Device) -> None:
    forget()

    block = blocks.block(device=device, by=None)

    assert answer(world, "otieno", MAC) is Code.DEVICE_BLOCKED
    assert answer(world, "otieno", "AABBCCDDEE00") is None
    assert answer(world, "otieno") is None
    # The same telephone in the hands of another customer is that customer's own.
    assert answer(world, "grace", MAC) is None
    assert blocks.open_of(customer=world.otieno) == [block]
    assert event("device.blocked").personal == {"name": MAC, "reason": ""}
    assert enforced() == {("customer", world.otieno.pk)}
    assert blocks.lift(device=device, by=None) == block
    assert answer(world, "otieno", MAC) is None
    assert happened() == ["device.blocked", "device.unblocked"]


def test_a_block_is_of_exactly_one(world: World, device: Device) -> None:
    for subscription, of_device in ((None, None), (world.otieno_home, device)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Block.objects.create(organization=world.organization, subscription=subscription, device=of_device)
