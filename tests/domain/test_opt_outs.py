"""Who wants nothing promotional gets none, and everything else; and nobody who was deleted is written to."""

import pytest

from headend.customers.models import Customer
from headend.desk import erasures, removals
from headend.doors.worker import loop
from headend.messaging import messages, opt_outs, reasons
from headend.messaging.models import Message, OptOut
from headend.system.models import Event
from tests.kit import portal
from tests.kit.verbs import forget, happened
from tests.kit.world import World

pytestmark = pytest.mark.django_db
PHONE = "+254712345678"


def out(world: World, address: str = PHONE, channel: str = "sms") -> bool:
    return opt_outs.add(organization=world.organization, channel=channel, address=address, how="reply")


def say(world: World, to: str = PHONE, **more: object) -> bool:
    given = {"is_promotional": True, **more}
    return messages.queue(organization=world.organization, kind="test", to=to, body="Hello", **given)  # type: ignore[arg-type]  # of the test


def test_opting_out_and_in_again(world: World) -> None:
    forget()
    assert out(world)
    assert not out(world)
    assert opt_outs.among(world.organization, "sms", [PHONE, "+254733000111"]) == {PHONE}
    assert not opt_outs.is_out(world.organization, "whatsapp", PHONE)

    assert opt_outs.withdraw(organization=world.organization, channel="sms", address=PHONE, how="staff")
    assert not opt_outs.withdraw(organization=world.organization, channel="sms", address=PHONE, how="staff")

    assert opt_outs.among(world.organization, "sms", [PHONE]) == set()
    assert happened() == ["opt_out.added", "opt_out.withdrawn"]
    assert set(Event.objects.values_list("customer_id", flat=True)) == {world.otieno.pk}


def test_an_e_mail_is_the_same_in_any_letters(world: World) -> None:
    out(world, "Otieno@Example.com", "email")
    assert opt_outs.among(world.organization, "email", ["OTIENO@example.COM"]) == {"OTIENO@example.COM"}


def test_who_is_out_elsewhere_is_not_out_here(world: World) -> None:
    opt_outs.add(organization=world.neighbour, channel="sms", address=PHONE, how="reply")
    assert not opt_outs.is_out(world.organization, "sms", PHONE)


def test_nothing_promotional_is_queued_for_who_is_out(world: World) -> None:
    portal.add_carrier(world.organization)
    out(world)
    assert not say(world)
    assert say(world, is_promotional=False)
    assert say(world, "+254733000111")
    assert Message.objects.count() == 2


def test_who_opts_out_while_it_waits_does_not_get_it(world: World) -> None:
    portal.add_carrier(world.organization)
    say(world)
    out(world)

    loop.run_once()

    message = Message.objects.get()
    assert (message.state, message.error, message.body_sealed) == ("failed", "opted_out", None)
    assert reasons.why(message.error) == "Whom it was for has opted out of such messages."


def test_who_was_deleted_while_it_waits_does_not_get_it(world: World) -> None:
    portal.add_carrier(world.organization)
    say(world, is_promotional=False, customer_id=world.otieno.pk)
    removals.delete(customer=world.otieno, by=None)

    loop.run_once()

    message = Message.objects.get()
    assert (message.state, message.error) == ("failed", "customer_gone")


def test_who_was_erased_is_still_out(world: World) -> None:
    amina = Customer.objects.get(pk=world.customers["grace"].pk)
    amina.phone, amina.email, amina.email_key = "+254733900900", "amina@x.example", "amina@x.example"
    amina.save()
    out(world, amina.phone)
    out(world, amina.email, "email")

    erasures.erase(customer=amina, account_number=amina.account_number, by=None)

    assert not any("900900" in kept or "amina" in kept for kept in OptOut.objects.values_list("address", flat=True))
    assert opt_outs.is_out(world.organization, "sms", "+254733900900")
    assert opt_outs.is_out(world.organization, "email", "Amina@x.example")
    assert not out(world, "+254733900900")
    assert opt_outs.withdraw(organization=world.organization, channel="sms", address="+254733900900", how="reply")
    assert not opt_outs.is_out(world.organization, "sms", "+254733900900")


def test_segments_are_counted_when_it_is_queued(world: World) -> None:
    portal.add_carrier(world.organization)
    messages.queue(organization=world.organization, kind="test", to=PHONE, body="x" * 161, shown="••••")
    messages.queue(organization=world.organization, kind="test", to=PHONE, body="KES\N{NO-BREAK SPACE}5")
    assert list(Message.objects.order_by("pk").values_list("segments", flat=True)) == [2, 1]
