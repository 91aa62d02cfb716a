"""Disconnecting a session by hand."""

import pytest

from headend.access import sessions
from headend.access.models import Session
from headend.lib import clock
from headend.network.models import Command
from headend.system.models import State
from tests.kit.verbs import connects, event, forget, happened, refused
from tests.kit.world import World

pytestmark = pytest.mark.django_db


def test_it_works(world: World) -> None:
    support = world.staff["support"].staff
    session = connects(world, "otieno", framed_address="10.5.5.5")
    forget()

    command = sessions.disconnect(session=session, by=support)

    assert (command.session_id, command.nas, command.reason, command.state) == (
        session.pk,
        world.hilltop,
        "staff",
        State.QUEUED,
    )
    assert command.identification["acct_session_id"] == "81a00001"
    assert command.identification["framed_address"] == "10.5.5.5"
    said = event("session.disconnect_asked")
    assert (said.staff, said.customer_id, said.subject_id) == (support, world.otieno.pk, session.pk)
    assert (said.payload, said.personal) == ({"nas": "hilltop", "reason": "staff"}, {"user_name": "otieno"})
    # The session runs until its NAS says that it has ended.
    assert Session.objects.get(pk=session.pk).ended_at is None


def test_a_second_press_does_no_harm(world: World) -> None:
    session = connects(world, "otieno")

    first = sessions.disconnect(session=session, by=None)
    second = sessions.disconnect(session=session, by=None)

    assert second == first
    assert Command.objects.count() == 1


def test_one_that_could_not_be_delivered_may_be_asked_for_again(world: World) -> None:
    session = connects(world, "otieno")
    first = sessions.disconnect(session=session, by=None)
    Command.objects.update(state=State.FAILED, finished_at=clock.now())

    assert sessions.disconnect(session=session, by=None) != first


def test_one_that_has_ended_is_refused(world: World) -> None:
    session = connects(world, "otieno")
    Session.objects.update(ended_at=clock.now())
    forget()

    with refused("session_ended"):
        sessions.disconnect(session=Session.objects.get(pk=session.pk), by=None)

    assert happened() == []
    assert not Command.objects.exists()


def test_one_that_is_nobody_s_can_be_ended_too(world: World) -> None:
    session = connects(world, "a-name-of-the-router")

    command = sessions.disconnect(session=session, by=None)

    assert command.customer_id is None
